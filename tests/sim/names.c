/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/names.h"

#include "base/cleanup.h"
#include "sim/network.h"

#include <string.h>

typedef struct Question {
        Names *names;
        ActionResolve asked;
        NamesAnswer answer;
        void *context;
} Question;

void names_init(Names *n, EventQueue *queue) {
        *n = (Names){ .queue = queue };
}

void names_done(Names *n) {
        for (size_t i = 0; i < n->n; i++) {
                free(n->names[i]->name);
                free(n->names[i]);
        }
        free(n->names);
}

static SimName *find(const Names *n, const char *name) {
        for (size_t i = 0; i < n->n; i++)
                if (strcasecmp(n->names[i]->name, name) == 0)
                        return n->names[i];
        return NULL;
}

static SimName *find_or_add(Names *n, const char *name) {
        SimName *entry = find(n, name);

        if (entry)
                return entry;
        n->names = reallocarray(n->names, n->n + 1, sizeof(SimName *));
        entry = calloc(1, sizeof(*entry));
        if (!n->names || !entry || !(entry->name = strdup(name)))
                abort();
        n->names[n->n++] = entry;
        return entry;
}

SimName *names_set(Names *n, const char *name, const char *addresses) {
        SimName *entry = find_or_add(n, name);
        _cleanup_free_ char *text = strdup(addresses);
        char *rest = text;

        if (!text)
                abort();
        entry->n = 0;
        for (char *word; (word = strtok_r(rest, " ", &rest)) && entry->n < SIM_NAME_ADDRESSES_MAX;)
                entry->addresses[entry->n++] = sim_address(word);
        entry->result = entry->n > 0 ? RESOLVE_OK : RESOLVE_NOT_FOUND;
        return entry;
}

SimName *names_fail(Names *n, const char *name, ResolveResult result) {
        SimName *entry = find_or_add(n, name);

        entry->result = result;
        return entry;
}

static void on_answer(void *context, uint64_t number) {
        Question *q = context;
        const SimName *entry = find(q->names, q->asked.name);
        NetAddress addresses[SIM_NAME_ADDRESSES_MAX];
        size_t n = 0;

        if (!entry || entry->result != RESOLVE_OK) {
                q->answer(q->context, q->asked.query, entry ? entry->result : RESOLVE_NOT_FOUND, NULL, 0);
                return;
        }
        for (size_t i = 0; i < entry->n; i++)
                if (q->asked.family == ADDRESS_NONE || q->asked.family == entry->addresses[i].family)
                        addresses[n++] = entry->addresses[i];
        q->answer(q->context, q->asked.query, n > 0 ? RESOLVE_OK : RESOLVE_NOT_FOUND, addresses, n);
}

void names_ask(Names *n, const ActionResolve *question, NamesAnswer answer, void *context) {
        const SimName *entry = find(n, question->name);
        Question *q = malloc(sizeof(*q));

        if (!q)
                abort();
        *q = (Question){ .names = n, .asked = *question, .answer = answer, .context = context };
        n->asked++;
        event_queue_add_owned(n->queue, n->queue->now_ns + span_from_seconds(entry ? entry->delay_s : 0.0).ns,
                on_answer, q, 0);
}
