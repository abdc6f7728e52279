/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/estimator.h"

#include "base/cleanup.h"
#include "core/asymmetry.h"
#include "core/delay-floor.h"
#include "core/wander-bank.h"

#include <stdlib.h>

enum {
        KEPT_MAX = ESTIMATOR_KEPT_MAX,
        CONTRADICTIONS_MIN = 3, /* surprises of the same sign in a row: what was learnt is void */
        DETOUR_LOOK = 8,        /* samples of a longer route that are looked at */
        REPLAY_ALWAYS = 16,     /* as long as there are so few, each says something of all the others */
};

/* What is assumed as long as there is too little to tell. */
static const double unknown_freq = 2000e-6;
static const double unknown_offset_s = 4.0;

/* An uncorrected clock's rate: a few times the tolerance of quartz. */
static const double uncorrected_freq_sd = 300e-6;

/* The skew stands for the bound of the rate's error: so many deviations. */
static const double skew_deviations = 3.5;

/* Of a detour's delay: what the offsets may move by if it is as long in both directions. One direction alone: a half.
 * And how uncertain the offset must be before that may be true as well as not. */
static const double symmetric_part = 0.1, unknown_part = 0.25;

/* Of the variance by delay: what remains of it when the delays' asymmetry is known and taken out. */
static const double corrected_part = 0.05;

/* In variances. */
static const double surprise_min = 16.0;
static const double surprise_elapsed_min_s = 0.01; /* no rate is told by less */

/* A sample with what it was worth. */
typedef struct Kept {
        Sample sample;
        double innovation_s; /* measured minus predicted, asymmetry not taken out */
        double predicted;    /* variance of the prediction */
        double variance;     /* that it should have had */
} Kept;

/* How far a server says that it may be from true time. */
typedef struct Claim {
        double root_delay_s, root_dispersion_s;
} Claim;

/* The best exchange so far: an interval around `offset_s` of half its delay and its dispersion holds our offset to the source.
 * It is carried along with the clock and widens by what is not known of its rate. */
typedef struct Anchor {
        double offset_s;
        double delay_s, dispersion_s;
        Claim claim; /* of the source, then */
} Anchor;

/* After a surprise, one of the two is wrong, the sample or what was learnt: as long as nobody knows which, by so much. */
typedef struct Doubt {
        double offset_s, rate;
} Doubt;

struct Estimator {
        EstimatorOptions options;
        Kept ring[KEPT_MAX];
        size_t first, n;      /* of the ring: the oldest, and how many */
        bool whole;           /* the ring holds everything that `bank` knows */
        double freq, freq_sd; /* the rate, as known without the ring */
        DelayFloor floor;
        Asymmetry asymmetry;
        WanderBank bank; /* as of the newest sample, as all that follows */
        Kalman mean;     /* of the bank */
        Anchor anchor;
        Claim claim;
        double std_dev_s;
        int n_runs;
        int surprises; /* in a row; its sign is theirs */
        Doubt doubt;
};

Estimator *estimator_new(const EstimatorOptions *options) {
        Estimator *e = calloc(1, sizeof(*e));

        if (!e)
                return NULL;
        e->options = *options;
        estimator_reset(e);
        return e;
}

Estimator *estimator_free(Estimator *e) {
        free(e);
        return NULL;
}

void estimator_reset(Estimator *e) {
        *e = (Estimator){
                .options = e->options,
                .whole = true,
                .freq_sd = uncorrected_freq_sd,
                .anchor = { .dispersion_s = HUGE_VAL },
        };
        if (e->options.asymmetry_known)
                e->asymmetry.slope = e->options.asymmetry;
        delay_floor_init(&e->floor);
}

void estimator_expect(Estimator *e, double freq_sd) {
        if (e->n == 0)
                e->freq_sd = fmin(freq_sd, uncorrected_freq_sd);
}

static Kept *kept_at(Estimator *e, size_t i) {
        return &e->ring[(e->first + i) % KEPT_MAX];
}

