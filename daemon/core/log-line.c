/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/log-line.h"

#include "core/assoc.h"
#include "core/select.h"

#include <math.h>
#include <stdio.h>

enum { STAMP_MAX = 64, N_TESTS = 10 };

/* What chronyd writes of a clock of which nothing is known: a second each of delay and dispersion. */
static const double unknown_s = 1.0, unknown_error_s = 1.5;

static const char leap_letters[] = {
        [LEAP_NORMAL] = 'N', [LEAP_INSERT] = '+', [LEAP_DELETE] = '-', [LEAP_UNSYNCHRONIZED] = '?'
};

static const char stamp_letters[] = { [STAMP_DAEMON] = 'D', [STAMP_KERNEL] = 'K', [STAMP_HARDWARE] = 'H' };

static const char state_letters[SOURCE_STATES] = {
        [SOURCE_UNRESOLVED] = 'M',
        [SOURCE_NO_SELECT] = 'N',
        [SOURCE_NO_SAMPLES] = 'M',
        [SOURCE_UNSYNCHRONIZED] = 's',
        [SOURCE_BAD_STRATUM] = 'r',
        [SOURCE_DISTANT] = 'd',
        [SOURCE_JITTERY] = '~',
        [SOURCE_WAITING] = 'w',
        [SOURCE_UNREACHABLE] = 'S',
        [SOURCE_ORPHAN] = 'O',
        [SOURCE_UNTRUSTED] = 'T',
        [SOURCE_FALSETICKER] = 'x',
        [SOURCE_WAITING_QUORUM] = 'W',
        [SOURCE_NOT_PREFERRED] = 'P',
        [SOURCE_NOT_UPDATED] = 'U',
        [SOURCE_NOT_COMBINED] = 'D',
        [SOURCE_SELECTABLE] = '-',
        [SOURCE_COMBINED] = '+',
        [SOURCE_SELECTED] = '*',
};

static const char *const headings[CHRONICLE_KINDS] = {
        [CHRONICLE_MEASUREMENT] =
                "   Date (UTC) Time     IP Address   L St 123 567 ABCD  LP RP Score    Offset  Peer del. Peer disp.  Root del. Root disp. Refid     MTxRx",
        [CHRONICLE_STATISTICS] =
                "   Date (UTC) Time     IP Address    Std dev'n Est offset  Offset sd  Diff freq   Est skew  Stress  Ns  Bs  Nr  Asym",
        [CHRONICLE_SELECTION] =
                "   Date (UTC) Time     IP Address   S EOpts Reach Score Last sample  Low end   High end",
        [CHRONICLE_TRACKING] =
                "   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     Offset L Co  Offset sd Rem. corr. Root delay Root disp. Max. error",
};

const char *log_line_heading(ChronicleKind kind) {
        return headings[kind];
}

/* Days since 1970-01-01 as a date of the Gregorian calendar, by counting years from March on, so that the day that is left out of
 * most of them is a year's last. */
