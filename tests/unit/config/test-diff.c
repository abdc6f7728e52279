/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/diff.h"

static void assert_differ(const char *a, const char *b, const char *expected) {
        _cleanup_(config_freep)
        Config *x = config_of(a), *y = config_of(b);
        const Directive *d = diff_next(x, y, directives);
        char names[256] = "";

        for (; d; d = diff_next(x, y, d + 1)) {
                strcat(names, d->name);
                strcat(names, " ");
        }
        assert_string_equal(names, expected);
}

static void same(void **state) {
        assert_differ("", "", "");
        assert_differ("makestep 1 3\nallow 10/8\n", "makestep 1 3\nallow 10/8\n", "");
        /* The normal form counts, and not where a line stands. */
        assert_differ("makestep 1.0 3\nport 0\n", "port 0\nMakeStep 1 3\n", "");
        assert_differ("maxdistance 3\nmaxdistance 4\n", "maxdistance 4\n", "");
        assert_differ("ntscachedir /a\n", "ntsdumpdir /a\n", "");
}

static void different(void **state) {
        assert_differ("makestep 1 3\n", "", "makestep ");
        assert_differ("", "rtcsync\nlock_all\n", "lock_all rtcsync ");
        assert_differ("makestep 1 3\n", "makestep 1 4\n", "makestep ");
        assert_differ("local\n", "local stratum 10\n", "local ");
        assert_differ("local orphan stratum 5\n", "local stratum 5 orphan\n", "local ");
        assert_differ("allow 10/8\nallow 10.1/16\n", "allow 10.1/16\nallow 10/8\n", "allow ");
        assert_differ("allow 10/8\n", "allow 10/8\nallow 10.1/16\n", "allow ");
}

static void sources_are_apart(void **state) {
        assert_differ("server 192.0.2.1\npeer 192.0.2.2\n", "pool 192.0.2.3\n", "");
}

static bool all(const SourceLine *l) {
        return true;
}

static bool of_files(const SourceLine *l) {
        return strcmp(l->spec.origin, "config") == 0;
}

static void list_of(const char *text, const char *origin, SourceList *list) {
        _cleanup_(config_freep)
        Config *c = config_of(text);

        for (size_t i = 0; i < c->n_sources; i++) {
                strcpy(c->sources[i].origin, origin);
                assert_non_null(source_list_add(list, &c->sources[i], TAKE_PTR(c->source_texts[i])));
        }
}

/* "+" stays, "-" goes; then "!" comes, "." is there already. */
static void assert_sources(const SourceList *list, bool (*concerns)(const SourceLine *l), const char *config,
        const char *expected) {
        _cleanup_(config_freep)
        Config *c = config_of(config);
        SourceDiff d;
        char marks[64] = "";

        assert_int_equal(source_diff_make(list, c, concerns, &d), 0);
        for (size_t i = 0; i < list->n; i++)
                strcat(marks, d.stays[i] ? "+" : "-");
        strcat(marks, " ");
        for (size_t i = 0; i < c->n_sources; i++)
                strcat(marks, d.comes[i] ? "!" : ".");
        assert_string_equal(marks, expected);
        source_diff_done(&d);
}

static void sources(void **state) {
        SourceList list = { 0 };

        assert_sources(&list, all, "", " ");
        assert_sources(&list, all, "server 192.0.2.1\n", " !");
        list_of("server 192.0.2.1\nserver 192.0.2.2 iburst\npool a.example\n", "config", &list);
        assert_sources(&list, all, "server 192.0.2.1\nserver 192.0.2.2 iburst\npool a.example\n", "+++ ...");
        assert_sources(&list, all, "pool a.example\nserver 192.0.2.1\nserver 192.0.2.2 iburst\n", "+++ ...");
        assert_sources(&list, all, "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.9\n", "+-- .!!");
        assert_sources(&list, all, "", "--- ");
        /* Another kind is another source. */
        assert_sources(&list, all, "peer 192.0.2.1\n", "--- !");
        source_list_done(&list);
}

static void origins(void **state) {
        SourceList list = { 0 };

        list_of("server 192.0.2.1\n", "runtime", &list);
        list_of("server 192.0.2.2\n", "config", &list);
        assert_sources(&list, all, "server 192.0.2.1\n", "-- !");
        /* Who is not concerned stays, and is not taken for one of the files'. */
        assert_sources(&list, of_files, "server 192.0.2.1\n", "+- !");
        source_list_done(&list);
}

static void twins(void **state) {
        SourceList list = { 0 };

        assert_sources(&list, all, "server 192.0.2.1\nserver 192.0.2.1\n", " !.");
        list_of("server 192.0.2.1\nserver 192.0.2.1\n", "config", &list);
        assert_sources(&list, all, "server 192.0.2.1\n", "++ .");
        source_list_done(&list);
}

static void many(void **state) {
        char text[128];
        SourceList list = { 0 };
        _cleanup_(config_freep)
        Config *c = config_new();
        SourceDiff d;

        for (unsigned i = 0; i < SOURCES_MAX; i++) {
                snprintf(text, sizeof(text), "server 10.1.%u.%u", i / 256, i % 256);
                assert_int_equal(config_load_line(c, text, i + 1), 0);
                if (i % 2 == 0)
                        list_of(text, "config", &list);
        }
        assert_int_equal(source_diff_make(&list, c, all, &d), 0);
        for (unsigned i = 0; i < SOURCES_MAX; i++)
                assert_int_equal(d.comes[i], i % 2);
        for (size_t i = 0; i < list.n; i++)
                assert_true(d.stays[i]);
        source_diff_done(&d);
        source_list_done(&list);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(same),
                cmocka_unit_test(different),
                cmocka_unit_test(sources_are_apart),
                cmocka_unit_test(sources),
                cmocka_unit_test(origins),
                cmocka_unit_test(twins),
                cmocka_unit_test(many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
