/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/burst-limit.h"

#include "core/source-spec.h"

#include <stdlib.h>

typedef struct Burst {
        uint32_t source; /* 0: a free place */
        uint64_t usec;
} Burst;

struct BurstLimit {
        Burst last[SOURCES_MAX];
};

BurstLimit *burst_limit_new(void) {
        return calloc(1, sizeof(BurstLimit));
}

BurstLimit *burst_limit_free(BurstLimit *b) {
        free(b);
        return NULL;
}

uint64_t burst_limit_left(const BurstLimit *b, uint32_t source, uint64_t now_usec) {
        for (size_t i = 0; i < SOURCES_MAX && b->last[i].source != 0; i++) {
                uint64_t ago = now_usec - b->last[i].usec;
                if (b->last[i].source == source)
                        return ago < BURST_LIMIT_USEC ? BURST_LIMIT_USEC - ago : 0;
        }
        return 0;
}

void burst_limit_note(BurstLimit *b, uint32_t source, uint64_t now_usec) {
        Burst *place = &b->last[0];

        for (size_t i = 0; i < SOURCES_MAX; i++) {
                Burst *known = &b->last[i];
                if (known->source == 0 || known->source == source) {
                        place = known;
                        break;
                }
                if (known->usec < place->usec)
                        place = known;
        }
        *place = (Burst){ source, now_usec };
}
