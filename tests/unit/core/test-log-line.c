/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of chrony's log files, octet by octet as chronyd 4.3 writes those values; its signs, and ours against them. */

#include "core/log-line.h"

#include "core/assoc.h"
#include "core/select.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-25 14:29:08 UTC, and a bit. */
#define AT \
        (Local) { \
                INT64_C(1795616948) * NS_PER_S + 999 \
        }

static void assert_line(ChronicleEntry entry, const char *address, const char *expected) {
        char line[LOG_LINE_MAX];

        if (address)
                assert_int_equal(net_address_parse(address, &entry.address), 0);
        log_line_format(&entry, line);
        assert_string_equal(line, expected);
}

/* The clock is 1 ms ahead: chrony's offset of a packet is what it lacks. */
static const ChroniclePacket packet = {
        .leap = LEAP_NORMAL,
        .stratum = 3,
        .mode = 4,
        .tests = 0x3ff,
        .poll = -2,
        .remote_poll = 6,
        .score = 0.812,
        .offset_s = 0.001,
        .delay_s = 1.245e-05,
        .dispersion_s = 5.603e-06,
        .root_delay_s = 0.25,
        .root_dispersion_s = 0.015625,
        .ref_id = 0x7F7F0101,
        .tx_stamp = STAMP_KERNEL,
        .rx_stamp = STAMP_DAEMON,
};

static void test_measurements(void **state) {
        ChronicleEntry e = { .kind = CHRONICLE_MEASUREMENT, .at = AT, .packet = packet };

        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1       N  3 111 111 1111  -2  6 0.81 -1.000e-03  1.245e-05  5.603e-06  2.500e-01  1.562e-02 7F7F0101 4B K D\n");
        e.packet.leap = LEAP_UNSYNCHRONIZED;
        e.packet.tests = 0x3ff & ~(1U << 2 | 1U << 3 | 1U << 9);
        e.packet.mode = 1;
        e.packet.interleaved = true;
        e.packet.tx_stamp = STAMP_HARDWARE;
        e.packet.offset_s = -0.001;
        assert_line(e, "2001:db8::1234:5678",
                "2026-11-25 14:29:08 2001:db8::1234:5678 ?  3 110 011 1110  -2  6 0.81  1.000e-03  1.245e-05  5.603e-06  2.500e-01  1.562e-02 7F7F0101 1I H D\n");
        e.packet = (ChroniclePacket){ .leap = LEAP_DELETE, .mode = 4 };
        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1       -  0 000 000 0000   0  0 0.00 -0.000e+00  0.000e+00  0.000e+00  0.000e+00  0.000e+00 00000000 4B D D\n");
        e.packet.leap = LEAP_INSERT;
        e.packet.tests = 1U << 3;
        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1       +  0 000 100 0000   0  0 0.00 -0.000e+00  0.000e+00  0.000e+00  0.000e+00  0.000e+00 00000000 4B D D\n");
}

/* Here the signs are the same. */
static void test_statistics(void **state) {
        ChronicleEntry e = {
                .kind = CHRONICLE_STATISTICS,
                .at = AT,
                .estimate = { .std_dev_s = 4.14e-7,
                        .offset_s = 0.001,
                        .offset_sd_s = 2.789e-7,
                        .freq = 1e-5,
                        .skew = 2.197e-3,
                        .stress = 1.4e-3,
                        .n_samples = 3,
                        .n_runs = 2,
                        .asymmetry = -0.25 },
        };

        assert_line(e, "192.0.2.1",
                "2026-11-25 14:29:08 192.0.2.1        4.140e-07  1.000e-03  2.789e-07  1.000e-05  2.197e-03 1.4e-03   3   0   2 -0.25\n");
        e.estimate.offset_s = -0.001;
        e.estimate.freq = -1e-5;
        e.estimate.n_samples = 64;
        assert_line(e, "192.0.2.1",
                "2026-11-25 14:29:08 192.0.2.1        4.140e-07 -1.000e-03  2.789e-07 -1.000e-05  2.197e-03 1.4e-03  64   0   2 -0.25\n");
}

static void test_selection(void **state) {
        static const char letters[] = "MNMsrd~wSOTxWPUD-+*";
        ChronicleEntry e = {
                .kind = CHRONICLE_SELECTION,
                .at = AT,
                .verdict = { .state = SOURCE_SELECTED,
                        .reach = 0377,
                        .score = 1.0,
                        .age_s = 2.203e-4,
                        .low_s = -1.002e-3,
                        .high_s = -9.957e-4 },
        };
        char line[LOG_LINE_MAX];

        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1       * -----  377  1.00  2.203e-04 -1.002e-03 -9.957e-04\n");
        e.verdict.flags = SELECT_NOSELECT | SELECT_PREFER | SELECT_TRUST | SELECT_REQUIRE;
        e.verdict.reach = 1;
        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1       * -NPTR    1  1.00  2.203e-04 -1.002e-03 -9.957e-04\n");
        assert_int_equal(strlen(letters), SOURCE_STATES);
        for (int i = 0; i < SOURCE_STATES; i++) {
                e.verdict.state = (SourceState)i;
                log_line_format(&e, line);
                assert_int_equal(line[36], letters[i]);
        }
}

