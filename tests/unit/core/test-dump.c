/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/dump.h"

#include <stdio.h>

/* An hour after the boot; Local is 5 ms behind what the kernel shows. */
static ClockMoment moment(void) {
        ClockMoment m = {
                .mono = { 3600 * NS_PER_S },
                .raw = { 3590 * NS_PER_S },
                .kernel = { EPOCH_NS },
                .local = { EPOCH_NS - 5 * NS_PER_MS },
        };
        return m;
}

/* The same, `seconds` later, if nobody but us has done anything: Local is what the kernel shows. */
static ClockMoment later(double seconds) {
        ClockMoment m = moment();
        Span passed = span_from_seconds(seconds);

        m.mono = mono_add(m.mono, passed);
        m.raw = raw_add(m.raw, passed);
        m.kernel = wall_add(m.kernel, passed);
        m.local.ns = m.kernel.ns;
        return m;
}

static Dump two_samples(void) {
        Dump dump = {
                .moment = moment(),
                .remote = { address_of("192.0.2.1"), 123 },
                .n = 2,
                .samples = {
                        { { EPOCH_NS - 100 * NS_PER_S }, 1e-3, 0.02, 1e-6, 0.03, 0.004, 2, LEAP_NORMAL },
                        { { EPOCH_NS - 36 * NS_PER_S }, -2.5e-4, 0.021, 2e-6, 0.031, 0.005, 2, LEAP_INSERT },
                },
        };
        return dump;
}

static const char text_of_two[] =
        "timeball-samples 1\n"
        "mono 3600000000000\n"
        "raw 3590000000000\n"
        "kernel 1700000000000000000\n"
        "local 1699999999995000000\n"
        "local-rate 0\n"
        "kernel-ppm 0\n"
        "source 192.0.2.1 123\n"
        "samples 2\n"
        "1699999900000000000 0.001 0.02 9.9999999999999995e-07 0.029999999999999999 "
        "0.0040000000000000001 2 0\n"
        "1699999964000000000 -0.00025000000000000001 0.021000000000000001 "
        "1.9999999999999999e-06 0.031 0.0050000000000000001 2 1\n"
        "end\n";

static void test_text(void **state) {
        Dump dump = two_samples(), again;
        char text[DUMP_TEXT_MAX];
        unsigned line;

        assert_int_equal(dump_emit(&dump, text), strlen(text_of_two));
        assert_string_equal(text, text_of_two);
        assert_int_equal(dump_parse(text_of_two, strlen(text_of_two), &again, &line), DUMP_FINE);
        assert_int_equal(again.n, 2);
        assert_true(again.moment.mono.ns == dump.moment.mono.ns && again.moment.raw.ns == dump.moment.raw.ns);
        assert_true(again.moment.kernel.ns == dump.moment.kernel.ns);
        assert_true(again.moment.local.ns == dump.moment.local.ns);
        assert_true(net_address_equal(&again.remote.address, &dump.remote.address));
        assert_int_equal(again.remote.port, 123);
        for (size_t i = 0; i < 2; i++) {
                const Sample *a = &again.samples[i], *b = &dump.samples[i];

                assert_true(a->at.ns == b->at.ns);
                assert_near(a->offset_s, b->offset_s, 0.0);
                assert_near(a->delay_s, b->delay_s, 0.0);
                assert_near(a->dispersion_s, b->dispersion_s, 0.0);
                assert_near(a->root_delay_s, b->root_delay_s, 0.0);
                assert_near(a->root_dispersion_s, b->root_dispersion_s, 0.0);
                assert_int_equal(a->stratum, b->stratum);
                assert_int_equal(a->leap, b->leap);
        }
}

/* The widest numbers there are still fit, and nothing of a number is lost. */
static void test_there_and_back(void **state) {
        Dump dump = { .moment = moment(),
                .remote = { address_of("fe80::ffff:ffff:ffff:ffff%4294967295"), 65535 } };
        char text[DUMP_TEXT_MAX], second[DUMP_TEXT_MAX];
        Dump again;
        unsigned line;

        dump.moment.local_rate = -1.2345678901234567e-5;
        dump.moment.kernel_ppm = -98765.432109876543;
        dump.n = DUMP_SAMPLES_MAX;
        for (size_t i = 0; i < dump.n; i++)
                dump.samples[i] = (Sample){ { EPOCH_NS - (int64_t)(100 - i) * 12345678901 },
                        -1.2345678901234567e-300, 1.2345678901234567e-300, 1.2345678901234567e-300,
                        1.2345678901234567e-300, 1.2345678901234567e-300, 15, LEAP_DELETE };
        size_t n = dump_emit(&dump, text);
        assert_true(n > 0 && n == strlen(text));
        assert_int_equal(dump_parse(text, n, &again, &line), DUMP_FINE);
        assert_int_equal(line, 10 + DUMP_SAMPLES_MAX);
        assert_int_equal(dump_emit(&again, second), n);
        assert_string_equal(text, second);
        dump.n = 0;
        n = dump_emit(&dump, text);
        assert_int_equal(dump_parse(text, n, &again, &line), DUMP_FINE);
        assert_int_equal(again.n, 0);
}

/* The text with one word or line replaced by another. */
static DumpFault parse_with(const char *old, const char *new, unsigned *ret_line) {
        const char *found = strstr(text_of_two, old);
        char text[2048];
        Dump dump = { .n = 99 };

        assert_non_null(found);
        int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(found - text_of_two), text_of_two, new,
                found + strlen(old));
        DumpFault fault = dump_parse(text, (size_t)n, &dump, ret_line);
        assert_int_equal(dump.n, 99);
        return fault;
}

