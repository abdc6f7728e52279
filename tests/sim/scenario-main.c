/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>

/* Usage: SCENARIO [SEED]; without a seed it runs for several. */
int main(int argc, char **argv) {
        uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
        unsigned n = argc > 1 ? 1 : sim_count(3, 30), failures = 0;

        for (unsigned i = 0; i < n; i++) {
                _cleanup_(sim_freep)
                Sim *s = sim_new(first + i);
                scenario(s);
                for (size_t node = 0; node < s->n_nodes; node++)
                        expect_equal(s, s->nodes[node]->counters.fast_slews, 0);
                failures += s->failures;
        }
        printf("%u seeds, %u expectations failed\n", n, failures);
        return failures > 0;
}
