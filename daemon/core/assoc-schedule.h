/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When an association asks, and how it keeps count of the answers: what the parts of core/assoc share. Nobody else uses it.
 */

#include "core/assoc.h"

/* From one request to the next: the poll, between peers that of the one who asks more often; a burst's pace; or maxpoll after
 * DENY. With a little randomness. `elapsed`: since that request; between peers it matters when the other one asks. */
Span assoc_interval(const Assoc *a, const AssocContext *context, Span elapsed);
/* The least time between two requests of a burst. */
Span assoc_burst_spacing(const Assoc *a);
/* The register takes in one poll (RFC 5905, 9.2). */
void assoc_shift_reach(Assoc *a, bool answered);
