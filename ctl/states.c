/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "states.h"

#include "base/cleanup.h"

#include <string.h>

static const StateRow rows[] = {
        { "selected", "*", TINT_GOOD, "It is followed." },
        { "combined", "+", TINT_GOOD, "It takes part in the combined offset." },
        { "selectable", "-", TINT_NONE, "It could be followed." },
        { "not-combined", "D", TINT_NONE, "It could be followed, and is too far off to be combined." },
        { "not-updated", "U", TINT_NONE, "It has not been updated since the last selection." },
        { "not-preferred", "P", TINT_NONE, "Another source has the option prefer." },
        { "waiting-quorum", "W", TINT_WARNING, "Fewer sources than minsources are selectable." },
        { "falseticker", "x", TINT_BAD, "Its interval does not agree with that of most sources." },
        { "untrusted", "T", TINT_BAD, "It does not agree with the trusted sources." },
        { "orphan", "O", TINT_WARNING, "A server of orphan mode that is not chosen." },
        { "unreachable", "S", TINT_WARNING, "It has not answered for long." },
        { "waiting", "w", TINT_NONE, "Others are waited for." },
        { "jittery", "~", TINT_WARNING, "Its samples scatter too much." },
        { "distant", "d", TINT_WARNING, "Its root distance is too large." },
        { "bad-stratum", "r", TINT_WARNING, "Its stratum is too high." },
        { "unsynchronized", "s", TINT_WARNING, "It says that it is not synchronized." },
        { "no-samples", "M", TINT_QUIET, "There are no samples of it, or too few." },
        { "no-select", "N", TINT_QUIET, "It has the option noselect." },
        { "unresolved", "?", TINT_QUIET, "Its name has no address yet." },
};

const StateRow *state_row(size_t i) {
        return i < ELEMENTS(rows) ? &rows[i] : NULL;
}

const StateRow *state_find(const char *state) {
        static const StateRow unknown = { "", "?", TINT_NONE, "" };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                if (strcmp(rows[i].state, state) == 0)
                        return &rows[i];
        return &unknown;
}
