/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A configured source: what a `server`, `pool`, `peer` or `refclock` line says, with defaults filled in. Plain values: the
 * configuration makes it, the engine copies it. */

#include "core/action.h"
#include "core/assoc.h"
#include "core/select.h"

typedef enum SourceKind { SOURCE_SERVER, SOURCE_POOL, SOURCE_PEER, SOURCE_REFCLOCK } SourceKind;

DECLARE_STRTAB(SourceKind, source_kind);

/* Origins of lines that nobody wrote into a file: they are not kept. */
#define HINT_ORIGIN     "hint"      /* the network offers it (core/hint-table.h) */
#define TIMESYNC_ORIGIN "timesync1" /* SetRuntimeNTPServers */

typedef struct SourceSpec {
        SourceKind kind;
        char name[NAME_MAX_BYTES];   /* host name or address as configured */
        char origin[NAME_MAX_BYTES]; /* "config", "sourcedir:FILE", "runtime" (D-Bus Source.Origin) */
        AddressFamily family;        /* ADDRESS_NONE = any */
        AssocOptions assoc;
        SelectFlags flags;
        int min_samples, max_samples; /* -1 = the directive's */
        double min_delay_s;
        bool asymmetry_known;
        double asymmetry; /* then: of the network jitter, -0.5 (requests alone) .. 0.5 (replies alone) */
        int filter_polls; /* that one sample is made of; 0 = every one by itself */
        int max_sources;  /* pool */
        int max_unreach;
        bool offline;
        bool nts; /* asked for: not there yet, so that it comes with SELECT_NOSELECT */
} SourceSpec;

enum { SOURCES_MAX = 2048 /* sources at a time, pool members included */ };
