/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/state-writer.h"

#include "loop.h"

#include "base/cleanup.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Seen {
        char paths[8][64];
        int errors[8];
        size_t n, wanted;
        bool all;
} Seen;

static void on_written(void *userdata, const char *path, int error) {
        Seen *seen = userdata;

        (void)snprintf(seen->paths[seen->n], sizeof(seen->paths[0]), "%s", path);
        seen->errors[seen->n++] = error;
        seen->all = seen->n >= seen->wanted;
}

/* A disk that does not answer for as long as the test likes, and what it got. */
static sem_t begun, released;
static char disk[8][64];
static size_t n_on_disk;

static int write_slowly(const char *path, const StateText *text) {
        (void)sem_post(&begun);
        (void)sem_wait(&released);
        (void)snprintf(disk[n_on_disk++], sizeof(disk[0]), "%s=%.*s", path, (int)text->n, text->bytes);
        return strcmp(path, "full") == 0 ? -ENOSPC : 0;
}

static int reset(void **state) {
        (void)sem_init(&begun, 0, 0);
        (void)sem_init(&released, 0, 0);
        n_on_disk = 0;
        return 0;
}

static int put(StateWriter *w, const char *path, const char *text) {
        return state_writer_put(w, path, &(StateText){ text, strlen(text), false });
}

static void test_real_file(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        char folder[] = "/tmp/timeball-test-XXXXXX", path[64];
        _cleanup_free_ char *text = NULL;
        StateWriter *w;
        size_t n;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/drift", folder);
        assert_int_equal(state_writer_new(event, NULL, on_written, &seen, &w), 0);
        assert_int_equal(put(w, path, "12 3\n"), 0);
        loop_until(event, &seen.all);
        assert_int_equal(seen.errors[0], 0);
        assert_string_equal(seen.paths[0], path);
        assert_int_equal(state_file_read(path, 100, &text, &n), 0);
        assert_string_equal(text, "12 3\n");
        /* And again, with a new thread. */
        seen.all = false;
        seen.wanted = 2;
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(folder), 0);
        assert_int_equal(put(w, path, "12 3\n"), 0);
        loop_until(event, &seen.all);
        assert_int_equal(seen.errors[1], -ENOENT);
        state_writer_free(w);
        sd_event_unref(event);
}

/* While the disk keeps the thread, the loop is not kept; of two texts for one file only the last is written. */
static void test_slow_disk(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 3 };
        StateWriter *w;

        assert_int_equal(state_writer_new(event, write_slowly, on_written, &seen, &w), 0);
        assert_int_equal(put(w, "a", "1"), 0);
        assert_int_equal(sem_wait(&begun), 0);
        assert_int_equal(put(w, "a", "2"), 0); /* the first is under way */
        assert_int_equal(put(w, "full", "x"), 0);
        assert_int_equal(put(w, "a", "3"), 0);
        loop_idle(event);
        assert_int_equal(seen.n, 0);
        for (int i = 0; i < 3; i++)
                (void)sem_post(&released);
        loop_until(event, &seen.all);
        assert_int_equal(n_on_disk, 3);
        assert_string_equal(disk[0], "a=1");
        assert_string_equal(disk[1], "a=3");
        assert_string_equal(disk[2], "full=x");
        assert_int_equal(seen.errors[2], -ENOSPC);
        state_writer_free(w);
        sd_event_unref(event);
}

static void test_finish_waits(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        StateWriter *w;

        assert_int_equal(state_writer_new(event, write_slowly, on_written, &seen, &w), 0);
        assert_int_equal(state_writer_finish(w, SPAN_ZERO), 0); /* nothing to wait for */
        assert_int_equal(put(w, "a", "1"), 0);
        assert_int_equal(state_writer_finish(w, SPAN_MS(10)), -ETIMEDOUT);
        assert_int_equal(seen.n, 0);
        (void)sem_post(&released);
        assert_int_equal(state_writer_finish(w, SPAN_S(10)), 0);
        assert_int_equal(seen.n, 1);
        assert_int_equal(n_on_disk, 1);
        state_writer_free(w);
        sd_event_unref(event);
}

/* The end does not wait for a disk that hangs; it may come back whenever it likes. */
static void test_free_while_hanging(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        StateWriter *w;

        assert_int_equal(state_writer_new(event, write_slowly, on_written, &seen, &w), 0);
        assert_int_equal(put(w, "a", "1"), 0);
        assert_int_equal(put(w, "b", "2"), 0);
        assert_int_equal(sem_wait(&begun), 0);
        state_writer_free(w);
        sd_event_unref(event);
        (void)sem_post(&released);
        assert_int_equal(sem_wait(&begun), 0); /* what was put is still written */
        (void)sem_post(&released);
        usleep(10000); /* lets the thread run into what was freed, if it would */
        assert_int_equal(seen.n, 0);
}

static void test_queue_is_bounded(void **state) {
        sd_event *event = loop_new();
        Seen seen = { 0 };
        char path[32];
        StateWriter *w;
        int r = 0;

        assert_int_equal(state_writer_new(event, write_slowly, on_written, &seen, &w), 0);
        assert_int_equal(put(w, "first", "1"), 0);
        assert_int_equal(sem_wait(&begun), 0);
        for (int i = 0; i <= STATE_WRITER_QUEUE_MAX; i++) {
                assert_int_equal(r, 0);
                (void)snprintf(path, sizeof(path), "%d", i);
                r = put(w, path, "x");
        }
        assert_int_equal(r, -EBUSY);
        assert_int_equal(put(w, "7", "y"), 0); /* takes no place of its own */
        state_writer_free(w);
        sd_event_unref(event);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_real_file, reset),
                cmocka_unit_test_setup(test_slow_disk, reset),
                cmocka_unit_test_setup(test_finish_waits, reset),
                cmocka_unit_test_setup(test_free_while_hanging, reset),
                cmocka_unit_test_setup(test_queue_is_bounded, reset),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
