/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One measurement of the local clock against one source: what associations (and later reference clocks) produce and
 * estimators consume. Offsets are local minus reference: > 0 means that the local clock is ahead. */

#include "base/time.h"

typedef enum LeapStatus {
        LEAP_NORMAL,
        LEAP_INSERT,
        LEAP_DELETE,
        LEAP_UNSYNCHRONIZED
} LeapStatus; /* as on the wire */

typedef struct Sample {
        Local at;            /* middle of the exchange */
        double offset_s;     /* local minus reference */
        double delay_s;      /* round trip, > 0 */
        double dispersion_s; /* of the measurement itself: precisions and clock error during the exchange */
        double root_delay_s; /* whole path to the primary reference, this hop included */
        double root_dispersion_s; /* likewise */
        uint8_t stratum;          /* of the source */
        LeapStatus leap;
} Sample;

/* Local was changed at `at`: from then on it runs (1 - dfreq) times as fast and it was set back by doffset_s. The sample becomes
 * what would have been measured, had the clock always run as it does since. */
static inline void sample_adjust(Sample *s, Local at, double dfreq, double doffset_s) {
        double change_s = local_seconds_since(at, s->at) * dfreq - doffset_s;

        s->at = local_add(s->at, span_from_seconds(change_s));
        s->offset_s += change_s;
}
