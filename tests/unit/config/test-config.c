/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

/* Exact: the values are small decimal fractions that were written in the same way. */
static void assert_real(double a, double b) {
        assert_true(a >= b && a <= b);
}

static void defaults(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("");
        const SelectOptions *s = &c->engine.select;
        const DisciplineOptions *d = &c->engine.discipline;

        assert_int_equal(c->problems.n, 0);
        assert_real(s->combine_limit, 3);
        assert_real(s->max_distance_s, 3);
        assert_real(s->max_jitter_s, 1);
        assert_real(s->reselect_dist_s, 1e-4);
        assert_real(s->stratum_weight_s, 1e-3);
        assert_real(s->max_clock_error, 1 * 1e-6);
        assert_int_equal(s->min_stratum, 0);
        assert_int_equal(s->max_stratum, 15);
        assert_int_equal(s->min_sources, 1);
        assert_int_equal(s->auth_mode, AUTH_SELECT_MIX);
        assert_real(d->make_step_threshold_s, 0);
        assert_int_equal(d->make_step_limit, 0);
        assert_real(d->max_slew_rate, 83333.333 * 1e-6);
        assert_real(d->corr_time_ratio, 3);
        assert_real(d->max_update_skew, 1000 * 1e-6);
        assert_real(d->max_drift, 100000 * 1e-6);
        assert_real(d->max_clock_error, 1 * 1e-6);
        assert_false(d->rtc_sync);
        assert_real(c->engine.precision_s, 0);
        assert_int_equal(c->engine.min_samples, 6);
        assert_int_equal(c->engine.max_samples, 0);
        assert_int_equal(c->n_sources, 0);
        assert_null(c->user);
        assert_null(c->pid_file);
        assert_null(c->drift_file);
        assert_real(c->engine.discipline.drift_interval_s, 3600);
        assert_int_equal(c->sched_priority, 0);
        assert_int_equal(c->dscp, 0);
        assert_false(c->lock_all);
        assert_int_equal(c->bind_acq_address[0].family, ADDRESS_NONE);
        assert_int_equal(c->bind_acq_address[1].family, ADDRESS_NONE);
        assert_null(c->without_effect[0]);
}

static void engine_values(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of(
                "combinelimit 0\nmaxdistance 4\nmaxjitter 5\nreselectdist 6\nstratumweight 7\nmaxclockerror 8\n"
                "minstratum 1\nmaxstratum 9\nminsources 3\nauthselectmode ignore\nmakestep 0.1 -1\n"
                "maxslewrate 500\ncorrtimeratio 2\nmaxupdateskew 100\nmaxdrift 300\nrtcsync\n"
                "clockprecision 1e-7\nminsamples 4\nmaxsamples 20\nmaxchange 0.5 2 -1\ndriftfile /a/drift 60\n");
        const SelectOptions *s = &c->engine.select;
        const DisciplineOptions *d = &c->engine.discipline;

        assert_int_equal(c->problems.n, 0);
        assert_real(s->combine_limit, 0);
        assert_real(s->max_distance_s, 4);
        assert_real(s->max_jitter_s, 5);
        assert_real(s->reselect_dist_s, 6);
        assert_real(s->stratum_weight_s, 7);
        assert_real(s->max_clock_error, 8 * 1e-6);
        assert_int_equal(s->min_stratum, 1);
        assert_int_equal(s->max_stratum, 9);
        assert_int_equal(s->min_sources, 3);
        assert_int_equal(s->auth_mode, AUTH_SELECT_IGNORE);
        assert_real(d->make_step_threshold_s, 0.1);
        assert_int_equal(d->make_step_limit, -1);
        assert_real(d->max_slew_rate, 500 * 1e-6);
        assert_real(d->corr_time_ratio, 2);
        assert_real(d->max_update_skew, 100 * 1e-6);
        assert_real(d->max_drift, 300 * 1e-6);
        assert_real(d->max_clock_error, 8 * 1e-6);
        assert_true(d->rtc_sync);
        assert_real(d->max_change_s, 0.5);
        assert_int_equal(d->max_change_start, 2);
        assert_int_equal(d->max_change_ignore, -1);
        assert_real(d->drift_interval_s, 60);
        assert_string_equal(c->drift_file, "/a/drift");
        assert_real(c->engine.precision_s, 1e-7);
        assert_int_equal(c->engine.min_samples, 4);
        assert_int_equal(c->engine.max_samples, 20);
}

