/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/followers.h"

#include <stdlib.h>

enum { ACCURACY_USEC = 10 * 1000, PRIORITY = SD_EVENT_PRIORITY_NORMAL + 50 };

#define NEVER UINT64_MAX

struct Followers {
        Bus *bus;
        Subscriptions *subscriptions;
        SyncWaits *waits;
        sd_event_source *timer;
        uint64_t armed_usec;  /* NEVER: it is not */
        uint64_t waited_usec; /* when it was last looked for those who wait */
};

static uint64_t earlier(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

/* The timer only ever moves closer, so that a steady stream of events can't push it away. */
void followers_look_by(Followers *f, uint64_t usec) {
        if (usec >= f->armed_usec)
                return;
        f->armed_usec = usec;
        sd_event_source_set_time(f->timer, usec);
        sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
}

static uint64_t look_for_waits(Followers *f, uint64_t now_usec) {
        SyncFigures figures;

        if (sync_waits_count(f->waits) == 0)
                return NEVER;
        sync_figures_read(&figures, bus_reading(f->bus));
        f->waited_usec = now_usec;
        return sync_waits_look(f->waits, &figures, now_usec);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Followers *f = userdata;
        uint64_t now = bus_now_usec(f->bus);

        f->armed_usec = NEVER;
        uint64_t due = look_for_waits(f, now);
        if (subscriptions_next(f->subscriptions) != SUBSCRIPTION_NEVER)
                due = earlier(due, subscriptions_tell(f->subscriptions, bus_reading(f->bus), now));
        followers_look_by(f, due);
        return 0;
}

void followers_update(Followers *f) {
        uint64_t due = subscriptions_next(f->subscriptions);

        if (sync_waits_count(f->waits) > 0)
                due = earlier(due, f->waited_usec + FOLLOWERS_PAUSE_USEC);
        followers_look_by(f, due);
}

Followers *followers_new(sd_event *event, Bus *bus) {
        Followers *f = calloc(1, sizeof(*f));

        if (!f)
                return NULL;
        f->bus = bus;
        f->armed_usec = NEVER;
        f->subscriptions = subscriptions_new(&subscription_sink, bus);
        f->waits = sync_waits_new(&sync_wait_sink, bus);
        if (!f->subscriptions || !f->waits ||
                sd_event_add_time(event, &f->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC, on_timer, f) < 0 ||
                sd_event_source_set_enabled(f->timer, SD_EVENT_OFF) < 0 ||
                sd_event_source_set_priority(f->timer, PRIORITY) < 0)
                return followers_free(f);
        return f;
}

Followers *followers_free(Followers *f) {
        if (!f)
                return NULL;
        sd_event_source_disable_unref(f->timer);
        subscriptions_free(f->subscriptions);
        sync_waits_free(f->waits);
        free(f);
        return NULL;
}

void followers_reset(Followers *f) {
        subscriptions_clear(f->subscriptions);
        sync_waits_clear(f->waits);
        f->armed_usec = NEVER;
        sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
}

void followers_on_leave(void *followers, const char *name, const char *why) {
        Followers *f = followers;

        subscriptions_remove(f->subscriptions, name);
        sync_waits_drop(f->waits, name, why);
}

Subscriptions *followers_subscriptions(const Followers *f) {
        return f->subscriptions;
}

SyncWaits *followers_sync_waits(const Followers *f) {
        return f->waits;
}
