/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/source.h"

#include "core/ref-id.h"

#include <stdlib.h>

static const char *const source_kind_names[] = {
        [SOURCE_SERVER] = "server",
        [SOURCE_POOL] = "pool",
        [SOURCE_PEER] = "peer",
        [SOURCE_REFCLOCK] = "refclock",
};
DEFINE_STRTAB(SourceKind, source_kind, source_kind_names);

Source *source_new(uint32_t id, Pool *pool, const EngineOptions *options) {
        const SourceSpec *spec = &pool->spec;
        EstimatorOptions estimator_options = {
                .min_samples = spec->min_samples < 0 ? options->min_samples : spec->min_samples,
                .max_samples = spec->max_samples < 0 ? options->max_samples : spec->max_samples,
                .min_delay_s = spec->min_delay_s,
                .asymmetry_known = spec->asymmetry_known,
                .asymmetry = spec->asymmetry,
                .precision_s = options->precision_s,
                .max_clock_error = options->select.max_clock_error,
        };
        Source *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->id = id;
        s->pool = pool;
        s->tentative = true;
        s->offline = spec->offline;
        s->options = spec->assoc;
        s->flags = spec->flags;
        s->max_unreach = spec->max_unreach;
        s->leap = LEAP_UNSYNCHRONIZED;
        s->effective = spec->flags;
        s->verdict.state = SOURCE_UNRESOLVED;
        s->estimator = estimator_new(&estimator_options);
        if (spec->filter_polls > 0)
                s->filter = sample_filter_new((size_t)spec->filter_polls);
        if (!s->estimator || (spec->filter_polls > 0 && !s->filter))
                return source_free(s);
        return s;
}

Source *source_free(Source *s) {
        if (s) {
                estimator_free(s->estimator);
                sample_filter_free(s->filter);
                free(s);
        }
        return NULL;
}

void source_close(Source *s, ActionQueue *out) {
        if (s->resolved)
                assoc_close(&s->assoc, out);
        if (s->racing)
                assoc_close(&s->rival, out);
}

/* What was measured, and all that selection made of it. */
static void forget_samples(Source *s) {
        estimator_reset(s->estimator);
        if (s->filter)
                sample_filter_reset(s->filter);
        s->memory = (SelectMemory){ 0 };
        s->verdict = (Verdict){ .state = SOURCE_UNRESOLVED };
        if (s->resolved)
                s->verdict = (Verdict){ .state = SOURCE_NO_SAMPLES,
                        .cause = s->offline ? CAUSE_OFFLINE : CAUSE_PLAIN };
        s->effective = s->flags;
        s->interval = (SourceInterval){ 0 };
        s->measured_s = 0.0;
}

void source_assign(Source *s, uint32_t assoc, const NetAddress *address, Mono first_poll, ActionQueue *out) {
        source_close(s, out);
        assoc_init(&s->assoc, assoc, &s->options, address, first_poll);
        if (s->offline)
                assoc_rest(&s->assoc);
        s->resolved = true;
        s->racing = false;
        s->tentative = true;
        s->reachable = false;
        s->last_good = (Mono){ 0 };
        s->bad_updates = s->fruitless = 0;
        s->stratum = 0;
        s->leap = LEAP_UNSYNCHRONIZED;
        forget_samples(s);
}

void source_race(Source *s, uint32_t assoc, const NetAddress *address, Mono first_poll) {
        assoc_init(&s->rival, assoc, &s->options, address, first_poll);
        if (s->offline)
                assoc_rest(&s->rival);
        s->racing = true;
}

Assoc *source_find_assoc(Source *s, uint32_t assoc) {
        if (s->resolved && s->assoc.id == assoc)
                return &s->assoc;
        return s->racing && s->rival.id == assoc ? &s->rival : NULL;
}

uint16_t source_port(const Source *s) {
        return s->options.port;
}

bool source_has_address(const Source *s, const NetAddress *address) {
        return (s->resolved && net_address_equal(&s->assoc.remote.address, address)) ||
               (s->racing && net_address_equal(&s->rival.remote.address, address));
}

Mono source_next_deadline(const Source *s) {
        Mono deadline = s->resolved ? assoc_next_deadline(&s->assoc) : MONO_NEVER;

        return s->racing ? mono_min(deadline, assoc_next_deadline(&s->rival)) : deadline;
}

static uint32_t key_id_of(const Source *s) {
        return s->options.key_id;
}

static const MacKey *key_of(const Source *s, const SourceMeans *means) {
        return key_ring_find(means->keys, key_id_of(s));
}

