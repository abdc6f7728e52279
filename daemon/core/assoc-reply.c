/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The association's side of a reply: does it answer what was asked, and what is it worth? */

#include "core/assoc-schedule.h"
#include "core/interleave.h"
#include "core/kiss.h"
#include "core/measurement.h"
#include "core/packet-check.h"
#include "wire/ntp-layout.h"

enum { KOD_RATE_POLLS = 4 }; /* as in chrony */

/* DENY and RSTR slow us down to maxpoll; they never silence a source for good, so that whoever sees one request cannot
 * stop us by one reply. */
static void heed_kiss(Assoc *a, Now now, const Kiss *kiss) {
        a->kod_deny = kiss->deny;
        a->burst = (AssocBurst){ 0 };
        poll_on_rate(&a->poll);

        int seconds_log2 = a->poll.current > 0 ? a->poll.current : 0; /* also at a sub-second poll */
        Span pause = span_from_log2(kiss->deny ? a->poll.max : seconds_log2);
        if (!kiss->deny)
                pause.ns *= KOD_RATE_POLLS;
        a->next_poll = a->patient_until = a->paused_until = mono_add(now.mono, pause);
}

static void take_measure(Assoc *a, PacketFacts *f, const AssocReceipt *receipt) {
        const NtpPacket *p = f->packet;
        AssocAnswer answer = {
                .valid = true,
                .interleaved = f->interleaved,
                .remote_receive = p->receive,
                .received = { receipt->at, receipt->error_s, receipt->stamp },
        };
        FourStamps stamps = { a->request.sent, p->receive, p->transmit, answer.received };
        NtpStamp answered = p->receive; /* which request it is whose reply left at the transmit stamp */

        if (f->interleaved) {
                stamps = interleave_stamps(&a->previous, &a->request, p);
                answered = a->previous.answer.remote_receive;
        }
        f->sample = measure(&stamps, p, f->options, f->context);
        f->at = measurement_instants(&stamps);
        f->response_time_s = ntp_stamp_seconds_since(p->transmit, answered);
        f->tx_stamp = stamps.sent.source;
        f->rx_stamp = stamps.received.source;
        a->request.answer = answer;
}

/* What a packet says, whatever it is worth. */
static AssocExchange describe(const PacketFacts *f, uint32_t tests) {
        const NtpPacket *p = f->packet;

        return (AssocExchange){
                .leap = p->leap,
                .version = p->version,
                .mode = p->mode,
                .stratum = p->stratum,
                .poll = p->poll,
                .precision = p->precision,
                .ref_id = p->ref_id,
                .root_delay_s = ntp_short_seconds(p->root_delay),
                .root_dispersion_s = ntp_short_seconds(p->root_dispersion),
                .tests = tests,
                .interleaved = f->interleaved,
        };
}

static void hear(const PacketFacts *f, const AssocReceipt *receipt, uint32_t tests) {
        if (!f->context->heard)
                return;
        *f->context->heard = describe(f, tests);
        f->context->heard->rx_stamp = receipt->stamp;
}

static void report(Assoc *a, const PacketFacts *f, const AssocReceipt *receipt, uint32_t tests) {
        AssocExchange *x = &a->exchange;

        *x = describe(f, tests);
        x->ref_time = ntp_stamp_near(f->packet->reference, f->sample.at);
        x->at = f->at;
        x->offset_s = f->sample.offset_s;
        x->delay_s = f->sample.delay_s;
        x->dispersion_s = f->sample.dispersion_s;
        x->response_time_s = f->response_time_s;
        x->tx_stamp = f->tx_stamp;
        x->rx_stamp = f->rx_stamp;
        x->local = receipt->local;
        if (f->context->heard)
                *f->context->heard = *x;
        if (receipt->stamp == STAMP_KERNEL)
                a->counters.kernel_rx++;
}

static void accept_reply(Assoc *a, const NtpPacket *p, ActionQueue *out) {
        a->last_rx = p->receive;
        a->last_tx = p->transmit;
        (void)ntp_packet_kiss_code(p, a->kiss_code);
        a->request.unanswered = false;
        a->missed = 0;
        assoc_close(a, out);
}

/* All delays count, those that are above the limit as well: what they were compared with would sink otherwise. */
static double delay_limit(Assoc *a, const PacketFacts *f) {
        if (a->options->max_delay_quantile <= 0.0)
                return HUGE_VAL;
        if (a->delays.n == 0)
                quantile_init(&a->delays, a->options->max_delay_quantile, f->context->precision_s / 2.0);
        quantile_add(&a->delays, f->sample.delay_s, f->context->rng);
        return quantile_get(&a->delays) + a->delays.min_step / 2.0;
}

