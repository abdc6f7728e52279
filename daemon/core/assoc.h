/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An association: the client side of NTP with one remote address, or one of two peers (RFC 5905, 8 and 9). Sans-IO: events in, actions out;
 * it owns no socket, no timer and reads no clock. A source (core/source.h) owns it.
 *
 * A request reveals nothing: its transmit timestamp is 64 random bits and everything else is zero; each request leaves
 * from a fresh port, which is closed after the first valid reply or the deadline. In interleaved mode (core/interleave.h)
 * the receive timestamp is another 64 random bits, and the origin is what the server said last.
 */

#include "base/net-address.h"
#include "base/rng.h"
#include "core/action.h"
#include "core/peer.h"
#include "core/poll.h"
#include "core/quantile.h"
#include "core/reason.h"
#include "core/sample.h"
#include "core/served-time.h"
#include "crypto/mac.h"

enum { PRESEND_OFF = 100 };

typedef struct AssocOptions {
        uint16_t port;
        uint8_t version;        /* 1..4; 0 = 4, or as suits the key (packet_mac_version()) */
        uint32_t key_id;        /* of the symmetric key, 0 = none */
        int min_poll, max_poll; /* log2 s, -7..24 */
        int poll_target;
        int presend; /* log2 s: from this polling interval on, the path is woken before it is measured; PRESEND_OFF */
        bool iburst, burst;
        bool symmetric;         /* a peer: both sides ask, from the servers' port */
        bool xleave;            /* interleaved mode where the server knows it (RFC 9769) */
        bool auto_offline;      /* whose request cannot be sent is offline from then on */
        bool copy;              /* who follows us sees that server in our place: its reference and stratum */
        double max_delay_s;     /* test A */
        double max_delay_ratio; /* test B, 0 = off */
        double max_delay_dev_ratio; /* test C, 0 = off */
        double max_delay_quantile;  /* 0.05..0.95, test C instead of the former; 0 = off */
        double offset_s; /* correction of a known asymmetry: added to the source's time minus ours */
        uint8_t min_stratum;
} AssocOptions;

typedef enum StampSource { STAMP_DAEMON, STAMP_KERNEL, STAMP_HARDWARE } StampSource;

DECLARE_STRTAB(StampSource, stamp_source);

/* When a packet left or arrived, by our clock. */
typedef struct AssocStamp {
        Local at;
        double error_s; /* its uncertainty */
        StampSource source;
} AssocStamp;

/* A packet and how it came in. */
typedef struct AssocReceipt {
        const uint8_t *bytes; /* not owned */
        size_t n;
        Local at;
        double error_s; /* uncertainty of the stamp */
        StampSource stamp;
        NetAddress local; /* where it arrived; ADDRESS_NONE if unknown */
} AssocReceipt;

/* T1 to T4 of RFC 5905, 8: the two of the remote clock brought into our era, each on the scale of its own clock. */
typedef struct AssocInstants {
        Local sent, remote_received, remote_sent, received;
} AssocInstants;

/* The last valid reply, for reports (chronyc ntpdata). */
typedef struct AssocExchange {
        LeapStatus leap;
        uint8_t version, mode, stratum;
        int8_t poll, precision;
        uint32_t ref_id;
        double root_delay_s, root_dispersion_s;
        Local ref_time;
        AssocInstants at; /* what was measured, before any correction */
        double offset_s, delay_s, dispersion_s, response_time_s;
        uint32_t tests; /* bit i = test i of 1 2 3 5 6 7 A B C D passed */
        StampSource rx_stamp, tx_stamp;
        bool interleaved;
        NetAddress local;
} AssocExchange;

/* What a packet is held against besides the association itself. */
typedef struct AssocContext {
        const Rng *rng;
        const MacKey *key;  /* the one with options->key_id; NULL = there is none: then nothing is asked */
        double precision_s; /* of the local clock */
        double skew;        /* of the local clock against this source, s/s */
        double max_clock_error;      /* s/s */
        double std_dev_s;            /* of the source's residuals, 0 = unknown */
        double min_delay_s;          /* shortest kept delay, 0 = unknown */
        double last_sample_age_s;    /* since the newest kept sample */
        Local at;                    /* now */
        double predicted_offset_s;   /* local minus source now */
        double predicted_freq;       /* how fast that grows, s/s */
        int n_samples, poll_samples; /* as in Estimate */
        Mono void_before;    /* replies to older requests give no measurement: a leap second is near */
        bool selected;       /* this is the selected source */
        bool filtering;      /* a sample is only one of some: its source adapts the polling interval */
        uint32_t own_ref_id; /* as a server that follows us shows it; 0 = we serve nobody, no loop check */
        const ServedTime *served; /* what we tell others; NULL = nothing */
        AssocExchange *
                heard; /* gets what a packet says that is held against the tests, valid or not; NULL = nobody asks */
} AssocContext;

typedef struct AssocCounters {
        uint64_t sent, received, valid, good, kernel_tx, kernel_rx;
        uint64_t rejected[PACKET_REASONS];
} AssocCounters;

/* What a valid reply leaves behind for interleaved mode. */
typedef struct AssocAnswer {
        bool valid;              /* there was one */
        bool interleaved;        /* it was in that mode, so that its own exchange has yet to be measured */
        NtpStamp remote_receive; /* when our request arrived, by the remote clock */
        AssocStamp received;
} AssocAnswer;

