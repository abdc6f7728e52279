/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/amend.h"

#include <errno.h>

static void assert_source(const char *line, const char *expected) {
        char why[AMEND_WHY_MAX] = "";
        _cleanup_free_ char *text = NULL;
        SourceSpec spec;

        assert_int_equal(amend_read_source(line, "runtime", &spec, &text, why), 0);
        assert_string_equal(text, expected);
        assert_string_equal(spec.origin, "runtime");
}

static void assert_no_source(const char *line, const char *expected) {
        char why[AMEND_WHY_MAX] = "";
        char *text = NULL;
        SourceSpec spec;

        assert_int_equal(amend_read_source(line, "runtime", &spec, &text, why), -EINVAL);
        assert_string_equal(why, expected);
        assert_null(text);
}

static void sources(void **state) {
        char why[AMEND_WHY_MAX];
        _cleanup_free_ char *text = NULL;
        SourceSpec spec;

        assert_source("server 192.0.2.1", "server 192.0.2.1");
        assert_source(
                "  SERVER\tntp.example.org  IBURST minpoll 5", "server ntp.example.org iburst minpoll 5");
        assert_source("pool a.example maxsources 2", "pool a.example maxsources 2");
        assert_source("server fe80::1%eth0", "server fe80::1%eth0");
        /* chronyd lets maxpoll follow, and so do we. */
        assert_source("server 192.0.2.1 minpoll 12 maxpoll 11", "server 192.0.2.1 minpoll 12 maxpoll 12");
        assert_int_equal(amend_read_source("peer 192.0.2.1 key 7 prefer", "hint", &spec, &text, why), 0);
        assert_int_equal(spec.kind, SOURCE_PEER);
        assert_int_equal(spec.assoc.key_id, 7);
        assert_int_equal(spec.flags, SELECT_PREFER);
        assert_string_equal(spec.origin, "hint");
}

static void refused_sources(void **state) {
        assert_no_source("", "there is no directive on the line");
        assert_no_source("# server 192.0.2.1", "there is no directive on the line");
        assert_no_source("makestep 1 3", "'makestep': a source is a line of server, pool or peer");
        assert_no_source("srever a", "'srever': there is no such directive; is 'server' meant?");
        assert_no_source("server 192.0.2.1\nallow", "a line has no control characters, and is one line");
        assert_no_source("server 192.0.2.1 \x1b[2J", "a line has no control characters, and is one line");
        assert_no_source("server a;b",
                "'a;b': server: host is neither an IP address nor a host name: it cannot be found");
        assert_no_source("server fe80::1%\xc3\xa9",
                "a host name or an address has letters, digits, and .:%_- in it, and nothing else");
        /* Nobody would see that another value is used, and none is. */
        assert_no_source("server 192.0.2.1 minpoll 99",
                "'99': server: minpoll must be an integer from -7 to 24 log2 s");
        assert_no_source("server 192.0.2.1 key x", "'x': server: key must be an integer of at least 1");
        assert_no_source("server 192.0.2.1 iburts",
                "'iburts': server has no such option; is 'iburst' meant? it has: asymmetry, auto_offline, burst, certset, copy, extfield, filter, iburst, ipv4, ipv6, key, maxdelay, maxdelaydevratio, maxdelayquant, maxdelayratio, maxpoll, maxsamples, maxsources, maxunreach, mindelay, minpoll, minsamples, minstratum, noselect, nts, ntsport, offline, offset, polltarget, port, prefer, presend, require, trust, version, xleave");
        assert_no_source("server 192.0.2.1 ipv6",
                "'192.0.2.1': this address is of the other family: the source is left out");
        assert_no_source("server a.example nts",
                "'nts': a.example cannot be authenticated yet: it is measured, but not followed");
}

static Config *set(const Config *c, const char *line) {
        char why[AMEND_WHY_MAX] = "";
        Config *next = NULL;

        assert_int_equal(amend_with_line(c, line, &next, why), 0);
        assert_non_null(next);
        return next;
}

static void assert_not_set(const char *config, const char *line, const char *expected) {
        _cleanup_(config_freep)
        Config *c = config_of(config);
        char why[AMEND_WHY_MAX] = "";
        Config *next = NULL;

        assert_int_equal(amend_with_line(c, line, &next, why), -EINVAL);
        assert_null(next);
        assert_string_equal(why, expected);
}

static void settings(void **state) {
        _cleanup_(config_freep)
        Config *c =
                config_of("makestep 1 3\nserver 192.0.2.1\nmaxdistance 2\npeer 192.0.2.2\nlocal orphan\n");
        _cleanup_(config_freep)
        Config *next = set(c, "makestep 0.5 -1");

        assert_lines(
                next, "server 192.0.2.1\nmaxdistance 2\npeer 192.0.2.2\nlocal orphan\nmakestep 0.5 -1\n");
        assert_int_equal(next->lines[4].origin, LINE_RUNTIME);
        assert_int_equal(next->lines[0].origin, LINE_CONFIG);
        assert_int_equal(next->engine.discipline.make_step_limit, -1);
        assert_int_equal(next->engine.select.orphan_stratum, 10);
        assert_true(next->engine.serving); /* for the peer */
        assert_int_equal(next->n_sources, 0);
        assert_lines(c, "makestep 1 3\nserver 192.0.2.1\nmaxdistance 2\npeer 192.0.2.2\nlocal orphan\n");
        assert_int_equal(c->engine.discipline.make_step_limit, 3);
}

