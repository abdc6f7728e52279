/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/leap-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LIST "3644697600 36\n3692217600 37\n"

typedef struct Place {
        char folder[64];
        char path[96];
        LeapFile file;
} Place;

/* What the last reading gave. */
typedef struct Result {
        LeapTable table;
        LeapReading reading;
        unsigned line;
} Result;

static int setup(void **state) {
        Place *p = calloc(1, sizeof(*p));

        assert_non_null(p);
        strcpy(p->folder, "/tmp/timeball-leap-XXXXXX");
        assert_non_null(mkdtemp(p->folder));
        snprintf(p->path, sizeof(p->path), "%s/file", p->folder);
        p->file = (LeapFile){ .path = p->path, .format = LEAP_FORMAT_LIST };
        *state = p;
        return 0;
}

static int teardown(void **state) {
        Place *p = *state;

        (void)unlink(p->path);
        assert_int_equal(rmdir(p->folder), 0);
        free(p);
        return 0;
}

static void write_file(const Place *p, const void *bytes, size_t n) {
        FILE *f = fopen(p->path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
}

static int read_it(Place *p, Result *ret) {
        return leap_file_read(&p->file, &ret->table, &ret->reading, &ret->line);
}

static void test_read_when_changed(void **state) {
        Place *p = *state;
        Result r;

        assert_int_equal(read_it(p, &r), -ENOENT);
        write_file(p, LIST, strlen(LIST));
        assert_int_equal(read_it(p, &r), 1);
        assert_int_equal(r.reading, LEAP_READ);
        assert_int_equal(r.table.n, 2);
        assert_int_equal(read_it(p, &r), 0);
        write_file(p, LIST "x\n", strlen(LIST "x\n"));
        assert_int_equal(read_it(p, &r), 1);
        assert_int_equal(r.reading, LEAP_READ_MALFORMED);
        assert_int_equal(r.line, 3);
        assert_int_equal(read_it(p, &r), 0); /* it is not getting better */
}

/* Same size, same name: a file put in the place of another one. */
static void test_replaced(void **state) {
        Place *p = *state;
        char other[128];
        Result r;

        write_file(p, LIST, strlen(LIST));
        assert_int_equal(read_it(p, &r), 1);
        snprintf(other, sizeof(other), "%s.new", p->path);
        assert_int_equal(rename(p->path, other), 0);
        write_file(p, "3644697600 35\n3692217600 36\n", strlen(LIST));
        assert_int_equal(unlink(other), 0);
        assert_int_equal(read_it(p, &r), 1);
        assert_int_equal(r.table.entries[1].tai_offset_s, 36);
}

static void test_what_is_no_file(void **state) {
        Place *p = *state;
        static uint8_t large[LEAP_FILE_MAX + 1];
        Result r;

        write_file(p, large, sizeof(large));
        assert_int_equal(read_it(p, &r), -EFBIG);
        assert_int_equal(unlink(p->path), 0);
        assert_int_equal(mkfifo(p->path, 0600), 0);
        assert_int_equal(read_it(p, &r), -EBADF); /* at once, though nobody writes */
        p->file.path = p->folder;
        assert_int_equal(read_it(p, &r), -EBADF);
}

static void test_largest(void **state) {
        Place *p = *state;
        static char text[LEAP_FILE_MAX];
        Result r;

        memset(text, '\n', sizeof(text));
        memcpy(text + sizeof(text) - 14, "3644697600 36\n", 14);
        write_file(p, text, sizeof(text));
        assert_int_equal(read_it(p, &r), 1);
        assert_int_equal(r.reading, LEAP_READ);
        assert_int_equal(r.table.n, 1);
}

static void test_zone(void **state) {
        static const uint8_t old[] = { 'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0xb2, 0x58, 0, 0,
                0, 0, 1 };
        uint8_t zone[sizeof(old)];
        Place *p = *state;
        Result r;

        p->file.format = LEAP_FORMAT_ZONE;
        memcpy(zone, old, sizeof(old));
        write_file(p, zone, sizeof(zone));
        assert_int_equal(read_it(p, &r), 1);
        assert_int_equal(r.reading, LEAP_READ);
        assert_int_equal(r.table.entries[1].tai_offset_s, 11);
        assert_int_equal(r.line, 0);
}

static void assert_path(const char *zone, const char *expected) {
        char *path = leap_file_of_zone(zone);

        assert_string_equal(path, expected);
        free(path);
}

static void test_where_zones_are(void **state) {
        assert_int_equal(unsetenv("TZDIR"), 0);
        assert_path("right/UTC", "/usr/share/zoneinfo/right/UTC");
        assert_path("/etc/leaps", "/etc/leaps");
        assert_int_equal(setenv("TZDIR", "/opt/zones", 1), 0);
        assert_path("right/UTC", "/opt/zones/right/UTC");
        assert_path("/etc/leaps", "/etc/leaps");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_read_when_changed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_is_no_file, setup, teardown),
                cmocka_unit_test_setup_teardown(test_largest, setup, teardown),
                cmocka_unit_test_setup_teardown(test_zone, setup, teardown),
                cmocka_unit_test(test_where_zones_are),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
