/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kiss codes that are acted on (RFC 5905, 7.4); a reply with any other is one of an unsynchronized server that says
 * why. What follows from a kiss is core/assoc's.
 */

#include "wire/ntp-packet.h"

typedef struct Kiss {
        const char *code;
        bool deny; /* go away, not just slower */
} Kiss;

/* The kiss in that packet; NULL if it has none that we know. */
const Kiss *kiss_find(const NtpPacket *p);
