/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/state-file.h"

#include "../cases.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Place {
        char folder[32], path[64], temporary[64], other[64];
} Place;

static int setup(void **state) {
        Place *place = calloc(1, sizeof(*place));

        strcpy(place->folder, "/tmp/timeball-test-XXXXXX");
        assert_non_null(mkdtemp(place->folder));
        snprintf(place->path, sizeof(place->path), "%s/drift", place->folder);
        snprintf(place->temporary, sizeof(place->temporary), "%s/drift.tmp", place->folder);
        snprintf(place->other, sizeof(place->other), "%s/other", place->folder);
        *state = place;
        return 0;
}

static int teardown(void **state) {
        Place *place = *state;

        (void)unlink(place->path);
        (void)unlink(place->temporary);
        (void)unlink(place->other);
        assert_int_equal(rmdir(place->folder), 0);
        free(place);
        return 0;
}

static int write_text(const char *path, const char *text) {
        return state_file_write(path, &(StateText){ text, strlen(text), true });
}

static void expect_text(const char *path, const char *expected) {
        _cleanup_free_ char *text = NULL;
        size_t n;

        assert_int_equal(state_file_read(path, 100, &text, &n), 0);
        assert_int_equal(n, strlen(expected));
        assert_string_equal(text, expected);
}

static void test_there_and_back(void **state) {
        Place *place = *state;

        assert_int_equal(write_text(place->path, "one\n"), 0);
        expect_text(place->path, "one\n");
        assert_int_equal(write_text(place->path, "two\n"), 0);
        expect_text(place->path, "two\n");
        assert_int_equal(access(place->temporary, F_OK), -1);
        assert_int_equal(write_text(place->path, ""), 0);
        expect_text(place->path, "");
}

static void test_mode_and_owner(void **state) {
        Place *place = *state;
        mode_t before = umask(022);
        struct stat st;

        assert_int_equal(write_text(place->path, "one\n"), 0);
        assert_int_equal(stat(place->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        (void)umask(077); /* that of the unit */
        assert_int_equal(write_text(place->path, "one\n"), 0);
        assert_int_equal(stat(place->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        (void)umask(before);
        if (geteuid() != 0) {
                assert_int_equal(st.st_uid, geteuid());
                return;
        }
        assert_int_equal(chown(place->folder, 12345, 23456), 0);
        assert_int_equal(write_text(place->path, "by root\n"), 0);
        assert_int_equal(stat(place->path, &st), 0);
        assert_int_equal(st.st_uid, 12345);
        assert_int_equal(st.st_gid, 23456);
}

/* Neither a link in the place of the file nor one in that of the temporary leads anywhere. */
static void test_follows_no_link(void **state) {
        Place *place = *state;
        struct stat st;

        assert_int_equal(write_text(place->other, "precious\n"), 0);
        assert_int_equal(symlink(place->other, place->path), 0);
        assert_int_equal(symlink(place->other, place->temporary), 0);
        assert_int_equal(write_text(place->path, "new\n"), 0);
        expect_text(place->other, "precious\n");
        expect_text(place->path, "new\n");
        assert_int_equal(lstat(place->path, &st), 0);
        assert_true(S_ISREG(st.st_mode));
}

/* Who reads while we write has the old text or the new one, and what was begun is not left behind. */
static void test_failure_leaves_the_old_one(void **state) {
        Place *place = *state;
        _cleanup_free_ char *text = NULL;
        size_t n;

        assert_int_equal(write_text(place->path, "old\n"), 0);
        assert_int_equal(mkdir(place->temporary, 0755), 0); /* not to be removed as a file */
        assert_true(write_text(place->path, "new\n") < 0);
        assert_int_equal(rmdir(place->temporary), 0);
        expect_text(place->path, "old\n");
        assert_int_equal(unlink(place->path), 0);
        assert_int_equal(mkdir(place->path, 0755), 0);
        assert_int_equal(write_text(place->path, "new\n"), -EISDIR);
        assert_int_equal(access(place->temporary, F_OK), -1);
        assert_int_equal(state_file_read(place->path, 100, &text, &n), -EINVAL);
        assert_int_equal(rmdir(place->path), 0);
}

static void test_no_place(void **state) {
        Place *place = *state;
        _cleanup_free_ char *text = NULL;
        size_t n;

        assert_int_equal(write_text("/nonexistent/drift", "x"), -ENOENT);
        assert_int_equal(write_text("/dev/null/drift", "x"), -ENOTDIR);
        assert_int_equal(write_text("/tmp/", "x"), -EISDIR);
        assert_int_equal(state_file_read(place->path, 100, &text, &n), -ENOENT);
        assert_null(text);
}

static void test_folder(void **state) {
        Place *place = *state;
        char **names;
        size_t n;

        assert_int_equal(write_text(place->path, "1"), 0);
        assert_int_equal(write_text(place->other, "2"), 0);
        assert_int_equal(state_folder_list(place->folder, "r", 10, &names, &n), 0);
        assert_int_equal(n, 1);
        assert_string_equal(names[0], "other");
        state_folder_list_free(names, n);
        assert_int_equal(state_folder_list(place->folder, "", 10, &names, &n), 0);
        assert_int_equal(n, 4); /* with . and .. */
        assert_string_equal(names[2], "drift");
        assert_string_equal(names[3], "other");
        state_folder_list_free(names, n);
        assert_int_equal(state_folder_list(place->folder, "", 3, &names, &n), 0);
        assert_int_equal(n, 3);
        state_folder_list_free(names, n);
        assert_int_equal(state_folder_list(place->folder, "drift", 10, &names, &n), 0);
        assert_int_equal(n, 0); /* a name has something before its ending */
        state_folder_list_free(names, n);
        assert_int_equal(state_folder_list("/nonexistent", "", 10, &names, &n), -ENOENT);
        assert_int_equal(state_file_remove(place->other), 0);
        assert_int_equal(state_file_remove(place->other), -ENOENT);
}

static void test_reading_is_bounded(void **state) {
        Place *place = *state;
        _cleanup_free_ char *text = NULL, *again = NULL;
        size_t n;

        assert_int_equal(write_text(place->path, "12345"), 0);
        assert_int_equal(state_file_read(place->path, 4, &text, &n), -EFBIG);
        assert_null(text);
        assert_int_equal(state_file_read(place->path, 5, &text, &n), 0);
        assert_int_equal(n, 5);
        /* Neither of these ends by itself. */
        assert_int_equal(state_file_read("/dev/zero", 100, &again, &n), -EINVAL);
        assert_int_equal(mkfifo(place->other, 0600), 0);
        assert_int_equal(state_file_read(place->other, 100, &again, &n), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
                cmocka_unit_test_setup_teardown(test_mode_and_owner, setup, teardown),
                cmocka_unit_test_setup_teardown(test_follows_no_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_failure_leaves_the_old_one, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_place, setup, teardown),
                cmocka_unit_test_setup_teardown(test_folder, setup, teardown),
                cmocka_unit_test_setup_teardown(test_reading_is_bounded, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
