/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stage for tests of selection: good sources by the dozen, each of which a test may spoil in its own way. */

#include "base/cleanup.h"
#include "core/select.h"
#include "noise.h"

enum { SCENE_MAX = 16 };

#define SCENE_BOTH(a, b) ((SelectFlags)((int)(a) | (int)(b)))

#define SCENE_NOW ((Local){ INT64_C(1790000000000000000) })

typedef struct Scene {
        SelectOptions options;
        SelectCandidate candidates[SCENE_MAX];
        SelectMemory memories[SCENE_MAX];
        size_t n;
        Selection selection;
} Scene;

/* chrony's defaults, but for authselectmode, which has tests of its own. */
static inline void scene_init(Scene *s) {
        *s = (Scene){
                .options = {
                        .combine_limit = 3.0,
                        .max_distance_s = 3.0,
                        .max_jitter_s = 1.0,
                        .reselect_dist_s = 1e-4,
                        .stratum_weight_s = 1e-3,
                        .max_clock_error = 1e-6,
                        .max_stratum = 15,
                        .min_sources = 1,
                        .auth_mode = AUTH_SELECT_IGNORE,
                },
        };
}

static inline Local scene_ago(double s) {
        return local_add(SCENE_NOW, span_from_seconds(-s));
}

/* A reachable source with an interval of offset_s +- distance_s and a new sample. */
static inline SelectCandidate *scene_add(Scene *s, double offset_s, double distance_s) {
        SelectCandidate *c = &s->candidates[s->n];

        assert_true(s->n < SCENE_MAX);
        *c = (SelectCandidate){
                .id = (uint32_t)s->n + 1,
                .network = true,
                .has_estimate = true,
                .resolved = true,
                .fresh = true,
                .reach = 0xff,
                .reach_size = 8,
                .stratum = 2,
                .max_unreach = 100000,
                .memory = &s->memories[s->n],
                .estimate = {
                        .at = SCENE_NOW,
                        .offset_s = offset_s,
                        .offset_sd_s = 1e-5,
                        .freq_sd = 1e-8,
                        .skew = 1e-7,
                        .std_dev_s = 1e-4,
                        .best_offset_s = offset_s,
                        .root_delay_s = distance_s, /* half of it counts */
                        .root_dispersion_s = distance_s / 2,
                        .n_samples = 8,
                        .newest = SCENE_NOW,
                        .oldest = scene_ago(512),
                },
        };
        s->n++;
        return c;
}

static inline void scene_run(Scene *s) {
        select_run(&s->options, s->candidates, s->n, &s->selection);
}

/* The next run, with a new sample of nobody. */
static inline void scene_rest(Scene *s) {
        for (size_t i = 0; i < s->n; i++)
                s->candidates[i].fresh = false;
}

/* One character a candidate, as in chronyc selectdata. */
static inline const char *scene_states(const Scene *s, char buffer[static SCENE_MAX + 1]) {
        for (size_t i = 0; i < s->n; i++)
                buffer[i] = source_state_char(s->candidates[i].verdict.state);
        buffer[s->n] = '\0';
        return buffer;
}

#define assert_states(scene, expected) \
        do { \
                char _states[SCENE_MAX + 1]; \
                assert_string_equal(scene_states(scene, _states), expected); \
        } while (0)

#define assert_says(candidate, expected) \
        do { \
                char _text[VERDICT_TEXT_MAX]; \
                assert_string_equal(verdict_format(&(candidate)->verdict, _text), expected); \
        } while (0)
