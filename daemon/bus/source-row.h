/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Manager.ListSources: all sources in one array, the only way that stays quick with a thousand of them. The filter is
 * read first, so that a bad one is refused before any work.
 */

#include "bus/object.h"

typedef struct SourceFilter {
        const char *state, *kind, *online; /* NULL: any. They point into the message. */
        const uint32_t *ids;               /* NULL: any. Likewise. */
        size_t n_ids;
        uint64_t changed_since_usec; /* 0: any */
        unsigned aspects;            /* bit i: row i of the table of aspects is wanted in `extra` */
} SourceFilter;

/* Reads the a{sv} argument. Negative errno with *error set: an unknown key, a wrong type, an unknown aspect. */
int source_filter_read(sd_bus_message *m, SourceFilter *ret, sd_bus_error *error);
bool source_filter_matches(const SourceFilter *filter, const SourcePublished *p);
/* Appends one row (TIMEBALL_SOURCE_ROW) to an open array. */
int source_row_append(sd_bus_message *reply, const SourceFilter *filter, const SourcePublished *p);

/* What "aspects" takes, a variant of names, as the bits of SourceFilter.aspects. Negative errno: another type, an unknown one. */
int source_aspects_read(sd_bus_message *m, unsigned *ret);
/* Of what has happened to the source itself: the row's figures that move with the clock, with the time or with other sources are
 * not in it, so that it stays the same as long as nothing comes. */
uint64_t source_row_fingerprint(const SourcePublished *p, unsigned aspects);
