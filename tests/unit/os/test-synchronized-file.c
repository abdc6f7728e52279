/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/synchronized-file.h"

#include <errno.h>
#include <stdbool.h>
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

static char root[64];

static int setup(void **state) {
        char path[128];

        strcpy(root, "/tmp/timeball-sync-XXXXXX");
        assert_non_null(mkdtemp(root));
        snprintf(path, sizeof(path), "%s/systemd", root);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/systemd/timesync", root);
        return mkdir(path, 0700);
}

static int teardown(void **state) {
        static const char *const inside[] = { "systemd/timesync/synchronized", "systemd/timesync", "systemd",
                "" };
        char path[128];

        for (size_t i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "%s/%s", root, inside[i]);
                if (unlink(path) < 0)
                        (void)rmdir(path);
        }
        return unsetenv("RUNTIME_DIRECTORY");
}

/* As $RUNTIME_DIRECTORY; each %s is the test's folder. */
static void set_folders(const char *format) {
        char text[512];
        size_t n = 0;

        for (const char *p = format; *p && n < sizeof(text) - sizeof(root); p++) {
                if (*p == '@')
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", root);
                else
                        text[n++] = *p;
        }
        text[n] = '\0';
        assert_int_equal(setenv("RUNTIME_DIRECTORY", text, true), 0);
}

static bool is_there(struct stat *ret) {
        char path[128];

        snprintf(path, sizeof(path), "%s/systemd/timesync/synchronized", root);
        return lstat(path, ret) == 0;
}

static void test_made_once(void **state) {
        struct stat first, second;

        set_folders("@/timeball:@/systemd/timesync");
        assert_int_equal(synchronized_file_touch(), 0);
        assert_true(is_there(&first));
        assert_true(S_ISREG(first.st_mode));
        assert_int_equal(first.st_size, 0);
        assert_int_equal(synchronized_file_touch(), 0);
        assert_true(is_there(&second));
        assert_int_equal(first.st_ino, second.st_ino);
}

static void test_wherever_in_the_list(void **state) {
        static const char *const lists[] = { "@/systemd/timesync", "@/systemd/timesync:@/timeball",
                "::@/systemd/timesync:" };
        struct stat st;

        for (size_t i = 0; i < 3; i++) {
                char path[128];
                set_folders(lists[i]);
                assert_int_equal(synchronized_file_touch(), 0);
                assert_true(is_there(&st));
                snprintf(path, sizeof(path), "%s/systemd/timesync/synchronized", root);
                assert_int_equal(unlink(path), 0);
        }
}

static void test_no_such_folder(void **state) {
        static const char *const lists[] = { "", ":", "@/timeball", "@/systemd/timesync/deeper",
                "@/systemd/timesyncd", "timesync", "@/xsystemd/timesync" };
        struct stat st;

        assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
        assert_int_equal(synchronized_file_touch(), -ENOENT);
        for (size_t i = 0; i < 7; i++) {
                set_folders(lists[i]);
                assert_int_equal(synchronized_file_touch(), -ENOENT);
        }
        assert_false(is_there(&st));
}

static void test_failures(void **state) {
        char list[8192], path[128];

        memset(list, 'x', sizeof(list));
        list[0] = '/';
        strcpy(list + 5000, "/systemd/timesync");
        assert_int_equal(setenv("RUNTIME_DIRECTORY", list, true), 0);
        assert_int_equal(synchronized_file_touch(), -ENAMETOOLONG);

        set_folders("@/systemd/timesync"); /* somebody has put a link there */
        snprintf(path, sizeof(path), "%s/systemd/timesync/synchronized", root);
        assert_int_equal(symlink("/nonexistent", path), 0);
        assert_int_equal(synchronized_file_touch(), -ELOOP);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_made_once, setup, teardown),
                cmocka_unit_test_setup_teardown(test_wherever_in_the_list, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_such_folder, setup, teardown),
                cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
