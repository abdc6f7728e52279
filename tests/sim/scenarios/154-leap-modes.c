/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leap-day.h"

/* How Wall and the kernel fare differs by mode; what all have in common is in run_mode(). */
typedef struct ModeCase {
        const char *mode;
        bool by_kernel, by_us; /* who leaps */
        NoticeKind notice;
} ModeCase;

static const ModeCase cases[] = {
        { "system", true, false, NOTICE_LEAPT },
        { "step", false, true, NOTICE_LEAPT },
        { "slew", false, true, NOTICE_LEAP_SLEWED },
        { "ignore", false, false, NOTICE_LEAP_MISSED },
};

static void expect_announced(Sim *w, Node *c, const ModeCase *mode, LeapStatus leap) {
        expect_equal(w, node_snapshot(c)->tracking.leap, leap);
        expect_equal(w, c->clock.quality.leap, mode->by_kernel ? leap : LEAP_NORMAL);
        expect_equal(w, c->counters.notices[NOTICE_LEAP_EXPECTED], 1);
        expect_synchronized(w, c, 3e-4);
}

/* The clock has leapt, and the samples from before it are as good as ever. */
static void expect_unmoved(Sim *w, Node *c, double freq_before, int samples_before) {
        expect_below(w, fabs(sim_clock_local_error(&c->clock)), 3e-4);
        expect_below(w, fabs(sim_clock_local_freq(&c->clock) - freq_before), 1e-7);
        expect(w, node_source(c, "192.0.2.1")->estimate.n_samples >= samples_before - 10);
        expect_equal(w, c->counters.notices[NOTICE_LOST], 0);
}

/* The clock has not leapt: as wrong as that, for no longer than it takes to see and to mend it. */
static void expect_mended(Sim *w, Node *c, int leap_s) {
        expect_below(w, fabs(sim_clock_local_error(&c->clock) - leap_s), 1e-3);
        sim_run(w, leap_time(w) + 60.0);
        expect_synchronized(w, c, 1e-3);
}

static void run_mode(Sim *s, const ModeCase *mode, int leap_s) {
        Sim *w = leap_world(s, leap_s);
        char config[200];
        double freq;
        int n_samples;

        leap_servers(w, 2);
        snprintf(config, sizeof(config), LEAP_CLIENT "leapsecmode %s", mode->mode);
        Node *c = leap_client(w, config, NULL);
        sim_run(w, leap_time(w) - 10.0);
        expect_announced(w, c, mode, leap_s > 0 ? LEAP_INSERT : LEAP_DELETE);
        freq = sim_clock_local_freq(&c->clock);
        n_samples = node_source(c, "192.0.2.1")->estimate.n_samples;

        /* While it passes nobody is to take our time, and none of it is a step of somebody else. */
        sim_run(w, leap_time(w) + 0.75);
        expect_equal(w, node_snapshot(c)->tracking.leap, LEAP_UNSYNCHRONIZED);
        expect(w, node_snapshot(c)->tracking.synchronized);
        sim_run(w, leap_time(w) + 3.0);
        expect_equal(w, c->clock.n_leaps, mode->by_kernel);
        expect_equal(w, c->counters.leaps, mode->by_us);
        expect_equal(w, c->counters.notices[mode->notice], 1);
        if (mode->by_kernel || mode->by_us)
                expect_unmoved(w, c, freq, n_samples);
        else
                expect_mended(w, c, leap_s);

        /* Afterwards nothing is left of it. */
        sim_run(w, leap_time(w) + 5000.0);
        expect_equal(w, node_snapshot(c)->tracking.leap, LEAP_NORMAL);
        expect_equal(w, c->clock.quality.leap, LEAP_NORMAL);
        expect_synchronized(w, c, 3e-4);
        if (mode->by_kernel || mode->by_us)
                expect_unmoved(w, c, freq, n_samples);
        expect_equal(w, c->counters.notices[NOTICE_FOREIGN_STEP], 0);
        expect_equal(w, c->counters.steps, 1); /* at the start */
        expect_bound_held(w, c);
        end_world(s, w);
}

/* Two of three servers announce a leap second for the end of the year: each mode does with it what it shall.
 * effect: leapsecmode
 */
void scenario(Sim *s) {
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                run_mode(s, &cases[i], 1);
                run_mode(s, &cases[i], -1);
        }
}
