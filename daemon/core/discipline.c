/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/discipline.h"

/* Rules and constants are those of chrony 4.8 (its reference and its generic clock driver) where no other source is named. */
static const double min_skew = 1e-12;
static const double initial_skew = 1.0; /* nothing is known yet of the clock's rate */
static const double rms_weight = 0.1;
/* In chrony's rule this is a half, which smooths what its estimate leaves rough; ours is not to be smoothed once more. */
static const double slew_part = 0.05;
static const double min_slew_s = 1.0, max_slew_s = 10000.0;

void discipline_init(Discipline *d, const DisciplineOptions *options) {
        *d = (Discipline){
                .options = *options,
                .tracking = { .leap = LEAP_UNSYNCHRONIZED, .skew = initial_skew },
        };
}

double discipline_restore(Discipline *d, const Drift *drift) {
        double limit_ppm = d->options.max_drift * 1e6;

        d->tracking.skew = fmax(min_skew, drift->skew_ppm * 1e-6);
        return fmin(fmax(drift->freq_ppm, -limit_ppm), limit_ppm);
}

bool discipline_take_drift(Discipline *d, Drift *ret) {
        if (!d->has_news)
                return false;
        *ret = (Drift){ .freq_ppm = d->tracking.freq_ppm, .skew_ppm = d->tracking.skew * 1e6 };
        d->has_news = false;
        d->unsaved_s = 0.0;
        return true;
}

void discipline_on_clock(Discipline *d, const ClockEvent *event) {
        d->tracking.freq_ppm = event->state.base_ppm;
        switch (event->kind) {
        case CLOCK_EVENT_STEPPED:
                d->tracking.n_steps++;
                d->uncorrected_s -= event->doffset_s;
                break;
        case CLOCK_EVENT_FOREIGN_STEP:
        case CLOCK_EVENT_RESUMED:
                /* What we knew is about another clock; its rate is still the same. Only our own sleep, which no peer can
                 * bring about, gives the steps of the start back. */
                discipline_void(d);
                if (event->kind == CLOCK_EVENT_RESUMED)
                        d->tracking.n_updates = d->steps_from = 0;
                return;
        case CLOCK_EVENT_FOREIGN_FREQUENCY: /* it is known how far that went, and our rate is back */
        case CLOCK_EVENT_ADJUSTED:
                d->uncorrected_s -= event->doffset_s;
                d->uncorrected_freq -= event->dfreq;
                break;
        case CLOCK_EVENT_LEAPT: /* UTC has leapt too: the last update was when it was, and nothing is corrected */
        case CLOCK_EVENT_SLEW_ENDED:
        case CLOCK_EVENT_REFUSED:
                return;
        }
        d->tracking.ref_time = local_add(d->tracking.ref_time, span_from_seconds(-event->doffset_s));
}

/* The rate to take away: the estimate weighs each measurement already. */
static double take_frequency(Discipline *d, const Estimate *e) {
        double freq = e->skew > d->options.max_update_skew ? 0.0 : e->freq;

        d->tracking.skew = fmax(min_skew, e->skew);
        d->tracking.residual_freq = e->freq - freq;
        d->tracking.freq_sd = e->freq_sd;
        return freq;
}

/* The average begins once the squares start to rise: before, the offset of the start is still being worked off. */
static void track_rms(Discipline *d, double offset_s) {
        double square = offset_s * offset_s;

        if (d->rms_moving) {
                d->rms_square += rms_weight * (square - d->rms_square);
        } else {
                d->rms_moving = d->rms_square > 0.0 && square > d->rms_square;
                d->rms_square = square;
        }
        d->tracking.rms_offset_s = sqrt(d->rms_square);
}

static void track_reference(Discipline *d, Now now, const DisciplineReference *reference, const Estimate *e) {
        Tracking *t = &d->tracking;

        t->synchronized = true;
        t->source_id = reference->source_id;
        t->ref_id = reference->ref_id;
        t->stratum = (uint8_t)(reference->stratum + 1);
        t->leap = reference->leap;
        t->n_combined = reference->n_combined;
        t->updated = now.mono;
        t->ref_time = now.local;
        t->last_offset_s = e->offset_s;
        t->root_delay_s = e->root_delay_s;
        /* The root distance is around what the best sample says; the estimate may have moved away from it. */
        t->root_dispersion_s = e->root_dispersion_s + e->offset_sd_s + fabs(e->offset_s - e->best_offset_s);
        d->agreed_error_s = reference->agreed_error_s;
        d->agreed_skew = reference->agreed_skew;
        t->offset_sd_s = e->offset_sd_s;
}

static bool may_step(const Discipline *d, double wall_offset_s) {
        const DisciplineOptions *o = &d->options;

        return o->make_step_threshold_s > 0.0 && fabs(wall_offset_s) > o->make_step_threshold_s &&
               (o->make_step_limit < 0 || d->tracking.n_updates - d->steps_from < o->make_step_limit);
}

