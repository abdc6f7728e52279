/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/command-line.h"

#include <errno.h>

enum { WORDS_MAX = 32 };

/* Splits at spaces; "~" in a word stands for a space. */
static int parse(const char *text, CommandLine *ret, char *error, char storage[static 256]) {
        static char *words[WORDS_MAX + 2];
        int n = 0;
        char name[] = "timeballd";

        words[n++] = strdup(name);
        snprintf(storage, 256, "%s", text);
        for (char *p = storage; *p && n < WORDS_MAX;) {
                words[n++] = p;
                p += strcspn(p, " ");
                if (*p)
                        *p++ = '\0';
        }
        for (int i = 1; i < n; i++)
                for (char *p = words[i]; *p; p++)
                        if (*p == '~')
                                *p = ' ';
        words[n] = NULL;
        int r = command_line_parse(ret, n, words, error);
        free(words[0]);
        return r;
}

static CommandLine line_of(const char *text) {
        static char storage[256];
        char error[COMMAND_LINE_ERROR_MAX] = "";
        CommandLine c;

        if (parse(text, &c, error, storage) != 0)
                fail_msg("%s: %s", text, error);
        return c;
}

static void assert_wrong(const char *text, const char *expected) {
        char error[COMMAND_LINE_ERROR_MAX] = "", storage[256];
        CommandLine c;

        assert_int_equal(parse(text, &c, error, storage), 1);
        assert_string_equal(error, expected);
}

static void nothing_given(void **state) {
        CommandLine c = line_of("");

        assert_int_equal(c.mode, RUN_DAEMON);
        assert_string_equal(c.config_file, "/etc/timeball/timeball.conf");
        assert_false(c.log.foreground);
        assert_int_equal(c.log.debug, 0);
        assert_null(c.log.file);
        assert_int_equal(c.log.level, 0);
        assert_int_equal(c.overrides.family, ADDRESS_NONE);
        assert_int_equal(c.overrides.sched_priority, -1);
        assert_null(c.overrides.user);
        assert_false(c.no_clock);
        assert_int_equal(c.exit_after_s, 0);
        assert_int_equal(c.ready_fd, -1);
        assert_int_equal(c.bus, BUS_SYSTEM);
        assert_int_equal(c.n_directives, 0);
        assert_int_equal(c.n_notices, 0);
}

static void all_options(void **state) {
        CommandLine c = line_of("-4dxmRn -f /f -l /l -L 2 -N 7 -P 50 -t 9 -u me --bus=unix:path=/b");

        assert_int_equal(c.mode, RUN_DAEMON);
        assert_int_equal(c.overrides.family, ADDRESS_INET4);
        assert_int_equal(c.log.debug, 1);
        assert_true(c.log.foreground);
        assert_true(c.no_clock);
        assert_true(c.overrides.lock_all);
        assert_true(c.overrides.restarted);
        assert_string_equal(c.config_file, "/f");
        assert_string_equal(c.log.file, "/l");
        assert_int_equal(c.log.level, 2);
        assert_int_equal(c.ready_fd, 7);
        assert_int_equal(c.overrides.sched_priority, 50);
        assert_int_equal(c.exit_after_s, 9);
        assert_string_equal(c.overrides.user, "me");
        assert_int_equal(c.bus, BUS_ADDRESS);
        assert_string_equal(c.bus_address, "unix:path=/b");
        assert_int_equal(c.n_notices, 0);
}

static void modes(void **state) {
        static const struct {
                const char *text;
                RunMode mode;
        } rows[] = { { "-q", RUN_SET_ONCE }, { "-Q", RUN_PRINT_OFFSET }, { "-p", RUN_PRINT_CONFIG },
                { "-v", RUN_VERSION }, { "--version", RUN_VERSION }, { "-h", RUN_HELP },
                { "--help", RUN_HELP }, { "--check=/f", RUN_CHECK }, { "--check /f --json", RUN_CHECK },
                { "--print-default-config", RUN_PRINT_DEFAULT } };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(line_of(rows[i].text).mode, rows[i].mode);
        assert_string_equal(line_of("--check /f").check_file, "/f");
        assert_true(line_of("--check /f --json").json);
        assert_true(line_of("-Q").no_clock);
        assert_true(line_of("-r").reload);
        assert_false(line_of("-R").reload);
        assert_false(line_of("-q").no_clock);
        assert_int_equal(line_of("--bus=none").bus, BUS_NONE);
        assert_int_equal(line_of("-6").overrides.family, ADDRESS_INET6);
        assert_int_equal(line_of("-dd").log.debug, 2);
        assert_int_equal(line_of("-L -1").log.level, -1);
}

static void notices(void **state) {
        CommandLine c = line_of("-s -F 1 -U -s -F -2");

        assert_int_equal(c.n_notices, 3);
        assert_string_equal(
                c.notices[0], "option -s has no effect yet: the clock is not set from the real-time clock");
        assert_int_equal(strncmp(c.notices[2], "option -U ", 10), 0);
}

