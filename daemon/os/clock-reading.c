/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-reading.h"

#include <time.h>

static int64_t read_ns(clockid_t id) {
        struct timespec t;

        (void)clock_gettime(id, &t); /* fails only for an unknown clock */
        return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void read_once(ClockReading *ret) {
        int64_t before_ns = read_ns(CLOCK_MONOTONIC), after_ns, boot_ns;

        ret->wall.ns = read_ns(CLOCK_REALTIME);
        boot_ns = read_ns(CLOCK_BOOTTIME);
        ret->raw.ns = read_ns(CLOCK_MONOTONIC_RAW);
        after_ns = read_ns(CLOCK_MONOTONIC);
        ret->mono.ns = boot_ns;
        ret->asleep.ns = boot_ns - (before_ns + (after_ns - before_ns) / 2);
        ret->width.ns = after_ns - before_ns;
}

void clock_reading_take(ClockReading *ret) {
        enum { TRIES = 3 };
        ClockReading next;

        read_once(ret);
        for (int i = 1; i < TRIES; i++) {
                read_once(&next);
                if (next.width.ns < ret->width.ns)
                        *ret = next;
        }
}

Mono mono_now(void) {
        return (Mono){ read_ns(CLOCK_BOOTTIME) };
}

Wall wall_now(void) {
        return (Wall){ read_ns(CLOCK_REALTIME) };
}

Raw raw_now(void) {
        return (Raw){ read_ns(CLOCK_MONOTONIC_RAW) };
}
