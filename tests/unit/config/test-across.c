/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

static void exclusions(void **state) {
        assert_only_problem(
                "rtcfile /a\nrtcsync", PROBLEM_ERROR, "command line:1: 'rtcfile': this excludes rtcsync");
        assert_only_problem("noclientlog\nratelimit", PROBLEM_ERROR,
                "command line:2: 'ratelimit': this excludes noclientlog");
}

static void pairs(void **state) {
        assert_only_problem("ntsservercert /a\nntsservercert /b\nntsserverkey /a", PROBLEM_ERROR,
                "command line:1: 'ntsservercert': there must be as many ntsservercert (2) as ntsserverkey (1)");
        assert_only_problem("ntsserverkey /a", PROBLEM_ERROR,
                "command line:1: 'ntsserverkey': there must be as many ntsservercert (0) as ntsserverkey (1)");
        _cleanup_(config_freep)
        Config *c = config_of("ntsservercert /a\nntsserverkey /a");
        assert_int_equal(c->problems.n, 0);
}

static void refclocks(void **state) {
        assert_only_problem("refclock SHM 0 tai", PROBLEM_ERROR,
                "command line:1: 'tai': this needs leapsectz or leapseclist");
        assert_only_problem("refclock PPS /dev/pps0 lock GPS", PROBLEM_WARNING,
                "command line:1: 'GPS': no refclock has this refid: the pulses are not locked to it");
        _cleanup_(config_freep)
        Config *c = config_of(
                "refclock PPS /dev/pps0 lock GPS\nrefclock SHM 0 refid GPS tai\nleapsectz right/UTC");
        assert_int_equal(c->problems.n, 0);
}

static void orders(void **state) {
        assert_only_problem("minstratum 5\nmaxstratum 3", PROBLEM_WARNING,
                "command line:1: 'minstratum': 5 is above the maximum: 3 is used");
        assert_only_problem(
                "maxsamples 3", PROBLEM_WARNING, "'minsamples': 6 is above the maximum: 3 is used");
        assert_only_problem("fallbackdrift 19 16", PROBLEM_WARNING,
                "command line:1: 'fallbackdrift': 19 is above the maximum: 16 is used");
        _cleanup_(config_freep)
        Config *c = config_of("minsamples 10\nmaxsamples 5");
        assert_int_equal(c->engine.min_samples, 5);
}

static void devices(void **state) {
        assert_only_problem("bindacqdevice abcdefghijklmnop", PROBLEM_ERROR,
                "command line:1: 'abcdefghijklmnop': no network interface has a name longer than 15 octets");
        assert_only_problem("binddevice abcdefghijklmnop", PROBLEM_ERROR,
                "command line:1: 'abcdefghijklmnop': no network interface has a name longer than 15 octets");
        _cleanup_(config_freep)
        Config *c = config_of("bindacqdevice abcdefghijklmno\nbinddevice abcdefghijklmno");
        assert_int_equal(c->problems.n, 0);
}

static void twins(void **state) {
        assert_only_problem("server a\nserver b\nserver A iburst", PROBLEM_WARNING,
                "command line:3: 'A': this source is given twice: only the first one is used");
}

static void no_twins(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of("server 127.0.0.1 port 11999\nserver 127.0.0.1 port 11123\n");

        assert_int_equal(c->problems.n, 0);
        assert_only_problem("server a port 9\nserver a\nserver A port 9\n", PROBLEM_WARNING,
                "command line:3: 'A': this source is given twice: only the first one is used");
}

static void twin_peers(void **state) {
        assert_only_problem("server a\npeer b\nserver B", PROBLEM_WARNING,
                "command line:3: 'B': this source is given twice: only the first one is used");
}

static void without_effect(void **state) {
        static const char *const expected[] = { "cmdallow", "log: refclocks, rtc", "peer: nts", "pool: nts",
                "refclock", NULL };
        _cleanup_(config_freep)
        Config *c = config_of(
                "server a copy iburst\nserver b presend 5 copy\npool p nts\npeer p nts\ncmdallow\ncmdallow 10\n"
                "driftfile /a\nfallbackdrift 16 19\nrefclock SHM 0 poll 3\nmaxdistance 4\nrtcsync\n"
                "log rtc tracking\nlog refclocks\n");
        _cleanup_(config_freep)
        Config *plain = config_of("log tracking rawmeasurements\nlog\nlogchange 3\n");

        for (size_t i = 0; i < ELEMENTS(expected); i++) {
                if (!expected[i])
                        assert_null(c->without_effect[i]);
                else
                        assert_string_equal(c->without_effect[i], expected[i]);
        }
        assert_int_equal(c->logs.files, 1 << LOG_FILE_TRACKING | 1 << LOG_FILE_RTC | 1 << LOG_FILE_REFCLOCKS);
        assert_null(plain->without_effect[0]);
        assert_int_equal(plain->logs.files, 1 << LOG_FILE_TRACKING | 1 << LOG_FILE_RAW_MEASUREMENTS);
        assert_int_equal(plain->logs.banner_lines, 32);
        assert_true(plain->logs.change_s > 2.9 && plain->logs.change_s < 3.1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(exclusions),
                cmocka_unit_test(pairs),
                cmocka_unit_test(refclocks),
                cmocka_unit_test(orders),
                cmocka_unit_test(devices),
                cmocka_unit_test(twins),
                cmocka_unit_test(no_twins),
                cmocka_unit_test(twin_peers),
                cmocka_unit_test(without_effect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
