/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The median filter of a source (option `filter`): of the samples of some polls it makes one, so that many quick polls say as
 * much as one good one. A source (core/source.h) owns it. It knows nothing of what was measured before but how far samples
 * usually are apart. Rules and constants are those of chrony 4.8.
 */

#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

enum { SAMPLE_FILTER_POLLS_MAX = 256 };

typedef struct SampleFilter SampleFilter;

/* polls: 1..SAMPLE_FILTER_POLLS_MAX. NULL: out of memory. */
SampleFilter *sample_filter_new(size_t polls);
SampleFilter *sample_filter_free(SampleFilter *f);

/* A poll brought a sample. True: the polls are over, *ret is the median of their samples, and the next ones begin. */
bool sample_filter_add(SampleFilter *f, const Sample *sample, Sample *ret);
/* A poll brought none. Polls that end so are over with the next sample. */
void sample_filter_miss(SampleFilter *f);
/* Local was changed (see estimator_adjust). */
void sample_filter_adjust(SampleFilter *f, Local at, double dfreq, double doffset_s);
void sample_filter_reset(SampleFilter *f);
