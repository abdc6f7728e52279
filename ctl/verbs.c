/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "verbs.h"

#include "base/cleanup.h"

#include <string.h>

static const Verb verbs[] = {
        { "status", "tracking", "", "State of the clock (the default)", 0, 0, verb_status },
        { "sources", NULL, "", "Sources: what they say and what is thought of them", 0, 0, verb_sources },
        { "stats", "sourcestats", "", "Sources: what is estimated from their samples", 0, 0, verb_stats },
        { "show", NULL, "[OBJECT]", "Properties of manager, clock or a source", 0, 1, verb_show },
        { "config check", NULL, "FILE", "Check a configuration file", 1, 1, verb_config_check },
};

/* How many words the name has if the words begin with it, else 0. */
static int match(const char *name, char **words, int n) {
        int used = 0;

        while (used < n) {
                size_t length = strlen(words[used]);
                if (length == 0 || strncmp(name, words[used], length) != 0)
                        return 0;
                name += length;
                used++;
                if (name[0] == '\0')
                        return used;
                if (*name++ != ' ')
                        return 0;
        }
        return 0;
}

const Verb *verb_find(char **words, int n, int *ret_used) {
        *ret_used = 0;
        if (n == 0)
                return &verbs[0];
        for (size_t i = 0; i < ELEMENTS(verbs); i++) {
                *ret_used = match(verbs[i].name, words, n);
                if (*ret_used == 0 && verbs[i].alias)
                        *ret_used = match(verbs[i].alias, words, n);
                if (*ret_used > 0)
                        return &verbs[i];
        }
        return NULL;
}

void verbs_help(FILE *out) {
        for (size_t i = 0; i < ELEMENTS(verbs); i++) {
                char name[40];

                snprintf(name, sizeof(name), "%s %s", verbs[i].name, verbs[i].arguments);
                fprintf(out, "  %-19s %s\n", name, verbs[i].help);
        }
}
