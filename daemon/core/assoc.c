/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/assoc.h"

#include "base/cleanup.h"
#include "core/assoc-schedule.h"
#include "core/interleave.h"
#include "core/packet-mac.h"

/* Constants of chrony's client (its documentation and sources, 4.8). */
enum { IBURST_GOOD = 4, IBURST_TOTAL = 8, BURST_TOTAL = 4 };
static const double reply_wait_s = 4.0; /* on top of maxdelay */
static const double warm_up_s = 2.0;    /* from the request that wakes the path to the one that measures it */

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
        if (options->iburst && !options->symmetric)
                a->burst = (AssocBurst){ IBURST_GOOD, IBURST_TOTAL };
}

Mono assoc_next_deadline(const Assoc *a) {
        return a->request.socket_open ? mono_min(a->next_poll, a->request.deadline) : a->next_poll;
}

void assoc_poll_at(Assoc *a, Mono when) {
        a->next_poll = when;
}

void assoc_close(Assoc *a, ActionQueue *out) {
        a->request.outstanding = false;
        if (!a->request.socket_open)
                return;
        a->request.socket_open = false;
        action_push(out, ACTION_CLOSE)->assoc = a->id;
}

/* The key that its packets should be under is not there: it must not be asked without. */
static bool is_keyless(const Assoc *a, const AssocContext *context) {
        return a->options->key_id != 0 && !context->key;
}

/* Interleaved mode is of version 4. */
static uint8_t version_of(const AssocOptions *options, const MacKey *key) {
        if (options->version != 0)
                return options->version;
        return options->xleave ? NTP_VERSION_MAX : packet_mac_version(key);
}

/* One that nobody can guess; never zero, which is no stamp, and never `other`. */
static NtpStamp draw_stamp(const Rng *rng, NtpStamp other) {
        NtpStamp stamp;

        do
                stamp.bits = rng_u64(rng);
        while (stamp.bits == 0 || stamp.bits == other.bits);
        return stamp;
}

/* A request that reveals nothing, but what server and client need for interleaved mode. */
static NtpPacket next_request(const Assoc *a, const Rng *rng) {
        NtpPacket p = {
                .mode = NTP_MODE_CLIENT,
                .precision = REQUEST_PRECISION,
                .transmit = draw_stamp(rng, (NtpStamp){ 0 }),
        };

        if (interleave_is_due(a)) {
                p.origin = a->previous.answer.remote_receive;
                p.receive = draw_stamp(rng, p.transmit);
        }
        return p;
}

/* To peers everything is told. */
static NtpPacket next_packet(Assoc *a, Now now, const AssocContext *context) {
        const ServedTime nothing = { .leap = LEAP_UNSYNCHRONIZED };
        const ServedTime *served = context->served ? context->served : &nothing;
        NtpPacket p;

        if (a->options->symmetric)
                p = peer_next_packet(
                        &a->peer, served, now, a->poll.current, interleave_departed(a), context->rng);
        else
                p = next_request(a, context->rng);
        p.version = version_of(a->options, context->key);
        return p;
}

static void push_packet(const Assoc *a, const NtpPacket *p, const MacKey *key, ActionQueue *out) {
        ActionSend *send = &action_push(out, ACTION_SEND)->send;

        send->assoc = a->id;
        send->to = a->remote;
        send->symmetric = a->options->symmetric;
        send->n = ntp_packet_emit(p, send->bytes, sizeof(send->bytes));
        if (key)
                send->n = packet_mac_append(key, send->bytes, send->n, sizeof(send->bytes));
}

/* Caches and radio links that have slept make the first packet late (chrony's presend). In interleaved mode a reply measures the
 * exchange before it, which therefore must not be the first one either. */
static bool is_to_warm_up(const Assoc *a, const AssocContext *context) {
        return !a->options->symmetric && a->poll.current >= a->options->presend && !assoc_bursting(a) &&
               !is_keyless(a, context) && a->warm_ups < (a->options->xleave ? 2 : 1);
}

