/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What happened, for those who write it down: each packet that was held against the tests, each new estimate of a source, each
 * verdict of a selection, each update of the clock. The engine adds entries while it handles an event; the daemon (run/) owns the
 * chronicle, reads them after the event and clears it. Nothing of it is ever used to steer the clock.
 *
 * Instants are Local; signs are ours (docs/signs.md).
 */

#include "base/net-address.h"
#include "core/reason.h"
#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHRONICLE_ENTRIES_MAX = 8192 };

typedef enum ChronicleKind {
        CHRONICLE_MEASUREMENT,
        CHRONICLE_STATISTICS,
        CHRONICLE_SELECTION,
        CHRONICLE_TRACKING,
        CHRONICLE_KINDS
} ChronicleKind;

typedef struct ChroniclePacket {
        LeapStatus leap;
        uint8_t stratum, mode;
        uint32_t tests; /* as in AssocExchange */
        int poll;       /* of ours, log2 s */
        int8_t remote_poll;
        double score;                           /* of the polling interval, 0..1 */
        double offset_s, delay_s, dispersion_s; /* 0 if nothing was measured */
        double root_delay_s, root_dispersion_s; /* as the packet says */
        uint32_t ref_id;
        bool interleaved;
        uint8_t tx_stamp, rx_stamp; /* StampSource */
} ChroniclePacket;

typedef struct ChronicleEstimate {
        double std_dev_s, offset_s, offset_sd_s;
        double freq, skew; /* s/s */
        double stress;     /* by how many of its former skews freq has changed */
        int n_samples, n_runs;
        double asymmetry;
} ChronicleEstimate;

typedef struct ChronicleVerdict {
        SourceState state;
        unsigned flags; /* SelectFlags, those in force */
        uint8_t reach;
        double score;
        double age_s, low_s, high_s; /* of the last sample; of the interval: 0 without a sample */
} ChronicleVerdict;

typedef struct ChronicleUpdate {
        bool synchronized; /* false: nothing is followed, and of what follows freq_ppm and skew count, and uncorrected_s */
        uint8_t stratum; /* own */
        LeapStatus leap;
        int n_combined;
        double freq_ppm, skew; /* of the uncorrected clock; s/s */
        double offset_s, offset_sd_s;
        double uncorrected_s; /* of earlier updates, > 0: local is ahead by it, too */
        double root_delay_s, root_dispersion_s;
        double max_error_s; /* that the clock may have had just before; infinite: nothing was known */
} ChronicleUpdate;

typedef struct ChronicleEntry {
        ChronicleKind kind;
        Local at;
        NetAddress address; /* of the source; ADDRESS_NONE if nothing is followed */
        union {
                ChroniclePacket packet;
                ChronicleEstimate estimate;
                ChronicleVerdict verdict;
                ChronicleUpdate update;
        };
} ChronicleEntry;

typedef struct Chronicle {
        unsigned wanted; /* bit i: entries of ChronicleKind i */
        ChronicleEntry *entries;
        size_t n, room;
        size_t n_lost; /* above CHRONICLE_ENTRIES_MAX, or out of memory */
} Chronicle;

static inline bool chronicle_wants(const Chronicle *c, ChronicleKind kind) {
        return c && (c->wanted & (1U << kind)) != 0;
}

/* Of a wanted kind; copied. */
void chronicle_add(Chronicle *c, const ChronicleEntry *entry);
/* The entries have been read. */
void chronicle_clear(Chronicle *c);
void chronicle_done(Chronicle *c);