/* The reply answers our request. Now it counts, whatever it is worth. */
static PacketReason on_valid(Assoc *a, PacketFacts *f, const AssocReceipt *receipt, uint32_t tests) {
        const AssocContext *context = f->context;
        PacketReason reason;

        a->counters.valid++;
        a->kod_deny = false;
        if (a->request.warms_up)
                return PACKET_WARM_UP;
        if (mono_before(a->request.at, context->void_before)) {
                assoc_shift_reach(a, true);
                a->next_poll =
                        mono_add(a->request.at, assoc_interval(a, context, mono_sub(f->now, a->request.at)));
                return PACKET_NEAR_LEAP;
        }
        reason = packet_check(PACKET_CLASS_SYNCED, f, &tests);
        assoc_shift_reach(a, reason == PACKET_GOOD);
        if (reason == PACKET_GOOD) {
                f->delay_limit_s = delay_limit(a, f);
                reason = packet_check(PACKET_CLASS_GOOD, f, &tests);
        }
        report(a, f, receipt, tests);

        if (reason != PACKET_GOOD) {
                poll_on_rejected(&a->poll, reason == PACKET_SYNC_LOOP);
        } else {
                a->counters.good++;
                if (a->burst.good > 0)
                        a->burst.good--;
                if (context->n_samples > 0 && !context->filtering)
                        poll_on_sample(&a->poll,
                                fabs(f->sample.offset_s - assoc_predict_offset(context, f->sample.at)),
                                f->sample.dispersion_s + f->sample.delay_s / 2.0, context->poll_samples);
        }
        a->next_poll = mono_add(a->request.at, assoc_interval(a, context, mono_sub(f->now, a->request.at)));
        return reason;
}

/* What counts of a packet that answers our last one, whoever it came from. */
static PacketReason take_answer(
        Assoc *a, PacketFacts *f, const AssocReceipt *receipt, uint32_t tests, ActionQueue *out) {
        take_measure(a, f, receipt);
        accept_reply(a, f->packet, out);
        return on_valid(a, f, receipt, tests);
}

/* Packets that answer an older one of ours, or a second time, or none at all at the start, are a peer's all the same: the next one
 * will answer them. */
static PacketReason classify_peer(
        Assoc *a, Now now, const AssocReceipt *receipt, PacketFacts *f, ActionQueue *out) {
        const uint32_t needed = PACKET_TEST_NEW | PACKET_TEST_AUTHENTIC;
        const NtpPacket *p = f->packet;
        uint32_t tests = 0;

        if (p->mode != NTP_MODE_SYMMETRIC_ACTIVE && p->mode != NTP_MODE_SYMMETRIC_PASSIVE)
                return PACKET_WRONG_MODE;

        f->interleaved = a->options->xleave && interleave_is_reply(f->request, p);
        PacketReason reason = packet_check(PACKET_CLASS_VALID, f, &tests);
        hear(f, receipt, tests);
        bool answers = reason == PACKET_GOOD && a->request.outstanding && a->request.has_sent;
        if ((tests & needed) != needed || p->transmit.bits == 0)
                return reason;
        PeerClaim claim = answers ? PEER_RETURNS : peer_judge(&a->peer, p, now.mono, a->poll.current);
        if (claim == PEER_STRANGER)
                return reason == PACKET_GOOD ? PACKET_NOT_ASKED : reason;
        peer_hear(&a->peer, p, claim, receipt->at, now.mono, f->context->rng);
        if (answers)
                return take_answer(a, f, receipt, tests, out);
        a->request.answer.valid = a->previous.answer.valid = false; /* the next stamp is not of those */
        return PACKET_HEARD;
}

static PacketReason classify(
        Assoc *a, Now now, const AssocReceipt *receipt, PacketFacts *f, ActionQueue *out) {
        const NtpPacket *p = f->packet;
        uint32_t tests = 0;

        if (a->options->symmetric)
                return classify_peer(a, now, receipt, f, out);
        if (p->mode != NTP_MODE_SERVER)
                return PACKET_WRONG_MODE;
        if (!a->request.outstanding || !a->request.has_sent)
                return PACKET_NOT_ASKED;

        f->interleaved = interleave_is_reply(f->request, p);
        PacketReason reason = packet_check(PACKET_CLASS_VALID, f, &tests);
        hear(f, receipt, tests);
        /* A kiss may leave its timestamps zero, which is the last of these tests; what it must return is our origin. */
        const Kiss *kiss = kiss_find(p);
        if (kiss && (reason == PACKET_GOOD || reason == PACKET_ZERO_TIMESTAMP)) {
                accept_reply(a, p, out);
                assoc_shift_reach(a, false);
                heed_kiss(a, now, kiss);
                return PACKET_KISS_OF_DEATH;
        }
        if (reason != PACKET_GOOD)
                return reason;

        return take_answer(a, f, receipt, tests, out);
}

/* The header, and what a MAC behind it proves; false if the form is wrong. */
static bool parse(const AssocReceipt *receipt, const MacKey *key, NtpPacket *ret, PacketMac *ret_mac) {
        NtpLayout layout;

        if (ntp_packet_parse(receipt->bytes, receipt->n, ret) != NTP_PARSE_OK ||
                ntp_layout_parse(receipt->bytes, receipt->n, &layout) != NTP_PARSE_OK)
                return false;
        *ret_mac = packet_mac_verify(key, receipt->bytes, &layout);
        return true;
}

PacketReason assoc_on_packet(Assoc *a, Now now, const AssocReceipt *receipt, const AssocContext *context,
        Sample *ret_sample, ActionQueue *out) {
        NtpPacket packet;
        PacketFacts facts = {
                .packet = &packet,
                .now = now.mono,
                .poll = a->poll.current,
                .request = &a->request,
                .previous = &a->previous,
                .last_rx = a->last_rx,
                .last_tx = a->last_tx,
                .options = a->options,
                .context = context,
        };
        PacketReason reason = PACKET_MALFORMED;

        a->counters.received++;
        if (parse(receipt, context->key, &packet, &facts.mac))
                reason = classify(a, now, receipt, &facts, out);

        a->last_reason = reason;
        if (reason == PACKET_GOOD)
                *ret_sample = facts.sample;
        else
                a->counters.rejected[reason]++;
        return reason;
}