static void transmit(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->options->burst && !a->options->symmetric && !assoc_bursting(a) &&
                a->poll.current > a->poll.min) {
                int total = 1 << (a->poll.current - a->poll.min < 2 ? a->poll.current - a->poll.min : 2);
                a->burst = (AssocBurst){ 1, total < BURST_TOTAL ? total : BURST_TOTAL };
        }

        if (a->request.answer.valid)
                a->previous = a->request;
        bool asks = !is_keyless(a, context), warms_up = is_to_warm_up(a, context);
        if (!asks) /* no other request's socket takes the place of this one */
                assoc_close(a, out);
        a->request = (AssocRequest){
                .warms_up = warms_up,
                .outstanding = asks,
                .socket_open = asks && !a->options->symmetric,
                .unanswered = true,
                .at = now.mono,
                .deadline = mono_add(now.mono, span_from_seconds(a->options->max_delay_s + reply_wait_s)),
        };
        if (asks) {
                NtpPacket packet = next_packet(a, now, context);
                a->request.transmit = packet.transmit;
                a->request.receive = packet.receive;
                push_packet(a, &packet, context->key, out);
                a->counters.sent++;
        }
        if (a->burst.total > 0)
                a->burst.total--;
        a->warm_ups = warms_up ? a->warm_ups + 1 : 0;
        a->next_poll = mono_add(
                now.mono, warms_up ? span_from_seconds(warm_up_s) : assoc_interval(a, context, SPAN_ZERO));
}

bool assoc_on_timer(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->request.socket_open && !mono_before(now.mono, a->request.deadline))
                assoc_close(a, out);
        if (mono_before(now.mono, a->next_poll))
                return false;

        bool lost = a->request.unanswered && !a->request.warms_up;
        if (lost) {
                a->missed++;
                assoc_shift_reach(a, false);
                poll_on_missed(&a->poll, a->missed, context->selected);
        }
        transmit(a, now, context, out);
        return lost;
}

void assoc_on_sent(Assoc *a, const AssocStamp *sent) {
        AssocRequest *request = &a->request;

        if (request->has_sent && request->sent.source >= sent->source)
                return;
        request->sent = *sent;
        request->has_sent = true;
        if (sent->source == STAMP_KERNEL)
                a->counters.kernel_tx++;
}

void assoc_on_send_failed(Assoc *a, ActionQueue *out) {
        assoc_close(a, out);
}

static void adjust(Local *stamp, Local at, double dfreq, double doffset_s) {
        double age_s = local_seconds_since(at, *stamp);

        *stamp = local_add(*stamp, span_from_seconds(age_s * dfreq - doffset_s));
}

void assoc_adjust(Assoc *a, Local at, double dfreq, double doffset_s) {
        Local *stamps[] = { &a->request.sent.at, &a->request.answer.received.at, &a->previous.sent.at,
                &a->previous.answer.received.at, &a->peer.received };

        for (size_t i = 0; i < ELEMENTS(stamps); i++)
                adjust(stamps[i], at, dfreq, doffset_s);
}

void assoc_leap(Assoc *a) {
        a->request.answer.valid = a->previous.answer.valid = false;
        peer_on_other_clock(&a->peer);
}

void assoc_drop_request(Assoc *a) {
        a->request.outstanding = a->request.unanswered = false;
        a->request.answer.valid = a->previous.answer.valid = false;
        peer_on_other_clock(&a->peer);
}

bool assoc_hurry(Assoc *a, Mono now, bool burst) {
        if (mono_before(now, a->patient_until))
                return false;
        a->patient_until = mono_add(now, span_from_log2(a->poll.min));
        if (burst && !a->options->symmetric) {
                a->burst = (AssocBurst){ IBURST_GOOD, IBURST_TOTAL };
                poll_restart(&a->poll);
        }
        a->next_poll = mono_min(a->next_poll, now);
        return true;
}

void assoc_burst(Assoc *a, Mono now, int good, int total) {
        Mono earliest = mono_before(now, a->paused_until) ? a->paused_until : now;

        if (assoc_bursting(a))
                return;
        a->burst = (AssocBurst){ good, total };
        if (a->request.outstanding) {
                Mono answered = mono_add(a->request.at, assoc_burst_spacing(a));
                earliest = mono_before(earliest, answered) ? answered : earliest;
        }
        a->next_poll = mono_min(a->next_poll, earliest);
}

void assoc_rest(Assoc *a) {
        a->next_poll = MONO_NEVER;
        a->burst = (AssocBurst){ 0 };
        a->warm_ups = 0;
        a->reach = a->reach_size = 0;
        a->missed = 0;
}

void assoc_limit_poll(Assoc *a, Mono now) {
        const AssocOptions *o = a->options;

        poll_limit(&a->poll, o->min_poll, o->max_poll, o->poll_target);
        if (a->next_poll.ns == MONO_NEVER.ns || mono_before(now, a->paused_until))
                return;
        a->next_poll = mono_min(
                a->next_poll, mono_add(now, poll_interval(&a->poll, a->reach != 0, a->exchange.delay_s)));
}