static const Kept *kept_of(const Estimator *e, size_t i) {
        return &e->ring[(e->first + i) % KEPT_MAX];
}

static const Sample *sample_of(const Estimator *e, size_t i) {
        return &kept_of(e, i)->sample;
}

static const Sample *newest_sample(const Estimator *e) {
        return sample_of(e, e->n - 1);
}

static void drop_oldest(Estimator *e, size_t count) {
        e->first = (e->first + count) % KEPT_MAX;
        e->n -= count;
}

static size_t capacity(const Estimator *e) {
        int max = e->options.max_samples;

        return max > 0 && max < KEPT_MAX ? (size_t)max : KEPT_MAX;
}

/* Variance of a sample's offset. The delays of a detour are all wrong in the same way: together they are worth one. An
 * asymmetry that is taken out leaves what is uncertain of its slope. */
static double noise_of(const Estimator *e, const Sample *s) {
        double own = fmax(s->dispersion_s, e->options.precision_s); /* a largest error: uniform within it */
        double by_delay = delay_floor_variance(&e->floor, s->delay_s) * fmax(1.0, (double)e->floor.run);
        double full = 2.0 * e->asymmetry.slope;

        return by_delay * fmax(1.0 - full * full, corrected_part) + own * own / 3.0;
}

static double corrected_offset(const Estimator *e, const Sample *s) {
        return s->offset_s - e->asymmetry.slope * (s->delay_s - delay_floor_shortest(&e->floor));
}

static double extra_delay(const Estimator *e, size_t i) {
        return sample_of(e, i)->delay_s - delay_floor_shortest(&e->floor);
}

/* What of an innovation the asymmetry does not explain. */
static double surprise_of(const Estimator *e, size_t i) {
        return kept_of(e, i)->innovation_s - e->asymmetry.slope * extra_delay(e, i);
}

/* Sample i of the ring, elapsed_s after the last one, goes into the bank. */
static void take(Estimator *e, size_t i, double elapsed_s) {
        Kept *k = kept_at(e, i);
        double noise = noise_of(e, &k->sample), offset_s = corrected_offset(e, &k->sample);

        if (i == 0 && e->whole) {
                k->innovation_s = 0.0;
                k->predicted = HUGE_VAL;
                k->variance = noise;
                kalman_init(&e->mean, offset_s, noise, e->freq_sd);
                e->mean.freq = e->freq;
                wander_bank_init(&e->bank, &e->mean);
        } else {
                kalman_predict(&e->mean, elapsed_s, 0.0);
                k->innovation_s = k->sample.offset_s - e->mean.offset_s;
                k->predicted = e->mean.p_offset;
                k->variance = e->mean.p_offset + noise;
                e->mean = wander_bank_update(&e->bank, elapsed_s, offset_s, noise);
        }
}

/* All samples again: what is known of the path by now gives them other weights. */
static void replay(Estimator *e) {
        e->whole = true;
        take(e, 0, 0.0);
        for (size_t i = 1; i < e->n; i++)
                take(e, i, local_seconds_since(sample_of(e, i)->at, sample_of(e, i - 1)->at));
}

/* True if one is believed that was not. A detour says nothing of jitter, nor does what the prediction misses by more than jitter. */
static bool learn_asymmetry(Estimator *e) {
        bool was_believed = asymmetry_is_believed(&e->asymmetry);
        double shortest_s = delay_floor_shortest(&e->floor), usual_max_s = delay_floor_usual_max(&e->floor);
        double jitter_squared = e->floor.jitter_s * e->floor.jitter_s;
        AsymmetrySums sums = { 0 };

        if (e->options.asymmetry_known)
                return false;
        for (size_t i = 0; i < e->n; i++) {
                const Kept *k = kept_of(e, i);
                if (k->sample.delay_s <= usual_max_s && k->predicted <= jitter_squared)
                        asymmetry_add(&sums, k->sample.delay_s - shortest_s, k->innovation_s);
        }
        asymmetry_learn(&e->asymmetry, &sums);
        return asymmetry_is_believed(&e->asymmetry) && !was_believed;
}

