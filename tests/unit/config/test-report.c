/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/report.h"
#include <math.h>

typedef void (*Writer)(const Config *c, const char *path, FILE *out);

static void print_config(const Config *c, const char *path, FILE *out) {
        report_print_config(c, out);
}

static void text_of_all(const Config *c, const char *path, FILE *out) {
        report_text(c, path, true, out);
}

static void text_of_given(const Config *c, const char *path, FILE *out) {
        report_text(c, path, false, out);
}

/* The caller frees it. */
static char *written(Writer write, const Config *c) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        assert_non_null(memory);
        write(c, "the/file", memory);
        assert_int_equal(fclose(memory), 0);
        return text;
}

static void assert_contains(const char *text, const char *part) {
        if (!strstr(text, part))
                fail_msg("'%s' is not in:\n%s", part, text);
}

static void prints_normal_form(void **state) {
        _cleanup_(config_freep)
        Config *c =
                config_of("PORT 70000\nport 5\nServer a minpoll 3iburst\nallow 10\ndumponexit\nrtcsync\n");
        _cleanup_free_ char *text = written(print_config, c);

        assert_string_equal(text, "port 5\nserver a minpoll 3 iburst\nallow 10.0.0.0/8\nrtcsync\n");
}

static void prints_sourcedir_as_comment(void **state) {
        Directory d;

        directory_make(&d);
        directory_make_sub(&d, "s");
        directory_write(&d, "s/a.sources", "server b iburst\n");
        directory_write(&d, "main", "sourcedir @/s\nserver a\n");
        _cleanup_(config_freep)
        Config *c = directory_load(&d, "main");
        _cleanup_free_ char *text = written(print_config, c);
        _cleanup_free_ char *expected = NULL;

        assert_true(asprintf(&expected, "sourcedir %s/s\nserver a\n# server b iburst\n", d.path) > 0);
        assert_string_equal(text, expected);
        directory_remove(&d);
}

static void assert_same_config(const Config *a, const Config *b) {
        assert_int_equal(a->n_sources, b->n_sources);
        for (size_t i = 0; i < a->n_sources; i++)
                assert_memory_equal(&a->sources[i], &b->sources[i], sizeof(a->sources[i]));
        assert_memory_equal(&a->engine, &b->engine, sizeof(a->engine));
        assert_memory_equal(a->bind_acq_address, b->bind_acq_address, sizeof(a->bind_acq_address));
        assert_string_equal(a->user ? a->user : "", b->user ? b->user : "");
        assert_string_equal(a->pid_file ? a->pid_file : "", b->pid_file ? b->pid_file : "");
        assert_int_equal(a->sched_priority, b->sched_priority);
        assert_int_equal(a->lock_all, b->lock_all);
        assert_int_equal(a->dscp, b->dscp);
        for (char **x = a->without_effect, **y = b->without_effect; *x || *y; x++, y++)
                assert_string_equal(*x ? *x : "", *y ? *y : "");
}

static void write_number(FILE *out, const Param *p, Cases *cases) {
        double number = (double)(int64_t)cases_u64(cases) / 9.2e18 * (fabs(p->min) + fabs(p->max));
        char text[NUMBER_TEXT_MAX];

        fprintf(out, " %s",
                number_format(
                        cases_below(cases, 4) ? number / (double)(1 + cases_below(cases, 9)) : p->max, text));
}

/* Something that the parameter may take, or nearly. */
static void write_word(FILE *out, const Param *p, Cases *cases) {
        static const char *const words[] = { "10.1.2.3", "2001:DB8::1", "host.example", "10/8", "/a/b",
                "ABCD", "x", "all" };
        size_t n = 0;

        switch (p->kind) {
        case PARAM_FLAG:
                break;
        case PARAM_INTEGER:
        case PARAM_REAL:
                write_number(out, p, cases);
                break;
        case PARAM_CHOICE:
        case PARAM_HEX:
                while (p->choices[n])
                        n++;
                fprintf(out, " %s", p->choices[cases_below(cases, n)]);
                break;
        case PARAM_TEXT:
        case PARAM_HOST:
        case PARAM_ADDRESS:
        case PARAM_LISTEN:
        case PARAM_SUBNET:
        case PARAM_REFID:
                fprintf(out, " %s", words[cases_below(cases, ELEMENTS(words))]);
                break;
        }
}

static size_t count_options(const Param *options) {
        size_t n = 0;

        while (options && options[n].name)
                n++;
        return n;
}

