/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The clock that is steered, behind one table of operations. Backends: the kernel's clock (clock-kernel.c), a virtual one
 * over an untouched kernel clock (clock-none.c: -x), the simulated one (tests/sim/); later a helper process.
 *
 * An operation returns 0 or a negative errno if the command could not even be handed over. What it did is told by an
 * event to the handler: at once by direct backends, later by the helper. Signs: offset > 0 = the local clock is ahead and is
 * set back; freq_ppm > 0 = the uncorrected clock is fast.
 */

#include "core/clock-event.h"
#include "core/clock-map.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Clock Clock;

typedef void (*ClockHandler)(void *userdata, const ClockEvent *event);

typedef struct ClockLimits {
        double max_slew_rate; /* s/s */
        bool rtc_sync;        /* the kernel may be told that its clock is right */
} ClockLimits;

typedef struct ClockOps {
        const char *name;
        /* The state now; also looks for foreign steps and frequency changes and tells them as events. */
        int (*read)(Clock *c, ClockState *ret);
        int (*set_base)(Clock *c, double freq_ppm);
        /* Takes offset_s away in about `duration`, replacing what is still outstanding by adding it: the backend ends
         * the slew by itself. */
        int (*slew)(Clock *c, double offset_s, Span duration);
        /* Takes offset_s and all that is outstanding away at once. */
        int (*step)(Clock *c, double offset_s);
        /* A leap second: takes offset_s (1, -1) away as UTC does, at once or by a slew as fast as it may be; a slew in progress
         * goes on. */
        int (*leap)(Clock *c, double offset_s, bool slewed);
        int (*quality)(Clock *c, const ClockQuality *quality);
        /* Converts a stamp of the kernel's clock, taken since the last event, to Local. */
        Local (*local)(Clock *c, Wall stamp);
        /* The same as a value, for threads that have no clock: it holds until the next event. */
        void (*map)(Clock *c, ClockMap *ret);
        /* Others from now on; a slew in progress goes on as it is. NULL: the backend has none. */
        void (*set_limits)(Clock *c, const ClockLimits *limits);
        void (*free)(Clock *c);
} ClockOps;

/* Backends embed this as their first member. */
struct Clock {
        const ClockOps *ops;
        ClockHandler handler;
        void *userdata;
};

static inline void clock_set_handler(Clock *c, ClockHandler handler, void *userdata) {
        c->handler = handler;
        c->userdata = userdata;
}

static inline int clock_read(Clock *c, ClockState *ret) {
        return c->ops->read(c, ret);
}

static inline int clock_set_base(Clock *c, double freq_ppm) {
        return c->ops->set_base(c, freq_ppm);
}

static inline int clock_slew(Clock *c, double offset_s, Span duration) {
        return c->ops->slew(c, offset_s, duration);
}

static inline int clock_step(Clock *c, double offset_s) {
        return c->ops->step(c, offset_s);
}

static inline int clock_leap(Clock *c, double offset_s, bool slewed) {
        return c->ops->leap(c, offset_s, slewed);
}

static inline int clock_quality(Clock *c, const ClockQuality *quality) {
        return c->ops->quality(c, quality);
}

static inline Local clock_local(Clock *c, Wall stamp) {
        return c->ops->local(c, stamp);
}

static inline void clock_map(Clock *c, ClockMap *ret) {
        c->ops->map(c, ret);
}

static inline void clock_set_limits(Clock *c, const ClockLimits *limits) {
        if (c->ops->set_limits)
                c->ops->set_limits(c, limits);
}

static inline Clock *clock_free(Clock *c) {
        if (c)
                c->ops->free(c);
        return NULL;
}
