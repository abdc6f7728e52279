/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/assoc.h"

#include "base/cleanup.h"
#include "core/packet-check.h"
#include "wire/ntp-layout.h"

#include <string.h>

/* Constants of chrony's client (its documentation and sources, 4.8). */
enum { IBURST_GOOD = 4, IBURST_TOTAL = 8, BURST_TOTAL = 4, KOD_RATE_POLLS = 4 };
static const double interval_randomness = 0.02;
static const double max_burst_interval_s = 2.0;
static const double reply_wait_s = 4.0; /* on top of maxdelay */
static const double max_skew = 2000e-6;

/* In a request that reveals nothing the precision field stands at an impossible 2^32 s. */
enum { REQUEST_PRECISION = 32 };

static const char *const stamp_source_names[] = {
        [STAMP_DAEMON] = "daemon",
        [STAMP_KERNEL] = "kernel",
        [STAMP_HARDWARE] = "hardware",
};
DEFINE_STRTAB(StampSource, stamp_source, stamp_source_names);

void assoc_init(
        Assoc *a, uint32_t id, const AssocOptions *options, const NetAddress *remote, Mono first_poll) {
        *a = (Assoc){
                .id = id,
                .remote = { *remote, options->port },
                .options = options,
                .next_poll = first_poll,
        };
        poll_init(&a->poll, options->min_poll, options->max_poll, options->poll_target);
        if (options->iburst)
                a->burst = (AssocBurst){ IBURST_GOOD, IBURST_TOTAL };
}

Mono assoc_next_deadline(const Assoc *a) {
        return a->request.outstanding ? mono_min(a->next_poll, a->request.deadline) : a->next_poll;
}

void assoc_poll_at(Assoc *a, Mono when) {
        a->next_poll = when;
}

void assoc_close(Assoc *a, ActionQueue *out) {
        if (!a->request.outstanding)
                return;
        a->request.outstanding = false;
        action_push(out, ACTION_CLOSE)->assoc = a->id;
}

static Span next_interval(const Assoc *a, const Rng *rng) {
        double interval_s = span_seconds(poll_interval(&a->poll, a->reach != 0, a->exchange.delay_s));

        if (a->kod_deny)
                interval_s = span_seconds(span_from_log2(a->poll.max));
        else if (assoc_bursting(a))
                interval_s = fmin(max_burst_interval_s, interval_s / 4.0);
        return span_from_seconds(interval_s * (1.0 + interval_randomness * rng_uniform(rng)));
}

static void push_request(Assoc *a, ActionQueue *out) {
        NtpPacket request = {
                .version = a->options->version,
                .mode = NTP_MODE_CLIENT,
                .precision = REQUEST_PRECISION,
                .transmit = a->request.transmit,
        };
        ActionSend *send = &action_push(out, ACTION_SEND)->send;

        send->assoc = a->id;
        send->to = a->remote;
        send->n = ntp_packet_emit(&request, send->bytes, sizeof(send->bytes));
}

static void transmit(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->options->burst && !assoc_bursting(a) && a->poll.current > a->poll.min) {
                int total = 1 << (a->poll.current - a->poll.min < 2 ? a->poll.current - a->poll.min : 2);
                a->burst = (AssocBurst){ 1, total < BURST_TOTAL ? total : BURST_TOTAL };
        }

        a->request = (AssocRequest){
                .outstanding = true,
                .unanswered = true,
                .at = now.mono,
                .deadline = mono_add(now.mono, span_from_seconds(a->options->max_delay_s + reply_wait_s)),
        };
        do
                a->request.transmit.bits = rng_u64(context->rng);
        while (a->request.transmit.bits == 0);

        push_request(a, out);
        a->counters.sent++;
        if (a->burst.total > 0)
                a->burst.total--;
        a->next_poll = mono_add(now.mono, next_interval(a, context->rng));
}

static void shift_reach(Assoc *a, bool answered) {
        a->reach = (uint8_t)(a->reach << 1 | answered);
        if (a->reach_size < 8)
                a->reach_size++;
        a->unreachable_run = a->reach ? 0 : a->unreachable_run + 1;
}

