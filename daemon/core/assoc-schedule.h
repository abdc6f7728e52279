/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When an association asks, and how it keeps count of the answers: what the parts of core/assoc share. Nobody else uses it.
 */

#include "core/assoc.h"

/* From one request to the next: the poll, a burst's pace, or maxpoll after DENY; with a little randomness. */
Span assoc_interval(const Assoc *a, const Rng *rng);
/* The register takes in one poll (RFC 5905, 9.2). */
void assoc_shift_reach(Assoc *a, bool answered);