static void process_values(void **state) {
        _cleanup_(config_freep)
        Config *c =
                config_of("user first\nuser second\npidfile /run/a.pid\nsched_priority 5\nlock_all\ndscp 46\n"
                          "bindacqaddress 192.0.2.1\nbindacqaddress 2001:db8::1\n");
        char text[NET_ADDRESS_TEXT_MAX];

        assert_string_equal(c->user, "second");
        assert_string_equal(c->pid_file, "/run/a.pid");
        assert_int_equal(c->sched_priority, 5);
        assert_true(c->lock_all);
        assert_int_equal(c->dscp, 46);
        assert_string_equal(net_address_format(&c->bind_acq_address[0], text), "192.0.2.1");
        assert_string_equal(net_address_format(&c->bind_acq_address[1], text), "2001:db8::1");

        _cleanup_(config_freep)
        Config *none = config_of("pidfile /run/a.pid\npidfile /\n");
        assert_null(none->pid_file);
}

/* In the file 0 updates mean never, and 0 seconds always; in the engine 0 seconds mean never. */
static void makestep(void **state) {
        static const struct {
                const char *text;
                double threshold;
                int limit;
        } rows[] = { { "", 0, 0 }, { "makestep 1 3", 1, 3 }, { "makestep 1 0", 0, 0 },
                { "makestep 0 3", 1e-9, 3 }, { "makestep -1 3", 1e-9, 3 }, { "makestep 0 -1", 1e-9, -1 } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(config_freep)
                Config *c = config_of(rows[i].text);

                assert_real(c->engine.discipline.make_step_threshold_s, rows[i].threshold);
                assert_int_equal(c->engine.discipline.make_step_limit, rows[i].limit);
        }
}

/* In the file an offset of 0 lets no change pass; in the engine it means that there is no limit. */
static void maxchange(void **state) {
        static const struct {
                const char *text;
                double offset;
        } rows[] = { { "", 0 }, { "maxchange 0 1 2", 1e-9 }, { "maxchange 1000 1 2", 1000 } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(config_freep)
                Config *c = config_of(rows[i].text);

                assert_real(c->engine.discipline.max_change_s, rows[i].offset);
        }
}

static void source_defaults(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("server ntp.example.com");
        const SourceSpec *s = &c->sources[0];

        assert_int_equal(c->n_sources, 1);
        assert_int_equal(s->kind, SOURCE_SERVER);
        assert_string_equal(s->name, "ntp.example.com");
        assert_string_equal(s->origin, "config");
        assert_int_equal(s->family, ADDRESS_NONE);
        assert_int_equal(s->assoc.port, 123);
        assert_int_equal(s->assoc.version, 0);
        assert_int_equal(s->assoc.key_id, 0);
        assert_int_equal(s->assoc.min_poll, 6);
        assert_int_equal(s->assoc.max_poll, 10);
        assert_int_equal(s->assoc.poll_target, 8);
        assert_false(s->assoc.iburst);
        assert_false(s->assoc.burst);
        assert_real(s->assoc.max_delay_s, 3);
        assert_real(s->assoc.max_delay_ratio, 0);
        assert_real(s->assoc.max_delay_dev_ratio, 10);
        assert_real(s->assoc.offset_s, 0);
        assert_int_equal(s->assoc.min_stratum, 0);
        assert_int_equal(s->flags, 0);
        assert_int_equal(s->min_samples, -1);
        assert_int_equal(s->max_samples, -1);
        assert_real(s->min_delay_s, 0);
        assert_int_equal(s->max_sources, 4);
        assert_int_equal(s->max_unreach, 100000);
        assert_false(s->offline);
}