bool assoc_on_timer(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->request.outstanding && !mono_before(now.mono, a->request.deadline))
                assoc_close(a, out);
        if (mono_before(now.mono, a->next_poll))
                return false;

        bool lost = a->request.unanswered;
        if (lost) {
                a->missed++;
                shift_reach(a, false);
                poll_on_missed(&a->poll, a->missed, context->selected);
        }
        transmit(a, now, context, out);
        return lost;
}

void assoc_on_sent(Assoc *a, Local sent, double error_s) {
        a->request.sent = sent;
        a->request.sent_error_s = error_s;
        a->request.has_sent = true;
}

void assoc_on_send_failed(Assoc *a, ActionQueue *out) {
        assoc_close(a, out);
}

/* RFC 5905, 8: theta and delta, with our sign: offset > 0 = local ahead. */
static void measure(PacketFacts *f, const AssocReceipt *receipt) {
        const NtpPacket *p = f->packet;
        Local sent = f->request->sent;
        double local_s = local_seconds_since(receipt->at, sent);
        Local middle = local_add(sent, span_from_seconds(local_s / 2.0));
        Local server_rx = ntp_stamp_near(p->receive, middle), server_tx = ntp_stamp_near(p->transmit, middle);
        double remote_s = local_seconds_since(server_tx, server_rx);
        double precision_s = fmax(f->context->precision_s, ldexp(1.0, p->precision));
        double theta_s =
                (local_seconds_since(server_rx, sent) + local_seconds_since(server_tx, receipt->at)) / 2.0;

        f->response_time_s = remote_s;
        f->sample = (Sample){
                .at = middle,
                .offset_s = -(theta_s + f->options->offset_s),
                .delay_s = fmax(fabs(local_s - remote_s), precision_s),
                .dispersion_s = fmax(precision_s, receipt->error_s + f->request->sent_error_s) +
                                fmin(f->context->skew, max_skew) * fabs(local_s),
                .stratum = p->stratum > f->options->min_stratum ? p->stratum : f->options->min_stratum,
                .leap = p->leap,
        };
        f->sample.root_delay_s = ntp_short_seconds(p->root_delay) + f->sample.delay_s;
        f->sample.root_dispersion_s = ntp_short_seconds(p->root_dispersion) + f->sample.dispersion_s;
}

typedef struct Kiss {
        const char *code;
        bool deny; /* go away, not just slower */
} Kiss;

/* The kiss codes that are acted on (RFC 5905, 7.4); any other is an unsynchronized server that says why. */
static const Kiss kisses[] = { { "RATE", false }, { "DENY", true }, { "RSTR", true } };

static const Kiss *find_kiss(const NtpPacket *p) {
        char code[NTP_KISS_CODE_MAX];

        if (ntp_packet_kiss_code(p, code))
                for (size_t i = 0; i < ELEMENTS(kisses); i++)
                        if (strcmp(kisses[i].code, code) == 0)
                                return &kisses[i];
        return NULL;
}

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
        a->next_poll = a->patient_until = mono_add(now.mono, pause);
}

