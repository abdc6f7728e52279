/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/snapshot.h"

static const char *const engine_state_names[] = {
        [ENGINE_STARTING] = "starting",
        [ENGINE_UNSYNCHRONIZED] = "unsynchronized",
        [ENGINE_SYNCHRONIZING] = "synchronizing",
        [ENGINE_SYNCHRONIZED] = "synchronized",
        [ENGINE_HOLDOVER] = "holdover",
};
DEFINE_STRTAB(EngineState, engine_state, engine_state_names);

const PoolView *snapshot_find_pool(const Snapshot *s, uint32_t id) {
        size_t low = 0, high = s->n_pools;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (s->pools[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < s->n_pools && s->pools[low].id == id ? &s->pools[low] : NULL;
}

const SourceView *snapshot_find(const Snapshot *s, uint32_t id) {
        size_t low = 0, high = s->n_sources;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                uint32_t found = s->sources[middle].identity.id;
                if (found == id)
                        return &s->sources[middle];
                if (found < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}
