/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looks at the kernel's clock beside true time and says what it saw: a line "state ..." of name=value for each stretch of
 * seconds. It looks often within a second, and once a second compares the two bounds that are told to the world (the kernel's
 * maxerror, the daemon's MaxErrorSeconds) with the true error. Never moves the clock.
 */

#include "published.h"
#include "world.h"

#include <sys/timex.h>

typedef struct Watch Watch;

/* NULL without memory or timers. Everything that is given stays the caller's. */
Watch *watch_new(Published *published);
Watch *watch_free(Watch *w);
/* From here on: another world, or a clock that somebody has set on purpose. */
void watch_begin(Watch *w, const World *world);
/* Looks. `whole`: a second is over. */
void watch_look(Watch *w, bool whole);
/* Says what was seen since the last time. */
void watch_tell(Watch *w, const char *phase, int second);