static void test_faults(void **state) {
        static const struct {
                const char *old, *new;
                DumpFault fault;
                unsigned line;
        } cases[] = {
                { "timeball-samples", "SRC0", DUMP_FOREIGN, 1 }, /* chronyd's */
                { "samples 1", "samples 2", DUMP_VERSION, 1 },
                { "mono", "boot", DUMP_WORD, 2 },
                { "3600000000000", "36e11", DUMP_NUMBER, 2 },
                { "3600000000000", "9223372036854775807", DUMP_NUMBER, 2 },
                { "kernel 1", "kernel x1", DUMP_NUMBER, 4 },
                { "local-rate 0", "local-rate 0.6", DUMP_NUMBER, 6 },
                { "local-rate 0", "local-rate nan", DUMP_NUMBER, 6 },
                { "192.0.2.1 ", "192.0.2.256 ", DUMP_ADDRESS, 8 },
                { " 123", " 65536", DUMP_NUMBER, 8 },
                { "samples 2", "samples 3", DUMP_NUMBER, 12 },
                { "samples 2", "samples 1", DUMP_WORD, 11 },
                { "samples 2", "samples 65", DUMP_NUMBER, 9 },
                { "samples 2", "samples -1", DUMP_NUMBER, 9 },
                { " 0.02 ", " -0.02 ", DUMP_NUMBER, 10 },
                { " 0.02 ", " inf ", DUMP_NUMBER, 10 },
                { " 2 0\n", " 16 0\n", DUMP_NUMBER, 10 },
                { " 2 0\n", " 2 3\n", DUMP_NUMBER, 10 }, /* nobody samples who is unsynchronized */
                { "1699999964", "1699999900", DUMP_ORDER, 11 },
                { "1699999964", "1699999899", DUMP_ORDER, 11 },
                { "1699999964", "1700000964", DUMP_FUTURE_SAMPLE, 11 },
                { "1699999900", "1699996300", DUMP_OLD_SAMPLE, 10 },
                { "end\n", "", DUMP_WORD, 11 },
                { "end\n", "end\nend\n", DUMP_SURPLUS, 13 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                unsigned line = 0;

                assert_int_equal(parse_with(cases[i].old, cases[i].new, &line), cases[i].fault);
                assert_int_equal(line, cases[i].line);
        }
}

/* However it is cut off, it is refused. */
static void test_cut_off(void **state) {
        Dump dump;
        unsigned line;

        for (size_t n = 0; n < strlen("timeball-samples"); n++)
                assert_int_equal(dump_parse(text_of_two, n, &dump, &line), DUMP_FOREIGN);
        for (size_t n = strlen(text_of_two) - 1; n-- > strlen("timeball-samples") + 2;)
                assert_int_not_equal(dump_parse(text_of_two, n, &dump, &line), DUMP_FINE);
}

static void test_slew_was_dropped(void **state) {
        ClockMoment then = moment(), now = later(10.0);
        ClockShift shift;

        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_FINE);
        assert_true(shift.at.ns == EPOCH_NS + 10 * NS_PER_S - 5 * NS_PER_MS);
        /* Local would have been 5 ms behind; it is what the kernel shows, so it was set forward. */
        assert_near(shift.doffset_s, -0.005, 1e-12);
        assert_near(shift.dfreq, 0.0, 0.0);
}

/* Under -x Local had a rate of its own, and begins again with the kernel's. */
static void test_virtual_clock(void **state) {
        ClockMoment then = moment(), now = later(1000.0);
        ClockShift shift;

        then.local_rate = -50e-6;
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_FINE);
        assert_near(shift.doffset_s, -0.005 - 0.05, 1e-9);
        assert_near(shift.dfreq, -50e-6, 3e-9);
}

static void test_what_others_did(void **state) {
        ClockMoment then = moment(), now = later(10.0);
        ClockShift shift = { .dfreq = 7.0 };

        now = later(-1.0);
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_FUTURE);
        now = later(10.0);
        now.kernel = wall_add(now.kernel, SPAN_MS(1));
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_STEPPED);
        /* Another boot: all clocks but one begin again. */
        now = later(4000.0);
        now.mono = mono_add(now.mono, SPAN_S(-50));
        now.raw = raw_add(now.raw, SPAN_S(-50));
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_STEPPED);
        /* It slept: Mono went on, Raw did not. */
        now = later(10.0);
        now.raw = raw_add(now.raw, SPAN_S(-1));
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_DISTURBED);
        /* Another rate for a while: 100 ppm over ten seconds. */
        now = later(10.0);
        now.raw = raw_add(now.raw, SPAN_MS(1));
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_DISTURBED);
        assert_near(shift.dfreq, 7.0, 0.0);
        /* Our own rate is no disturbance, and neither is how long a reading takes. */
        then.kernel_ppm = 100.0;
        now = later(10.0);
        now.raw = raw_add(now.raw, SPAN_US(1020));
        now.kernel = wall_add(now.kernel, SPAN_US(20));
        assert_int_equal(dump_shift(&then, &now, &shift), DUMP_FINE);
}

static void test_names(void **state) {
        for (int i = 0; i < DUMP_FAULTS; i++)
                assert_int_equal(dump_fault_from_string(dump_fault_to_string((DumpFault)i)), i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_cut_off),
                cmocka_unit_test(test_slew_was_dropped),
                cmocka_unit_test(test_virtual_clock),
                cmocka_unit_test(test_what_others_did),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
