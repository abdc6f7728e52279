/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scenes in which the accuracy of a client is measured: a table of worlds with what is known of them. tests/bench/accuracy prints how
 * estimators fare in them, test-accuracy.c holds what ours has reached.
 */

#include "sim/sim.h"

typedef struct Scene Scene;

struct Scene {
        const char *group, *name;
        const char *config;
        double jitter_s, wander; /* of both directions; of the client's clock */
        double temperature;      /* s/s: amplitude of a day's sine */
        double freq;             /* s/s: of the clock at the start */
        const Drift *drift;      /* what an earlier run has left; NULL = nothing */
        double from_s, to_s;     /* measured from when to when */
        void (*prepare)(Sim *s); /* makes the servers; NULL: one perfect server at 192.0.2.1 */
        double chrony_s;         /* RMS error of chrony 4.8, median of 10 seeds; 0 = not known */
        unsigned chrony_packets; /* that it sent; 0 = does not matter */
        double reached_s;        /* RMS error that ours has, median over SCENE_SEEDS seeds */
        double reached_long_s;   /* likewise over SCENE_SEEDS_LONG */
};

enum { SCENE_SEEDS = 3, SCENE_SEEDS_LONG = 10, SCENE_SEEDS_MAX = 99 };

extern const Scene scenes[];
extern const size_t n_scenes;

typedef struct SceneResult {
        double rms_s, max_s, packets;
        double settled_s; /* since when the error has stayed within ten times that RMS error */
} SceneResult;

/* Medians over seeds 1..seeds, at most SCENE_SEEDS_MAX; `more` is put before the scene's configuration. */
SceneResult scene_run(const Scene *scene, const char *more, unsigned seeds);