static void write_line(FILE *out, Cases *cases) {
        const Directive *d = &directives[cases_below(cases, n_directives)];
        const DirectiveForm *form = &d->forms[d->forms[1].n > 0 ? cases_below(cases, 2) : 0];
        size_t n_options = count_options(d->options);

        /* The random words would be paths of this machine. */
        if (d->class == DIRECTIVE_INCLUDE || d->class == DIRECTIVE_CONFDIR || d->class == DIRECTIVE_SOURCEDIR)
                return;
        fputs(d->name, out);
        for (size_t i = 0; i < form->n; i++)
                write_word(out, &form->params[i], cases);
        for (size_t i = n_options > 0 ? cases_below(cases, 6) : 0; i > 0; i--) {
                const Param *p = &d->options[cases_below(cases, n_options)];

                fprintf(out, " %s", p->name);
                write_word(out, p, cases);
        }
        fputc('\n', out);
}

/* parse(print(x)) is x, and needs no remark. */
static void prints_what_it_reads(void **state) {
        Cases cases = { 17 };

        for (size_t i = 0; i < cases_count(2000, 30000); i++) {
                _cleanup_free_ char *text = NULL;
                size_t size;
                FILE *memory = open_memstream(&text, &size);

                for (size_t n = cases_below(&cases, 12); n > 0; n--)
                        write_line(memory, &cases);
                fclose(memory);
                _cleanup_(config_freep)
                Config *first = config_of(text);
                _cleanup_free_ char *printed = written(print_config, first);
                _cleanup_(config_freep)
                Config *second = config_of(printed);
                _cleanup_free_ char *again = written(print_config, second);

                assert_string_equal(printed, again);
                assert_same_config(first, second);
        }
}

static void text_report(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("cmdport 70000\nxyzzy\nserver a nts\nmakestep 1 3\n");
        _cleanup_free_ char *text = written(text_of_all, c);

        assert_contains(text, "the/file: 1 error, 2 warnings\n");
        assert_contains(text, "\nErrors:\n  command line:2: 'xyzzy': there is no such directive\n");
        assert_contains(text,
                "\nWarnings:\n  command line:1: '70000': cmdport: port must be an integer from 0 to 65535: 65535 is used\n");
        assert_contains(text, "\nWithout effect in this version:\n  cmdport\n  server: nts\n");
        assert_contains(text, "  cmdport 65535                             command line:1, no effect yet\n");
        assert_contains(text, "  makestep 1 3                              command line:4\n");
        assert_contains(text, "  maxdistance 3                             default\n");
        _cleanup_free_ char *given = written(text_of_given, c);
        assert_contains(given, "  makestep 1 3                              command line:4\n");
        assert_null(strstr(given, "default\n"));
}

static void json_report(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of(
                "ntsdumpdir /a\"b\\\x01\xff\nxyzzy\nserver a iburst minpoll 4 extfield 10A extfield F323\n"
                "cmdallow\nntsaeads 15 30\nmakestep 0.5 -1\n");
        _cleanup_free_ char *text = written(report_json, c);

        assert_contains(text,
                "{\n\"file\":\"the/file\",\n\"ok\":false,\n\"errors\":[\n{\"file\":\"command line\",\"line\":2,"
                "\"word\":\"xyzzy\",\"text\":\"there is no such directive\"}],\n\"warnings\":[],\n"
                "\"problems_not_shown\":0,\n\"directives\":[\n");
        assert_contains(text,
                "{\"name\":\"ntsdumpdir\",\"effect\":false,\"file\":\"command line\",\"line\":1,"
                "\"text\":\"ntsdumpdir /a\\\"b\\\\??\",\"values\":{\"directory\":\"/a\\\"b\\\\??\"}},\n");
        assert_contains(text,
                "\"values\":{\"host\":\"a\",\"iburst\":true,\"minpoll\":4,\"extfield\":[\"10A\",\"F323\"]}}");
        assert_contains(text, "\"text\":\"cmdallow\",\"values\":{}}");
        assert_contains(text, "\"values\":{\"algorithm\":[15,30]}}");
        assert_contains(text, "\"values\":{\"threshold\":0.5,\"limit\":-1}}");
        assert_contains(text, "\"defaults\":[\n{\"name\":\"authselectmode\",");
        assert_contains(text,
                "{\"name\":\"maxdistance\",\"effect\":true,\"text\":\"maxdistance 3\",\"values\":{\"distance\":3}}");
        assert_contains(text,
                "\"without_effect\":[\"cmdallow\",\"ntsaeads\",\"ntsdumpdir\",\"server: extfield\"]\n}\n");
}

static void empty_report(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("");
        _cleanup_free_ char *json = written(report_json, c);
        _cleanup_free_ char *text = written(text_of_all, c);

        assert_contains(json, "\"ok\":true,\n\"errors\":[],\n\"warnings\":[],");
        assert_contains(json, "\"directives\":[],\n");
        assert_contains(json, "\"without_effect\":[]\n}\n");
        assert_contains(text, "the/file: 0 errors, 0 warnings\n\nValues in effect:\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(prints_normal_form),
                cmocka_unit_test(prints_sourcedir_as_comment),
                cmocka_unit_test(prints_what_it_reads),
                cmocka_unit_test(text_report),
                cmocka_unit_test(json_report),
                cmocka_unit_test(empty_report),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
