/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/timex.h"

#include <errno.h>
#include <math.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int call(struct timex *t) {
        return clock_adjtime(CLOCK_REALTIME, t) < 0 ? -errno : 0;
}

long timex_hz(void) {
        return sysconf(_SC_CLK_TCK);
}

void timex_read(KernelState *ret) {
        struct timex t = { 0 };

        *ret = (KernelState){ 0 };
        if (call(&t) < 0 ||
                t.tick == 0) /* 0: something between us and the kernel pretends to have answered */
                return;
        *ret = (KernelState){
                .known = true,
                .fast_ppm = kernel_frequency_ppm((KernelFrequency){ t.tick, t.freq }, timex_hz()),
                .status = (uint32_t)t.status,
                .max_error_s = (double)t.maxerror * 1e-6,
                .est_error_s = (double)t.esterror * 1e-6,
                .tai_offset_s = t.tai,
        };
}

int timex_take_over(void) {
        struct timex adjtime_off = { .modes = ADJ_OFFSET_SINGLESHOT };
        struct timex offset_off = { .modes = ADJ_OFFSET | ADJ_STATUS, .status = STA_PLL | STA_UNSYNC };
        struct timex loop_off = { .modes = ADJ_STATUS | ADJ_MICRO, .status = STA_UNSYNC };
        int r;

        r = call(&adjtime_off);
        if (r < 0)
                return r;
        r = call(&offset_off); /* the kernel takes an offset only while its loop is on */
        if (r < 0)
                return r;
        return call(&loop_off);
}

int timex_set_frequency(double fast_ppm, double *ret_ppm) {
        long hz = timex_hz();
        KernelFrequency wanted = kernel_frequency_from_ppm(fast_ppm, hz);
        struct timex t = { .modes = ADJ_TICK | ADJ_FREQUENCY, .tick = wanted.tick, .freq = wanted.freq };
        int r = call(&t);

        if (r < 0)
                return r;
        *ret_ppm = kernel_frequency_ppm((KernelFrequency){ t.tick, t.freq }, hz);
        return 0;
}

int timex_step(Span forward) {
        struct timex t = { .modes = ADJ_SETOFFSET | ADJ_NANO };
        int64_t seconds = forward.ns / NS_PER_S, ns = forward.ns % NS_PER_S;

        if (ns < 0) { /* the fraction must not be negative */
                ns += NS_PER_S;
                seconds--;
        }
        t.time.tv_sec = seconds;
        t.time.tv_usec = ns;
        return call(&t);
}

/* That its loop is switched off makes the kernel's leap machine begin anew, at once. */
int timex_forget_leap(void) {
        struct timex loop_on = { .modes = ADJ_STATUS, .status = STA_PLL | STA_UNSYNC };
        struct timex loop_off = { .modes = ADJ_STATUS, .status = STA_UNSYNC };
        int r = call(&loop_on);

        return r < 0 ? r : call(&loop_off);
}

static long microseconds_up(double seconds) {
        return (long)ceil(fmin(fmax(seconds, 0.0), KERNEL_ERROR_MAX_S) * 1e6);
}

int timex_set_quality(const KernelQuality *quality) {
        struct timex t = {
                .modes =
                        ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_MICRO, /* a step left nanoseconds on */
                .status = (int)quality->status,
                .maxerror = microseconds_up(quality->max_error_s),
                .esterror = microseconds_up(quality->est_error_s),
        };

        if (quality->tai_offset_s != 0) {
                t.modes |= ADJ_TAI;
                t.constant = quality->tai_offset_s;
        }
        return call(&t);
}