static void format_stamp(Local at, char ret[static STAMP_MAX]) {
        int64_t seconds = at.ns / NS_PER_S - (at.ns % NS_PER_S < 0);
        int64_t days = seconds / 86400 - (seconds % 86400 < 0), second = seconds - days * 86400;
        int64_t from_march = days + 719468; /* since 0000-03-01 */
        int64_t era = from_march / 146097, day = from_march % 146097;
        int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
        int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
        int64_t month = (5 * day_of_year + 2) / 153;

        snprintf(ret, STAMP_MAX, "%04d-%02d-%02d %02d:%02d:%02d", (int)(era * 400 + year + (month >= 10)),
                (int)(month < 10 ? month + 3 : month - 9), (int)(day_of_year - (153 * month + 2) / 5 + 1),
                (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* "111 111 1011" */
static void format_tests(uint32_t tests, char ret[static N_TESTS + 3]) {
        for (int i = 0; i < N_TESTS; i++) {
                if (i == 3 || i == 6)
                        *ret++ = ' ';
                *ret++ = (tests >> i & 1) != 0 ? '1' : '0';
        }
        *ret = '\0';
}

static void format_packet(const ChroniclePacket *p, size_t room, char *ret) {
        char tests[N_TESTS + 3];

        format_tests(p->tests, tests);
        /* chrony's offsets of packets are what the clock lacks. */
        (void)snprintf(ret, room,
                "%c %2u %s  %2d %2d %4.2f %10.3e %10.3e %10.3e %10.3e %10.3e %08X %1u%c %c %c\n",
                leap_letters[p->leap], p->stratum, tests, p->poll, p->remote_poll, p->score, -p->offset_s,
                p->delay_s, p->dispersion_s, p->root_delay_s, p->root_dispersion_s, p->ref_id, p->mode,
                p->interleaved ? 'I' : 'B', stamp_letters[p->tx_stamp], stamp_letters[p->rx_stamp]);
}

/* No sample is given up for a better line, which is what chrony counts as Bs. */
static void format_estimate(const ChronicleEstimate *e, size_t room, char *ret) {
        (void)snprintf(ret, room, "%10.3e %10.3e %10.3e %10.3e %10.3e %7.1e %3d %3d %3d %5.2f\n",
                e->std_dev_s, e->offset_s, e->offset_sd_s, e->freq, e->skew, e->stress, e->n_samples, 0,
                e->n_runs, e->asymmetry);
}

static void format_verdict(const ChronicleVerdict *v, size_t room, char *ret) {
        (void)snprintf(ret, room, "%c -%c%c%c%c %4o %5.2f %10.3e %10.3e %10.3e\n", state_letters[v->state],
                v->flags & SELECT_NOSELECT ? 'N' : '-', v->flags & SELECT_PREFER ? 'P' : '-',
                v->flags & SELECT_TRUST ? 'T' : '-', v->flags & SELECT_REQUIRE ? 'R' : '-', v->reach,
                v->score, v->age_s, v->low_s, v->high_s);
}

static void format_update(const ChronicleUpdate *u, size_t room, char *ret) {
        bool is = u->synchronized;

        /* Rem. corr. is what is still to be added to the clock. */
        (void)snprintf(ret, room, "%2u %10.3f %10.3f %10.3e %c %2d %10.3e %10.3e %10.3e %10.3e %10.3e\n",
                is ? u->stratum : 0U, u->freq_ppm, u->skew * 1e6, is ? u->offset_s : 0.0,
                is ? leap_letters[u->leap] : '?', is ? u->n_combined : 0, is ? u->offset_sd_s : 0.0,
                -u->uncorrected_s, is ? u->root_delay_s : unknown_s, is ? u->root_dispersion_s : unknown_s,
                is && isfinite(u->max_error_s) ? u->max_error_s : unknown_error_s);
}

void log_line_format(const ChronicleEntry *e, char ret[static LOG_LINE_MAX]) {
        char stamp[STAMP_MAX], address[NET_ADDRESS_TEXT_MAX] = "0.0.0.0";

        if (e->address.family != ADDRESS_NONE)
                (void)net_address_format(&e->address, address);
        format_stamp(e->at, stamp);
        size_t n = (size_t)snprintf(ret, LOG_LINE_MAX, "%s %-15s ", stamp, address);
        switch (e->kind) {
        case CHRONICLE_MEASUREMENT:
                format_packet(&e->packet, LOG_LINE_MAX - n, ret + n);
                break;
        case CHRONICLE_STATISTICS:
                format_estimate(&e->estimate, LOG_LINE_MAX - n, ret + n);
                break;
        case CHRONICLE_SELECTION:
                format_verdict(&e->verdict, LOG_LINE_MAX - n, ret + n);
                break;
        case CHRONICLE_TRACKING:
                format_update(&e->update, LOG_LINE_MAX - n, ret + n);
                break;
        case CHRONICLE_KINDS:
                break;
        }
}