static void options_begin_anew(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("local orphan stratum 5\n");
        _cleanup_(config_freep)
        Config *next = set(c, "local stratum 7");

        assert_false(next->engine.local.orphan);
        assert_int_equal(next->engine.local.stratum, 7);
        assert_int_equal(next->engine.select.orphan_stratum, 0);
}

static void taken_back(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("local stratum 5\nmakestep 1 3\n");
        _cleanup_(config_freep)
        Config *next = NULL;

        assert_int_equal(amend_without(c, directive_find("local"), &next), 0);
        assert_lines(next, "makestep 1 3\n");
        assert_false(next->engine.local.enabled);
}

static void refused_settings(void **state) {
        assert_not_set(
                "", "makestep", "'makestep': an argument is missing: threshold, a number of at least 0 s");
        assert_not_set("", "makestep -1 3", "'-1': makestep: threshold must be a number of at least 0 s");
        assert_not_set("", "maxupdateskew 10ppm",
                "'10ppm': maxupdateskew: skew: nothing may stand behind the number 10");
        assert_not_set("", "port 123", "'port': this can't be changed while the daemon runs");
        assert_not_set("", "user root", "'user': this can't be changed while the daemon runs");
        assert_not_set("", "keyfile /etc/shadow", "'keyfile': this can't be changed while the daemon runs");
        assert_not_set("", "include /etc/shadow", "'include': this can't be changed while the daemon runs");
        assert_not_set("", "server 192.0.2.1", "'server': this can't be changed while the daemon runs");
        assert_not_set("", "dumponexit", "there is no directive on the line");
        assert_not_set("noclientlog\n", "ratelimit", "'ratelimit': this excludes noclientlog");
        assert_not_set("", "makestep 1 3\nuser root", "a line has no control characters, and is one line");
}

/* What is wrong with the line alone is told without the configuration; the rest is not looked at. */
static void checked_alone(void **state) {
        static const char *const wrong[] = { "makestep", "makestep -1 3", "maxupdateskew 10ppm", "user root",
                "server 192.0.2.1", "local stratum 77", "makestep 1 3\nuser root" };
        char why[AMEND_WHY_MAX], expected[AMEND_WHY_MAX];
        _cleanup_(config_freep)
        Config *c = config_of("noclientlog\n"), *next = NULL;

        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                assert_int_equal(amend_check_line(wrong[i], why), -EINVAL);
                assert_int_equal(amend_with_line(c, wrong[i], &next, expected), -EINVAL);
                assert_string_equal(why, expected);
        }
        assert_int_equal(amend_check_line("makestep 1 3", why), 0);
        assert_int_equal(amend_check_line("ratelimit", why), 0);
        assert_int_equal(amend_with_line(c, "ratelimit", &next, why), -EINVAL);
}

static void access_lines(void **state) {
        static const char *const lines[] = { "allow 10.1/16", "deny 10.1/16", "allow 10.2/16",
                "allow 10.1/16" };
        _cleanup_(config_freep)
        Config *c = config_of("allow 10/8\ndeny 10.1/16\n");
        NetAddress inside;

        for (size_t i = 0; i < ELEMENTS(lines); i++) {
                Config *next = set(c, lines[i]);

                config_free(c);
                c = next;
        }
        /* They do not pile up, and those of the files stay. */
        assert_lines(c, "allow 10.0.0.0/8\ndeny 10.1.0.0/16\nallow 10.2.0.0/16\nallow 10.1.0.0/16\n");
        assert_int_equal(net_address_parse("10.1.2.3", &inside), 0);
        assert_true(access_allows(&c->access, &inside));
        Config *next = set(c, "deny all");
        assert_lines(next, "allow 10.0.0.0/8\ndeny 10.1.0.0/16\ndeny all\n");
        assert_false(access_allows(&next->access, &inside));
        config_free(next);
}

