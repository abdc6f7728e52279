/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The verbs of timeballctl, in one table (verb-table.c): help, manual page and completions are made from it, and what a
 * caller has to be allowed is named in it. The functions are in one file for each family.
 */

#include "exit-status.h"
#include "options.h"

typedef struct Verb Verb;

/* A verb's own arguments, and how it was asked to show what it finds. */
typedef struct Invocation {
        const Verb *verb;
        const char *called; /* the name it was called by: its own, or chronyc's */
        const Options *options;
        char **arguments;
        int n;
        FILE *out;
} Invocation;

/* What can stand in the place of an argument; the words of a row come on top. */
typedef enum Completes {
        COMPLETES_NOTHING,
        COMPLETES_SOURCE,
        COMPLETES_FILE,
        COMPLETES_INTERFACE,
        COMPLETES_VERB,
} Completes;

typedef enum VerbFlags {
        VERB_PAGED = 1 << 0, /* shows more than fits on a screen, and ends by itself */
} VerbFlags;

struct Verb {
        const char *name;      /* one or two words */
        const char *aliases;   /* what chronyc calls it: words, or NULL */
        const char *arguments; /* for the help */
        const char *help;      /* one line */
        const char *manual;    /* for the page: paragraphs as of manual.h, NULL: the help says it */
        const char *words;     /* of the first argument, for completion, or NULL */
        Completes completes;
        const char *action; /* of polkit, that it takes; NULL: everybody may */
        int min, max;       /* how many arguments */
        unsigned flags;
        ExitStatus (*run)(const Invocation *invocation);
};

enum { ARGUMENTS_MAX = 64 };

/* In the order of the help; NULL behind the last. */
const Verb *verb_row(size_t i);
/* The verb that the words begin with, and how many of them are its name, which may be one of its aliases (*ret_called). NULL: none. */
const Verb *verb_find(char **words, int n, int *ret_used, const char **ret_called);
void verbs_help(FILE *out);
/* Why verb_find() found none, in one line: what could be meant. */
void verbs_explain(const char *word, FILE *out);
/* Why these arguments are not as many as the verb takes, in one line. */
void verb_explain_arguments(const Verb *verb, char **arguments, int n, FILE *out);
/* A word that the verb does not know, with those that it does. */
ExitStatus verb_refuse_word(const Invocation *invocation, const char *word);

/* Shows a value as the options want it: as JSON, or drawn. */
ExitStatus verb_present(const Invocation *invocation, const Value *v,
        void (*draw)(const Value *v, const View *view, FILE *out));

ExitStatus verb_access(const Invocation *invocation);
ExitStatus verb_access_check(const Invocation *invocation);
ExitStatus verb_activity(const Invocation *invocation);
ExitStatus verb_add(const Invocation *invocation);
ExitStatus verb_adjust_frequency(const Invocation *invocation);
ExitStatus verb_adjust_offset(const Invocation *invocation);
ExitStatus verb_alerts(const Invocation *invocation);
ExitStatus verb_allow(const Invocation *invocation);
ExitStatus verb_auth(const Invocation *invocation);
ExitStatus verb_burst(const Invocation *invocation);
ExitStatus verb_clients(const Invocation *invocation);
ExitStatus verb_config_check(const Invocation *invocation);
ExitStatus verb_cycle_logs(const Invocation *invocation);
ExitStatus verb_deny(const Invocation *invocation);
ExitStatus verb_describe(const Invocation *invocation);
ExitStatus verb_discard(const Invocation *invocation);
ExitStatus verb_dump(const Invocation *invocation);
ExitStatus verb_graph(const Invocation *invocation);
ExitStatus verb_hints(const Invocation *invocation);
ExitStatus verb_history(const Invocation *invocation);
ExitStatus verb_keygen(const Invocation *invocation);
ExitStatus verb_keys(const Invocation *invocation);
ExitStatus verb_link_servers(const Invocation *invocation);
ExitStatus verb_local(const Invocation *invocation);
ExitStatus verb_log(const Invocation *invocation);
ExitStatus verb_log_level(const Invocation *invocation);
ExitStatus verb_make_step(const Invocation *invocation);
ExitStatus verb_max_update_skew(const Invocation *invocation);
ExitStatus verb_monitor(const Invocation *invocation);
ExitStatus verb_ntp_data(const Invocation *invocation);
ExitStatus verb_offline(const Invocation *invocation);
ExitStatus verb_online(const Invocation *invocation);
ExitStatus verb_onoffline(const Invocation *invocation);
ExitStatus verb_permissions(const Invocation *invocation);
ExitStatus verb_pools(const Invocation *invocation);
ExitStatus verb_refresh(const Invocation *invocation);
ExitStatus verb_reload(const Invocation *invocation);
ExitStatus verb_remove(const Invocation *invocation);
ExitStatus verb_reselect(const Invocation *invocation);
ExitStatus verb_reselect_dist(const Invocation *invocation);
ExitStatus verb_reset_counters(const Invocation *invocation);
ExitStatus verb_reset_sources(const Invocation *invocation);
ExitStatus verb_revert(const Invocation *invocation);
ExitStatus verb_save(const Invocation *invocation);
ExitStatus verb_select(const Invocation *invocation);
ExitStatus verb_selectopts(const Invocation *invocation);
ExitStatus verb_server(const Invocation *invocation);
ExitStatus verb_set(const Invocation *invocation);
ExitStatus verb_set_ntp(const Invocation *invocation);
ExitStatus verb_show(const Invocation *invocation);
ExitStatus verb_shutdown(const Invocation *invocation);
ExitStatus verb_source(const Invocation *invocation);
ExitStatus verb_sources(const Invocation *invocation);
ExitStatus verb_stats(const Invocation *invocation);
ExitStatus verb_status(const Invocation *invocation);
ExitStatus verb_top(const Invocation *invocation);
ExitStatus verb_tracking(const Invocation *invocation);
ExitStatus verb_wait_sync(const Invocation *invocation);
ExitStatus verb_watch(const Invocation *invocation);
