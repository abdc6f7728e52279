/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the service manager is told: ready, what we do in one line, that we live, that we end. Without one it is silence. */

#include "core/snapshot.h"

#include <systemd/sd-event.h>

enum { STATUS_MAX = 512 };

typedef struct Notify {
        char status[STATUS_MAX]; /* as last told */
} Notify;

/* READY=1, and from here on the watchdog is fed by the loop if the unit wants one. *n is all zero at first. */
void notify_ready(Notify *n, sd_event *event, const Snapshot *snapshot);
/* STATUS= if it has changed. */
void notify_status(Notify *n, const Snapshot *snapshot);
void notify_stopping(void);

/* In the words of systemd-timesyncd, which others look for: "Contacted time server ADDRESS (NAME). Clock synchronized"
 * while we are synchronized, else "Idle." */
const char *status_format(const Snapshot *snapshot, char buffer[static STATUS_MAX]);
