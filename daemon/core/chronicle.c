/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/chronicle.h"

#include <stdlib.h>

enum { ROOM_FIRST = 16 };

static bool grow(Chronicle *c) {
        size_t room = c->room == 0 ? ROOM_FIRST : c->room * 2;

        if (room > CHRONICLE_ENTRIES_MAX)
                return false;
        ChronicleEntry *entries = realloc(c->entries, room * sizeof(*entries));
        if (!entries)
                return false;
        c->entries = entries;
        c->room = room;
        return true;
}

void chronicle_add(Chronicle *c, const ChronicleEntry *entry) {
        if (c->n == c->room && !grow(c)) {
                c->n_lost++;
                return;
        }
        c->entries[c->n++] = *entry;
}

void chronicle_clear(Chronicle *c) {
        c->n = c->n_lost = 0;
}

void chronicle_done(Chronicle *c) {
        free(c->entries);
        *c = (Chronicle){ 0 };
}
