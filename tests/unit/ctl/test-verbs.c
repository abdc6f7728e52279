/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command line: which verb, which options. */

#include "base/cleanup.h"
#include "options.h"
#include "verbs.h"

#include <getopt.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 8 };

static ExitStatus parse(Options *ret, int *ret_first, char **words) {
        int n = 0;

        while (words[n])
                n++;
        optind = 0; /* glibc: start over */
        return options_parse(n, words, ret, ret_first);
}

#define WORDS(...) ((char *[WORDS_MAX]){ (char *)"timeballctl", __VA_ARGS__ })

static void test_verbs(void **state) {
        static const struct {
                const char *words[3];
                const char *verb;
                int used;
        } cases[] = {
                { { NULL }, "status", 0 },
                { { "status" }, "status", 1 },
                { { "tracking" }, "status", 1 },
                { { "sources" }, "sources", 1 },
                { { "sourcestats" }, "stats", 1 },
                { { "stats" }, "stats", 1 },
                { { "show", "clock" }, "show", 1 },
                { { "config", "check", "x" }, "config check", 2 },
                { { "config" }, NULL, 0 },
                { { "config", "che" }, NULL, 0 },
                { { "stat" }, NULL, 0 },
                { { "" }, NULL, 0 },
                { { "status1" }, NULL, 0 },
                { { "config check" }, "config check", 1 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int used, n = 0;
                while (n < 3 && cases[i].words[n])
                        n++;
                const Verb *verb = verb_find((char **)cases[i].words, n, &used);
                if (!cases[i].verb) {
                        assert_null(verb);
                        continue;
                }
                assert_non_null(verb);
                assert_string_equal(verb->name, cases[i].verb);
                assert_int_equal(used, cases[i].used);
        }
}

static void test_options(void **state) {
        Options o;
        int first;

        assert_int_equal(parse(&o, &first,
                                 WORDS((char *)"sources", (char *)"-nv", (char *)"--units=us",
                                         (char *)"--utc", (char *)"--no-legend", (char *)"--json=pretty")),
                STATUS_OK);
        assert_int_equal(first, 6); /* the verb has been moved behind the options */
        assert_true(o.view.numeric && o.view.verbose && o.view.utc && !o.view.legend);
        assert_int_equal(o.view.unit, UNIT_US);
        assert_int_equal(o.json, JSON_PRETTY);
        assert_true(isnan(o.max_error_s));
}

static void test_properties(void **state) {
        Options o;
        int first;

        assert_int_equal(
                parse(&o, &first, WORDS((char *)"-p", (char *)"State", (char *)"-P", (char *)"Online")),
                STATUS_OK);
        assert_int_equal(o.n_properties, 2);
        assert_string_equal(o.properties[1], "Online");
        assert_true(o.values_only);
}

static void test_spans(void **state) {
        static const struct {
                const char *word;
                double seconds;
        } good[] = { { "--max-error=1ms", 1e-3 }, { "--max-error=0.5", 0.5 }, { "--max-error=50us", 5e-5 },
                { "--max-error=7ns", 7e-9 }, { "--max-error=2s", 2.0 } };
        static const char *const bad[] = { "--max-error=", "--max-error=x", "--max-error=1m",
                "--max-error=-1s", "--max-error=nan", "--max-error=inf", "--max-error=1 s" };
        Options o;
        int first;

        for (size_t i = 0; i < ELEMENTS(good); i++) {
                assert_int_equal(parse(&o, &first, WORDS((char *)good[i].word)), STATUS_OK);
                assert_true(fabs(o.max_error_s - good[i].seconds) < 1e-15);
        }
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_int_equal(parse(&o, &first, WORDS((char *)bad[i])), STATUS_USAGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_verbs),
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_properties),
                cmocka_unit_test(test_spans),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
