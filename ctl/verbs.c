/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "verbs.h"

#include "base/cleanup.h"
#include "text.h"

#include <string.h>

static const Verb verbs[] = {
        { "status", "tracking", "", "State of the clock (the default)", 0, 0, verb_status },
        { "sources", NULL, "", "Sources: what they say and what is thought of them", 0, 0, verb_sources },
        { "stats", "sourcestats", "", "Sources: what is estimated from their samples", 0, 0, verb_stats },
        { "show", NULL, "[OBJECT]", "Properties of manager, clock, server or a source", 0, 1, verb_show },
        { "server", "serverstats", "", "The NTP server: whom it serves, and how much", 0, 0, verb_server },
        { "clients", NULL, "", "Clients of the server, as far as remembered", 0, 0, verb_clients },
        { "top", NULL, "[NUMBER]", "Those that ask most; 10 of them", 0, 1, verb_top },
        { "allow", NULL, "[all] [SUBNET]", "Serve a subnet, or everybody; all: no exceptions", 0, 2,
                verb_allow },
        { "deny", NULL, "[all] [SUBNET]", "Serve it, or anybody, no more; all: no exceptions", 0, 2,
                verb_deny },
        { "access-check", "accheck", "ADDRESS", "Whether an address is served", 1, 1, verb_access_check },
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

/* What chronyc is asked and timeballctl has no verb for. */
static const struct {
        const char *name, *instead; /* NULL: it changes the daemon */
} chronyc_verbs[] = {
        { "activity", "timeballctl show manager" },
        { "authdata", "timeballctl sources -v" },
        { "ntpdata", "timeballctl show SOURCE" },
        { "selectdata", "timeballctl sources -v" },
        { "selectopts", NULL },
        { "sourcename", "timeballctl sources -v" },
        { "waitsync", "timeballctl --check --max-error=SPAN, again until it ends with 0" },
        { "add", NULL },
        { "burst", NULL },
        { "cyclelogs", NULL },
        { "delete", NULL },
        { "dump", NULL },
        { "local", NULL },
        { "makestep", NULL },
        { "manual", NULL },
        { "maxdelay", NULL },
        { "maxpoll", NULL },
        { "maxupdateskew", NULL },
        { "minpoll", NULL },
        { "minstratum", NULL },
        { "offline", NULL },
        { "online", NULL },
        { "onoffline", NULL },
        { "polltarget", NULL },
        { "refresh", NULL },
        { "rekey", NULL },
        { "reload", NULL },
        { "reselect", NULL },
        { "reselectdist", NULL },
        { "reset", NULL },
        { "settime", NULL },
        { "shutdown", NULL },
        { "trimrtc", NULL },
        { "writertc", NULL },
};

/* The verb that has `word` for its first word of several. */
static const Verb *find_longer(const char *word) {
        size_t length = strlen(word);

        for (size_t i = 0; i < ELEMENTS(verbs) && length > 0; i++)
                if (strncmp(verbs[i].name, word, length) == 0 && verbs[i].name[length] == ' ')
                        return &verbs[i];
        return NULL;
}

void verbs_explain(const char *word, FILE *out) {
        const Verb *longer = find_longer(word);
        char clean[256];

        if (longer) {
                fprintf(out, "timeballctl: '%s' goes on with '%s': timeballctl %s %s\n", word,
                        longer->name + strlen(word) + 1, longer->name, longer->arguments);
                return;
        }
        fprintf(out, "timeballctl: there is no verb '%s'", text_clean(word, clean, sizeof(clean)));
        for (size_t i = 0; i < ELEMENTS(chronyc_verbs); i++)
                if (strcmp(chronyc_verbs[i].name, word) == 0) {
                        if (chronyc_verbs[i].instead)
                                fprintf(out, "; use: %s\n", chronyc_verbs[i].instead);
                        else
                                fputs("; changing the daemon is not there yet\n", out);
                        return;
                }
        fputs("; see timeballctl --help\n", out);
}

void verb_explain_arguments(const Verb *verb, char **arguments, int n, FILE *out) {
        const char *space = verb->arguments[0] ? " " : "";
        char clean[256];

        if (n > verb->max)
                fprintf(out, "timeballctl: '%s' is one argument too many; usage: timeballctl %s%s%s\n",
                        text_clean(arguments[verb->max], clean, sizeof(clean)), verb->name, space,
                        verb->arguments);
        else
                fprintf(out, "timeballctl: an argument is missing; usage: timeballctl %s%s%s\n", verb->name,
                        space, verb->arguments);
}
