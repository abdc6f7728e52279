/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/precision.h"

#include "base/time.h"
#include "os/clock-reading.h"

#include <stdbool.h>
#include <stddef.h>

enum {
        READINGS = 64,
        DISTINCT_MIN = 3, /* lengths, before their differences say anything */
        GIVE_UP_NS = 1000000,
        BUSY_MAX = 1 << 17, /* for a clock that stands still */
        BUSY_GROWTH_NUMERATOR = 3,
        BUSY_GROWTH_DENOMINATOR = 2,
};

/* The lengths of intervals that were seen, ascending, each once. */
typedef struct Lengths {
        int64_t ns[READINGS];
        unsigned n;
} Lengths;

static void lengths_add(Lengths *l, int64_t ns) {
        unsigned at = 0;

        while (at < l->n && l->ns[at] < ns)
                at++;
        if (at < l->n && l->ns[at] == ns)
                return;
        for (unsigned i = l->n++; i > at; i--)
                l->ns[i] = l->ns[i - 1];
        l->ns[at] = ns;
}

static int64_t smallest_difference(const Lengths *l) {
        int64_t smallest_ns = NS_PER_S;

        for (unsigned i = 1; i < l->n; i++)
                if (l->ns[i] - l->ns[i - 1] < smallest_ns)
                        smallest_ns = l->ns[i] - l->ns[i - 1];
        return smallest_ns;
}

/* Work that no compiler leaves out, of a length that no clock's period divides for long. */
static void be_busy(int64_t turns) {
        for (volatile int64_t i = 0; i < turns; i++)
                ;
}

double precision_measure(PrecisionRead read, void *context) {
        Lengths lengths = { .n = 0 };
        int64_t begin_ns = read(context), shortest_ns = NS_PER_S, turns = 2;
        int64_t before_ns, after_ns = begin_ns, precision_ns;

        for (int i = 0; i < READINGS && after_ns - begin_ns < GIVE_UP_NS; i++) {
                before_ns = read(context);
                be_busy(turns);
                after_ns = read(context);
                if (after_ns > before_ns) {
                        lengths_add(&lengths, after_ns - before_ns);
                        shortest_ns = lengths.ns[0];
                }
                if (turns < BUSY_MAX)
                        turns = turns * BUSY_GROWTH_NUMERATOR / BUSY_GROWTH_DENOMINATOR;
        }
        precision_ns = lengths.n >= DISTINCT_MIN ? smallest_difference(&lengths) : shortest_ns;
        return (double)precision_ns * 1e-9;
}

static int64_t read_raw(void *context) {
        return raw_now().ns;
}

double precision_of_clock(void) {
        return precision_measure(read_raw, NULL);
}
