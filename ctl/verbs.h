/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verbs of timeballctl, in one table: names, help and functions. The man page is compared with it. */

#include "exit-status.h"
#include "options.h"

/* A verb's own arguments, and how it was asked to show what it finds. */
typedef struct Invocation {
        const Options *options;
        char **arguments;
        int n;
        FILE *out;
} Invocation;

typedef struct Verb {
        const char *name;      /* one or two words */
        const char *alias;     /* what chronyc calls it, or NULL */
        const char *arguments; /* for the help */
        const char *help;
        int min, max; /* how many arguments */
        ExitStatus (*run)(const Invocation *invocation);
} Verb;

/* The verb that the words begin with, and how many of them are its name. NULL: there is none. */
const Verb *verb_find(char **words, int n, int *ret_used);
void verbs_help(FILE *out);
/* Why verb_find() found none, in one line: what could be meant. */
void verbs_explain(const char *word, FILE *out);
/* Why these arguments are not as many as the verb takes, in one line. */
void verb_explain_arguments(const Verb *verb, char **arguments, int n, FILE *out);

ExitStatus verb_status(const Invocation *invocation);
ExitStatus verb_sources(const Invocation *invocation);
ExitStatus verb_stats(const Invocation *invocation);
ExitStatus verb_show(const Invocation *invocation);
ExitStatus verb_server(const Invocation *invocation);
ExitStatus verb_clients(const Invocation *invocation);
ExitStatus verb_top(const Invocation *invocation);
ExitStatus verb_allow(const Invocation *invocation);
ExitStatus verb_deny(const Invocation *invocation);
ExitStatus verb_access_check(const Invocation *invocation);
ExitStatus verb_config_check(const Invocation *invocation);
