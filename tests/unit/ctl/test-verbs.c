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
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 10 };

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
                const char *called;
        } cases[] = {
                { { NULL }, "status", 0 },
                { { "status" }, "status", 1 },
                { { "tracking" }, "tracking", 1 },
                { { "sources" }, "sources", 1 },
                { { "sourcestats" }, "stats", 1, "sourcestats" },
                { { "reset", "counters" }, "reset counters", 2 },
                { { "stats" }, "stats", 1 },
                { { "show", "clock" }, "show", 1 },
                { { "config", "check", "x" }, "config check", 2 },
                { { "server" }, "server", 1 },
                { { "serverstats" }, "server", 1, "serverstats" },
                { { "allow", "all", "10.0.0.0/8" }, "allow", 1 },
                { { "accheck", "192.0.2.1" }, "access-check", 1, "accheck" },
                { { "minpoll", "ntp1.example", "6" }, "set", 1, "minpoll" },
                { { "rekey" }, "reload", 1, "rekey" },
                { { "maxdelay" }, "set", 1, "maxdelay" },
                { { "maxdel" }, NULL, 0 },
                { { "minpoll maxpoll" }, NULL, 0 },
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
                const char *called;
                const Verb *verb = verb_find((char **)cases[i].words, n, &used, &called);
                if (!cases[i].verb) {
                        assert_null(verb);
                        continue;
                }
                assert_non_null(verb);
                assert_string_equal(verb->name, cases[i].verb);
                assert_int_equal(used, cases[i].used);
                assert_string_equal(called, cases[i].called ? cases[i].called : cases[i].verb);
        }
}

/* The caller frees it. */
static char *explain(const char *word) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        verbs_explain(word, out);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void test_explained(void **state) {
        static const struct {
                const char *word, *text;
        } cases[] = {
                { "config", "timeballctl: 'config' goes on: timeballctl config check [FILE]\n" },
                { "cmdallow",
                        "timeballctl: there is no verb 'cmdallow'; there are no commands over the network\n" },
                { "reset",
                        "timeballctl: 'reset' goes on: timeballctl reset sources, or timeballctl reset counters\n" },
                { "conf", "timeballctl: there is no verb 'conf'; see timeballctl --help\n" },
                { "", "timeballctl: there is no verb ''; see timeballctl --help\n" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_free_ char *text = explain(cases[i].word);
                assert_string_equal(text, cases[i].text);
        }
}

static void test_explained_arguments(void **state) {
        char *words[] = { (char *)"status", (char *)"now", (char *)"then" };
        char *text = NULL;
        size_t size;
        int used;

        const char *called;
        const Verb *verb = verb_find(words, 3, &used, &called);
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        verb_explain_arguments(verb, words + used, 3 - used, out);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, "timeballctl: 'now' is one argument too many; usage: timeballctl status\n");
        free(text);
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

/* The style is joined to --json by "=": a word that follows is an argument of the verb. */
static void test_json(void **state) {
        Options o;
        int first;

        assert_int_equal(
                parse(&o, &first, WORDS((char *)"config", (char *)"check", (char *)"--json", (char *)"FILE")),
                STATUS_OK);
        assert_int_not_equal(o.json, JSON_OFF);
        assert_int_equal(first, 2);
        assert_int_equal(parse(&o, &first, WORDS((char *)"status", (char *)"--json")), STATUS_OK);
        assert_int_not_equal(o.json, JSON_OFF);
        assert_int_equal(parse(&o, &first, WORDS((char *)"--json=pretty")), STATUS_OK);
        assert_int_equal(o.json, JSON_PRETTY);
        assert_int_equal(parse(&o, &first, WORDS((char *)"--json=xml")), STATUS_USAGE);
        assert_int_equal(parse(&o, &first, WORDS((char *)"--json=")), STATUS_USAGE);
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
                { "--max-error=7ns", 7e-9 }, { "--max-error=2s", 2.0 }, { "--max-error=2min", 120.0 } };
        static const char *const bad[] = { "--max-error=", "--max-error=x", "--max-error=1m",
                "--max-error=-1s", "--max-error=nan", "--max-error=inf", "--max-error=1 s" };
        Options o;
        int first;

        for (size_t i = 0; i < ELEMENTS(good); i++) {
                assert_int_equal(
                        parse(&o, &first, WORDS((char *)"--check", (char *)good[i].word)), STATUS_OK);
                assert_true(fabs(o.max_error_s - good[i].seconds) < 1e-15);
        }
        assert_int_equal(parse(&o, &first, WORDS((char *)"--max-error=1ms")), STATUS_OK);
        assert_int_equal(options_check(&o, "status"), STATUS_USAGE);
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_int_equal(parse(&o, &first, WORDS((char *)"--check", (char *)bad[i])), STATUS_USAGE);
}

/* What looks like an option and is none stays where it is, and what it is. */
static void test_arguments_with_dashes(void **state) {
        char offset[] = "-0.5", taken[] = "-prefer", point[] = "-.5", letters[] = "-nv", behind[] = "-1";
        Options o;
        int first;

        char **words = WORDS((char *)"set", offset, taken, letters, point, (char *)"--", behind);
        assert_int_equal(parse(&o, &first, words), STATUS_OK);
        assert_true(o.view.numeric && o.view.verbose);
        assert_int_equal(first, 3);
        assert_string_equal(words[3], "set");
        assert_string_equal(words[4], "-0.5");
        assert_string_equal(words[5], "-prefer");
        assert_string_equal(words[6], "-.5");
        assert_string_equal(words[7], "-1");
}

static void test_options_of_verbs(void **state) {
        Options o;
        int first;

        assert_int_equal(parse(&o, &first, WORDS((char *)"-pState", (char *)"--timeout=1s")), STATUS_OK);
        assert_int_equal(options_check(&o, "show"), STATUS_OK);
        assert_int_equal(options_check(&o, "sho"), STATUS_USAGE);
        assert_int_equal(options_check(&o, "sources"), STATUS_USAGE);
        assert_int_equal(
                parse(&o, &first, WORDS((char *)"-H", (char *)"a", (char *)"-M", (char *)"b")), STATUS_USAGE);
        assert_int_equal(parse(&o, &first, WORDS((char *)"-i", (char *)"0.05")), STATUS_USAGE);
}

/* The help is what the page and the completions are compared with: each row says something, and no name is there twice. */
static void test_tables(void **state) {
        const OptionRow *r;
        const Verb *v;

        for (size_t i = 0; (v = verb_row(i)); i++) {
                assert_true(v->name[0] && v->help[0] && v->run && v->min <= v->max);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(v->name, verb_row(k)->name);
        }
        for (size_t i = 0; (r = option_row(i)); i++) {
                assert_true(i < 64 && r->help[0] && r->set && (r->name || r->code < 256));
                for (size_t k = 0; k < i; k++)
                        assert_int_not_equal(r->code, option_row(k)->code);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_verbs),
                cmocka_unit_test(test_explained),
                cmocka_unit_test(test_explained_arguments),
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_properties),
                cmocka_unit_test(test_spans),
                cmocka_unit_test(test_arguments_with_dashes),
                cmocka_unit_test(test_options_of_verbs),
                cmocka_unit_test(test_tables),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