typedef struct AssocRequest {
        bool warms_up;     /* only wakes the path: its answer is no measurement, and none is no loss */
        bool outstanding;  /* a reply would be taken */
        bool socket_open;  /* only assoc_close() ends it */
        bool unanswered;   /* no valid reply has come, and perhaps none will any more */
        NtpStamp transmit; /* the random stamp that a reply in basic mode must return */
        NtpStamp receive;  /* likewise in interleaved mode; 0 = not asked for */
        Mono at;           /* when it was queued */
        AssocStamp sent;
        bool has_sent; /* the shell has told when it left */
        Mono deadline; /* its socket is closed then */
        AssocAnswer answer;
} AssocRequest;

typedef struct AssocBurst {
        int good, total; /* requests still to make: until `good` good ones or `total` in all */
} AssocBurst;

typedef struct Assoc {
        uint32_t id; /* unique among the engine's associations; the shell keeps one socket by it */
        NetEndpoint remote;
        const AssocOptions *options;
        Peer peer; /* if it is one */
        PollPolicy poll;
        AssocRequest request;
        AssocRequest
                previous; /* the last one before it that had a valid answer: interleaved replies tell of it */
        AssocBurst burst;
        int warm_ups;        /* requests that have only woken the path, since the last one that was more */
        uint8_t reach;       /* register, newest bit lowest (RFC 5905, 9.2) */
        uint8_t reach_size;  /* valid bits, 0..8 */
        int missed;          /* requests in a row that were given up */
        int unreachable_run; /* polls in a row with an empty register */
        bool kod_deny;       /* DENY or RSTR: polled at maxpoll from then on */
        char kiss_code[5];   /* last one, "" = none */
        Mono next_poll;
        Mono patient_until;        /* assoc_hurry() has no effect before */
        Mono paused_until;         /* nor has a burst: a kiss has asked for it */
        NtpStamp last_rx, last_tx; /* of the last valid reply, test 1 */
        Quantile delays;           /* of all replies of a synchronized server: maxdelayquant */
        PacketReason last_reason;
        AssocExchange exchange;
        AssocCounters counters;
} Assoc;

void assoc_init(
        Assoc *a, uint32_t id, const AssocOptions *options, const NetAddress *remote, Mono first_poll);
/* When assoc_on_timer() wants to be called; first_poll MONO_NEVER: not until assoc_poll_at(). */
Mono assoc_next_deadline(const Assoc *a);
/* Sends what is due. True if the previous request was lost: the register has shifted in a zero. */
bool assoc_on_timer(Assoc *a, Now now, const AssocContext *context, ActionQueue *out);
/* When the last request left. Told once by the daemon's own clock reading, and again when something better comes, be it before
 * or after the reply: a worse stamp never replaces a better one. */
void assoc_on_sent(Assoc *a, const AssocStamp *sent);
/* It could not leave, or an ICMP error came back: the request is given up at once. */
void assoc_on_send_failed(Assoc *a, ActionQueue *out);
/* PACKET_GOOD: *ret_sample is filled. Any other reason leaves *ret_sample alone; a packet that fails up to test 5 changes
 * counters only. */
PacketReason assoc_on_packet(Assoc *a, Now now, const AssocReceipt *receipt, const AssocContext *context,
        Sample *ret_sample, ActionQueue *out);
/* The offset that a sample at `at` should have. */
static inline double assoc_predict_offset(const AssocContext *c, Local at) {
        return c->predicted_offset_s + c->predicted_freq * local_seconds_since(at, c->at);
}
/* Local was changed (see estimator_adjust). */
void assoc_adjust(Assoc *a, Local at, double dfreq, double doffset_s);
/* A leap second: what the next interleaved reply would be paired with is from the other side of it. */
void assoc_leap(Assoc *a);
/* The pending request is dropped without counting as lost, since its stamp belongs to another clock; likewise those that
 * interleaved mode would use. Its socket stays until the next request, its deadline or assoc_close(). */
void assoc_drop_request(Assoc *a);
/* Ask at once, by a burst if `burst`: but not before the end of a pause that a kiss has set, and at most once in
 * 2^minpoll seconds. False if it is too soon; then nothing changes. */
bool assoc_hurry(Assoc *a, Mono now, bool burst);
/* Ask in quick order until `good` replies were good or `total` requests were made: once the time for the answer to a request
 * under way is over, and not before the end of a pause that a kiss has set. A burst in progress stays what it is. */
void assoc_burst(Assoc *a, Mono now, int good, int total);
/* No more polls until assoc_poll_at() or assoc_hurry(); the register is empty. */
void assoc_rest(Assoc *a);
/* The polling options have changed: the interval keeps to them, and so does the next poll if it has to come earlier. */
void assoc_limit_poll(Assoc *a, Mono now);
/* Poll no later than at `when` (to keep sources apart: no earlier). */
void assoc_poll_at(Assoc *a, Mono when);
void assoc_close(Assoc *a, ActionQueue *out);
static inline bool assoc_bursting(const Assoc *a) {
        return a->burst.good > 0 && a->burst.total > 0;
}
