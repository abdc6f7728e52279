/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the four stamps of an exchange to a sample (RFC 5905, 8): offset, delay and dispersion, with our sign: offset > 0 =
 * local ahead. It judges nothing: that is core/packet-check's.
 */

#include "core/assoc.h"
#include "wire/ntp-packet.h"

/* Which instants are held against one another; in interleaved mode our two may be the later ones (RFC 9769, 2). */
typedef struct FourStamps {
        AssocStamp sent;          /* T1, by our clock */
        NtpStamp remote_receive;  /* T2, by the remote clock */
        NtpStamp remote_transmit; /* T3 */
        AssocStamp received;      /* T4 */
} FourStamps;

/* What the packet says of the remote clock goes into the sample too. `options` and `context` as in core/assoc.h. */
Sample measure(const FourStamps *stamps, const NtpPacket *p, const AssocOptions *options,
        const AssocContext *context);
/* The four as instants of one era, that of `sent`. */
AssocInstants measurement_instants(const FourStamps *stamps);
