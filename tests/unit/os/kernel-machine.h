/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kernel backend over a kernel made of arithmetic: who includes this file takes the place of os/timex.c, os/clock-reading.c and
 * os/clock-alarm.c, so that nothing here reads or moves a real clock. One test program includes it once.
 */

#include "os/clock-kernel.h"

#include "os/clock-alarm.h"
#include "os/clock-reading.h"
#include "os/kernel-frequency.h"
#include "os/timex.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include <cmocka.h>

enum { HZ = 100, CALL_NS = 400 /* what a system call takes */ };

#define START_WALL (INT64_C(1790000000) * NS_PER_S)
#define MAX_RATE   (1.0 / 12)

typedef struct Machine {
        int64_t raw_ns, mono_ns, asleep_ns;
        int64_t wall_ns;
        double part_ns; /* of wall and mono, which run at one rate */
        double fast_ppm;
        KernelQuality quality;
        int tai_offset_s;
        bool leap_planned; /* the kernel will act on its leap flags: they came after there had been none */
        uint32_t loops;    /* STA_PLL and its like, by somebody else */
        int64_t due_ns;    /* CLOCK_MONOTONIC, INT64_MAX = not armed */
        int error;         /* of the next writes */
        unsigned n_take_over, n_frequency, n_step, n_quality, n_forget_leap, n_tai;
        int64_t last_step_ns;
        const ClockAlarmOps *alarm_ops;
        void *alarm_userdata;
} Machine;

static Machine machine;

static inline void pass(int64_t raw_ns) {
        double gain_ns = machine.part_ns - machine.fast_ppm * 1e-6 * (double)raw_ns;
        int64_t whole_ns = llrint(gain_ns);

        machine.raw_ns += raw_ns;
        machine.wall_ns += raw_ns + whole_ns;
        machine.mono_ns += raw_ns + whole_ns;
        machine.part_ns = gain_ns - (double)whole_ns;
}

/* Time goes by; the alarm rings `late_ns` after it is due. */
static inline void pass_ringing(int64_t raw_ns, int64_t late_ns) {
        int64_t end_ns = machine.raw_ns + raw_ns;

        while (machine.due_ns != INT64_MAX) {
                int64_t left_ns = machine.due_ns - (machine.mono_ns - machine.asleep_ns);
                int64_t raw_left_ns =
                        (int64_t)ceil((double)left_ns / (1 - machine.fast_ppm * 1e-6)) + late_ns;

                if (machine.raw_ns + raw_left_ns > end_ns)
                        break;
                pass(raw_left_ns > 0 ? raw_left_ns : 0);
                machine.due_ns = INT64_MAX;
                machine.alarm_ops->on_due(machine.alarm_userdata);
        }
        pass(end_ns - machine.raw_ns);
}

void clock_reading_take(ClockReading *ret) {
        *ret = (ClockReading){
                .mono = { machine.mono_ns },
                .raw = { machine.raw_ns },
                .wall = { machine.wall_ns },
                .asleep = { machine.asleep_ns },
                .width = { 50 },
        };
}

Mono mono_now(void) {
        return (Mono){ machine.mono_ns };
}

Wall wall_now(void) {
        return (Wall){ machine.wall_ns };
}

long timex_hz(void) {
        return HZ;
}

void timex_read(KernelState *ret) {
        *ret = (KernelState){
                .known = true,
                .fast_ppm = machine.fast_ppm,
                .status = machine.quality.status | machine.loops,
                .max_error_s = machine.quality.max_error_s,
                .est_error_s = machine.quality.est_error_s,
                .tai_offset_s = machine.tai_offset_s,
        };
}

int timex_forget_leap(void) {
        if (machine.error)
                return machine.error;
        machine.n_forget_leap++;
        machine.quality.status = STA_UNSYNC;
        machine.leap_planned = false;
        return 0;
}

int timex_take_over(void) {
        if (machine.error)
                return machine.error;
        machine.n_take_over++;
        machine.loops = 0;
        machine.quality.status = STA_UNSYNC;
        return 0;
}