/* What is written of a configuration and of sources is read again as it was. */
static void saved_again(void **state) {
        static const char *const lines[] = { "makestep 0.1 -1", "maxupdateskew 12.5",
                "local stratum 3 orphan", "ratelimit interval -4 burst 255 leak 4", "allow all 10.1",
                "deny 2001:db8::/32", "allow", "reselectdist 1e-9", "leapsecmode slew",
                "maxchange 1e9 0 -2147483648" };
        static const char *const sources[] = { "server -x", "server 0x7f.1 iburst", "pool _a.-b%c:d",
                "server fe80::1%eth0.100_b-1 minpoll -7 maxpoll 24 offset -1e-9 prefer trust",
                "peer 192.0.2.1 key 4294967295 version 3 xleave" };
        _cleanup_(config_freep)
        Config *c = config_of("makestep 1 3\nallow 192.0.2.0/24\n");
        _cleanup_free_ char *written = NULL, *expected = NULL;
        size_t size;
        FILE *out = open_memstream(&written, &size);
        Directory d;

        for (size_t i = 0; i < ELEMENTS(lines); i++) {
                Config *next = set(c, lines[i]);

                config_free(c);
                c = next;
        }
        for (size_t i = 0; i < c->n_lines; i++)
                if (c->lines[i].origin == LINE_RUNTIME) {
                        config_line_write(&c->lines[i], out);
                        fputc('\n', out);
                }
        for (size_t i = 0; i < ELEMENTS(sources); i++) {
                char why[AMEND_WHY_MAX] = "";
                _cleanup_free_ char *text = NULL;
                SourceSpec spec;

                int r = amend_read_source(sources[i], "runtime", &spec, &text, why);
                if (r == 0)
                        fprintf(out, "%s\n", text);
                else
                        assert_int_equal(r, -EINVAL);
        }
        assert_int_equal(fclose(out), 0);

        directory_make(&d);
        directory_write(&d, "saved.conf", written);
        _cleanup_(config_freep)
        Config *again = config_new();
        _cleanup_free_ char *path = directory_file(&d, "saved.conf");
        assert_int_equal(config_load_saved(again, path), 0);
        assert_int_equal(config_finish(again), 0);
        directory_remove(&d);
        expected = lines_text(again);
        assert_string_equal(expected, written);
        assert_int_equal(count_warnings(again), 1); /* for the key that is not there */
        for (size_t i = 0; i < again->n_lines; i++)
                assert_int_equal(again->lines[i].origin, LINE_SAVED);
        for (size_t i = 0; i < again->n_sources; i++)
                assert_string_equal(again->sources[i].origin, "saved");
        assert_true(again->n_sources >= 3);
}

/* Not yet in the file, whose name they have already. */
static void saved_lines_of_a_text(void **state) {
        _cleanup_(config_freep)
        Config *c = config_new();

        assert_int_equal(
                config_load_saved_text(c, "saved.conf", "# one\nmaxdistance 2\nuser root\nserver 192.0.2.1"),
                0);
        assert_int_equal(config_finish(c), 0);
        assert_lines(c, "maxdistance 2\nserver 192.0.2.1\n");
        assert_string_equal(c->sources[0].origin, "saved");
        assert_int_equal(c->problems.n, 1);
        assert_int_equal(c->problems.items[0].level, PROBLEM_WARNING);
        assert_string_equal(c->problems.items[0].file, "saved.conf");
        assert_int_equal(c->problems.items[0].line, 3);
}

static void saved_lines_that_are_wrong(void **state) {
        _cleanup_(config_freep)
        Config *c = config_new();
        _cleanup_free_ char *path = NULL;
        Directory d;

        directory_make(&d);
        directory_write(&d, "saved.conf", "makestep\nuser root\ninclude /etc/shadow\nmaxdistance 2\n");
        path = directory_file(&d, "saved.conf");
        assert_int_equal(config_load_saved(c, path), 0);
        assert_int_equal(config_finish(c), 0);
        assert_int_equal(config_errors(c), 0);
        assert_int_equal(count_warnings(c), 3);
        assert_lines(c, "maxdistance 2\n");
        directory_remove(&d);
        assert_int_equal(config_load_saved(c, path), 0); /* there is none */
}

static void access_by_rules(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("allow 10/8\nmaxdistance 2\n");
        const AccessRule one = { { ADDRESS_INET4, 0, { 10, 1 } }, 16, false };
        const AccessRule two[] = { { { ADDRESS_INET4, 0, { 10, 2 } }, 16, true },
                { { ADDRESS_INET6, 0, { 0 } }, 0, true } };
        _cleanup_(config_freep)
        Config *more = NULL, *others = NULL;

        assert_int_equal(amend_with_access(c, &one, 1, true, false, &more), 0);
        assert_lines(more, "allow 10.0.0.0/8\nmaxdistance 2\ndeny all 10.1.0.0/16\n");
        assert_int_equal(amend_with_access(more, two, 2, false, true, &others), 0);
        assert_lines(others, "allow 10.0.0.0/8\nmaxdistance 2\ndeny all\nallow 10.2.0.0/16\nallow ::/0\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sources),
                cmocka_unit_test(refused_sources),
                cmocka_unit_test(settings),
                cmocka_unit_test(options_begin_anew),
                cmocka_unit_test(taken_back),
                cmocka_unit_test(refused_settings),
                cmocka_unit_test(checked_alone),
                cmocka_unit_test(access_lines),
                cmocka_unit_test(access_by_rules),
                cmocka_unit_test(saved_again),
                cmocka_unit_test(saved_lines_of_a_text),
                cmocka_unit_test(saved_lines_that_are_wrong),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
