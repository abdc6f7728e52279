/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who stays for more than an answer: subscribers, and calls that wait for the clock. One timer looks after all of them, and only
 * as long as there are any and something may have happened; each goes when its owner leaves the bus. Belongs to the Bus.
 */

#include "bus/object.h"
#include "bus/subscriptions.h"
#include "bus/sync-waits.h"

enum { FOLLOWERS_PAUSE_USEC = 200 * 1000 }; /* at least so long between two looks after events */

/* In their calls' files; the userdata is the Bus. */
extern const SubscriptionSink subscription_sink;
extern const SyncWaitSink sync_wait_sink;

/* NULL: out of memory. */
Followers *followers_new(sd_event *event, Bus *bus);
Followers *followers_free(Followers *f);
/* The connection is lost: all go, and nobody is answered. */
void followers_reset(Followers *f);
/* A HeldLeave; userdata is the Followers. */
void followers_on_leave(void *followers, const char *name, const char *why);

/* Something may have changed. */
void followers_update(Followers *f);
/* Somebody has come who wants to be looked after by then. */
void followers_look_by(Followers *f, uint64_t usec);

Subscriptions *followers_subscriptions(const Followers *f);
SyncWaits *followers_sync_waits(const Followers *f);
