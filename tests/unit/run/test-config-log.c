/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../cases.h"
#include "run/config-log.h"

#include "config/directives.h"

#include <stdio.h>
#include <string.h>

#define HEAD "Configured without effect yet"

enum { ALL_MAX = 64 * LOG_TEXT_MAX };

/* "name: option, option" for a row of the table, as if all of it were given and without effect. */
static char *whole_row(const Directive *d) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        fprintf(out, "%s", d->name);
        for (const Param *p = d->options; p && p->name; p++)
                fprintf(out, "%s%s", p == d->options ? ": " : ", ", p->name);
        assert_int_equal(fclose(out), 0);
        return text;
}

/* Puts the records together again without their heads; returns how many there were. */
static size_t read_back(Log *log, char all[static ALL_MAX]) {
        size_t n = 0;

        all[0] = '\0';
        for (const LogRecord *r; (r = log_peek(log)); log_pop(log), n++) {
                const char *head = n == 0 ? HEAD ": " : HEAD ", too: ";

                assert_int_equal(strncmp(r->text, head, strlen(head)), 0);
                assert_true(strlen(all) + LOG_TEXT_MAX < ALL_MAX);
                if (n > 0)
                        strcat(all, " ");
                strcat(all, r->text + strlen(head));
        }
        return n;
}

static void test_every_row_is_named(void **state) {
        char **items = calloc(n_directives + 1, sizeof(*items));
        char all[ALL_MAX], expected[ALL_MAX] = "";
        Log *log = log_new(LOG_LEVEL_INFO);
        Config *config = config_new();
        const CommandLine line = { 0 };

        assert_non_null(items);
        for (size_t i = 0; i < n_directives; i++) {
                items[i] = whole_row(&directives[i]);
                assert_true(strlen(expected) + strlen(items[i]) + 3 < ALL_MAX);
                strcat(strcat(expected, i > 0 ? "; " : ""), items[i]);
        }
        config->without_effect = items; /* config_free() frees them */
        config_log(log, &line, config);
        assert_true(read_back(log, all) > 3);
        assert_string_equal(all, expected);
        config_free(config);
        log_free(log);
}

/* The list ends exactly at, before and behind the end of a record. */
static void test_every_length(void **state) {
        const CommandLine line = { 0 };

        for (int n = 1; n < 3 * LOG_TEXT_MAX; n++) {
                char all[ALL_MAX], expected[ALL_MAX];
                Log *log = log_new(LOG_LEVEL_INFO);
                Config *config = config_new();

                config->without_effect = calloc(4, sizeof(char *));
                assert_true(asprintf(&config->without_effect[0], "%0*d", 1 + n / 8, 0) > 0);
                assert_true(asprintf(&config->without_effect[1], "%0*d", 1 + n / 4, 1) > 0);
                assert_true(asprintf(&config->without_effect[2], "%0*d", 1 + n / 8, 2) > 0);
                snprintf(expected, sizeof(expected), "%s; %s; %s", config->without_effect[0],
                        config->without_effect[1], config->without_effect[2]);
                config_log(log, &line, config);
                assert_true(read_back(log, all) > 0);
                assert_string_equal(all, expected);
                config_free(config);
                log_free(log);
        }
}

static void test_nothing_to_say(void **state) {
        Log *log = log_new(LOG_LEVEL_INFO);
        Config *config = config_new();
        const CommandLine line = { 0 };

        config_log(log, &line, config);
        assert_null(log_peek(log));
        config_free(config);
        log_free(log);
}

/* From lines to the list: what makes no source is in it, too. */
static void test_sources_without_effect(void **state) {
        static const char *const lines[] = { "peer 192.0.2.1 extfield F323", "refclock SHM 0",
                "server 192.0.2.2 extfield F323" };
        char all[ALL_MAX];
        Log *log = log_new(LOG_LEVEL_INFO);
        Config *config = config_new();
        const CommandLine line = { 0 };

        for (unsigned i = 0; i < ELEMENTS(lines); i++)
                assert_int_equal(config_load_line(config, lines[i], i + 1), 0);
        assert_int_equal(config_finish(config), 0);
        config_log(log, &line, config);
        assert_int_equal(read_back(log, all), 1);
        assert_string_equal(all, "peer: extfield; refclock; server: extfield");
        config_free(config);
        log_free(log);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_row_is_named),
                cmocka_unit_test(test_every_length),
                cmocka_unit_test(test_nothing_to_say),
                cmocka_unit_test(test_sources_without_effect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
