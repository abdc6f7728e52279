/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Why something was turned down, as values: they reach the log, the bus and the command line as the same words.
 * PacketReason: what became of one received packet. SourceState and Verdict: what selection thinks of one source.
 */

#include "base/strtab.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum PacketReason {
        PACKET_GOOD,              /* gave a sample */
        PACKET_MALFORMED,         /* the wire codec refused it */
        PACKET_WRONG_MODE,        /* not a server's reply */
        PACKET_NOT_ASKED,         /* no request is outstanding */
        PACKET_DUPLICATE,         /* test 1: same receive and transmit stamps as the last reply */
        PACKET_BOGUS_ORIGIN,      /* test 2: origin is not what we sent */
        PACKET_ZERO_TIMESTAMP,    /* test 3 */
        PACKET_UNAUTHENTICATED,   /* test 5: a MAC or a crypto-NAK for a source without key */
        PACKET_NO_MAC,            /* test 5: the source has a key, the reply no MAC */
        PACKET_CRYPTO_NAK,        /* test 5: the server could not verify our MAC */
        PACKET_OTHER_KEY,         /* test 5: the MAC is under another key id than the source's */
        PACKET_BAD_MAC,           /* test 5: the MAC is not the code of this reply under the source's key */
        PACKET_HEARD,             /* a peer's that answers none of ours, or an old one: ours will answer it */
        PACKET_KISS_OF_DEATH,     /* a matching kiss code: no measurement, but heeded */
        PACKET_UNSYNCHRONIZED,    /* test 6: leap 3 */
        PACKET_BAD_STRATUM,       /* test 6: stratum 0 or above 15 */
        PACKET_ROOT_DISTANCE,     /* test 7: root delay / 2 + dispersion of 16 s or more */
        PACKET_DELAY_TOO_LONG,    /* test A: maxdelay, or the server took more than 4 s */
        PACKET_UNPAIRED,          /* test A: a peer's interleaved packet with one lost in between */
        PACKET_FIRST_INTERLEAVED, /* test A: the first interleaved reply after one in basic mode */
        PACKET_BAD_OFFSET,        /* test A: 68 years or more, or to a time that no clock can have */
        PACKET_DELAY_RATIO,       /* test B: maxdelayratio */
        PACKET_DELAY_DEVIATION,   /* test C: maxdelaydevratio */
        PACKET_DELAY_QUANTILE,    /* test C: maxdelayquant */
        PACKET_SYNC_LOOP,         /* test D: the source follows us */
        PACKET_NEAR_LEAP,         /* no measurement: a leap second was too near to tell before from after */
        PACKET_WARM_UP,           /* no measurement: the request was only to wake the path (option presend) */
        PACKET_REASONS
} PacketReason;

DECLARE_STRTAB(PacketReason, packet_reason);
/* One of those of test 5. */
bool packet_reason_is_authentication(PacketReason reason);

/* The words are those of D-Bus property Source.State; the characters are those of chronyc selectdata. */
typedef enum SourceState {
        SOURCE_UNRESOLVED,     /* no address yet */
        SOURCE_NO_SELECT,      /* N: option noselect */
        SOURCE_NO_SAMPLES,     /* M: not enough measurements */
        SOURCE_UNSYNCHRONIZED, /* s: says of itself that it is not synchronized */
        SOURCE_BAD_STRATUM,    /* r: outside minstratum..maxstratum */
        SOURCE_DISTANT,        /* d: root distance above maxdistance */
        SOURCE_JITTERY,        /* ~: above maxjitter */
        SOURCE_WAITING,        /* w: waits for others at start */
        SOURCE_UNREACHABLE,    /* S: stale and unreachable */
        SOURCE_ORPHAN,         /* O: orphan stratum not chosen */
        SOURCE_UNTRUSTED,      /* T: disagrees with trusted sources */
        SOURCE_FALSETICKER,    /* x: its interval misses the majority */
        SOURCE_WAITING_QUORUM, /* W: minsources or require not met */
        SOURCE_NOT_PREFERRED,  /* P: another one has prefer */
        SOURCE_NOT_UPDATED,    /* U: waits for a new sample before it can be selected */
        SOURCE_NOT_COMBINED,   /* D: selectable, too far from the selected one to combine */
        SOURCE_SELECTABLE,     /* -: passed everything, not used */
        SOURCE_COMBINED,       /* +: contributes */
        SOURCE_SELECTED,       /* *: the reference */
        SOURCE_STATES
} SourceState;

DECLARE_STRTAB(SourceState, source_state);
char source_state_char(SourceState state);

/* Which sentence a verdict means, where the state alone leaves it open. */
typedef enum VerdictCause {
        CAUSE_PLAIN,           /* the state says it */
        CAUSE_UNAUTHENTICATED, /* NO_SELECT: by authselectmode, not by its option */
        CAUSE_NTS_MISSING,     /* NO_SELECT: its option nts, which this version cannot honour */
        CAUSE_OFFLINE,         /* NO_SAMPLES: by its option it is not asked */
        CAUSE_NO_ANSWER,       /* NO_SAMPLES: `value` requests have got no answer at all */
        CAUSE_FEW_SAMPLES,     /* NO_SAMPLES: some, but fewer than a line needs */
        CAUSE_NO_KEY,          /* NO_SAMPLES: the key with id `value` is not known, so it is not asked */
        CAUSE_NOT_AUTHENTIC,   /* NO_SAMPLES: its last reply failed test 5 */
        CAUSE_STRATUM_LOW,     /* BAD_STRATUM: below minstratum, not above maxstratum */
        CAUSE_UNREACHABLE_RUN, /* UNREACHABLE: for more polls than maxunreach, not by the age of its samples */
        CAUSE_NO_MAJORITY,     /* FALSETICKER: there is no agreed interval that it could miss */
        CAUSE_PARTLY,          /* FALSETICKER: it covers a part of the agreed interval */
        CAUSE_ORPHAN_OURS,     /* ORPHAN: it is we who serve the orphan stratum */
        CAUSE_ORPHAN_NEEDLESS, /* ORPHAN: there is a source that is none */
        CAUSE_NOT_REQUIRED,    /* WAITING_QUORUM: no source with `require` is usable */
        CAUSE_FREQUENCY,       /* NOT_COMBINED: by its frequency, not by its distance */
        CAUSE_PENALTY,         /* NOT_COMBINED: was too far lately */
        CAUSE_SHARED,          /* SELECTED: others are combined with it */
        VERDICT_CAUSES
} VerdictCause;

/* A state with the figures behind it. */
typedef struct Verdict {
        SourceState state;
        VerdictCause cause;
        double value;         /* what was measured, in the unit of the state (s, or a count) */
        double limit;         /* what it was held against */
        int agreeing, voters; /* FALSETICKER, UNTRUSTED: so many of so many agree on an interval */
        bool trusted;         /* of the trusted sources, since there are some */
} Verdict;

enum { VERDICT_TEXT_MAX = 160 };

/* "root distance 4.1 s exceeds maxdistance 3 s" and its like: one sentence without a full stop. */
const char *verdict_format(const Verdict *v, char buffer[static VERDICT_TEXT_MAX]);
