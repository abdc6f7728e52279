/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Interleaved mode of clients and peers (RFC 9769, 2 and 3): a server cannot write into a reply when exactly that reply leaves, but it can
 * remember, and tell with the next one. A request names the last reply by its receive stamp; if the server still knows that
 * one, its reply holds the exact transmit stamp of the last reply, and says so by returning the request's receive stamp as
 * origin instead of the transmit stamp.
 *
 * A client's are 64 random bits of their own for each request, so that a reply, of either mode, can be forged or replayed only by
 * somebody who sees the very request. State is that of core/assoc: nothing here changes it.
 */

#include "core/assoc.h"
#include "core/measurement.h"

/* Whether the next request asks for it: there is a reply to name, and not so many requests since then came to nothing that the
 * server would tell of a time long ago. */
bool interleave_is_due(const Assoc *a);

/* Between peers, each of whose packets is asked and answered by the next: when our last one left, to be told by the next one. 0: that
 * is to be in basic mode, since the last packets did not follow one another one for one; then the other side could not know which
 * one is meant. To be called when the next one is made, after the last one has become `previous`. */
Local interleave_departed(const Assoc *a);

/* Whether the packet is in interleaved mode: its origin is the one that only such a reply returns. */
bool interleave_is_reply(const AssocRequest *request, const NtpPacket *p);

/* Which stamps an interleaved reply completes, as in chrony: the whole previous exchange, if that was in the mode too and is
 * much shorter than the pause since then; otherwise the present request with the previous reply. */
FourStamps interleave_stamps(const AssocRequest *previous, const AssocRequest *request, const NtpPacket *p);

/* Between peers: whether the stamps can belong to one another. Where the other side sent a packet in between that got lost, its
 * transmit stamp is of that one, and our receive stamp of the one before: then it looks as if there had been nearly an interval
 * on the way, or as if the other side had waited for more than one. `poll`: our interval, log2 s. As in chrony's test A. */
bool interleave_is_paired(const AssocRequest *previous, const NtpPacket *p, double delay_s, int poll);

/* The first reply after one in basic mode would measure an exchange a second time, or over a whole pause: no sample. */
static inline bool interleave_is_first(const AssocRequest *previous) {
        return !previous->answer.interleaved;
}
