/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/oscillator.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>

static const double day_s = 86400.0;

static double temperature_freq(const Oscillator *o) {
        double period_s = o->options.temperature_period_s > 0.0 ? o->options.temperature_period_s : day_s;
        double turns = (double)(o->second_ns / NS_PER_S) / period_s;

        return o->options.temperature * sin(2.0 * M_PI * turns);
}

void oscillator_init(
        Oscillator *o, const OscillatorOptions *options, uint64_t seed, uint64_t owner, int64_t reading_ns) {
        *o = (Oscillator){ .options = *options, .walk = options->freq, .reading_ns = reading_ns };
        random_init(&o->random, seed, RANDOM_OSCILLATOR, owner);
        o->freq = o->walk + temperature_freq(o);
}

static void advance_second(Oscillator *o) {
        double part_ns = o->part_ns + o->freq * (double)NS_PER_S;
        double whole_ns = rint(part_ns);

        o->second_ns += NS_PER_S;
        o->reading_ns += NS_PER_S + (int64_t)whole_ns;
        o->part_ns = part_ns - whole_ns;
        if (o->options.wander > 0.0)
                o->walk += o->options.wander * random_normal(&o->random);
        o->freq = o->walk;
        if (o->options.temperature > 0.0)
                o->freq += temperature_freq(o);
}

static void advance(Oscillator *o, int64_t true_ns) {
        if (true_ns < o->second_ns)
                abort();
        while (true_ns - o->second_ns >= NS_PER_S)
                advance_second(o);
}

int64_t oscillator_read(Oscillator *o, int64_t true_ns) {
        int64_t elapsed_ns;

        advance(o, true_ns);
        elapsed_ns = true_ns - o->second_ns;
        return o->reading_ns + elapsed_ns + (int64_t)llrint(o->part_ns + o->freq * (double)elapsed_ns);
}

double oscillator_freq(Oscillator *o, int64_t true_ns) {
        advance(o, true_ns);
        return o->freq;
}
