/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/leave-out.h"

#include "config/directives.h"
#include "config/param.h"

#include <string.h>

static void drop_option(char *line, const Param *option) {
        char *to = line, *rest = line;
        bool first = true, skip = false;

        for (char *word; (word = strsep(&rest, " "));) {
                bool is_it = strcasecmp(word, option->name) == 0;
                bool dropped = is_it || skip;
                skip = is_it && option->kind != PARAM_FLAG;
                if (dropped)
                        continue;
                if (!first)
                        *to++ = ' ';
                first = false;
                memmove(to, word, strlen(word) + 1);
                to += strlen(to);
        }
}

void leave_out(char *line, const char *name) {
        char directive[32] = "";
        const Directive *d;
        const Param *option;

        if (!name)
                return;
        strncpy(directive, line, sizeof(directive) - 1);
        directive[strcspn(directive, " ")] = '\0';
        if (strcasecmp(directive, name) == 0) {
                line[0] = '\0';
                return;
        }
        d = directive_find(directive);
        option = d && d->options ? param_find(d->options, name) : NULL;
        if (option)
                drop_option(line, option);
}