static size_t contradictions_needed(const Estimator *e) {
        int min = e->options.min_samples / 2;

        return min > CONTRADICTIONS_MIN ? (size_t)min : CONTRADICTIONS_MIN;
}

static bool is_contradicted(Estimator *e, double elapsed_s) {
        double surprise_s = surprise_of(e, e->n - 1);

        e->doubt = (Doubt){ 0 };
        if (surprise_s * surprise_s <= surprise_min * kept_of(e, e->n - 1)->variance)
                e->surprises = 0;
        else if (surprise_s > 0.0)
                e->surprises = e->surprises > 0 ? e->surprises + 1 : 1;
        else
                e->surprises = e->surprises < 0 ? e->surprises - 1 : -1;
        if (e->surprises != 0)
                e->doubt = (Doubt){ fabs(surprise_s),
                        fabs(surprise_s) / fmax(elapsed_s, surprise_elapsed_min_s) };
        return (size_t)abs(e->surprises) >= contradictions_needed(e) && (size_t)abs(e->surprises) < e->n;
}

/* The measurements contradict what was learnt: the source or the clock has changed. Begin again with those that do, and with
 * as much doubt about the rate as they raise: a source that steps does not change the rate of our clock. */
static void restart(Estimator *e) {
        size_t kept = (size_t)abs(e->surprises);
        double begun_s = local_seconds_since(newest_sample(e)->at, sample_of(e, e->n - kept)->at);
        double rate = surprise_of(e, e->n - 1) / fmax(1.0, begun_s);

        drop_oldest(e, e->n - kept);
        e->freq = e->mean.freq;
        e->freq_sd = sqrt(e->mean.p_freq + rate * rate);
        e->surprises = 0;
        e->doubt = (Doubt){ 0 };
        e->anchor.dispersion_s = HUGE_VAL;
        replay(e);
}

static double half_width(const Anchor *a) {
        return 0.5 * a->delay_s + a->dispersion_s;
}

/* Unless the newest exchange says it better. */
static void move_anchor(Estimator *e) {
        const Sample *s = newest_sample(e);

        e->claim = (Claim){ s->root_delay_s - s->delay_s, s->root_dispersion_s - s->dispersion_s };
        Anchor latest = { s->offset_s, s->delay_s, s->dispersion_s, e->claim };
        if (half_width(&latest) <= half_width(&e->anchor))
                e->anchor = latest;
}

/* What stands behind the source: its own clock may have drifted since, which its newest word covers, or may have been
 * corrected, which does not concern ours and is covered by what it said then. */
static Claim worse_claim(const Estimator *e) {
        const Claim *now = &e->claim, *then = &e->anchor.claim;

        return 0.5 * now->root_delay_s + now->root_dispersion_s >=
                               0.5 * then->root_delay_s + then->root_dispersion_s
                       ? *now
                       : *then;
}

/* Few samples do not tell how much they scatter, and so not how well they tell the rate: about Student's t. */
static double skew(const Estimator *e) {
        double degrees = e->n > ESTIMATOR_SAMPLES_MIN ? (double)e->n - 2.0 : 1.0;
        double deviations = skew_deviations * (1.0 + 16.0 / pow(degrees, 1.7));

        return deviations * sqrt(e->mean.p_freq) + e->doubt.rate;
}

/* The exchange may be many polls old, and in each the rate may have changed by maxclockerror. */
static void carry_anchor(Estimator *e, double elapsed_s) {
        e->anchor.offset_s += elapsed_s * e->mean.freq;
        e->anchor.dispersion_s += elapsed_s * fmax(skew(e), e->options.max_clock_error);
}