static void report(Assoc *a, const PacketFacts *f, const AssocReceipt *receipt, uint32_t tests) {
        const NtpPacket *p = f->packet;

        a->exchange = (AssocExchange){
                .leap = p->leap,
                .version = p->version,
                .mode = p->mode,
                .stratum = p->stratum,
                .poll = p->poll,
                .precision = p->precision,
                .ref_id = p->ref_id,
                .root_delay_s = ntp_short_seconds(p->root_delay),
                .root_dispersion_s = ntp_short_seconds(p->root_dispersion),
                .ref_time = ntp_stamp_near(p->reference, f->sample.at),
                .offset_s = f->sample.offset_s,
                .delay_s = f->sample.delay_s,
                .dispersion_s = f->sample.dispersion_s,
                .response_time_s = f->response_time_s,
                .tests = tests,
                .rx_stamp = receipt->stamp,
                .local = receipt->local,
        };
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

/* The reply answers our request. Now it counts, whatever it is worth. */
static PacketReason on_valid(Assoc *a, const PacketFacts *f, const AssocReceipt *receipt, uint32_t tests) {
        const AssocContext *context = f->context;
        PacketReason reason = packet_check(PACKET_CLASS_SYNCED, f, &tests);

        a->counters.valid++;
        a->kod_deny = false;
        shift_reach(a, reason == PACKET_GOOD);
        if (reason == PACKET_GOOD)
                reason = packet_check(PACKET_CLASS_GOOD, f, &tests);
        report(a, f, receipt, tests);

        if (reason != PACKET_GOOD) {
                poll_on_rejected(&a->poll, reason == PACKET_SYNC_LOOP);
        } else {
                a->counters.good++;
                if (a->burst.good > 0)
                        a->burst.good--;
                if (context->n_samples > 0)
                        poll_on_sample(&a->poll, fabs(f->sample.offset_s - context->predicted_offset_s),
                                f->sample.dispersion_s + f->sample.delay_s / 2.0, context->n_samples);
        }
        a->next_poll = mono_add(a->request.at, next_interval(a, context->rng));
        return reason;
}

static PacketReason classify(
        Assoc *a, Now now, const AssocReceipt *receipt, PacketFacts *f, ActionQueue *out) {
        const NtpPacket *p = f->packet;
        uint32_t tests = 0;

        if (p->mode != NTP_MODE_SERVER)
                return PACKET_WRONG_MODE;
        if (!a->request.outstanding || !a->request.has_sent)
                return PACKET_NOT_ASKED;

        PacketReason reason = packet_check(PACKET_CLASS_VALID, f, &tests);
        /* A kiss may leave its timestamps zero; what it must return is our origin. */
        const Kiss *kiss = find_kiss(p);
        if (kiss && (reason == PACKET_GOOD || reason == PACKET_ZERO_TIMESTAMP)) {
                accept_reply(a, p, out);
                shift_reach(a, false);
                heed_kiss(a, now, kiss);
                return PACKET_KISS_OF_DEATH;
        }
        if (reason != PACKET_GOOD)
                return reason;

        measure(f, receipt);
        accept_reply(a, p, out);
        return on_valid(a, f, receipt, tests);
}

/* The header, and whether a MAC follows; false if the form is wrong. */
static bool parse(const AssocReceipt *receipt, NtpPacket *ret, bool *ret_has_mac) {
        NtpLayout layout;

        if (ntp_packet_parse(receipt->bytes, receipt->n, ret) != NTP_PARSE_OK ||
                ntp_layout_parse(receipt->bytes, receipt->n, &layout) != NTP_PARSE_OK)
                return false;
        *ret_has_mac = layout.has_mac;
        return true;
}

PacketReason assoc_on_packet(Assoc *a, Now now, const AssocReceipt *receipt, const AssocContext *context,
        Sample *ret_sample, ActionQueue *out) {
        NtpPacket packet;
        PacketFacts facts = {
                .packet = &packet,
                .request = &a->request,
                .last_rx = a->last_rx,
                .last_tx = a->last_tx,
                .options = a->options,
                .context = context,
        };
        PacketReason reason = PACKET_MALFORMED;

        a->counters.received++;
        if (parse(receipt, &packet, &facts.has_mac))
                reason = classify(a, now, receipt, &facts, out);

        a->last_reason = reason;
        if (reason == PACKET_GOOD)
                *ret_sample = facts.sample;
        else
                a->counters.rejected[reason]++;
        return reason;
}

void assoc_adjust(Assoc *a, Local at, double dfreq, double doffset_s) {
        double age_s = local_seconds_since(at, a->request.sent);

        a->request.sent = local_add(a->request.sent, span_from_seconds(age_s * dfreq - doffset_s));
}

void assoc_drop_request(Assoc *a) {
        a->request.outstanding = a->request.unanswered = false;
}

bool assoc_hurry(Assoc *a, Mono now, bool burst) {
        if (mono_before(now, a->patient_until))
                return false;
        a->patient_until = mono_add(now, span_from_log2(a->poll.min));
        if (burst) {
                a->burst = (AssocBurst){ IBURST_GOOD, IBURST_TOTAL };
                poll_restart(&a->poll);
        }
        a->next_poll = mono_min(a->next_poll, now);
        return true;
}
