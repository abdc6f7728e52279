/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A source: one server as selection and readers see it. It owns an association with its address, the estimator over its
 * samples and what selection remembers of it. While it has not yet answered, a second association may race with the first one
 * over the other address family; whoever gives the first good sample stays. The roster (core/roster.h) owns it.
 */

#include "core/engine-options.h"
#include "core/key-ring.h"
#include "core/pool.h"
#include "core/sample-filter.h"
#include "core/snapshot.h"
#include "core/source-change.h"

/* Where selection saw the local offset by this source. */
typedef struct SourceInterval {
        double distance_s, low_s, high_s;
} SourceInterval;

typedef struct Source {
        uint32_t id;
        Pool *pool;           /* the line that it comes from; not owned */
        bool resolved;        /* has an address, and `assoc` is in use */
        bool racing;          /* `rival` is in use */
        bool tentative;       /* has never given a good sample */
        bool reachable;       /* as the last notice said */
        bool offline;         /* not to be asked, but for the rest of a burst */
        bool refreshing;      /* the next answer of its name says whether it keeps its address */
        Mono refreshed;       /* when it was last to be so; ns = 0: its address is of the first answer */
        AssocOptions options; /* its line's, or as changed since: so are the next two */
        SelectFlags flags;
        int max_unreach;
        Assoc assoc, rival;
        Estimator *estimator;
        SampleFilter *filter; /* NULL: each sample goes into the estimator as it is */
        SelectMemory memory;
        Verdict verdict; /* of the last selection */
        SelectFlags effective;
        SourceInterval interval; /* likewise */
        Mono last_good;          /* ns = 0: never */
        double measured_s;       /* offset of the last sample, as measured */
        int fruitless;           /* polls in a row that brought nothing from a synchronized server */
        int bad_updates;         /* in a row with a verdict that an other address might mend */
        uint8_t stratum;
        LeapStatus leap;
        uint32_t own_ref_id; /* of us, as it sees us; 0 = unknown */
} Source;

/* What sources work with; the same for all of them. */
typedef struct SourceMeans {
        const EngineOptions *options;
        const Rng *rng;
        ActionQueue *out;
        Mono void_before;         /* replies to older requests give no measurement (see core/leap.h) */
        const KeyRing *keys;      /* NULL = none */
        const ServedTime *served; /* what we tell others at the time of the event; NULL = we serve nobody */
        AssocExchange *heard;     /* as in AssocContext */
        double freq_sd;           /* how well the clock's rate is known, s/s */
} SourceMeans;

/* What one packet did to a source. */
typedef struct SourceEvent {
        PacketReason reason;
        bool won;     /* the rival answered first and has taken the place */
        bool sampled; /* the estimator has a new sample */
        bool became_reachable;
        bool fruitless; /* a reply, but of a server that is of no use now */
} SourceEvent;

/* NULL: out of memory. */
Source *source_new(uint32_t id, Pool *pool, const EngineOptions *options);
Source *source_free(Source *s);

/* (Re)starts with that address: samples and history of an other one are forgotten. */
void source_assign(Source *s, uint32_t assoc, const NetAddress *address, Mono first_poll, ActionQueue *out);
/* Lets a second address race with the first. */
void source_race(Source *s, uint32_t assoc, const NetAddress *address, Mono first_poll);
void source_close(Source *s, ActionQueue *out);
/* Of two that race, this one is given up. */
void source_withdraw(Source *s, const Assoc *loser, ActionQueue *out);

/* The association with that id if it is one of this source's, else NULL. */
Assoc *source_find_assoc(Source *s, uint32_t assoc);
bool source_has_address(const Source *s, const NetAddress *address);
uint16_t source_port(const Source *s);

Mono source_next_deadline(const Source *s);
/* True if a poll was lost. */
bool source_on_timer(Source *s, Now now, const SourceMeans *means);
SourceEvent source_on_packet(
        Source *s, Assoc *a, Now now, const AssocReceipt *receipt, const SourceMeans *means);
/* Local was changed (see estimator_adjust). */
void source_adjust(Source *s, Local at, double dfreq, double doffset_s);
/* A leap second has set Local back, and the source with it (see estimator_leap). */
void source_leap(Source *s, Span set_back);
/* Measurements are void: forget them, and what selection made of them, and ask anew. */
void source_restart(Source *s, Mono now);
/* Requests under way are void. */
void source_drop_requests(Source *s);
/* The network may be back: ask at once what does not answer (see assoc_hurry). */
void source_hurry(Source *s, Mono now);

/* See the orders of the same names in core/engine-orders.h. */
void source_set_online(Source *s, Mono now, bool online, const SourceMeans *means);
bool source_can_burst(const Source *s);
void source_burst(Source *s, Mono now, int good, int total);
/* False, and nothing has changed: its noselect must stay. `change` is valid. */
bool source_modify(Source *s, Now now, const SourceChange *change);

/* What is left of the polls of the start could still make a line (chrony's rule for the end of -q and -Q). */
bool source_is_hopeful(const Source *s);
void source_fill_candidate(Source *s, const SourceMeans *means, Local at, SelectCandidate *ret);
void source_take_verdict(Source *s, const SelectCandidate *candidate);
void source_view(const Source *s, Now now, SourceView *ret);
