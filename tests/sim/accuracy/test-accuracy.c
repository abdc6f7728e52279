/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has been reached is not lost again: the simulation is deterministic, so 5 % leave room only for the rounding of other
 * compilers and for changes that make up for it elsewhere. Prints the figures in the form of the table in scene.c. */

#include "sim/accuracy/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double room = 1.05;

int main(void) {
        const char *counts = getenv("TIMEBALL_COUNTS");
        bool is_long = counts && strcmp(counts, "long") == 0;
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
        }
        return failures > 0;
}
