/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/notify.h"

#include "run/messages.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

const char *status_format(const Snapshot *snapshot, char buffer[static STATUS_MAX]) {
        const SourceView *view = snapshot_find(snapshot, snapshot->tracking.source_id);
        char who[SOURCE_TEXT_MAX];

        if (snapshot->state == ENGINE_SYNCHRONIZED && view) {
                (void)source_text(&view->identity.remote.address, view, who);
                (void)snprintf(buffer, STATUS_MAX, "Contacted time server %s. Clock synchronized", who);
        } else {
                (void)snprintf(buffer, STATUS_MAX, "Idle.");
        }
        return buffer;
}

void notify_ready(Notify *n, sd_event *event, const Snapshot *snapshot) {
        (void)sd_event_set_watchdog(event, true);
        (void)sd_notifyf(false, "READY=1\nSTATUS=%s", status_format(snapshot, n->status));
}

void notify_status(Notify *n, const Snapshot *snapshot) {
        char status[STATUS_MAX];

        if (strcmp(status_format(snapshot, status), n->status) == 0)
                return;
        memcpy(n->status, status, sizeof(n->status));
        (void)sd_notifyf(false, "STATUS=%s", status);
}

void notify_stopping(void) {
        (void)sd_notify(false, "STOPPING=1");
}
