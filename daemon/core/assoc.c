/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/assoc.h"

#include "core/assoc-schedule.h"
#include "core/interleave.h"
#include "core/packet-mac.h"

/* Constants of chrony's client (its documentation and sources, 4.8). */
enum { IBURST_GOOD = 4, IBURST_TOTAL = 8, BURST_TOTAL = 4 };
static const double reply_wait_s = 4.0; /* on top of maxdelay */

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

static void push_request(Assoc *a, const MacKey *key, ActionQueue *out) {
        NtpPacket request = {
                .version = version_of(a->options, key),
                .mode = NTP_MODE_CLIENT,
                .precision = REQUEST_PRECISION,
                .origin = a->request.receive.bits != 0 ? a->previous.answer.remote_receive : (NtpStamp){ 0 },
                .receive = a->request.receive,
                .transmit = a->request.transmit,
        };
        ActionSend *send = &action_push(out, ACTION_SEND)->send;

        send->assoc = a->id;
        send->to = a->remote;
        send->n = ntp_packet_emit(&request, send->bytes, sizeof(send->bytes));
        if (key)
                send->n = packet_mac_append(key, send->bytes, send->n, sizeof(send->bytes));
}

/* One that nobody can guess; never zero, which is no stamp, and never `other`. */
static NtpStamp draw_stamp(const Rng *rng, NtpStamp other) {
        NtpStamp stamp;

        do
                stamp.bits = rng_u64(rng);
        while (stamp.bits == 0 || stamp.bits == other.bits);
        return stamp;
}

static void transmit(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->options->burst && !assoc_bursting(a) && a->poll.current > a->poll.min) {
                int total = 1 << (a->poll.current - a->poll.min < 2 ? a->poll.current - a->poll.min : 2);
                a->burst = (AssocBurst){ 1, total < BURST_TOTAL ? total : BURST_TOTAL };
        }

        if (a->request.answer.valid)
                a->previous = a->request;
        bool asks = !is_keyless(a, context);
        if (!asks) /* no other request's socket takes the place of this one */
                assoc_close(a, out);
        a->request = (AssocRequest){
                .outstanding = asks,
                .socket_open = asks,
                .unanswered = true,
                .at = now.mono,
                .deadline = mono_add(now.mono, span_from_seconds(a->options->max_delay_s + reply_wait_s)),
        };
        a->request.transmit = draw_stamp(context->rng, (NtpStamp){ 0 });
        if (interleave_is_due(a))
                a->request.receive = draw_stamp(context->rng, a->request.transmit);

        if (asks) {
                push_request(a, context->key, out);
                a->counters.sent++;
        }
        if (a->burst.total > 0)
                a->burst.total--;
        a->next_poll = mono_add(now.mono, assoc_interval(a, context->rng));
}

bool assoc_on_timer(Assoc *a, Now now, const AssocContext *context, ActionQueue *out) {
        if (a->request.socket_open && !mono_before(now.mono, a->request.deadline))
                assoc_close(a, out);
        if (mono_before(now.mono, a->next_poll))
                return false;

        bool lost = a->request.unanswered;
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

static void adjust(AssocStamp *stamp, Local at, double dfreq, double doffset_s) {
        double age_s = local_seconds_since(at, stamp->at);

        stamp->at = local_add(stamp->at, span_from_seconds(age_s * dfreq - doffset_s));
}

void assoc_adjust(Assoc *a, Local at, double dfreq, double doffset_s) {
        adjust(&a->request.sent, at, dfreq, doffset_s);
        adjust(&a->request.answer.received, at, dfreq, doffset_s);
        adjust(&a->previous.sent, at, dfreq, doffset_s);
        adjust(&a->previous.answer.received, at, dfreq, doffset_s);
}

void assoc_leap(Assoc *a) {
        a->request.answer.valid = a->previous.answer.valid = false;
}

void assoc_drop_request(Assoc *a) {
        a->request.outstanding = a->request.unanswered = false;
        a->request.answer.valid = a->previous.answer.valid = false;
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
