/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../config/config-text.h"

#include "run/config-check.h"

static void assert_contains(const char *text, const char *part) {
        if (!strstr(text, part))
                fail_msg("'%s' is not in:\n%s", part, text);
}

static void check_exit_status(void **state) {
        Directory d;
        FILE *out = fopen("/dev/null", "we");

        assert_non_null(out);
        directory_make(&d);
        directory_write(&d, "good", "port 70000\n");
        directory_write(&d, "bad", "port x\n");
        static const struct {
                const char *name;
                int status;
        } rows[] = { { "good", 0 }, { "bad", 1 }, { "none", 1 } };
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_free_ char *path = directory_file(&d, rows[i].name);

                assert_int_equal(config_check(path, &(ConfigCheckOptions){ 0 }, out), rows[i].status);
                assert_int_equal(
                        config_check(path, &(ConfigCheckOptions){ .json = true }, out), rows[i].status);
        }
        fclose(out);
        directory_remove(&d);
}

static void check_of_no_file(void **state) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        assert_int_equal(config_check("/nonexistent/file", &(ConfigCheckOptions){ .json = true }, memory), 1);
        fclose(memory);
        assert_contains(text, "\"errors\":[\n{\"file\":\"/nonexistent/file\",\"line\":0,\"word\":\"\","
                              "\"text\":\"the file can't be read: No such file or directory\"}]");
        free(text);
}

/* What `timeballd --check` says of a file, "@" for the directory; the caller frees it. */
static char *checked(const char *lines, bool all, int status) {
        ConfigCheckOptions options = { .all = all };
        char *text = NULL;
        Directory d;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        directory_make(&d);
        directory_write(&d, "main", lines);
        _cleanup_free_ char *path = directory_file(&d, "main");
        assert_int_equal(config_check(path, &options, memory), status);
        assert_int_equal(fclose(memory), 0);
        directory_remove(&d);
        return text;
}

/* What would only be seen once the daemon starts, or ends. */
static void check_of_the_machine(void **state) {
        static const struct {
                const char *lines, *expected;
                int status;
        } rows[] = {
                { "server a\nuser nosuch-user\n",
                        ":2: 'nosuch-user': the process cannot become it: there is none of that name\n", 1 },
                { "server a\ndriftfile @/none/drift\n",
                        "driftfile: the directory can't be used: No such file or directory", 0 },
                { "server a\ndriftfile @/main/drift\n", "driftfile: this is no directory", 0 },
                { "server a\ndumpdir @/none\n",
                        "dumpdir: the directory can't be used: No such file or directory", 0 },
                { "server a\nleapseclist @/none\n",
                        "leapseclist: the file can't be read: No such file or directory\n", 0 },
                { "server a\nleapsectz nowhere/none\n",
                        "nowhere/none can't be read: No such file or directory\n", 0 },
                { "driftfile @/drift\n", "no server, pool or peer is given: the clock is not steered\n", 0 },
                { "local\n", "0 errors, 0 warnings\n", 0 },
                { "server a\nuser root\ndriftfile @/drift\ndumpdir @\nleapseclist @/main\n",
                        "0 errors, 0 warnings\n", 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_free_ char *text = checked(rows[i].lines, false, rows[i].status);

                assert_contains(text, rows[i].expected);
                assert_null(strstr(text, "default\n"));
        }
        _cleanup_free_ char *all = checked("local\n", true, 0);
        assert_contains(all, "  maxdistance 3                             default\n");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(check_exit_status),
                cmocka_unit_test(check_of_the_machine),
                cmocka_unit_test(check_of_no_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
