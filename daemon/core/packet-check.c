/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/packet-check.h"

#include "base/cleanup.h"
#include "core/interleave.h"

static const double max_root_distance_s = 16.0; /* RFC 5905, figure 4: MAXDISP */
static const double max_response_time_s = 4.0;
/* Half an NTP era: of stamps that are further apart nobody can say which is ahead. */
static const double max_offset_s = 2147483648.0;
/* What Linux can be set to (TIME_SETTOD_SEC_MAX): what its clock can hold, 30 years before the end of that, in 2232. */
static const Local time_end = { (INT64_MAX / NS_PER_S - INT64_C(30) * 365 * 86400) * NS_PER_S };
static const int min_samples_for_deviation = 6;

/* Zero stamps are no mark of one reply: what they are worth is up to test 3. */
static bool is_not_duplicate(const PacketFacts *f) {
        return f->packet->transmit.bits == 0 || f->packet->receive.bits != f->last_rx.bits ||
               f->packet->transmit.bits != f->last_tx.bits;
}

/* In basic mode it is our transmit stamp, in interleaved mode our receive stamp: each is good for one mode only. Neither is ever
 * zero on the wire, so neither is an acceptable origin (CVE-2015-8138 and its kin). */
static bool is_origin_ours(const PacketFacts *f) {
        NtpStamp ours = f->interleaved ? f->request->receive : f->request->transmit;

        return f->packet->origin.bits != 0 && f->packet->origin.bits == ours.bits;
}

static bool has_timestamps(const PacketFacts *f) {
        return f->packet->receive.bits != 0 && f->packet->transmit.bits != 0;
}

static bool is_keyed(const PacketFacts *f) {
        return f->options->key_id != 0;
}

/* A reply under a key, or one that denies one, is not for a source that has none. */
static bool is_mac_wanted(const PacketFacts *f) {
        return is_keyed(f) || f->mac == PACKET_MAC_NONE;
}

static bool has_mac(const PacketFacts *f) {
        return !is_keyed(f) || f->mac != PACKET_MAC_NONE;
}

/* Anybody can send one: it changes nothing, and the request goes on waiting (CVE-2015-7871, CVE-2016-1547). */
static bool is_no_nak(const PacketFacts *f) {
        return !is_keyed(f) || f->mac != PACKET_MAC_NAK;
}

static bool is_key_ours(const PacketFacts *f) {
        return !is_keyed(f) || f->mac != PACKET_MAC_OTHER_KEY;
}

static bool is_mac_right(const PacketFacts *f) {
        return !is_keyed(f) || f->mac != PACKET_MAC_WRONG;
}

static bool is_synchronized(const PacketFacts *f) {
        return f->packet->leap != LEAP_UNSYNCHRONIZED;
}

static bool is_stratum_sane(const PacketFacts *f) {
        return f->packet->stratum >= 1 && f->packet->stratum <= 15;
}

static bool is_root_distance_sane(const PacketFacts *f) {
        double distance_s = ntp_short_seconds(f->packet->root_delay) / 2.0 +
                            ntp_short_seconds(f->packet->root_dispersion);
        return distance_s < max_root_distance_s;
}

static bool is_delay_sane(const PacketFacts *f) {
        return f->sample.delay_s - f->sample.dispersion_s <= f->options->max_delay_s &&
               ldexp(1.0, f->packet->precision) <= f->options->max_delay_s &&
               (f->options->symmetric || fabs(f->response_time_s) <= max_response_time_s);
}

static bool is_interleaving_under_way(const PacketFacts *f) {
        return !f->interleaved || f->options->symmetric || !interleave_is_first(f->previous);
}

static bool is_paired(const PacketFacts *f) {
        return !f->interleaved || !f->options->symmetric ||
               interleave_is_paired(f->previous, f->packet, f->sample.delay_s, f->poll);
}

/* What the source shows must be a time that a clock can have: from 1970 on, as chrony has it (where the offset is to be below
 * 2^32 s, and the time within the 2^32 s of one NTP era that begins 50 years before the build). */
static bool is_offset_sane(const PacketFacts *f) {
        Local shown = local_add(f->sample.at, span_from_seconds(-f->sample.offset_s));

        return fabs(f->sample.offset_s) < max_offset_s && shown.ns >= 0 && local_before(shown, time_end);
}

/* How far the clock may have wandered from the last sample, so that a changed delay is no proof of anything. */
static double wander_s(const PacketFacts *f) {
        return f->context->last_sample_age_s * (f->context->skew + f->context->max_clock_error);
}

static bool is_delay_ratio_sane(const PacketFacts *f) {
        if (f->options->max_delay_ratio < 1.0 || f->context->n_samples < 1)
                return true;
        return f->sample.delay_s <= f->context->min_delay_s * f->options->max_delay_ratio + wander_s(f);
}