/* Why it gives no samples, where that is known. */
static VerdictCause silence_of(const Source *s, const SourceMeans *means) {
        const AssocCounters *counters = &s->assoc.counters;

        if (s->offline)
                return CAUSE_OFFLINE;
        if (key_id_of(s) != 0 && !key_of(s, means))
                return CAUSE_NO_KEY;
        if (s->assoc.missed > 0 && counters->received == 0)
                return CAUSE_NO_ANSWER;
        if (key_id_of(s) != 0 && packet_reason_is_authentication(s->assoc.last_reason))
                return CAUSE_NOT_AUTHENTIC;
        return CAUSE_PLAIN;
}

/* The figure in its sentence. */
static double silence_value(const Source *s, VerdictCause silence) {
        return silence == CAUSE_NO_ANSWER ? (double)s->assoc.missed : (double)key_id_of(s);
}

/* Selection does not run for a source without samples: what is known of it is said at once. */
static void note_silence(Source *s, const SourceMeans *means) {
        VerdictCause silence = silence_of(s, means);

        if (s->verdict.state == SOURCE_NO_SAMPLES && s->verdict.cause != CAUSE_FEW_SAMPLES)
                s->verdict = (Verdict){
                        .state = SOURCE_NO_SAMPLES, .cause = silence, .value = silence_value(s, silence)
                };
}

static AssocContext context_of(const Source *s, const SourceMeans *means, Local at) {
        AssocContext context = {
                .rng = means->rng,
                .key = key_of(s, means),
                .precision_s = means->options->precision_s,
                .max_clock_error = means->options->select.max_clock_error,
                .selected = s->verdict.state == SOURCE_SELECTED,
                .filtering = s->filter != NULL,
                .void_before = means->void_before,
                .served = means->served,
                .heard = means->heard,
        };
        const Sample *last = estimator_last(s->estimator);
        Estimate estimate;

        if (!last)
                return context;
        context.last_sample_age_s = local_seconds_since(at, last->at);
        context.min_delay_s = estimator_min_delay(s->estimator);
        context.at = at;
        context.predicted_offset_s = estimator_predict_offset(s->estimator, at);
        /* Even a register that is too short to select by bounds the clock's rate: by the widest error. */
        (void)estimator_get(s->estimator, at, &estimate);
        context.n_samples = estimate.n_samples;
        context.poll_samples = estimate.poll_samples;
        context.skew = estimate.skew;
        context.std_dev_s = estimate.std_dev_s;
        context.predicted_freq = estimate.freq;
        return context;
}

/* Not asked any more; what it was asked last is void (as in chrony). */
static void put_to_rest(Source *s, ActionQueue *out) {
        source_drop_requests(s);
        source_close(s, out);
        if (s->filter)
                sample_filter_reset(s->filter);
        assoc_rest(&s->assoc);
        assoc_rest(&s->rival);
        s->reachable = false;
        s->fruitless = 0;
}

/* A burst of a source that is offline is over, and so is the time for its last answer. */
static bool is_at_rest(const Source *s, Mono now) {
        return s->offline && s->resolved && !assoc_bursting(&s->assoc) &&
               !mono_before(now, s->assoc.next_poll);
}

bool source_on_timer(Source *s, Now now, const SourceMeans *means) {
        if (is_at_rest(s, now.mono)) {
                put_to_rest(s, means->out);
                return true;
        }
        AssocContext context = context_of(s, means, now.local);
        bool lost = s->resolved && assoc_on_timer(&s->assoc, now, &context, means->out);

        note_silence(s, means);
        s->fruitless += lost && s->verdict.cause != CAUSE_NO_KEY; /* no other address would be asked either */
        if (lost && s->filter)
                sample_filter_miss(s->filter);
        if (s->racing)
                (void)assoc_on_timer(&s->rival, now, &context, means->out);
        return lost;
}

/* The race is over: the one that answered stays. */
static bool end_race(Source *s, const Assoc *winner, ActionQueue *out) {
        bool rival_won = s->racing && winner == &s->rival;

        if (s->racing)
                assoc_close(rival_won ? &s->assoc : &s->rival, out);
        if (rival_won)
                s->assoc = s->rival;
        s->racing = false;
        return rival_won;
}

/* The reply says something of its sender; a kiss-o'-death only of us; and while a leap second is near, or the path is woken, nothing
 * is taken down. */
static bool is_report(PacketReason reason) {
        return reason == PACKET_GOOD || (reason > PACKET_KISS_OF_DEATH && reason < PACKET_NEAR_LEAP);
}

/* The server itself says, or shows, that it is not to be followed; the lettered tests are about this one packet only. */
static bool is_unfit(PacketReason reason) {
        return reason == PACKET_KISS_OF_DEATH || reason == PACKET_UNSYNCHRONIZED ||
               reason == PACKET_BAD_STRATUM || reason == PACKET_ROOT_DISTANCE;
}