int timex_set_frequency(double fast_ppm, double *ret_ppm) {
        if (machine.error)
                return machine.error;
        pass(CALL_NS / 2);
        machine.n_frequency++;
        machine.fast_ppm = *ret_ppm = kernel_frequency_round(fast_ppm, HZ);
        pass(CALL_NS / 2);
        return 0;
}

static inline void forget_quality(void) {
        machine.quality.status |= STA_UNSYNC; /* leap flags stay, but what was planned for them is lost */
        machine.quality.max_error_s = machine.quality.est_error_s = 16;
        machine.leap_planned = false;
}

int timex_step(Span forward) {
        if (machine.error)
                return machine.error;
        machine.n_step++;
        machine.last_step_ns = forward.ns;
        machine.wall_ns += forward.ns;
        forget_quality();
        return 0;
}

int timex_set_quality(const KernelQuality *quality) {
        if (machine.error)
                return machine.error;
        machine.n_quality++;
        if (!(quality->status & (STA_INS | STA_DEL)))
                machine.leap_planned = false;
        else if (!(machine.quality.status & (STA_INS | STA_DEL)))
                machine.leap_planned = true;
        machine.quality = *quality;
        if (quality->tai_offset_s != 0) {
                machine.tai_offset_s = quality->tai_offset_s;
                machine.n_tai++;
        }
        return 0;
}

struct ClockAlarm {
        int unused;
};

static ClockAlarm the_alarm;

int clock_alarm_new(sd_event *event, const ClockAlarmOps *ops, void *userdata, ClockAlarm **ret) {
        machine.alarm_ops = ops;
        machine.alarm_userdata = userdata;
        *ret = &the_alarm;
        return 0;
}

ClockAlarm *clock_alarm_free(ClockAlarm *a) {
        return NULL;
}

void clock_alarm_arm(ClockAlarm *a, const ClockReading *now, Span in) {
        machine.due_ns = now->mono.ns - now->asleep.ns + in.ns;
}

void clock_alarm_disarm(ClockAlarm *a) {
        machine.due_ns = INT64_MAX;
}

typedef struct Seen {
        ClockEvent last;
        unsigned n[CLOCK_EVENT_REFUSED + 1];
} Seen;

typedef struct Fixture {
        Clock *clock;
        Seen seen;
} Fixture;

static inline void on_event(void *userdata, const ClockEvent *event) {
        Seen *seen = userdata;

        seen->last = *event;
        seen->n[event->kind]++;
}

static inline void boot(double fast_ppm) {
        machine = (Machine){
                .raw_ns = 100 * NS_PER_S,
                .mono_ns = 150 * NS_PER_S,
                .asleep_ns = 40 * NS_PER_S,
                .wall_ns = START_WALL,
                .fast_ppm = kernel_frequency_round(fast_ppm, HZ),
                .due_ns = INT64_MAX,
                .loops = STA_PLL,
        };
        forget_quality();
}

static inline Fixture started(double fast_ppm, bool rtc_sync) {
        const ClockKernelOptions options = { .max_slew_rate = MAX_RATE, .rtc_sync = rtc_sync };
        Fixture f = { 0 };

        boot(fast_ppm);
        assert_int_equal(clock_kernel_new(NULL, &options, &f.clock), 0);
        return f;
}

static inline ClockState state_of(Fixture *f) {
        ClockState s;

        clock_set_handler(f->clock, on_event, &f->seen);
        assert_int_equal(clock_read(f->clock, &s), 0);
        return s;
}

#define assert_near(a, b, tolerance) \
        do { \
                double _a = (a), _b = (b); \
                if (!(fabs(_a - _b) <= (tolerance))) \
                        fail_msg("%s = %.15g, expected %.15g", #a, _a, _b); \
        } while (0)

/* What Local gained on the oscillator since a state. */
static inline double gained_ns(const ClockState *since, const ClockState *now) {
        return (double)(now->local.ns - since->local.ns - (now->raw.ns - since->raw.ns));
}
