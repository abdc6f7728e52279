/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/interleave.h"

/* Constants of chrony (4.8). */
enum { MISSED_MAX = 4, LAST_TWO = 3 /* bits of the register */ };
static const double much_shorter = 0.1;

bool interleave_is_due(const Assoc *a) {
        return a->options->xleave && a->previous.answer.valid && a->missed < MISSED_MAX;
}

bool interleave_is_reply(const AssocRequest *request, const NtpPacket *p) {
        return request->receive.bits != 0 && p->origin.bits == request->receive.bits;
}

Local interleave_departed(const Assoc *a) {
        bool one_for_one = a->previous.answer.valid && a->previous.has_sent && a->missed == 0 &&
                           (a->reach & LAST_TWO) == LAST_TWO;

        return a->options->xleave && one_for_one ? a->previous.sent.at : (Local){ 0 };
}

bool interleave_is_paired(const AssocRequest *previous, const NtpPacket *p, double delay_s, int poll) {
        double shorter_s = span_seconds(span_from_log2(p->poll < poll ? p->poll : poll));
        double longer_s = span_seconds(span_from_log2(p->poll > poll ? p->poll : poll));
        double waited_s = ntp_stamp_seconds_since(p->receive, p->transmit);

        return previous->answer.valid && waited_s > 0.0 && waited_s <= 1.5 * longer_s &&
               ntp_stamp_seconds_since(p->transmit, previous->answer.remote_receive) >= 0.0 &&
               delay_s <= 0.5 * shorter_s;
}

FourStamps interleave_stamps(const AssocRequest *previous, const AssocRequest *request, const NtpPacket *p) {
        const AssocAnswer *answer = &previous->answer;
        double exchange_s = local_seconds_since(answer->received.at, previous->sent.at);
        double pause_s = local_seconds_since(request->sent.at, answer->received.at);
        bool whole = answer->interleaved && much_shorter * pause_s > exchange_s;

        return (FourStamps){
                .sent = whole ? previous->sent : request->sent,
                .remote_receive = whole ? answer->remote_receive : p->receive,
                .remote_transmit = p->transmit,
                .received = answer->received,
        };
}
