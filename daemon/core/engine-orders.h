/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What people order the engine to do while it runs. An order is carried out at once or turned down: then it is a negative
 * errno, and nothing has changed. Actions follow as after an event: the caller takes them all out after each order and arms its
 * timer (see core/engine.h); an order that may bring many is turned down with -EBUSY while those of others are still there.
 *
 * Whoever calls has asked already whether the one who orders may. Ids are those of the snapshot: `-ENOENT` is all that an id
 * can be wrong by, and one that has gone never comes back.
 */

#include "core/engine.h"
#include "core/source-change.h"

/* To add a source is engine_add_source(). */

/* A server or a peer goes with its line. A pool's member goes, and the pool wants one fewer; the last one takes the pool along.
 * If it was the one that is followed, another one is selected at once. -ENOENT, -EBUSY. */
int engine_remove_source(Engine *e, Now now, uint32_t source);
/* The line with all its sources. -ENOENT, -EBUSY. */
int engine_remove_pool(Engine *e, Now now, uint32_t pool);

/* Online: it is asked at once (by a burst if its line says iburst), but not before the end of a pause that it has asked for.
 * Offline: it is not asked any more, except for the rest of a burst; its register is empty, its samples grow old and count as
 * those of any unreachable source. Nothing happens if it is so already. -ENOENT, -EBUSY. */
int engine_set_online(Engine *e, Now now, uint32_t source, bool online);

/* Up to `max` requests in quick order until `good` of them were good: 1 <= good <= max <= 255, else -EINVAL. A source that is offline
 * is so again afterwards. A burst in progress goes on as it is, and one never begins before the end of a pause that the source
 * has asked for. -ENOENT; -EINVAL also for a peer, which is never asked in bursts, and for a source without an address. */
int engine_burst(Engine *e, Now now, uint32_t source, int good, int max);

/* Its name is looked up again, not within 10 s of the last time: an address that is no longer in the answer is given up for one
 * that is. -ENOENT; -EINVAL: it was given by address. */
int engine_refresh(Engine *e, Now now, uint32_t source);

/* From now on. A new offset moves what was measured as well, so that nothing jumps. -ENOENT, -EBUSY; -EINVAL: a value out of range, or
 * noselect is to go from a source whose option nts cannot be honoured. */
int engine_modify_source(Engine *e, Now now, uint32_t source, const SourceChange *change);

/* The best source is chosen as if none had been followed so far (chronyc reselect). */
void engine_reselect(Engine *e, Now now);
/* All measurements are dropped, and what was known of the clock's offset is void (chronyc reset sources). Its rate stays. */
void engine_reset_sources(Engine *e, Now now);

/* What a slew has still to take away is taken away at once (chronyc makestep). -ENODATA: nothing is known of the clock. */
int engine_make_step(Engine *e, Now now);
/* The clock's rate is set: ppm > 0 means that it is fast by itself and is held back. (chronyc dfreq adds to it: the caller does
 * the sum.) -ERANGE: beyond maxdrift. */
int engine_set_frequency(Engine *e, Now now, double ppm);
/* Whether engine_set_frequency() would take it: 0, or -ERANGE. */
int engine_check_frequency(const Engine *e, double ppm);
/* The clock is slewed by so much, as fast as it may be: offset_s > 0 sets it back (chronyc doffset). -ERANGE: beyond +-1e6 s. */
int engine_adjust_offset(Engine *e, Now now, double offset_s);
/* Whether engine_adjust_offset() would take it: 0, or -ERANGE. */
int engine_check_offset(double offset_s);

/* The options anew, all but `once`, `serving` and `precision_s`, which stay as they were at the start; min_samples and max_samples
 * hold for sources that come later. What they change takes effect at once. */
void engine_set_options(Engine *e, Now now, const EngineOptions *options);
/* The limit of makestep counts from now on (chronyc makestep with its arguments). With another threshold or limit than before,
 * engine_set_options() does so by itself. */
void engine_allow_steps(Engine *e);
