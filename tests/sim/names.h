/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A resolver that knows what the scenario tells it: names with their addresses, how long an answer takes, and whether there
 * is one at all. Answers are changed by setting a name anew. It answers ACTION_RESOLVE; nodes ask it.
 */

#include "core/action.h"
#include "core/name.h"
#include "sim/event-queue.h"

enum { SIM_NAME_ADDRESSES_MAX = 32 };

typedef struct SimName {
        char *name;
        ResolveResult result;
        double delay_s;
        NetAddress addresses[SIM_NAME_ADDRESSES_MAX];
        size_t n;
} SimName;

typedef struct Names {
        EventQueue *queue;
        SimName **names;
        size_t n;
        uint64_t asked;
} Names;

typedef void (*NamesAnswer)(
        void *context, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n);

void names_init(Names *n, EventQueue *queue);
void names_done(Names *n);

/* The entry of that name, made if it is new; `addresses` are separated by blanks, "" = the name has none. */
SimName *names_set(Names *n, const char *name, const char *addresses);
/* From now on looking it up fails. */
SimName *names_fail(Names *n, const char *name, ResolveResult result);

/* Answers after the name's delay, from what is true then; unknown names are not found. */
void names_ask(Names *n, const ActionResolve *question, NamesAnswer answer, void *context);
