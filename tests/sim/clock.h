/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The simulated backend of os/clock.h: a steered clock over an oscillator, which others may set, disturb or put to sleep.
 * As with the kernel's, what others did is found by the next `read` and told then as an event; a slew ends by itself. Mono
 * runs as CLOCK_BOOTTIME does: with Wall, without its steps, through sleep; Raw is the oscillator, which sleep stops. Told of a
 * leap second by `quality`, it carries it out as the kernel does: at the end of that day on Wall, in the second that began
 * under the flag.
 */

#include "core/steered-clock.h"
#include "os/clock.h"
#include "sim/event-queue.h"
#include "sim/oscillator.h"

typedef struct SimClockOptions {
        OscillatorOptions oscillator;
        double offset_s; /* at the start; > 0 = ahead */
        double base_ppm; /* base frequency that is in force at the start */
} SimClockOptions;

/* What was done behind our back and is not told yet. */
typedef struct SimClockForeign {
        bool stepped, retuned, slept;
        Span step;          /* forward */
        Span sleep;         /* as the kernel counted it */
        double owned_ppm;   /* the base frequency that we had set */
        double foreign_ppm; /* by how much another one is in force */
        int64_t retuned_ns; /* free-running time at which it came into force */
        double gained_s;    /* by other frequencies before that */
} SimClockForeign;

typedef struct SimClock {
        Clock clock;
        EventQueue *queue;
        Oscillator oscillator;
        SteeredClock steered;
        int64_t jumped_ns; /* what others have added to the free-running scale */
        int64_t slept_ns;  /* oscillator time that passed in sleep */
        bool asleep;
        int64_t asleep_since_ns;   /* true time ... */
        int64_t asleep_reading_ns; /* ... and the oscillator's reading then */
        int64_t wall_minus_mono_ns;
        uint64_t slew_number; /* of the slew in progress: the ends of older ones are ignored */
        SimClockForeign foreign;
        ClockQuality quality; /* as last told to the kernel */
        int tai_offset_s;
        Wall leap_at;         /* 0 = nothing planned */
        uint64_t leap_number; /* of the plan: older ones are ignored */
        unsigned n_leaps;     /* that the kernel has carried out */
        unsigned n_qualities;
        int refuse_errno; /* while not 0, every command fails with it */
} SimClock;

/* `owner` makes the oscillator's random stream. The clock is embedded and never freed by itself. */
void sim_clock_init(SimClock *c, EventQueue *queue, const SimClockOptions *options, double max_slew_rate,
        uint64_t seed, uint64_t owner);

/* The state now, without looking for what others did: for probes, which must not change a run. */
ClockState sim_clock_state(SimClock *c);
/* Local and Wall minus true time, in seconds. */
double sim_clock_local_error(SimClock *c);
double sim_clock_wall_error(SimClock *c);
/* s/s that Local gains on true time now. */
double sim_clock_local_freq(SimClock *c);

/* As when the daemon ends: what is outstanding is dropped, the base frequency stays, and nobody is told. What others did is
 * forgotten, as by a daemon that has just begun. */
void sim_clock_leave(SimClock *c);
/* Somebody else sets the clock forward by `jump`. */
void sim_clock_foreign_step(SimClock *c, Span jump);
/* Somebody else makes the clock gain `ppm` less than it did. */
void sim_clock_foreign_frequency(SimClock *c, double ppm);
/* The machine sleeps from here ... */
void sim_clock_suspend(SimClock *c);
/* ... to here; the kernel adds the time slept as the RTC had it, wrong by rtc_error. */
void sim_clock_resume(SimClock *c, Span rtc_error);
