/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Samples of an earlier run that wait for their source: until an association with that address has given a sample of its own.
 * (Names are resolved after the start, and of several addresses one may win.) Until then they follow every change of the
 * clock as the samples of the sources do. The engine owns it.
 */

#include "core/dump.h"
#include "core/estimator.h"

typedef struct Archived Archived;

typedef struct Archive {
        Archived **items;
        size_t n;
} Archive;

void archive_done(Archive *a);
/* 0, -EEXIST if there are some of that address and port already, -ENOSPC above SOURCES_MAX, or -ENOMEM. */
int archive_add(Archive *a, const Dump *dump, const ClockShift *shift);
/* Gives the samples of that source, if there are some, to an estimator, before those that it has. */
void archive_give(Archive *a, const NetEndpoint *remote, Estimator *to);
/* Those of that source will not be wanted. */
void archive_drop(Archive *a, const NetEndpoint *remote);
/* See estimator_adjust(). */
void archive_adjust(Archive *a, Local at, double dfreq, double doffset_s);
/* The clock is not the one that was measured. */
void archive_clear(Archive *a);
