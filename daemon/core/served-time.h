/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a server tells others of its clock (RFC 5905, 7.3). The engine makes it, the responder puts it on the wire. It stays
 * true as it gets older: the dispersion grows from `since` on.
 */

#include "core/sample.h"
#include "wire/ntp-packet.h"

#include <math.h>
#include <stdint.h>

typedef struct ServedTime {
        LeapStatus leap;  /* LEAP_UNSYNCHRONIZED: nothing else but the precision means anything */
        uint8_t stratum;  /* 1..15 */
        int8_t precision; /* log2 s */
        uint32_t ref_id;
        Local ref_time; /* when the clock was last set right, vaguely: an attacker has no use for it */
        double root_delay_s;
        double root_dispersion_s; /* of Local at `since` */
        double dispersion_rate;   /* s/s */
        Mono since;
} ServedTime;

/* Puts into a packet what it says of the clock at `now`; an unsynchronized one says nothing else but its precision. Fields that
 * it leaves alone are those of the exchange. */
void served_time_put(const ServedTime *served, Mono now, NtpPacket *p);

/* The stamp of an instant, with random bits (from `noise`) below the precision (RFC 5905, 6): what the clock cannot tell would tell
 * others about its readings. Never 0, which is no stamp, not even as an era begins; nor 1, so that who needs the last bit for
 * something else can take it. */
NtpStamp served_stamp(Local t, int8_t precision, uint32_t noise);

static inline double served_dispersion_s(const ServedTime *s, Mono now) {
        return s->root_dispersion_s + fmax(0.0, mono_seconds_since(now, s->since)) * s->dispersion_rate;
}
