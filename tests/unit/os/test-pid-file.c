/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/pid-file.h"

#include <errno.h>
#include <fcntl.h>
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

typedef struct Place {
        char folder[64];
        char path[96];
        char other[96];
} Place;

static int setup(void **state) {
        Place *p = calloc(1, sizeof(*p));

        assert_non_null(p);
        strcpy(p->folder, "/tmp/timeball-pid-XXXXXX");
        assert_non_null(mkdtemp(p->folder));
        snprintf(p->path, sizeof(p->path), "%s/pid", p->folder);
        snprintf(p->other, sizeof(p->other), "%s/other", p->folder);
        *state = p;
        return 0;
}

static int teardown(void **state) {
        Place *p = *state;

        (void)unlink(p->path);
        (void)unlink(p->other);
        assert_int_equal(rmdir(p->folder), 0);
        free(p);
        return 0;
}

static void write_file(const char *path, const char *text) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

static void assert_content(const char *path, const char *expected) {
        char text[64] = "";
        FILE *f = fopen(path, "r");

        assert_non_null(f);
        assert_non_null(fgets(text, sizeof(text), f));
        fclose(f);
        assert_string_equal(text, expected);
}

static void test_written_and_removed(void **state) {
        Place *place = *state;
        PidFile *p;
        char expected[32];

        write_file(place->path, "999999999999\n"); /* of one that crashed: longer than ours */
        assert_int_equal(pid_file_new(place->path, &p), 0);
        snprintf(expected, sizeof(expected), "%ld\n", (long)getpid());
        assert_content(place->path, expected);
        pid_file_free(p);
        assert_int_equal(access(place->path, F_OK), -1);
}

static void test_second_daemon(void **state) {
        Place *place = *state;
        PidFile *p, *second;

        assert_int_equal(pid_file_new(place->path, &p), 0);
        assert_int_equal(pid_file_new(place->path, &second), -EBUSY);
        assert_int_equal(access(place->path, F_OK), 0); /* and it did not take the first one's away */
        pid_file_free(p);
}

static void test_follows_no_link(void **state) {
        Place *place = *state;
        PidFile *p;

        write_file(place->other, "precious\n");
        assert_int_equal(symlink(place->other, place->path), 0);
        assert_int_equal(pid_file_new(place->path, &p), -ELOOP);
        assert_content(place->other, "precious\n");
}

static void test_writes_no_file_of_two_names(void **state) {
        Place *place = *state;
        PidFile *p;

        write_file(place->other, "precious\n");
        assert_int_equal(link(place->other, place->path), 0);
        assert_int_equal(pid_file_new(place->path, &p), -EMLINK);
        assert_content(place->other, "precious\n");
}

static void test_no_plain_file(void **state) {
        Place *place = *state;
        PidFile *p;

        assert_int_equal(mkfifo(place->path, 0600), 0);
        assert_int_equal(pid_file_new(place->path, &p), -EMLINK);
        assert_int_equal(pid_file_new("/nonexistent/pid", &p), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_written_and_removed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_second_daemon, setup, teardown),
                cmocka_unit_test_setup_teardown(test_follows_no_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_writes_no_file_of_two_names, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_plain_file, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
