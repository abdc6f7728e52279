/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/units.h"

static uint64_t usec_from_ns(int64_t ns) {
        return ns <= 0 ? 0 : (uint64_t)(ns / NS_PER_US);
}

uint64_t usec_from_local(Local t) {
        return usec_from_ns(t.ns);
}

uint64_t usec_from_wall(Wall t) {
        return usec_from_ns(t.ns);
}

uint64_t usec_from_mono(Now now, Mono t) {
        if (t.ns == 0)
                return 0;
        return usec_from_ns(ns_sub(now.local.ns, mono_sub(now.mono, t).ns));
}

Mono mono_from_usec(Now now, uint64_t usec) {
        int64_t ns = usec > INT64_MAX / NS_PER_US ? INT64_MAX : (int64_t)usec * NS_PER_US;

        return (Mono){ ns_add(now.mono.ns, ns_sub(ns, now.local.ns)) };
}

uint64_t usec_from_mono_raw(Mono t) {
        return usec_from_ns(t.ns);
}
