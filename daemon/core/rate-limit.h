/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The limit of one client's requests (chrony's directive `ratelimit`): a token bucket, and what its requests' intervals are. Pure
 * values: core/client-table keeps a RateState for each client and says when it asked, and with which chance.
 *
 * A bucket holds `burst` answers and gains one in 2^interval seconds. A request that finds it empty is answered with
 * probability 2^-leak all the same, so that who floods under a victim's address cannot keep the victim from being served.
 */

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct RateLimit {
        bool enabled;
        int interval; /* log2 s, -19..12: shortest average interval between answers */
        int burst;    /* 1..255: answers in a row before that holds */
        int leak;     /* log2, 1..4: one in so many requests above the limit is answered */
        int kod;      /* log2, 1..4: of the others, one in so many gets a kiss of death; 0 = none */
} RateLimit;

typedef enum RateVerdict {
        RATE_PASS, /* within the limit */
        RATE_LEAK, /* above it, and answered all the same */
        RATE_KOD,  /* to be told to ask less (RFC 5905, 7.4: RATE) */
        RATE_DROP, /* to be left alone */
} RateVerdict;

/* Instants of this module: 2^-20 s since the boot. Long enough for all that is; differences are what counts. */
typedef uint64_t RateClock;

enum {
        RATE_CLOCK_BITS = 20,
        RATE_TOKEN = 128,         /* in a RateState, what an answer costs */
        RATE_TOKENS_MAX = 0x7fff, /* more than any burst */
        RATE_UNKNOWN = INT8_MAX,  /* in place of an estimated interval */
};

/* Of one client, 4 octets: tables are full of them. */
typedef struct RateState {
        uint16_t tokens : 15;
        uint16_t limited : 1; /* the last request was answered by a kiss of death, or not at all */
        int8_t interval;      /* after a request that was answered; in quarters of log2 s, or RATE_UNKNOWN */
        int8_t limited_interval; /* likewise, after one that was not */
} RateState;

/* A full bucket, and nothing known. */
#define RATE_STATE_NEW ((RateState){ RATE_TOKENS_MAX, 0, RATE_UNKNOWN, RATE_UNKNOWN })

/* Before the boot: 0. */
RateClock rate_clock(Mono now);
/* What the bucket gained in the `age` before `now`; never more than `burst` answers are in it afterwards. Without a limit it is
 * full. */
void rate_refill(RateState *s, const RateLimit *limit, RateClock now, RateClock age);
/* The client has asked again, `age` after its last request. */
void rate_observe(RateState *s, RateClock age);
/* Takes a token, or decides by `chance`, any 32 random bits. A client that keeps to the limit as long as it is answered, and asks
 * more than twice as fast when it is not, is better answered: then leaked and dropped requests change places. */
RateVerdict rate_judge(RateState *s, const RateLimit *limit, uint32_t chance);
