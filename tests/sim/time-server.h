/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A server that answers as the scenario wants: right, wrong by an offset or a drift, unsynchronized, silent, with a kiss of
 * death, or with something that is no proper reply at all; in interleaved mode too, if it knows it. It has no engine and
 * follows nobody; its fields are plain values that may be changed in the middle of a run.
 *
 * With keys it answers a request under one of them with a MAC of the same key, and a MAC that it cannot verify with a
 * crypto-NAK. Without keys it looks at no MAC.
 */

#include "core/key-ring.h"
#include "core/sample.h"
#include "sim/network.h"

typedef enum ReplyFault {
        REPLY_PROPER,
        REPLY_NONE,
        REPLY_ZERO_ORIGIN,
        REPLY_WRONG_ORIGIN,
        REPLY_WRONG_MODE,
        REPLY_WRONG_VERSION,
        REPLY_ZERO_TRANSMIT,
        REPLY_TRUNCATED,  /* 47 octets */
        REPLY_GARBAGE,    /* random octets */
        REPLY_WITH_TAIL,  /* a header and 3 octets that are neither extension nor MAC */
        REPLY_NO_MAC,     /* to whatever request */
        REPLY_CRYPTO_NAK, /* likewise */
        REPLY_CUT_MAC,    /* four octets of the code are missing */
        REPLY_OTHER_KEY,  /* under the last of its keys, whichever the request was under */
        REPLY_TAMPERED,   /* one bit of the receive stamp turned after the MAC was made */
        REPLY_FAULTS
} ReplyFault;

/* One reply, as a server remembers it for interleaved mode. */
typedef struct TimeServerReply {
        NtpStamp receive; /* of its request: what the next one will name */
        NtpStamp transmit;
} TimeServerReply;

enum { TIME_SERVER_REPLIES = 64 };

typedef struct TimeServer {
        Network *network;
        Host *host; /* its paths: in = requests, out = replies */
        Random random;
        uint16_t port;
        double offset_s;     /* of its clock against true time, > 0 = ahead */
        double drift;        /* s/s from the start of the run on */
        double processing_s; /* between its receive and transmit stamps */
        double transmit_lag_s; /* shortest time from the transmit stamp in a reply to its departure; a tenth more is usual */
        bool xleave;                                     /* knows interleaved mode */
        TimeServerReply remembered[TIME_SERVER_REPLIES]; /* the next one goes where the oldest is */
        size_t next_remembered;
        LeapStatus leap;
        bool announces_leap; /* says so on the day of the run's leap second, and that it is unsynchronized for 2 s of it */
        uint8_t stratum;
        int8_t precision;
        uint32_t ref_id;
        double root_delay_s, root_dispersion_s;
        char kiss_code[5]; /* "" = none; otherwise each reply is that kiss of death */
        ReplyFault fault;
        KeyRing keys;
        uint64_t requests, replies, interleaved;
} TimeServer;

/* A perfect server of stratum 1 at `address`, 0.1 ms away, without jitter. */
void time_server_init(
        TimeServer *s, Network *network, uint64_t seed, uint64_t owner, const NetAddress *address);

void time_server_done(TimeServer *s);

void time_server_add_key(TimeServer *s, uint32_t id, MacType type, const char *secret);

/* What its clock shows at true time `now`. */
Local time_server_clock(const TimeServer *s, Local now, int64_t elapsed_ns);

/* It begins anew, with an empty memory. */
void time_server_restart(TimeServer *s);
/* The same jitter on both ways. */
void time_server_jitter(TimeServer *s, Jitter kind, double jitter_s);
/* The same loss on both ways: a round trip survives with (1 - loss)^2. */
void time_server_loss(TimeServer *s, double loss);