/* 1 ms ahead and 10 ppm fast, and another millisecond that a slew has still to take away. */
static void test_tracking(void **state) {
        ChronicleEntry e = {
                .kind = CHRONICLE_TRACKING,
                .at = AT,
                .update = { .synchronized = true,
                        .stratum = 4,
                        .leap = LEAP_NORMAL,
                        .n_combined = 2,
                        .freq_ppm = 10.0,
                        .skew = 83.137e-6,
                        .offset_s = 0.001,
                        .offset_sd_s = 2.482e-7,
                        .uncorrected_s = 0.001,
                        .root_delay_s = 4.946e-6,
                        .root_dispersion_s = 1.38e-5,
                        .max_error_s = 0.527 },
        };

        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1        4     10.000     83.137  1.000e-03 N  2  2.482e-07 -1.000e-03  4.946e-06  1.380e-05  5.270e-01\n");
        e.update.max_error_s = HUGE_VAL;
        assert_line(e, "127.0.0.1",
                "2026-11-25 14:29:08 127.0.0.1        4     10.000     83.137  1.000e-03 N  2  2.482e-07 -1.000e-03  4.946e-06  1.380e-05  1.500e+00\n");
        /* Nothing is followed: as at chronyd's start. */
        e.update = (ChronicleUpdate){ .skew = 1.0 };
        assert_line(e, NULL,
                "2026-11-25 14:29:08 0.0.0.0          0      0.000 1000000.000  0.000e+00 ?  0  0.000e+00 -0.000e+00  1.000e+00  1.000e+00  1.500e+00\n");
}

static void assert_stamp(int64_t seconds, int64_t ns, const char *stamp) {
        ChronicleEntry e = { .kind = CHRONICLE_TRACKING, .at = { seconds * NS_PER_S + ns } };
        char line[LOG_LINE_MAX];

        log_line_format(&e, line);
        line[19] = '\0';
        assert_string_equal(line, stamp);
}

static void test_dates(void **state) {
        assert_stamp(0, 0, "1970-01-01 00:00:00");
        assert_stamp(0, -1, "1969-12-31 23:59:59");
        assert_stamp(951782399, 0, "2000-02-28 23:59:59");
        assert_stamp(951782400, 0, "2000-02-29 00:00:00");
        assert_stamp(951868800, 0, "2000-03-01 00:00:00");
        assert_stamp(1709164800, 0, "2024-02-29 00:00:00");
        assert_stamp(1735689599, 999999999, "2024-12-31 23:59:59");
        assert_stamp(1735689600, 0, "2025-01-01 00:00:00");
        assert_stamp(4107542399, 0, "2100-02-28 23:59:59");
        assert_stamp(4107542400, 0, "2100-03-01 00:00:00");
        assert_stamp(-2208988800, 0, "1900-01-01 00:00:00");
}

/* Each heading is as wide as its columns are meant to be. */
static void test_headings(void **state) {
        assert_int_equal(strlen(log_line_heading(CHRONICLE_MEASUREMENT)), 136);
        assert_int_equal(strlen(log_line_heading(CHRONICLE_STATISTICS)), 116);
        assert_int_equal(strlen(log_line_heading(CHRONICLE_SELECTION)), 87);
        assert_int_equal(strlen(log_line_heading(CHRONICLE_TRACKING)), 131);
}

/* The longest line: nothing is cut. */
static void test_long(void **state) {
        ChronicleEntry e = { .kind = CHRONICLE_MEASUREMENT, .at = AT, .packet = packet };
        char line[LOG_LINE_MAX];

        e.packet.offset_s = e.packet.delay_s = e.packet.dispersion_s = -1e300;
        e.packet.root_delay_s = e.packet.root_dispersion_s = -1e300;
        assert_int_equal(net_address_parse("fe80:1111:2222:3333:4444:5555:6666:7777", &e.address), 0);
        log_line_format(&e, line);
        assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_measurements),
                cmocka_unit_test(test_statistics),
                cmocka_unit_test(test_selection),
                cmocka_unit_test(test_tracking),
                cmocka_unit_test(test_dates),
                cmocka_unit_test(test_headings),
                cmocka_unit_test(test_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
