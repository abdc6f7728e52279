/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "verbs.h"

#include "base/cleanup.h"
#include "text.h"

#include <string.h>

enum { NAME_COLUMNS = 25, CLEAN_BYTES = 256 };

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

/* Whether the word is one of the list's, which are parted by blanks. */
static bool is_listed(const char *list, const char *word) {
        size_t length = strlen(word);

        if (length == 0 || strchr(word, ' '))
                return false;
        for (const char *p = list; p; p = strchr(p, ' ')) {
                p += *p == ' ';
                if (strncmp(p, word, length) == 0 && (p[length] == ' ' || p[length] == '\0'))
                        return true;
        }
        return false;
}

const Verb *verb_find(char **words, int n, int *ret_used, const char **ret_called) {
        const Verb *v;

        *ret_used = 0;
        for (size_t i = 0; (v = verb_row(i)); i++) {
                *ret_called = v->name;
                *ret_used = match(v->name, words, n);
                if (*ret_used == 0 && n > 0 && is_listed(v->aliases, words[0])) {
                        *ret_called = words[0];
                        *ret_used = 1;
                }
                if (n == 0 || *ret_used > 0)
                        return v;
        }
        return NULL;
}

void verbs_help(FILE *out) {
        const Verb *v;

        for (size_t i = 0; (v = verb_row(i)); i++) {
                char usage[80];

                int width = snprintf(usage, sizeof(usage), "%s %s", v->name, v->arguments);
                if (width > NAME_COLUMNS)
                        fprintf(out, "  %s\n  %*s %s\n", usage, NAME_COLUMNS, "", v->help);
                else
                        fprintf(out, "  %-*s %s\n", NAME_COLUMNS, usage, v->help);
        }
}

/* What chronyc is asked and timeballctl has no verb for. */
static const struct {
        const char *name, *instead;
} chronyc_verbs[] = {
        { "exit", "there is no prompt to leave" },
        { "quit", "there is no prompt to leave" },
        { "help", "use: timeballctl --help" },
        { "dns", "use: timeballctl -n" },
        { "timeout", "use: timeballctl --timeout=SPAN" },
        { "retries", "use: timeballctl --timeout=SPAN" },
        { "manual", "it is not there yet" },
        { "settime", "it is not there yet" },
        { "rtcdata", "there is no real-time clock yet" },
        { "trimrtc", "there is no real-time clock yet" },
        { "writertc", "there is no real-time clock yet" },
        { "smoothing", "it is not there yet" },
        { "smoothtime", "it is not there yet" },
        { "cmdallow", "there are no commands over the network" },
        { "cmddeny", "there are no commands over the network" },
        { "cmdaccheck", "there are no commands over the network" },
};

/* Whether the verb has `word` for its first word of several. */
static bool goes_on(const Verb *v, const char *word) {
        size_t length = strlen(word);

        return length > 0 && strncmp(v->name, word, length) == 0 && v->name[length] == ' ';
}

/* Whether there are such verbs; then they have been named. */
static bool explain_longer(const char *word, FILE *out) {
        bool any = false;
        const Verb *v;

        for (size_t i = 0; (v = verb_row(i)); i++)
                if (goes_on(v, word)) {
                        if (any)
                                fputs(", or", out);
                        else
                                fprintf(out, "timeballctl: '%s' goes on:", word);
                        fprintf(out, " timeballctl %s%s%s", v->name, v->arguments[0] ? " " : "",
                                v->arguments);
                        any = true;
                }
        if (any)
                fputc('\n', out);
        return any;
}

void verbs_explain(const char *word, FILE *out) {
        const char *instead = "see timeballctl --help";
        char clean[CLEAN_BYTES];

        if (explain_longer(word, out))
                return;
        for (size_t i = 0; i < ELEMENTS(chronyc_verbs); i++)
                if (strcmp(chronyc_verbs[i].name, word) == 0)
                        instead = chronyc_verbs[i].instead;
        fprintf(out, "timeballctl: there is no verb '%s'; %s\n", text_clean(word, clean, sizeof(clean)),
                instead);
}

void verb_explain_arguments(const Verb *verb, char **arguments, int n, FILE *out) {
        const char *space = verb->arguments[0] ? " " : "";
        char clean[CLEAN_BYTES];

        if (n > verb->max)
                fprintf(out, "timeballctl: '%s' is one argument too many; usage: timeballctl %s%s%s\n",
                        text_clean(arguments[verb->max], clean, sizeof(clean)), verb->name, space,
                        verb->arguments);
        else
                fprintf(out, "timeballctl: an argument is missing; usage: timeballctl %s%s%s\n", verb->name,
                        space, verb->arguments);
}

ExitStatus verb_refuse_word(const Invocation *invocation, const char *word) {
        char clean[CLEAN_BYTES];

        fprintf(stderr, "timeballctl: '%s' is not understood; usage: timeballctl %s %s\n",
                text_clean(word, clean, sizeof(clean)), invocation->verb->name, invocation->verb->arguments);
        return STATUS_USAGE;
}

ExitStatus verb_present(const Invocation *invocation, const Value *v,
        void (*draw)(const Value *v, const View *view, FILE *out)) {
        const Options *o = invocation->options;

        if (o->json != JSON_OFF)
                json_emit(v, o->json, invocation->out);
        else
                draw(v, &o->view, invocation->out);
        return STATUS_OK;
}
