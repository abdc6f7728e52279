/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/rulebook.h"

#include "base/cleanup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

struct RuleSet {
        _Atomic unsigned n_holders;
        ServeRules rules;
};

struct Rulebook {
        _Atomic unsigned generation;
        pthread_mutex_t lock;
        RuleSet *current;
};

static RuleSet *set_free(RuleSet *s) {
        access_done(&s->rules.access);
        key_ring_done(&s->rules.keys);
        free(s->rules.peers);
        free(s);
        return NULL;
}

DEFINE_CLEANUP(RuleSet, set_free)

static int copy_keys(KeyRing *to, const KeyRing *from) {
        int r = 0;

        for (size_t i = 0; r >= 0 && from && i < from->n; i++)
                r = key_ring_add(to, &from->keys[i]);
        return r;
}

RuleSet *rule_set_new(const RuleSource *source) {
        _cleanup_(set_freep)
        RuleSet *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        atomic_init(&s->n_holders, 1);
        s->rules.peers = calloc(source->n_peers + 1, sizeof(*s->rules.peers));
        if (!s->rules.peers || access_copy(&s->rules.access, source->access) < 0 ||
                copy_keys(&s->rules.keys, source->keys) < 0)
                return NULL;
        if (source->n_peers > 0)
                memcpy(s->rules.peers, source->peers, source->n_peers * sizeof(*s->rules.peers));
        s->rules.n_peers = source->n_peers;
        s->rules.limit = source->limit;
        return TAKE_PTR(s);
}

const ServeRules *rule_set_rules(const RuleSet *s) {
        return &s->rules;
}

RuleSet *rule_set_unref(RuleSet *s) {
        if (s && atomic_fetch_sub_explicit(&s->n_holders, 1, memory_order_acq_rel) == 1)
                set_free(s);
        return NULL;
}

Rulebook *rulebook_new(RuleSet *first) {
        Rulebook *b = calloc(1, sizeof(*b));

        if (!b)
                return NULL;
        (void)pthread_mutex_init(&b->lock, NULL); /* with plain attributes it cannot fail */
        atomic_init(&b->generation, 1);
        b->current = first;
        return b;
}

Rulebook *rulebook_free(Rulebook *b) {
        if (!b)
                return NULL;
        rule_set_unref(b->current);
        (void)pthread_mutex_destroy(&b->lock);
        free(b);
        return NULL;
}

void rulebook_publish(Rulebook *b, RuleSet *set) {
        RuleSet *old;

        (void)pthread_mutex_lock(&b->lock);
        old = b->current;
        b->current = set;
        (void)atomic_fetch_add_explicit(&b->generation, 1, memory_order_release);
        (void)pthread_mutex_unlock(&b->lock);
        rule_set_unref(old);
}

bool rulebook_follow(Rulebook *b, RuleHold *hold) {
        RuleSet *old = hold->set;

        if (old && atomic_load_explicit(&b->generation, memory_order_acquire) == hold->generation)
                return false;
        (void)pthread_mutex_lock(&b->lock);
        hold->generation = atomic_load_explicit(&b->generation, memory_order_relaxed);
        hold->set = b->current;
        (void)atomic_fetch_add_explicit(&hold->set->n_holders, 1, memory_order_relaxed);
        (void)pthread_mutex_unlock(&b->lock);
        rule_set_unref(old);
        return true;
}
