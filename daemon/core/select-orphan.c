/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"

#include "core/ref-id.h"

/* Orphans: servers that have no source but serve as if they had, at our own local stratum, or that follow such a one. */
static bool is_orphan(const SelectRun *run, const SelectCandidate *c) {
        return c->network && c->stratum >= run->options->orphan_stratum;
}

/* All servers of a group see the same addresses, so all come to the same one: the smallest reference identifier, unless it is
 * our own. */
static SelectCandidate *smallest_orphan(const SelectRun *run) {
        SelectCandidate *smallest = NULL;
        uint32_t smallest_id = 0;

        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (!select_is_in(c) || c->stratum != run->options->orphan_stratum || c->reach == 0)
                        continue;
                uint32_t id = ref_id_of_address(c->remote);
                if (!smallest || id < smallest_id) {
                        smallest = c;
                        smallest_id = id;
                }
        }
        return smallest && smallest_id < smallest->own_ref_id ? smallest : NULL;
}

SelectionResult select_orphans(SelectRun *run) {
        SelectCandidate *chosen = NULL;
        bool has_others = false;

        if (run->options->orphan_stratum == 0)
                return SELECTION_OK;
        for (size_t i = 0; i < run->n; i++)
                has_others |= select_is_in(&run->candidates[i]) && !is_orphan(run, &run->candidates[i]);
        if (!has_others)
                chosen = smallest_orphan(run);

        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (!select_is_in(c) || !is_orphan(run, c) || c == chosen)
                        continue;
                c->verdict = (Verdict){
                        .state = SOURCE_ORPHAN,
                        .cause = has_others ? CAUSE_ORPHAN_NEEDLESS
                                 : chosen   ? CAUSE_PLAIN
                                            : CAUSE_ORPHAN_OURS,
                };
        }
        return SELECTION_OK;
}
