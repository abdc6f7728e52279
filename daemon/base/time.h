/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Time, in types that C refuses to mix.
 *
 * Every instant and span is an int64_t of nanoseconds in a one-member struct; a `double` holds only differences,
 * rates and variances and is named with its unit. Nothing here reads a clock: instants come in as arguments.
 * The range of an instant is 1678..2262 for the calendar scales. Arithmetic saturates at the ends of the range.
 */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

typedef struct {
        int64_t ns;
} Span; /* a length of time */

typedef struct {
        int64_t ns;
} Mono; /* CLOCK_BOOTTIME: deadlines and ages; goes on during suspend */

typedef struct {
        int64_t ns;
} Raw; /* CLOCK_MONOTONIC_RAW: the oscillator, untouched by any steering */

typedef struct {
        int64_t ns;
} Wall; /* CLOCK_REALTIME as the kernel shows it, since 1970 */

typedef struct {
        int64_t ns;
} Local; /* Wall without the outstanding slew, since 1970: what is measured and served */

typedef struct {
        uint64_t bits;
} NtpStamp; /* 64-bit NTP timestamp, host order: 32 bits of seconds since the era's start, 32 of fraction (RFC 5905, 6) */

typedef struct {
        uint32_t bits;
} NtpShort; /* 32-bit NTP short format, host order: 16 bits of seconds, 16 of fraction (RFC 5905, 6) */

/* Now: the two clocks that the pure layers are told with every event. */
typedef struct {
        Mono mono;
        Local local;
} Now;

static inline int64_t ns_add(int64_t a, int64_t b) {
        int64_t sum;

        if (__builtin_add_overflow(a, b, &sum))
                return b < 0 ? INT64_MIN : INT64_MAX;
        return sum;
}

static inline int64_t ns_sub(int64_t a, int64_t b) {
        int64_t difference;

        if (__builtin_sub_overflow(a, b, &difference))
                return b > 0 ? INT64_MIN : INT64_MAX;
        return difference;
}

/* For an instant type T: T_add(T, Span), T_sub(T, T) -> Span, T_before(a, b), T_min(a, b). */
#define DEFINE_INSTANT(Type, prefix) \
        static inline Type prefix##_add(Type a, Span s) { \
                return (Type){ ns_add(a.ns, s.ns) }; \
        } \
        static inline Span prefix##_sub(Type a, Type b) { \
                return (Span){ ns_sub(a.ns, b.ns) }; \
        } \
        static inline bool prefix##_before(Type a, Type b) { \
                return a.ns < b.ns; \
        } \
        static inline Type prefix##_min(Type a, Type b) { \
                return a.ns < b.ns ? a : b; \
        }

DEFINE_INSTANT(Mono, mono)
DEFINE_INSTANT(Raw, raw)
DEFINE_INSTANT(Wall, wall)
DEFINE_INSTANT(Local, local)

#define MONO_NEVER ((Mono){ INT64_MAX })

#define SPAN_ZERO  ((Span){ 0 })
#define SPAN_S(n)  ((Span){ (n)*NS_PER_S })
#define SPAN_MS(n) ((Span){ (n)*NS_PER_MS })
#define SPAN_US(n) ((Span){ (n)*NS_PER_US })

static inline double span_seconds(Span s) {
        return (double)s.ns * 1e-9;
}

/* Rounds to the nearest nanosecond; saturates; NaN becomes 0. */
static inline Span span_from_seconds(double seconds) {
        double ns = seconds * 1e9;

        if (isnan(ns))
                return SPAN_ZERO;
        if (ns >= 9.2e18)
                return (Span){ INT64_MAX };
        if (ns <= -9.2e18)
                return (Span){ INT64_MIN };
        return (Span){ (int64_t)llrint(ns) };
}

/* 2^log2_s seconds, for log2_s in -30..30; outside it is clamped to that. */
static inline Span span_from_log2(int log2_s) {
        if (log2_s > 30)
                log2_s = 30;
        if (log2_s < -30)
                log2_s = -30;
        return span_from_seconds(ldexp(1.0, log2_s));
}

static inline double local_seconds_since(Local a, Local b) {
        return span_seconds(local_sub(a, b));
}

static inline double mono_seconds_since(Mono a, Mono b) {
        return span_seconds(mono_sub(a, b));
}

/* Difference between the Unix epoch and the start of NTP era 0, 1900-01-01 (RFC 5905, figure 4). */
#define NTP_UNIX_EPOCH_S UINT32_C(2208988800)

/* The stamp of an instant; its era is lost. */
static inline NtpStamp ntp_stamp_from_local(Local t) {
        int64_t s = t.ns / NS_PER_S, ns = t.ns % NS_PER_S;

        if (ns < 0) {
                ns += NS_PER_S;
                s--;
        }
        uint32_t seconds = (uint32_t)((uint64_t)s + NTP_UNIX_EPOCH_S);
        uint32_t fraction = (uint32_t)(((uint64_t)ns << 32) / (uint64_t)NS_PER_S);
        return (NtpStamp){ ((uint64_t)seconds << 32) | fraction };
}

/*
 * The instant within 68 years of `pivot` that a stamp means: the one place that knows eras (RFC 5905, 6; era 1 begins
 * on 2036-02-07). The result is on the pivot's scale, to the nanosecond (rounded to nearest).
 */
static inline Local ntp_stamp_near(NtpStamp stamp, Local pivot) {
        /* In units of 2^-32 s; wraps at half an era. */
        int64_t delta = (int64_t)(stamp.bits - ntp_stamp_from_local(pivot).bits);
        int64_t whole = delta >> 32;
        uint64_t part = ((uint64_t)delta & UINT32_MAX) * (uint64_t)NS_PER_S;
        int64_t part_ns = (int64_t)((part + (UINT64_C(1) << 31)) >> 32);
        return local_add(pivot, (Span){ whole * NS_PER_S + part_ns });
}

/* From b to a, which lie within 68 years of one another. */
static inline double ntp_stamp_seconds_since(NtpStamp a, NtpStamp b) {
        return ldexp((double)(int64_t)(a.bits - b.bits), -32);
}

static inline double ntp_short_seconds(NtpShort s) {
        return (double)s.bits / 65536.0;
}

/* Rounds up, so that a published error never shrinks on the wire; clamps to 0..65535.99998 s; NaN becomes the maximum. */
static inline NtpShort ntp_short_from_seconds(double seconds) {
        double units = ceil(seconds * 65536.0);

        if (!(units < 4294967295.0))
                return (NtpShort){ UINT32_MAX };
        return (NtpShort){ units <= 0.0 ? 0 : (uint32_t)units };
}
