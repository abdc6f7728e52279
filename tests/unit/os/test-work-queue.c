/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/work-queue.h"

#include "loop.h"

#include <pthread.h>
#include <semaphore.h>

/*
 * What is put while work is told of, and is done before the queue looks whether there is more. The thread is held until the loop has
 * seen that nothing is done, and the loop until the thread has ended.
 */
int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);

static sem_t released, ended;
static pthread_t loop;
static int looks_left; /* of the loop into the queue, until the thread is let go */

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock) {
        if (pthread_equal(pthread_self(), loop) && looks_left > 0 && --looks_left == 0) {
                (void)sem_post(&released);
                (void)sem_wait(&ended);
        }
        return __real_pthread_mutex_lock(lock);
}

/* The lock is held until the thread is out. */
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition) {
        (void)sem_post(&ended);
        return __real_pthread_cond_broadcast(condition);
}

typedef struct Job {
        Work work;
        int number;
} Job;

typedef struct Stage {
        sd_event *event;
        WorkQueue *queue;
        int told, more; /* how many are put when one is told of */
} Stage;

static void run(Work *w) {
        (void)sem_wait(&released);
}

static void free_job(Work *w) {
        free(w);
}

static const WorkKind kind = { .waiting_max = 2,
        .threads_max = 1,
        .stack = 256 << 10,
        .must_be_done = true,
        .run = run,
        .free = free_job };

static void put(Stage *s, int number) {
        Job *job = calloc(1, sizeof(*job));

        assert_non_null(job);
        job->number = number;
        assert_int_equal(work_queue_put(s->queue, &job->work), 0);
}

static void on_done(void *userdata, const Work *w) {
        Stage *s = userdata;

        assert_int_equal(((const Job *)w)->number, s->told);
        s->told++;
        if (s->more == 0)
                return;
        s->more--;
        while (sem_trywait(&ended) == 0)
                ; /* the thread of before */
        put(s, s->told);
        looks_left = 2; /* whether anything is done, and whether there is more */
}

static void done_before_it_is_looked_for(void **state) {
        Stage s = { .event = loop_new(), .more = 3 };

        (void)sem_init(&released, 0, 0);
        (void)sem_init(&ended, 0, 0);
        loop = pthread_self();
        assert_int_equal(work_queue_new(s.event, &kind, on_done, &s, &s.queue), 0);
        put(&s, 0);
        (void)sem_post(&released);
        assert_int_equal(work_queue_finish(s.queue, span_from_seconds(60)), 0);
        assert_int_equal(s.told, 4);
        work_queue_free(s.queue);
        sd_event_unref(s.event);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(done_before_it_is_looked_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
