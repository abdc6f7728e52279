/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/leap-files.h"

#include "run/messages.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../os/loop.h"

#define LIST "3644697600 36\n3692217600 37\n"

/* A zone with the first leap second and nothing else. */
static const uint8_t zone[] = { 'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0xb2, 0x58, 0, 0, 0, 0, 1 };

typedef struct Fixture {
        char folder[64], list[96], zone[96];
        sd_event *event;
        Log *log;
        Config config;
        LeapFiles *files;
        unsigned n;
        LeapTable last;
} Fixture;

static void on_table(void *userdata, const LeapTable *table) {
        Fixture *f = userdata;

        f->n++;
        f->last = *table;
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        strcpy(f->folder, "/tmp/timeball-leaps-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        snprintf(f->list, sizeof(f->list), "%s/list", f->folder);
        snprintf(f->zone, sizeof(f->zone), "%s/zone", f->folder);
        f->event = loop_new();
        f->log = log_new(LOG_LEVEL_INFO);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        leap_files_free(f->files);
        log_free(f->log);
        sd_event_unref(f->event);
        (void)unlink(f->list);
        (void)unlink(f->zone);
        assert_int_equal(rmdir(f->folder), 0);
        free(f);
        return 0;
}

static void write_file(const char *path, const void *bytes, size_t n) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        assert_int_equal(fclose(file), 0);
}

static void begin(Fixture *f, bool list, bool with_zone) {
        f->config.leap_sec_list = list ? f->list : NULL;
        f->config.leap_sec_tz = with_zone ? f->zone : NULL;
        assert_int_equal(leap_files_new(f->event, f->log, &f->config, on_table, f, &f->files), 0);
}

static void assert_logged(Fixture *f, bool warning, const char *expected) {
        const LogRecord *r = log_peek(f->log);

        assert_non_null(r);
        assert_non_null(strstr(r->text, expected));
        assert_int_equal(r->level, warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
        if (warning)
                assert_string_equal(r->message_id, MESSAGE_ID_LEAP_FILE);
        log_pop(f->log);
}

static void test_none(void **state) {
        Fixture *f = *state;

        begin(f, false, false);
        assert_null(log_peek(f->log));
        assert_int_equal(f->n, 0);
}

static void test_list(void **state) {
        Fixture *f = *state;

        write_file(f->list, LIST, strlen(LIST));
        begin(f, true, false);
        assert_int_equal(f->n, 1);
        assert_int_equal(f->last.n, 2);
        assert_logged(f, false, "/list, TAI-UTC is 37 s after the last");
        assert_null(log_peek(f->log));
}

static void test_zone(void **state) {
        Fixture *f = *state;

        write_file(f->zone, zone, sizeof(zone));
        begin(f, false, true);
        assert_int_equal(f->n, 1);
        assert_int_equal(f->last.entries[1].tai_offset_s, 11);
}

static void test_list_counts(void **state) {
        Fixture *f = *state;

        write_file(f->zone, zone, sizeof(zone));
        write_file(f->list, LIST, strlen(LIST));
        begin(f, true, true);
        assert_int_equal(f->n, 1);
        assert_int_equal(f->last.entries[1].tai_offset_s, 37);
}

static void test_zone_stands_in(void **state) {
        Fixture *f = *state;

        write_file(f->zone, zone, sizeof(zone));
        write_file(f->list, LIST "x", strlen(LIST) + 1);
        begin(f, true, true);
        assert_int_equal(f->n, 1);
        assert_int_equal(f->last.entries[1].tai_offset_s, 11);
        assert_logged(f, true, "/list:3: leap second list has another format");
}

static void test_missing(void **state) {
        Fixture *f = *state;

        begin(f, true, false);
        assert_non_null(f->files); /* it may come later */
        assert_int_equal(f->n, 0);
        assert_logged(f, true, "Could not read leap seconds from ");
        leap_files_look(f->files);
        assert_null(log_peek(f->log)); /* said once */
        write_file(f->list, LIST, strlen(LIST));
        leap_files_look(f->files);
        assert_int_equal(f->n, 1);
}

/* A new edition counts; one that is broken, or gone, changes nothing. */
static void test_changes(void **state) {
        Fixture *f = *state;
        static const char newer[] = LIST "4007750400 38\n", broken[] = LIST "4007750400 39\n";

        write_file(f->list, LIST, strlen(LIST));
        write_file(f->zone, zone, sizeof(zone));
        begin(f, true, true);
        leap_files_look(f->files);
        assert_int_equal(f->n, 1); /* nothing new */
        write_file(f->list, newer, strlen(newer));
        leap_files_look(f->files);
        assert_int_equal(f->n, 2);
        assert_int_equal(f->last.n, 3);
        write_file(f->list, broken, strlen(broken));
        leap_files_look(f->files);
        assert_int_equal(unlink(f->list), 0);
        leap_files_look(f->files);
        assert_int_equal(unlink(f->zone), 0);
        write_file(f->zone, zone, sizeof(zone));
        leap_files_look(f->files);
        assert_int_equal(f->n, 2);
        write_file(f->list, newer, strlen(newer));
        leap_files_look(f->files);
        assert_int_equal(f->n, 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_none, setup, teardown),
                cmocka_unit_test_setup_teardown(test_list, setup, teardown),
                cmocka_unit_test_setup_teardown(test_zone, setup, teardown),
                cmocka_unit_test_setup_teardown(test_list_counts, setup, teardown),
                cmocka_unit_test_setup_teardown(test_zone_stands_in, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
                cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
