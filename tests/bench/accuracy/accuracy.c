/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How accurate a client is in each scene: a line of group, name, RMS and largest error of the shown clock in seconds,
 * packets sent, since when it has stayed within ten times that RMS error, chrony's RMS error and packets (0 = not known),
 * separated by tabs. compare.py reads it.
 *
 *     accuracy [SEEDS]
 */

#include "limit-estimator.h"
#include "sim/accuracy/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* chrony smooths its estimate by slewing slowly. */
#ifdef CHRONY_RULES
#        define MORE "corrtimeratio 30\n"
#else
#        define MORE ""
#endif

int main(int argc, char **argv) {
        int asked = argc > 1 ? atoi(argv[1]) : SCENE_SEEDS_LONG;
        unsigned seeds = asked < 1 ? 1 : asked > SCENE_SEEDS_MAX ? SCENE_SEEDS_MAX : (unsigned)asked;

        for (size_t i = 0; i < n_scenes; i++) {
                const Scene *scene = &scenes[i];
#ifdef TOLD
                if (strcmp(scene->group, "other") == 0)
                        continue;
                limit_estimator_tell(scene->wander, 2e-4);
#endif
                SceneResult r = scene_run(scene, MORE, seeds);
                printf("%s\t%s\t%.4e\t%.4e\t%.0f\t%.0f\t%.4e\t%u\n", scene->group, scene->name, r.rms_s,
                        r.max_s, r.packets, r.settled_s, scene->chrony_s, scene->chrony_packets);
        }
        return 0;
}
