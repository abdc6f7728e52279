/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/pace.h"

enum { USEC_PER_TOKEN = 1000000 / PACE_RATE };

void pace_init(Pace *p, uint64_t now_usec) {
        *p = (Pace){ now_usec, PACE_BURST };
}

bool pace_take(Pace *p, uint32_t n, uint64_t now_usec) {
        uint64_t earned = now_usec > p->refilled_usec ? (now_usec - p->refilled_usec) / USEC_PER_TOKEN : 0;

        if (earned >= PACE_BURST - p->tokens) {
                p->tokens = PACE_BURST;
                p->refilled_usec = now_usec;
        } else {
                p->tokens += (uint32_t)earned;
                p->refilled_usec += earned * USEC_PER_TOKEN;
        }
        if (p->tokens < n)
                return false;
        p->tokens -= n;
        return true;
}