static void wrong_use(void **state) {
        assert_wrong("-Z", "there is no option '-Z'");
        assert_wrong("--frob", "there is no option '--frob'");
        assert_wrong("-f", "option '-f' needs an argument");
        assert_wrong("-t abc", "option -t needs a number as SECONDS, not 'abc'");
        assert_wrong("-t 1.5", "option -t needs a number as SECONDS, not '1.5'");
        assert_wrong("-t -1", "option -t needs a number as SECONDS, not '-1'");
        assert_wrong("-L 9", "option -L needs a number as LEVEL, not '9'");
        assert_wrong("-P 100", "option -P needs a number as PRIORITY, not '100'");
        assert_wrong("-N 99999999999", "option -N needs a number as FD, not '99999999999'");
        assert_wrong("--json", "option --json goes with --check");
        assert_wrong("--all", "option --all goes with --check");
        assert_true(line_of("--check /f --all").all);
        assert_wrong("--check --json /f", "option --check needs the name of a file, not '--json'");
        assert_wrong("--bus -x", "option --bus needs none, system or an address as unix:path=FILE, not '-x'");
        assert_wrong(
                "--bus=foo", "option --bus needs none, system or an address as unix:path=FILE, not 'foo'");
        assert_wrong("--bus=unix:",
                "option --bus needs none, system or an address as unix:path=FILE, not 'unix:'");
        assert_wrong("--bus /run/b:c",
                "option --bus needs none, system or an address as unix:path=FILE, not '/run/b:c'");
        assert_string_equal(line_of("--bus tcp:host=::1,port=1").bus_address, "tcp:host=::1,port=1");
        assert_string_equal(line_of("-f -x").config_file, "-x"); /* as with chronyd */
}

static void directives_instead_of_the_file(void **state) {
        CommandLine c = line_of("-x server~a~iburst -f /nonexistent makestep~1~3");
        Config *config;

        assert_int_equal(c.n_directives, 2);
        assert_string_equal(c.directives[0], "server a iburst");
        assert_int_equal(command_line_load(&c, &config), 0);
        assert_lines(config, "server a iburst\nmakestep 1 3\n");
        assert_int_equal(config->lines[1].line, 2);
        assert_int_equal(config->engine.discipline.make_step_limit, 3);
        config_free(config);
}

static void loads_the_file(void **state) {
        Directory d;
        Config *config;

        directory_make(&d);
        directory_write(&d, "main", "server a\nxyzzy\n");
        _cleanup_free_ char *path = directory_file(&d, "main");
        CommandLine c = line_of("-x");
        c.config_file = path;
        assert_int_equal(command_line_load(&c, &config), 0);
        assert_int_equal(config_errors(config), 1);
        assert_int_equal(config->n_sources, 1);
        config_free(config);
        c.config_file = "/nonexistent/file";
        assert_int_equal(command_line_load(&c, &config), -ENOENT);
        directory_remove(&d);
}

/* As by <(...): one byte that somebody takes beforehand would be missing. */
static void what_a_shell_hands_over(void **state) {
        CommandLine c = line_of("-x");
        Config *config;
        char path[32];
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "server a\nport 1\n", 16), 16);
        close(ends[1]);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
        c.config_file = path;
        assert_int_equal(command_line_load_again(&c, NULL, NULL, &config), -EINVAL);
        assert_int_equal(command_line_load(&c, &config), 0);
        assert_lines(config, "server a\nport 1\n");
        config_free(config);
        close(ends[0]);
}

static void overrides(void **state) {
        CommandLine c =
                line_of("-6 -R -u me -P 9 -m server~a server~b~ipv4 makestep~1~3 user~you sched_priority~3");
        Config *config;

        assert_int_equal(command_line_load(&c, &config), 0);
        assert_int_equal(config->sources[0].family, ADDRESS_INET6);
        assert_int_equal(config->sources[1].family, ADDRESS_INET4);
        assert_int_equal(config->engine.discipline.make_step_limit, 0);
        assert_true(config->engine.discipline.make_step_threshold_s <= 0);
        assert_string_equal(config->user, "me");
        assert_int_equal(config->sched_priority, 9);
        assert_true(config->lock_all);
        config_free(config);

        c = line_of("-R makestep~1~-1 user~you sched_priority~3");
        assert_int_equal(command_line_load(&c, &config), 0);
        assert_int_equal(config->engine.discipline.make_step_limit, -1);
        assert_string_equal(config->user, "you");
        assert_int_equal(config->sched_priority, 3);
        config_free(config);
}

static void addresses_of_the_other_family(void **state) {
        CommandLine c = line_of("-4 server~::1 server~192.0.2.1 server~a server~::2");
        Config *config;

        assert_int_equal(command_line_load(&c, &config), 0);
        assert_int_equal(config->n_sources, 2);
        assert_string_equal(config->sources[0].name, "192.0.2.1");
        assert_string_equal(config->sources[1].name, "a");
        assert_int_equal(count_warnings(config), 2);
        config_free(config);
}

/* The caller frees it. */
static char *printed(void (*print)(FILE *)) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        print(memory);
        fclose(memory);
        return text;
}

static void help(void **state) {
        static const char letters[] = "46fndlLpqQrRstuUxFPmNhv";
        _cleanup_free_ char *text = printed(command_line_print_help);

        for (const char *p = letters; *p; p++) {
                char start[8];

                snprintf(start, sizeof(start), "\n  -%c", *p);
                assert_non_null(strstr(text, start));
        }
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
                assert_true(strcspn(line, "\n") <= 80);
}

static void version(void **state) {
        _cleanup_free_ char *text = printed(command_line_print_version);

        assert_int_equal(strncmp(text, "timeballd (timeball) version " TIMEBALL_VERSION " (", 32), 0);
        assert_non_null(strstr(text, " +NTP "));
        assert_string_equal(text + strlen(text) - 2, ")\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_given),
                cmocka_unit_test(all_options),
                cmocka_unit_test(modes),
                cmocka_unit_test(notices),
                cmocka_unit_test(wrong_use),
                cmocka_unit_test(directives_instead_of_the_file),
                cmocka_unit_test(loads_the_file),
                cmocka_unit_test(what_a_shell_hands_over),
                cmocka_unit_test(overrides),
                cmocka_unit_test(addresses_of_the_other_family),
                cmocka_unit_test(help),
                cmocka_unit_test(version),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
