/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who wants to be told of sources as they change, and what each knows of them by now: a fingerprint of each row. Decides who
 * is told of what, and when; a sink sends. Knows no connection and has no timer: belongs to followers.c, which has both.
 *
 * A message holds as many rows as its bound allows. The others come with the next one, those first that have waited longest,
 * so that a thousand sources that change all the time are told in turn.
 */

#include "bus/object.h"

enum {
        SUBSCRIPTIONS_MAX = 32,
        SUBSCRIPTIONS_EACH = 4, /* of one user; root has all */
        SUBSCRIPTION_INTERVAL_MIN_MS = 250,
        SUBSCRIPTION_ROWS_MAX = 256,          /* of one message; as many are removed by one */
        SUBSCRIPTION_AGAIN_USEC = 100 * 1000, /* when a message found no room */
};

#define SUBSCRIPTION_NEVER UINT64_MAX

typedef struct Subscriptions Subscriptions;

typedef struct SubscriptionRequest {
        const char *name; /* unique name of the subscriber */
        uid_t user;
        uint32_t interval_ms; /* moved to the least if it is below */
        unsigned aspects;     /* as in SourceFilter */
} SubscriptionRequest;

typedef struct SourcesUpdate {
        const BusReading *reading;
        unsigned aspects;
        size_t n_changed, n_removed;
        size_t changed[SUBSCRIPTION_ROWS_MAX];   /* places among the sources of the snapshot */
        uint32_t removed[SUBSCRIPTION_ROWS_MAX]; /* ids, ascending */
} SourcesUpdate;

typedef struct SubscriptionSink {
        /* Whether the bus takes one more message now. */
        bool (*has_room)(void *userdata);
        /* Negative errno: it has not been sent, and is tried again. */
        int (*send)(void *userdata, const char *name, const SourcesUpdate *update);
} SubscriptionSink;

/* NULL: out of memory. */
Subscriptions *subscriptions_new(const SubscriptionSink *sink, void *userdata);
Subscriptions *subscriptions_free(Subscriptions *s);

/* What there is now, the subscriber knows. If it has subscribed before, only interval and aspects change: what it has not been told
 * yet it still will be. -EDQUOT: too many of that user, -ENOSPC: of all, -ENOMEM. */
int subscriptions_put(
        Subscriptions *s, const SubscriptionRequest *request, const BusReading *r, uint64_t now_usec);
/* False: there is none of that name. */
bool subscriptions_remove(Subscriptions *s, const char *name);
void subscriptions_clear(Subscriptions *s);
bool subscriptions_has(const Subscriptions *s, const char *name);

/* When somebody may be told something, if there is something: SUBSCRIPTION_NEVER: there is nobody. */
uint64_t subscriptions_next(const Subscriptions *s);
/* Tells whom it is time for. Returns when to tell again even if nothing else happens, or SUBSCRIPTION_NEVER. */
uint64_t subscriptions_tell(Subscriptions *s, const BusReading *r, uint64_t now_usec);