/* The deviation is that of the better samples: each weighs by what could be expected of it. Runs: of the same sign. */
static void conclude(Estimator *e) {
        double slope = e->asymmetry.slope, shortest_s = delay_floor_shortest(&e->floor);
        double sum = 0.0, weights = 0.0, previous_s = 0.0;

        e->n_runs = 0;
        for (size_t i = 0; i < e->n; i++) {
                const Kept *k = kept_of(e, i);
                double surprise_s = k->innovation_s - slope * (k->sample.delay_s - shortest_s);
                double weight = 1.0 / k->variance;
                sum += weight * surprise_s * surprise_s;
                weights += weight;
                e->n_runs += !(surprise_s * previous_s > 0.0);
                previous_s = surprise_s;
        }
        e->std_dev_s = sqrt(sum / weights);
}

/* Whether what the ring holds must be looked at again with the newest sample in it. */
static bool wants_replay(const Estimator *e, DelayNews news) {
        return e->options.max_samples > 0 || (e->whole && (news == DELAY_SHORTER || e->n <= REPLAY_ALWAYS));
}

/* The delays have been longer for some time. If the offsets have not moved with them, both directions became longer by as much,
 * and the new delays are as good as the old ones were. If they have, one direction did, and the clock would follow the route:
 * that it may do once nothing is known any more that speaks against it. */
static bool is_new_route(const Estimator *e) {
        double sum_s = 0.0, detour_s = delay_floor_detour(&e->floor);
        size_t n = e->n < DETOUR_LOOK ? e->n : DETOUR_LOOK;

        for (size_t i = 0; i < n; i++)
                sum_s += kept_of(e, e->n - 1 - i)->innovation_s;
        return fabs(sum_s) / (double)n <= symmetric_part * detour_s ||
               sqrt(e->mean.p_offset) >= unknown_part * detour_s;
}

static void keep(Estimator *e, const Sample *sample) {
        if (e->n == capacity(e)) {
                drop_oldest(e, 1);
                e->whole = false;
                e->freq = e->mean.freq;
                e->freq_sd = uncorrected_freq_sd; /* what was known at first is not known of today */
        }
        Sample *s = &kept_at(e, e->n++)->sample;
        *s = *sample;
        /* A delay that cannot be: the clock was off by as much the other way. */
        if (s->delay_s < e->options.min_delay_s)
                s->delay_s = 2.0 * e->options.min_delay_s - s->delay_s;
}

void estimator_add(Estimator *e, const Sample *sample) {
        const Sample *last = estimator_last(e);
        double elapsed_s = last ? local_seconds_since(sample->at, last->at) : 0.0;

        if (last && !local_before(last->at, sample->at))
                estimator_reset(e);
        else
                carry_anchor(e, elapsed_s);
        keep(e, sample);
        DelayNews news = delay_floor_add(&e->floor, newest_sample(e)->delay_s);

        if (wants_replay(e, news))
                replay(e);
        else
                take(e, e->n - 1, elapsed_s);
        if (learn_asymmetry(e))
                replay(e);
        if (is_contradicted(e, elapsed_s))
                restart(e);
        if (news == DELAY_LONGER && is_new_route(e))
                delay_floor_take_route(&e->floor);
        move_anchor(e);
        conclude(e);
}

/* How much later a clock reading would be, had the clock always run as it does since the change. */
static double reading_change(Local reading, Local at, double dfreq, double doffset_s) {
        return local_seconds_since(at, reading) * dfreq - doffset_s;
}

void estimator_adjust(Estimator *e, Local at, double dfreq, double doffset_s) {
        if (e->n == 0)
                return;
        double newest_change_s = reading_change(newest_sample(e)->at, at, dfreq, doffset_s);
        wander_bank_adjust(&e->bank, -newest_change_s, dfreq);
        e->mean.offset_s += newest_change_s;
        e->mean.freq = (e->mean.freq - dfreq) / (1.0 - dfreq);
        e->anchor.offset_s += newest_change_s;
        e->freq = (e->freq - dfreq) / (1.0 - dfreq);
        for (size_t i = 0; i < e->n; i++) {
                Sample *s = &kept_at(e, i)->sample;
                double change_s = reading_change(s->at, at, dfreq, doffset_s);
                s->at = local_add(s->at, span_from_seconds(change_s));
                s->offset_s += change_s;
        }
}