/* chrony's maxchange. A server that is trusted and goes wrong must not take the clock with it. */
static bool is_change_refused(const Discipline *d, double offset_s) {
        const DisciplineOptions *o = &d->options;

        return o->max_change_s > 0.0 && fabs(offset_s) > o->max_change_s &&
               d->tracking.n_updates >= o->max_change_start;
}

static DisciplineAct refuse_change(Discipline *d) {
        int limit = d->options.max_change_ignore;

        if (limit >= 0 && d->n_ignored >= limit)
                return DISCIPLINE_GIVE_UP;
        d->n_ignored++;
        return DISCIPLINE_IGNORE;
}

DisciplineOrder discipline_update(Discipline *d, const DisciplineReference *reference,
        const Estimate *estimate, double outstanding_s, Now now) {
        if (is_change_refused(d, estimate->offset_s))
                return (DisciplineOrder){ .act = refuse_change(d), .offset_s = estimate->offset_s };

        double base = d->tracking.freq_ppm * 1e-6;
        Span interval = d->tracking.synchronized ? mono_sub(now.mono, d->tracking.updated) : SPAN_ZERO;
        double freq = take_frequency(d, estimate);
        double wall_offset_s = estimate->offset_s + outstanding_s;
        DisciplineOrder order = { .offset_s = estimate->offset_s };

        base = fmin(fmax(base + freq * (1.0 - base), -d->options.max_drift), d->options.max_drift);
        order.base_ppm = base * 1e6;
        order.act = may_step(d, wall_offset_s) ? DISCIPLINE_STEP : DISCIPLINE_SLEW;
        if (order.act == DISCIPLINE_SLEW) {
                /* An offset as large as its deviation takes a part of corrtimeratio intervals, a larger one less. */
                double area = slew_part * d->options.corr_time_ratio * estimate->offset_sd_s *
                              span_seconds(interval);
                double duration_s = area / fmax(fabs(wall_offset_s), 1e-9);
                order.slew_duration = span_from_seconds(fmin(fmax(duration_s, min_slew_s), max_slew_s));
        }

        d->has_bound = true;
        d->uncorrected_s = estimate->offset_s;
        d->uncorrected_freq = freq;
        d->tracking.update_interval = interval;
        d->unsaved_s += span_seconds(interval);
        d->has_news = true;
        order.save_drift = d->unsaved_s >= d->options.drift_interval_s;
        track_reference(d, now, reference, estimate);
        track_rms(d, estimate->offset_s);
        d->tracking.n_updates++;
        return order;
}

void discipline_set_leap(Discipline *d, LeapStatus leap) {
        if (d->tracking.synchronized)
                d->tracking.leap = leap;
}

void discipline_miss_leap(Discipline *d, double offset_s) {
        d->uncorrected_s += offset_s;
}

void discipline_allow_steps(Discipline *d) {
        d->steps_from = d->tracking.n_updates;
}

void discipline_set_options(Discipline *d, const DisciplineOptions *options) {
        const DisciplineOptions *old = &d->options;
        bool same = options->make_step_limit == old->make_step_limit &&
                    !(options->make_step_threshold_s < old->make_step_threshold_s ||
                            options->make_step_threshold_s > old->make_step_threshold_s);

        d->options = *options;
        if (!same)
                discipline_allow_steps(d);
}

void discipline_void(Discipline *d) {
        discipline_lose(d);
        d->has_bound = false;
}

void discipline_lose(Discipline *d) {
        d->tracking.synchronized = false;
        d->tracking.source_id = 0;
        d->tracking.stratum = 0;
        d->tracking.leap = LEAP_UNSYNCHRONIZED;
}

double discipline_dispersion_rate(const Discipline *d) {
        return d->tracking.skew + fabs(d->tracking.residual_freq + d->uncorrected_freq) +
               d->options.max_clock_error;
}

/* A liar whose small interval lies within those of the honest ones is followed like one of them: its own word is not enough,
 * neither of the rate nor of the offset. */
double discipline_error_rate(const Discipline *d) {
        return discipline_dispersion_rate(d) + fmax(0.0, d->agreed_skew - d->tracking.skew);
}

/* What the clock may have gone astray since the last update. */
static double gone_astray(const Discipline *d, Now now, double rate) {
        const Tracking *t = &d->tracking;

        if (!d->has_bound)
                return HUGE_VAL;
        return fmax(0.0, mono_seconds_since(now.mono, t->updated)) * rate;
}

double discipline_root_dispersion(const Discipline *d, Now now) {
        return d->tracking.root_dispersion_s + gone_astray(d, now, discipline_dispersion_rate(d));
}

double discipline_max_error(const Discipline *d, Now now) {
        const Tracking *t = &d->tracking;
        double at_update_s = fmax(t->root_dispersion_s + t->root_delay_s / 2.0, d->agreed_error_s);

        return fabs(d->uncorrected_s) + at_update_s + gone_astray(d, now, discipline_error_rate(d));
}
