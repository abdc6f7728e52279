/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/alert-watch.h"

#include "base/cleanup.h"
#include "run/messages.h"

#include <errno.h>
#include <stdlib.h>

/* What is due in a minute or in an hour is not due to the second. */
#define ACCURACY_USEC UINT64_C(1000000)

struct AlertWatch {
        Parts *parts;
        Alerts alerts;
        bool logged[ALERTS]; /* as raised */
        sd_event_source *timer;
};

DEFINE_CLEANUP(AlertWatch, alert_watch_free)

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        const AlertWatch *w = userdata;

        parts_settle_soon(w->parts);
        return 0;
}

int alert_watch_new(Parts *parts, AlertWatch **ret) {
        _cleanup_(alert_watch_freep)
        AlertWatch *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        w->parts = parts;
        int r = sd_event_add_time(
                parts->event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, ACCURACY_USEC, on_timer, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

AlertWatch *alert_watch_free(AlertWatch *w) {
        if (w) {
                sd_event_source_disable_unref(w->timer);
                free(w);
        }
        return NULL;
}

void alert_watch_on_notice(AlertWatch *w, const Notice *notice, const Snapshot *s) {
        alerts_on_notice(&w->alerts, notice, s);
}

static void arm(AlertWatch *w, Mono due) {
        if (due.ns == MONO_NEVER.ns) {
                (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
                return;
        }
        (void)sd_event_source_set_time(w->timer, (uint64_t)((due.ns + NS_PER_US - 1) / NS_PER_US));
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

void alert_watch_update(AlertWatch *w, const Snapshot *s) {
        const Server *server = w->parts->server;

        arm(w, alerts_update(&w->alerts, s, server && server_serves(server)));
        for (int i = 0; i < ALERTS; i++) {
                const Alert *alert = &w->alerts.items[i];
                if (alert->raised != w->logged[i])
                        message_of_alert(w->parts->log, (AlertId)i, alert);
                w->logged[i] = alert->raised;
        }
}

const Alerts *alert_watch_alerts(const AlertWatch *w) {
        return &w->alerts;
}