/* The offset rests on `memory` measurements, weighted as a filter does; this is how long a register would have to be for
 * as much. Fitted so that polltarget asks for no more packets than it does with chrony's register. */
static int equivalent_samples(const Estimator *e) {
        return (int)fmin(1.0 + 23.0 * pow(e->bank.memory - 1.0, 0.7), 1.5 * (double)e->n);
}

void estimator_leap(Estimator *e, Span set_back) {
        for (size_t i = 0; i < e->n; i++) {
                Sample *s = &kept_at(e, i)->sample;
                s->at = local_add(s->at, (Span){ -set_back.ns });
        }
}

/* The newest samples of the ring that matter: what is older has faded. */
static int rests_on(const Estimator *e) {
        int n = equivalent_samples(e), min = e->options.min_samples;

        min = min > ESTIMATOR_SAMPLES_MIN ? min : ESTIMATOR_SAMPLES_MIN;
        n = n > min ? n : min;
        return n < (int)e->n ? n : (int)e->n;
}

static bool is_selectable(const Estimator *e) {
        return e->n >= ESTIMATOR_SAMPLES_MIN || e->n == capacity(e);
}

bool estimator_get(const Estimator *e, Local at, Estimate *ret) {
        *ret = (Estimate){
                .at = at,
                .offset_sd_s = unknown_offset_s,
                .freq_sd = unknown_freq,
                .skew = unknown_freq,
                .std_dev_s = unknown_offset_s,
        };
        if (e->n == 0)
                return false;

        Kalman mean = e->mean;
        double elapsed_s = local_seconds_since(at, newest_sample(e)->at);
        ret->poll_samples = equivalent_samples(e);
        ret->n_samples = (int)e->n;
        ret->n_runs = e->n_runs;
        ret->newest = newest_sample(e)->at;
        ret->oldest = sample_of(e, e->n - (size_t)rests_on(e))->at;
        ret->span = local_sub(ret->newest, ret->oldest);
        ret->asymmetry = e->asymmetry.slope;
        ret->offset_s = mean.offset_s + elapsed_s * mean.freq;
        ret->freq = mean.freq;
        if (e->n >= ESTIMATOR_SAMPLES_MIN) {
                kalman_predict(&mean, fabs(elapsed_s), 0.0);
                ret->offset_sd_s = sqrt(mean.p_offset);
                ret->freq_sd = sqrt(mean.p_freq);
                ret->skew = skew(e);
                ret->std_dev_s = e->std_dev_s;
        }
        ret->best_offset_s = e->anchor.offset_s + elapsed_s * ret->freq;
        Claim claim = worse_claim(e);
        ret->root_delay_s = e->anchor.delay_s + claim.root_delay_s;
        ret->root_dispersion_s = e->anchor.dispersion_s + e->doubt.offset_s + claim.root_dispersion_s +
                                 fmax(0.0, elapsed_s) * ret->skew;
        return is_selectable(e);
}

double estimator_predict_offset(const Estimator *e, Local at) {
        if (e->n == 0)
                return 0.0;
        return e->mean.offset_s + local_seconds_since(at, newest_sample(e)->at) * e->mean.freq;
}

double estimator_min_delay(const Estimator *e) {
        if (e->options.min_delay_s > 0.0)
                return e->options.min_delay_s;
        return e->n > 0 ? delay_floor_shortest(&e->floor) : 0.0;
}

size_t estimator_samples(const Estimator *e, size_t max, Sample *ret) {
        size_t n = e->n < max ? e->n : max;

        for (size_t i = 0; i < n; i++)
                ret[i] = *sample_of(e, e->n - n + i);
        return n;
}

const Sample *estimator_last(const Estimator *e) {
        return e->n > 0 ? newest_sample(e) : NULL;
}
