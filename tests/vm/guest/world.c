/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <math.h>
#include <stdlib.h>

enum { WALK_MAX_S = 200000 }; /* the walk is drawn beforehand; later the rate stays */

struct World {
        WorldOptions options;
        int64_t raw_ns; /* the beginning */
        int64_t true_ns;
        double walked_s[WALK_MAX_S + 1]; /* what the walk has gained after so many seconds */
};

int64_t clock_ns(clockid_t clock) {
        struct timespec t;

        (void)clock_gettime(clock, &t);
        return t.tv_sec * NS + t.tv_nsec;
}

double draw_uniform(uint64_t *state) {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return (double)((*state * UINT64_C(0x2545F4914F6CDD1D) >> 11) + 1) * 0x1p-53;
}

static double draw_normal(uint64_t *state) {
        double u = draw_uniform(state), v = draw_uniform(state);

        return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v);
}

World *world_new(const WorldOptions *options) {
        World *w = calloc(1, sizeof(*w));
        uint64_t random = options->seed + 1;
        double rate = 0.0;

        if (!w)
                return NULL;
        w->options = *options;
        for (int i = 0; i < WALK_MAX_S; i++) {
                rate += options->wander * draw_normal(&random);
                w->walked_s[i + 1] = w->walked_s[i] + rate;
        }
        w->raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
        w->true_ns = llround(options->begin_s * 1e9);
        return w;
}

World *world_free(World *w) {
        free(w);
        return NULL;
}

static double gained_s(const World *w, double elapsed_s) {
        const WorldOptions *o = &w->options;
        double whole_s = fmin(floor(elapsed_s), WALK_MAX_S - 1), gained = o->fast_ppm * 1e-6 * elapsed_s;
        const double *walked_s = w->walked_s + (int)whole_s;

        gained += walked_s[0] + (walked_s[1] - walked_s[0]) * (elapsed_s - whole_s);
        if (o->sine_s > 0.0)
                gained += o->sine_ppm * 1e-6 * o->sine_s / (2.0 * M_PI) *
                          (1.0 - cos(2.0 * M_PI * elapsed_s / o->sine_s));
        if (elapsed_s > o->jump_s)
                gained += o->jump_ppm * 1e-6 * (elapsed_s - o->jump_s);
        return gained;
}

/* As if no second were inserted. */
static int64_t unleapt_ns(const World *w, int64_t raw_ns) {
        int64_t elapsed_ns = raw_ns - w->raw_ns;

        return w->true_ns + elapsed_ns - llround(gained_s(w, (double)elapsed_ns * 1e-9) * 1e9);
}

int64_t world_true_ns(const World *w, int64_t raw_ns) {
        int64_t true_ns = unleapt_ns(w, raw_ns);

        return w->options.leap_s != 0 && true_ns >= w->options.leap_s * NS ? true_ns - NS : true_ns;
}

bool world_before_leap(const World *w, int64_t raw_ns) {
        return unleapt_ns(w, raw_ns) < w->options.leap_s * NS;
}
