/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/probe.h"

#include <math.h>

void probe_clear(Probe *p) {
        *p = (Probe){ .local.last_s = p->local.last_s, .wall.last_s = p->wall.last_s };
}

static void error_take(ProbeError *e, double error_s) {
        e->sum_of_squares += error_s * error_s;
        e->max_s = fmax(e->max_s, fabs(error_s));
        e->last_s = error_s;
}

static void bound_take(Probe *p, double error_s, double bound_s, bool excused) {
        double half_octaves;

        if (!isfinite(bound_s))
                return;
        p->bounded++;
        if (error_s > bound_s) {
                p->violations += !excused;
                if (!excused)
                        p->worst_excess_s = fmax(p->worst_excess_s, error_s - bound_s);
                return;
        }
        half_octaves = error_s > 0.0 ? 2.0 * log2(bound_s / error_s) : PROBE_RATIOS - 1;
        p->ratios[(int)fmin(half_octaves, PROBE_RATIOS - 1)]++;
}

void probe_take(Probe *p, double local_error_s, double wall_error_s, const Snapshot *snapshot, bool excused) {
        p->seconds++;
        p->sign_changes += local_error_s * p->local.last_s < 0.0;
        error_take(&p->local, local_error_s);
        error_take(&p->wall, wall_error_s);
        p->synchronized += snapshot->tracking.synchronized;
        bound_take(p, fabs(local_error_s), snapshot->max_error_s, excused);
}

double probe_rms(const Probe *p, const ProbeError *error) {
        return p->seconds > 0 ? sqrt(error->sum_of_squares / (double)p->seconds) : 0.0;
}

double probe_median_ratio(const Probe *p) {
        uint64_t total = 0, seen = 0;

        for (int i = 0; i < PROBE_RATIOS; i++)
                total += p->ratios[i];
        for (int i = 0; i < PROBE_RATIOS; i++) {
                seen += p->ratios[i];
                if (total > 0 && 2 * seen >= total)
                        return exp2(i / 2.0);
        }
        return 0.0;
}

double probe_broken_share(const Probe *p) {
        return p->bounded > 0 ? (double)p->violations / (double)p->bounded : 0.0;
}

static void error_add(ProbeError *e, const ProbeError *other) {
        e->sum_of_squares += other->sum_of_squares;
        e->max_s = fmax(e->max_s, other->max_s);
        e->last_s = other->last_s;
}

void probe_add(Probe *p, const Probe *other) {
        p->seconds += other->seconds;
        error_add(&p->local, &other->local);
        error_add(&p->wall, &other->wall);
        p->synchronized += other->synchronized;
        p->bounded += other->bounded;
        p->violations += other->violations;
        p->worst_excess_s = fmax(p->worst_excess_s, other->worst_excess_s);
        for (int i = 0; i < PROBE_RATIOS; i++)
                p->ratios[i] += other->ratios[i];
        p->sign_changes += other->sign_changes;
}
