/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the engine publishes to those who serve its time: all that a reply says of the clock, and how to tell that this still
 * holds. A plain value without pointers; how it gets from one thread to others is serve/board's business.
 *
 * Those who serve never wait for the engine. So they have to see by themselves that it has stopped (what it said is too old), and
 * that the clock has become another one which it has not looked at yet: CLOCK_REALTIME and CLOCK_BOOTTIME are steered alike, so
 * that their difference stays what it was unless somebody steps the clock, or the kernel inserts a leap second.
 */

#include "base/strtab.h"
#include "core/clock-map.h"
#include "core/served-time.h"

typedef struct Bulletin {
        ServedTime served;
        ClockMap map;
        Wall wall; /* when it was made; `mono` is the same instant */
        Mono mono;
        uint64_t
                epoch; /* grows whenever Local has jumped: stamps of before are void; 0: there has been none yet */
        bool closed; /* the clock is about to be set: nobody answers before the next one */
} Bulletin;

/* The engine publishes at least every BULLETIN_INTERVAL. */
#define BULLETIN_INTERVAL SPAN_S(32)
#define BULLETIN_LIFE     SPAN_S(300)
/* Between two readings that belong together, a thread may lose the processor: less than this is no step. */
#define BULLETIN_APART SPAN_MS(1)

typedef enum BulletinUse {
        BULLETIN_GOOD,
        BULLETIN_STALE, /* older than BULLETIN_LIFE: the engine is stuck, and we serve as unsynchronized */
        BULLETIN_VOID,  /* there is none, or the clock is not the one that it speaks of: nobody is answered */
        BULLETIN_USES
} BulletinUse;

DECLARE_STRTAB(BulletinUse, bulletin_use);

/* `wall` and `mono` are read together, `mono` first. */
BulletinUse bulletin_use(const Bulletin *b, Wall wall, Mono mono);