/* Option minstratum: the source passes for a more distant one. */
static uint8_t raised_stratum(const Source *s, uint8_t stratum) {
        uint8_t least = s->options.min_stratum;

        return stratum > least ? stratum : least;
}

/* True: it has become the sample of all polls of the filter, by which alone the polling interval is adapted. */
static bool filter_sample(Source *s, Sample *sample, Now now) {
        Estimate estimate;

        if (!sample_filter_add(s->filter, sample, sample))
                return false;
        (void)estimator_get(s->estimator, now.local, &estimate);
        if (estimate.n_samples > 0)
                poll_on_sample(&s->assoc.poll,
                        fabs(sample->offset_s - estimator_predict_offset(s->estimator, sample->at)),
                        sample->dispersion_s + sample->delay_s / 2.0, estimate.poll_samples);
        return true;
}

void source_withdraw(Source *s, const Assoc *loser, ActionQueue *out) {
        (void)end_race(s, loser == &s->rival ? &s->assoc : &s->rival, out);
}

SourceEvent source_on_packet(
        Source *s, Assoc *a, Now now, const AssocReceipt *receipt, const SourceMeans *means) {
        AssocContext context = context_of(s, means, now.local);
        uint32_t own_ref_id = ref_id_of_address(&receipt->local);
        Sample sample;
        SourceEvent event = { 0 };

        context.own_ref_id = means->served ? own_ref_id : 0;
        event.reason = assoc_on_packet(a, now, receipt, &context, &sample, means->out);

        note_silence(s, means);
        if (is_report(event.reason) && (a == &s->assoc || event.reason == PACKET_GOOD)) {
                s->leap = a->exchange.leap;
                s->stratum = raised_stratum(s, a->exchange.stratum);
                s->own_ref_id = own_ref_id;
        }
        event.fruitless = is_unfit(event.reason) && a == &s->assoc;
        s->fruitless += event.fruitless;
        if (event.reason != PACKET_GOOD) {
                if (s->filter && a == &s->assoc && event.reason >= PACKET_KISS_OF_DEATH &&
                        event.reason != PACKET_WARM_UP)
                        sample_filter_miss(s->filter);
                return event;
        }
        s->fruitless = 0;

        event.won = end_race(s, a, means->out);
        event.became_reachable = !s->reachable;
        s->reachable = true;
        s->last_good = now.mono;
        s->measured_s = sample.offset_s;
        event.sampled = !s->filter || filter_sample(s, &sample, now);
        if (event.sampled) {
                s->memory.updated = true;
                estimator_expect(s->estimator, means->freq_sd);
                estimator_add(s->estimator, &sample);
        }
        return event;
}

void source_adjust(Source *s, Local at, double dfreq, double doffset_s) {
        estimator_adjust(s->estimator, at, dfreq, doffset_s);
        if (s->filter)
                sample_filter_adjust(s->filter, at, dfreq, doffset_s);
        if (s->resolved)
                assoc_adjust(&s->assoc, at, dfreq, doffset_s);
        if (s->racing)
                assoc_adjust(&s->rival, at, dfreq, doffset_s);
}

void source_leap(Source *s, Span set_back) {
        estimator_leap(s->estimator, set_back);
        if (s->filter) /* it gathers for its next sample anew */
                sample_filter_reset(s->filter);
        assoc_leap(&s->assoc);
        assoc_leap(&s->rival);
}

void source_drop_requests(Source *s) {
        assoc_drop_request(&s->assoc);
        assoc_drop_request(&s->rival);
}

static void hurry(Source *s, Mono now, bool burst) {
        if (s->offline)
                return;
        if (s->resolved)
                (void)assoc_hurry(&s->assoc, now, burst);
        if (s->racing)
                (void)assoc_hurry(&s->rival, now, burst);
}

void source_restart(Source *s, Mono now) {
        forget_samples(s);
        source_drop_requests(s);
        hurry(s, now, true);
}

void source_hurry(Source *s, Mono now) {
        if (s->resolved && s->assoc.reach == 0)
                hurry(s, now, s->options.iburst);
}

/* Asked anew, but not in a pause that it has asked for. */
static void wake(Assoc *a, Mono now) {
        if (!assoc_hurry(a, now, a->options->iburst))
                assoc_poll_at(a, a->patient_until);
}

void source_set_online(Source *s, Mono now, bool online, const SourceMeans *means) {
        bool bursting = s->resolved && assoc_bursting(&s->assoc);

        s->offline = !online;
        if (s->resolved && !bursting && !online)
                put_to_rest(s, means->out);
        if (s->resolved && !bursting && online) {
                wake(&s->assoc, now);
                if (s->racing)
                        wake(&s->rival, now);
        }
        note_silence(s, means);
}

