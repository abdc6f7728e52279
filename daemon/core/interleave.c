/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/interleave.h"

/* Constants of chrony (4.8). */
enum { MISSED_MAX = 4 };
static const double much_shorter = 0.1;

bool interleave_is_due(const Assoc *a) {
        return a->options->xleave && a->previous.answer.valid && a->missed < MISSED_MAX;
}

bool interleave_is_reply(const AssocRequest *request, const NtpPacket *p) {
        return request->receive.bits != 0 && p->origin.bits == request->receive.bits;
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
