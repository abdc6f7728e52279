/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/served-time.h"

/* RFC 5905, figure 4: MAXDISP. Who is that far away from the truth knows no time. */
static const double max_distance_s = 16.0;
static const double unsynchronized_distance_s = 1.0; /* as chrony shows it */

void served_time_put(const ServedTime *served, Mono now, NtpPacket *p) {
        double dispersion_s = served_dispersion_s(served, now);

        p->precision = served->precision;
        if (served->leap == LEAP_UNSYNCHRONIZED ||
                !(dispersion_s + served->root_delay_s / 2.0 < max_distance_s)) {
                p->leap = LEAP_UNSYNCHRONIZED;
                p->root_delay = p->root_dispersion = ntp_short_from_seconds(unsynchronized_distance_s);
                return;
        }
        p->leap = (uint8_t)served->leap;
        p->stratum = served->stratum;
        p->ref_id = served->ref_id;
        p->reference = ntp_stamp_from_local(served->ref_time);
        p->root_delay = ntp_short_from_seconds(served->root_delay_s);
        p->root_dispersion = ntp_short_from_seconds(dispersion_s);
}

NtpStamp served_stamp(Local t, int8_t precision, uint32_t noise) {
        int bits = precision < -32 ? 0 : precision > 0 ? 32 : 32 + precision;
        uint64_t mask = (UINT64_C(1) << bits) - 1;
        uint64_t stamp = (ntp_stamp_from_local(t).bits & ~mask) | (noise & mask);

        return (NtpStamp){ stamp > 1 ? stamp : 2 };
}