bool source_can_burst(const Source *s) {
        return s->resolved && !s->options.symmetric;
}

void source_burst(Source *s, Mono now, int good, int total) {
        assoc_burst(&s->assoc, now, good, total);
        if (s->racing)
                assoc_burst(&s->rival, now, good, total);
}

static void change_polls(Source *s, const SourceChange *c, Mono now) {
        AssocOptions *o = &s->options;

        if (c->fields & SOURCE_FIELD_MIN_POLL) {
                o->min_poll = c->min_poll;
                o->max_poll = o->max_poll < o->min_poll ? o->min_poll : o->max_poll;
        }
        if (c->fields & SOURCE_FIELD_MAX_POLL) {
                o->max_poll = c->max_poll;
                o->min_poll = o->min_poll > o->max_poll ? o->max_poll : o->min_poll;
        }
        if (c->fields & SOURCE_FIELD_POLL_TARGET)
                o->poll_target = c->poll_target;
        if (s->resolved)
                assoc_limit_poll(&s->assoc, now);
        if (s->racing)
                assoc_limit_poll(&s->rival, now);
}

static void change_delays(AssocOptions *o, const SourceChange *c) {
        if (c->fields & SOURCE_FIELD_MAX_DELAY)
                o->max_delay_s = c->max_delay_s;
        if (c->fields & SOURCE_FIELD_MAX_DELAY_RATIO)
                o->max_delay_ratio = c->max_delay_ratio;
        if (c->fields & SOURCE_FIELD_MAX_DELAY_DEV_RATIO)
                o->max_delay_dev_ratio = c->max_delay_dev_ratio;
}

/* What was measured under the old correction is as if it had been under the new one: for the estimator this is a change of Local by
 * a known offset at which no time has passed. */
static void change_offset(Source *s, double offset_s, Local at) {
        double more_s = offset_s - s->options.offset_s;

        s->options.offset_s = offset_s;
        estimator_adjust(s->estimator, at, 0.0, more_s);
        estimator_leap(s->estimator, span_from_seconds(-more_s));
        if (s->filter)
                sample_filter_reset(s->filter);
        if (estimator_last(s->estimator))
                s->measured_s -= more_s;
}

bool source_modify(Source *s, Now now, const SourceChange *change) {
        if (s->pool->spec.nts && change->flags_cleared & SELECT_NOSELECT)
                return false;
        change_polls(s, change, now.mono);
        change_delays(&s->options, change);
        if (change->fields & SOURCE_FIELD_OFFSET)
                change_offset(s, change->offset_s, now.local);
        if (change->fields & SOURCE_FIELD_MAX_UNREACH)
                s->max_unreach = change->max_unreach;
        if (change->fields & SOURCE_FIELD_MIN_STRATUM) {
                s->options.min_stratum = (uint8_t)change->min_stratum;
                if (s->stratum != 0)
                        s->stratum = raised_stratum(s, s->assoc.exchange.stratum);
        }
        s->flags = (SelectFlags)((s->flags | change->flags_set) & ~(unsigned)change->flags_cleared);
        return true;
}

bool source_is_hopeful(const Source *s) {
        enum { POLLS = 7, SAMPLES = 3 };
        Estimate estimate;

        if (s->offline || !s->resolved)
                return !s->offline;
        (void)estimator_get(s->estimator, (Local){ 0 }, &estimate);
        return s->assoc.reach_size < POLLS && POLLS - s->assoc.reach_size + estimate.n_samples >= SAMPLES;
}

void source_fill_candidate(Source *s, const SourceMeans *means, Local at, SelectCandidate *ret) {
        *ret = (SelectCandidate){
                .id = s->id,
                .flags = s->flags,
                .authenticated = key_id_of(s) != 0,
                .silence = silence_of(s, means),
                .nts_missing = s->pool->spec.nts,
                .network = true,
                .resolved = s->resolved,
                .stratum = s->stratum,
                .leap = s->leap,
                .own_ref_id = s->own_ref_id,
                .remote = s->resolved ? &s->assoc.remote.address : NULL,
                .max_unreach = s->max_unreach,
                .memory = &s->memory,
        };
        ret->silence_value = silence_value(s, ret->silence);
        ret->has_estimate = estimator_get(s->estimator, at, &ret->estimate);
        if (s->resolved) {
                ret->reach = s->assoc.reach;
                ret->reach_size = s->assoc.reach_size;
                ret->unreachable_run = s->assoc.unreachable_run;
        }
}

void source_take_verdict(Source *s, const SelectCandidate *candidate) {
        s->verdict = candidate->verdict;
        s->effective = candidate->effective;
        s->interval = (SourceInterval){ candidate->distance_s, candidate->low_s, candidate->high_s };
}