static void source_values(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of(
                "pool p ipv6 port 1123 version 3 minpoll -2 maxpoll 5 polltarget 12 iburst burst maxdelay 0.5 "
                "maxdelayratio 2 maxdelaydevratio 4 offset -0.25 minstratum 2 noselect prefer trust require "
                "minsamples 3 maxsamples 30 mindelay 1e-3 maxsources 2 maxunreach 9 offline key 4294967295");
        const SourceSpec *s = &c->sources[0];

        assert_int_equal(c->problems.n, 1); /* there is no such key */
        assert_int_equal(s->assoc.key_id, 4294967295);
        assert_int_equal(s->kind, SOURCE_POOL);
        assert_int_equal(s->family, ADDRESS_INET6);
        assert_int_equal(s->assoc.port, 1123);
        assert_int_equal(s->assoc.version, 3);
        assert_int_equal(s->assoc.min_poll, -2);
        assert_int_equal(s->assoc.max_poll, 5);
        assert_int_equal(s->assoc.poll_target, 12);
        assert_true(s->assoc.iburst);
        assert_true(s->assoc.burst);
        assert_real(s->assoc.max_delay_s, 0.5);
        assert_real(s->assoc.max_delay_ratio, 2);
        assert_real(s->assoc.max_delay_dev_ratio, 4);
        assert_real(s->assoc.offset_s, -0.25);
        assert_int_equal(s->assoc.min_stratum, 2);
        assert_int_equal(s->flags, SELECT_NOSELECT | SELECT_PREFER | SELECT_TRUST | SELECT_REQUIRE);
        assert_int_equal(s->min_samples, 3);
        assert_int_equal(s->max_samples, 30);
        assert_real(s->min_delay_s, 1e-3);
        assert_int_equal(s->max_sources, 2);
        assert_int_equal(s->max_unreach, 9);
        assert_true(s->offline);
        assert_null(c->without_effect[0]);
}

/* What asks for authentication is never followed without it. */
static void unauthenticated_sources(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("server a key 5\nserver b nts iburst\nserver c");

        assert_int_equal(c->sources[0].flags, 0); /* it is not asked: there is no such key */
        assert_int_equal(c->sources[1].flags, SELECT_NOSELECT);
        assert_int_equal(c->sources[2].flags, 0);
        assert_int_equal(count_warnings(c), 2);
        assert_int_equal(config_errors(c), 0);
}

static void no_source_of_these(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("refclock SHM 0\n");
        char line[400] = "server ";

        assert_int_equal(c->n_sources, 0);
        assert_int_equal(c->problems.n, 0);

        memset(line + 7, 'x', 300);
        _cleanup_(config_freep)
        Config *too_long = config_of(line);
        assert_int_equal(too_long->n_sources, 0);
        assert_int_equal(config_errors(too_long), 0);
        assert_int_equal(count_warnings(too_long), 2);
}

static void too_many_sources(void **state) {
        _cleanup_(config_freep)
        Config *c = config_new();

        for (unsigned i = 0; i < SOURCES_MAX + 2; i++) {
                char line[32];

                snprintf(line, sizeof(line), "server host-%u", i);
                assert_int_equal(config_load_line(c, line, i + 1), 0);
        }
        assert_int_equal(config_finish(c), 0);
        assert_int_equal(c->n_sources, SOURCES_MAX);
        assert_int_equal(count_warnings(c), 2);
        assert_string_equal(c->problems.items[1].word, "host-2049");
}

static void errors_leave_the_rest(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("maxdistance x\nmaxjitter 2\nxyzzy\nserver a minpoll x\nserver b\n");

        assert_int_equal(config_errors(c), 3);
        assert_real(c->engine.select.max_jitter_s, 2);
        assert_real(c->engine.select.max_distance_s, 3);
        assert_int_equal(c->n_sources, 1);
        assert_string_equal(c->sources[0].name, "b");
        assert_int_equal(c->problems.items[0].line, 1);
        assert_int_equal(c->problems.items[1].line, 3);
        assert_int_equal(c->problems.items[2].line, 4);
}

static bool allows(const Config *c, const char *text) {
        NetAddress a;

        assert_int_equal(net_address_parse(text, &a), 0);
        return access_allows(&c->access, &a);
}

static void access_lines(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("allow 192.0.2\ndeny 192.0.2.7\nallow 2001:db8::/32\n");

        assert_int_equal(c->problems.n, 0);
        assert_null(c->without_effect[0]);
        assert_true(allows(c, "192.0.2.1"));
        assert_false(allows(c, "192.0.2.7"));
        assert_false(allows(c, "192.0.3.1"));
        assert_true(allows(c, "2001:db8::7"));
        assert_true(c->engine.serving);
}

static void access_all(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of(
                "deny 192.0.2.7\ndeny 198.51.100.0/24\nallow all 192.0.2.0/24\nallow ::/0\ndeny all ::1\n");
        _cleanup_(config_freep)
        Config *d = config_of("deny 192.0.2.7\nallow all\n");

        assert_true(allows(c, "192.0.2.7"));
        assert_false(allows(c, "198.51.100.1"));
        assert_true(allows(c, "::2"));
        assert_false(allows(c, "::1"));
        assert_true(allows(d, "192.0.2.7"));
        assert_true(allows(d, "2001:db8::7"));
}