/* A delay in excess is forgiven if the offset moved by more than that excess could explain: then the clock did move. */
static bool is_delay_deviation_sane(const PacketFacts *f) {
        if (f->options->max_delay_dev_ratio <= 0.0 || f->options->max_delay_quantile > 0.0 ||
                f->context->n_samples < min_samples_for_deviation)
                return true;

        double excess_s = (f->sample.delay_s - f->context->min_delay_s) / 2.0;
        double limit_s = f->context->std_dev_s * f->options->max_delay_dev_ratio + wander_s(f);
        double error_s = fabs(f->sample.offset_s - assoc_predict_offset(f->context, f->sample.at));
        return excess_s <= limit_s || error_s - excess_s > limit_s;
}

static bool is_delay_common(const PacketFacts *f) {
        return f->sample.delay_s <= f->delay_limit_s;
}

/* The source follows us, going by the address that it knows us under. */
static bool is_not_following_us(const PacketFacts *f) {
        return f->context->own_ref_id == 0 || f->packet->stratum <= 1 ||
               f->packet->ref_id != f->context->own_ref_id;
}

/* The source says of itself all that we say of ourselves: it is us, by another address. */
static bool is_not_ourselves(const PacketFacts *f) {
        const ServedTime *s = f->context->served;

        return !s || f->packet->stratum != s->stratum || f->packet->ref_id != s->ref_id ||
               f->packet->reference.bits == 0 ||
               f->packet->reference.bits != ntp_stamp_from_local(s->ref_time).bits ||
               f->packet->root_delay.bits != ntp_short_from_seconds(s->root_delay_s).bits;
}

typedef struct PacketCheck {
        PacketClass class;
        unsigned bit; /* place among 1 2 3 5 6 7 A B C D: tests 5, 6, A, C and D consist of several */
        bool (*passes)(const PacketFacts *facts);
        PacketReason reason;
} PacketCheck;

static const PacketCheck checks[] = {
        { PACKET_CLASS_VALID, 0, is_not_duplicate, PACKET_DUPLICATE },
        { PACKET_CLASS_VALID, 1, is_origin_ours, PACKET_BOGUS_ORIGIN },
        { PACKET_CLASS_VALID, 3, is_mac_wanted, PACKET_UNAUTHENTICATED },
        { PACKET_CLASS_VALID, 3, has_mac, PACKET_NO_MAC },
        { PACKET_CLASS_VALID, 3, is_no_nak, PACKET_CRYPTO_NAK },
        { PACKET_CLASS_VALID, 3, is_key_ours, PACKET_OTHER_KEY },
        { PACKET_CLASS_VALID, 3, is_mac_right, PACKET_BAD_MAC },
        /* The last of its class: a kiss may fail it alone. */
        { PACKET_CLASS_VALID, 2, has_timestamps, PACKET_ZERO_TIMESTAMP },
        { PACKET_CLASS_SYNCED, 4, is_synchronized, PACKET_UNSYNCHRONIZED },
        { PACKET_CLASS_SYNCED, 4, is_stratum_sane, PACKET_BAD_STRATUM },
        { PACKET_CLASS_SYNCED, 5, is_root_distance_sane, PACKET_ROOT_DISTANCE },
        { PACKET_CLASS_GOOD, 6, is_interleaving_under_way, PACKET_FIRST_INTERLEAVED },
        { PACKET_CLASS_GOOD, 6, is_paired, PACKET_UNPAIRED },
        { PACKET_CLASS_GOOD, 6, is_delay_sane, PACKET_DELAY_TOO_LONG },
        { PACKET_CLASS_GOOD, 6, is_offset_sane, PACKET_BAD_OFFSET },
        { PACKET_CLASS_GOOD, 7, is_delay_ratio_sane, PACKET_DELAY_RATIO },
        { PACKET_CLASS_GOOD, 8, is_delay_deviation_sane, PACKET_DELAY_DEVIATION },
        { PACKET_CLASS_GOOD, 8, is_delay_common, PACKET_DELAY_QUANTILE },
        { PACKET_CLASS_GOOD, 9, is_not_following_us, PACKET_SYNC_LOOP },
        { PACKET_CLASS_GOOD, 9, is_not_ourselves, PACKET_SYNC_LOOP },
};

PacketReason packet_check(PacketClass class, const PacketFacts *facts, uint32_t *ret_tests) {
        PacketReason first = PACKET_GOOD;
        uint32_t failed = 0, passed = 0;

        for (size_t i = 0; i < ELEMENTS(checks); i++) {
                if (checks[i].class != class)
                        continue;
                if (checks[i].passes(facts)) {
                        passed |= UINT32_C(1) << checks[i].bit;
                        continue;
                }
                failed |= UINT32_C(1) << checks[i].bit;
                if (first == PACKET_GOOD)
                        first = checks[i].reason;
        }
        *ret_tests |= passed & ~failed;
        return first;
}
