/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/saved-text.h"

#include "../cases.h"
#include "../os/loop.h"

#include "base/cleanup.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

/* A disk that answers when the test lets it, and what it got. */
static sem_t begun, released;
static char disk[8][16];
static size_t n_on_disk;
static int disk_error;

static int write_slowly(const char *path, const StateText *text) {
        (void)sem_post(&begun);
        (void)sem_wait(&released);
        (void)snprintf(disk[n_on_disk++], sizeof(disk[0]), "%.*s", (int)text->n, text->bytes);
        return disk_error;
}

typedef struct Stage {
        sd_event *event;
        SavedText saved;
        char told[64]; /* a letter and an errno for each who was told */
        bool written;
} Stage;

static void on_written(void *userdata, const char *path, int error) {
        Stage *s = userdata;

        assert_string_equal(path, "saved.conf");
        assert_int_equal(saved_text_written(&s->saved, error), error == 0);
        saved_text_go_on(&s->saved);
        s->written = true;
}

typedef struct Waiter {
        Stage *stage;
        char letter;
} Waiter;

static void on_told(void *userdata, int error, const char *path) {
        const Waiter *w = userdata;
        char text[16];

        (void)snprintf(text, sizeof(text), "%c%d ", w->letter, error);
        strcat(w->stage->told, text);
}

static void begin(Stage *s) {
        *s = (Stage){ .event = loop_new(), .saved = { .path = "saved.conf" } };
        (void)sem_init(&begun, 0, 0);
        (void)sem_init(&released, 0, 0);
        n_on_disk = 0;
        disk_error = 0;
        assert_int_equal(state_writer_new(s->event, write_slowly, on_written, s, &s->saved.writer), 0);
}

static void end(Stage *s) {
        state_writer_free(s->saved.writer);
        saved_text_done(&s->saved);
        sd_event_unref(s->event);
}

static int put(Stage *s, const char *text) {
        return saved_text_write(&s->saved, strdup(text));
}

static void let_one_through(Stage *s) {
        s->written = false;
        (void)sem_post(&released);
        loop_until(s->event, &s->written);
}

static void told_when_the_disk_has_it(void **state) {
        Stage s;
        Waiter a = { &s, 'a' }, b = { &s, 'b' }, c = { &s, 'c' }, d = { &s, 'd' };

        begin(&s);
        assert_null(saved_text_newest(&s.saved));
        saved_text_tell(&s.saved, on_told, &a);
        assert_string_equal(s.told, "a0 "); /* there is nothing to wait for */
        assert_int_equal(put(&s, "1"), 0);
        saved_text_tell(&s.saved, on_told, &b);
        assert_int_equal(sem_wait(&begun), 0);
        assert_int_equal(put(&s, "2"), 0);
        saved_text_tell(&s.saved, on_told, &c);
        assert_int_equal(put(&s, "3"), 0);
        saved_text_tell(&s.saved, on_told, &d);
        assert_string_equal(saved_text_newest(&s.saved), "3");
        loop_idle(s.event);
        assert_string_equal(s.told, "a0 ");
        assert_null(s.saved.on_disk);
        let_one_through(&s);
        assert_string_equal(s.told, "a0 b0 ");
        assert_string_equal(s.saved.on_disk, "1");
        let_one_through(&s);
        assert_string_equal(disk[1], "3"); /* which is the newer one of two that waited */
        assert_true(strcmp(s.told, "a0 b0 c0 d0 ") == 0 || strcmp(s.told, "a0 b0 d0 c0 ") == 0);
        assert_string_equal(s.saved.on_disk, "3");
        assert_null(s.saved.writing);
        end(&s);
}

static void a_disk_that_is_full(void **state) {
        Stage s;
        Waiter a = { &s, 'a' }, b = { &s, 'b' }, c = { &s, 'c' };

        begin(&s);
        disk_error = -ENOSPC;
        assert_int_equal(put(&s, "1"), 0);
        saved_text_tell(&s.saved, on_told, &a);
        assert_int_equal(sem_wait(&begun), 0);
        assert_int_equal(put(&s, "2"), 0);
        saved_text_tell(&s.saved, on_told, &b);
        let_one_through(&s);
        assert_string_equal(s.told, "a-28 ");
        assert_int_equal(sem_wait(&begun), 0);
        disk_error = 0;
        let_one_through(&s);
        assert_string_equal(s.told, "a-28 b0 ");
        assert_string_equal(s.saved.on_disk, "2");
        saved_text_tell(&s.saved, on_told, &c);
        assert_string_equal(s.told, "a-28 b0 c0 ");
        end(&s);
}

static void more_than_a_file_may_be(void **state) {
        Stage s;
        Waiter a = { &s, 'a' };
        char *text = malloc(SAVED_MAX_BYTES + 2);

        assert_non_null(text);
        memset(text, '#', SAVED_MAX_BYTES + 1);
        text[SAVED_MAX_BYTES + 1] = '\0';
        begin(&s);
        assert_int_equal(saved_text_write(&s.saved, text), -EFBIG);
        saved_text_tell(&s.saved, on_told, &a);
        assert_string_equal(s.told, "a-27 ");
        assert_null(saved_text_newest(&s.saved));
        end(&s);
}

static void told_at_the_end(void **state) {
        Stage s;
        Waiter a = { &s, 'a' };

        begin(&s);
        assert_int_equal(put(&s, "1"), 0);
        saved_text_tell(&s.saved, on_told, &a);
        assert_int_equal(sem_wait(&begun), 0);
        StateWriter *writer = s.saved.writer;
        saved_text_done(&s.saved);
        assert_string_equal(s.told, "a-125 ");
        (void)sem_post(&released);
        assert_int_equal(state_writer_finish(writer, span_from_seconds(60)), 0);
        s.saved.writer = writer;
        end(&s);
}

/* The last text is written even if the one before it is still under way when the process ends. */
static void the_end_waits_for_both(void **state) {
        Stage s;

        begin(&s);
        assert_int_equal(put(&s, "1"), 0);
        assert_int_equal(sem_wait(&begun), 0);
        assert_int_equal(put(&s, "2"), 0);
        (void)sem_post(&released);
        (void)sem_post(&released);
        assert_int_equal(state_writer_finish(s.saved.writer, span_from_seconds(60)), 0);
        assert_int_equal(n_on_disk, 2);
        assert_string_equal(s.saved.on_disk, "2");
        end(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(told_when_the_disk_has_it),
                cmocka_unit_test(a_disk_that_is_full),
                cmocka_unit_test(more_than_a_file_may_be),
                cmocka_unit_test(told_at_the_end),
                cmocka_unit_test(the_end_waits_for_both),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