/* The socket is opened for those who may ask, and for peers; not for port 0. */
static void serving(void **state) {
        static const struct {
                const char *lines;
                bool is_serving;
                unsigned port;
        } cases[] = {
                { "", false, 123 },
                { "deny\nlocal\n", false, 123 },
                { "allow\n", true, 123 },
                { "allow ::1\nport 11123\n", true, 11123 },
                { "allow\nport 0\n", false, 0 },
                { "peer 192.0.2.1\n", true, 123 },
                { "allow\ndeny ntp.example.com\n", true, 123 },
                { "deny ntp.example.com\n", false, 123 },
                { "allow ntp.example.com\n", true, 123 },
                { "allow ntp.example.com\nport 0\n", false, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(config_freep)
                Config *c = config_of(cases[i].lines);
                assert_int_equal(c->engine.serving, cases[i].is_serving);
                assert_int_equal(c->port, cases[i].port);
        }
}

/* Names are no problem, and say nothing yet: of all others it is known whether they may, but with a name in deny nobody does. */
static void access_names(void **state) {
        _cleanup_(config_freep)
        Config *open = config_of("allow ntp.example.com\nallow 192.0.2.0/24\n");
        _cleanup_(config_freep)
        Config *closed = config_of("allow 192.0.2.0/24\ndeny ntp.example.com\n");

        assert_int_equal(open->problems.n, 0);
        assert_true(open->allow_unknown);
        assert_false(open->deny_unknown);
        assert_true(allows(open, "192.0.2.1"));
        assert_int_equal(open->access.n, 1);
        assert_int_equal(open->n_lines, 2);

        assert_int_equal(closed->problems.n, 0);
        assert_true(closed->deny_unknown);
        assert_int_equal(closed->access.n, 0);
        assert_int_equal(closed->access_known.n, 1);
}

static void local_reference(void **state) {
        _cleanup_(config_freep)
        Config *none = config_of("");
        _cleanup_(config_freep)
        Config *plain = config_of("local stratum 5 orphan waitsynced 7 activate 2\nlocal\n");
        _cleanup_(config_freep)
        Config *full = config_of(
                "local stratum 8 distance 0.5 activate 0.25 waitsynced 60 waitunsynced 120 orphan\n");
        _cleanup_(config_freep)
        Config *orphan = config_of("local orphan\n");
        const LocalReferenceOptions *l = &plain->engine.local;

        assert_false(none->engine.local.enabled);
        assert_int_equal(none->engine.select.orphan_stratum, 0);
        /* The second line says all of it anew. */
        assert_int_equal(plain->problems.n, 0);
        assert_null(plain->without_effect[0]);
        assert_true(l->enabled && !l->orphan);
        assert_int_equal(l->stratum, 10);
        assert_real(l->distance_s, 1);
        assert_real(l->activate_s + l->wait_synced_s + l->wait_unsynced_s, 0);
        assert_int_equal(plain->engine.select.orphan_stratum, 0);

        l = &full->engine.local;
        assert_int_equal(l->stratum, 8);
        assert_real(l->distance_s, 0.5);
        assert_real(l->activate_s, 0.25);
        assert_real(l->wait_synced_s, 60);
        assert_real(l->wait_unsynced_s, 120);
        assert_true(l->orphan);
        assert_int_equal(full->engine.select.orphan_stratum, 8);

        assert_real(orphan->engine.local.wait_unsynced_s, 300);
        assert_int_equal(orphan->engine.select.orphan_stratum, 10);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(access_lines),
                cmocka_unit_test(access_all),
                cmocka_unit_test(access_names),
                cmocka_unit_test(serving),
                cmocka_unit_test(local_reference),
                cmocka_unit_test(defaults),
                cmocka_unit_test(engine_values),
                cmocka_unit_test(process_values),
                cmocka_unit_test(makestep),
                cmocka_unit_test(maxchange),
                cmocka_unit_test(source_defaults),
                cmocka_unit_test(source_values),
                cmocka_unit_test(unauthenticated_sources),
                cmocka_unit_test(no_source_of_these),
                cmocka_unit_test(too_many_sources),
                cmocka_unit_test(errors_leave_the_rest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
