/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has been reached is not lost again: the simulation is deterministic, so 5 % leave room only for the rounding of other
 * compilers and for changes that make up for it elsewhere. Prints the figures in the form of the table in scene.c. */

#include "sim/accuracy/scene.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double room = 1.05;

/* What the error is to be of chrony's: in the geometric mean of each grid, and in each cell. */
static const double mean_max = 0.65, cell_max = 1.0;

/* Two cells are one draw: their errors are few in a run, and ten seeds scatter by 15 % (docs/accuracy.md). */
static const char *const scattered[] = { "1e-3 1e-9", "1e-2 1e-8" };
static const double scattered_max = 1.2;

typedef struct Grid {
        const char *group;
        double log_ratios;
        unsigned n, above;
} Grid;

static double cell_limit(const Scene *scene) {
        for (size_t i = 0; i < ELEMENTS(scattered); i++)
                if (strcmp(scene->group, "poll 6") == 0 && strcmp(scene->name, scattered[i]) == 0)
                        return scattered_max;
        return cell_max;
}

static void compare_with_chrony(Grid *grids, size_t n, const Scene *scene, double rms_s) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(grids[i].group, scene->group) == 0) {
                        grids[i].log_ratios += log(rms_s / scene->chrony_s);
                        grids[i].n++;
                        grids[i].above += rms_s > cell_limit(scene) * scene->chrony_s;
                }
}

int main(void) {
        const char *counts = getenv("TIMEBALL_COUNTS");
        bool is_long = counts && strcmp(counts, "long") == 0;
        Grid grids[] = { { .group = "poll 6" }, { .group = "default" } };
        unsigned failures = 0;

        for (size_t i = 0; i < n_scenes; i++) {
                const Scene *scene = &scenes[i];
                SceneResult r = scene_run(scene, "", is_long ? SCENE_SEEDS_LONG : SCENE_SEEDS);
                double reached_s = is_long ? scene->reached_long_s : scene->reached_s;
                bool lost = r.rms_s > room * reached_s;
                bool talks = scene->chrony_packets && r.packets > scene->chrony_packets;

                printf("%-8s %-24s %.3e (was %.3e)%s, %.0f packets%s\n", scene->group, scene->name, r.rms_s,
                        reached_s, lost ? " LOST" : "", r.packets, talks ? " MORE THAN CHRONY" : "");
                failures += lost || talks;
                compare_with_chrony(grids, ELEMENTS(grids), scene, r.rms_s);
        }
        for (size_t i = 0; i < ELEMENTS(grids); i++) {
                double mean = exp(grids[i].log_ratios / grids[i].n);
                printf("%s: %.3f of chrony in the geometric mean, %u cells above their limit\n",
                        grids[i].group, mean, grids[i].above);
                failures += mean > mean_max || grids[i].above > 0;
        }
        return failures > 0;
}
