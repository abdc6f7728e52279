/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps the Alerts of the daemon, with or without a bus: looks at them after each event, and when one is due; that is no
 * timer on a machine where nothing is wrong. Writes one line to the log when one is raised and one when it is over. The Daemon
 * owns it.
 */

#include "core/alert.h"
#include "run/parts.h"

/* 0 or a negative errno. */
int alert_watch_new(Parts *parts, AlertWatch **ret);
AlertWatch *alert_watch_free(AlertWatch *w);

/* `s`: the snapshot after it. */
void alert_watch_on_notice(AlertWatch *w, const Notice *notice, const Snapshot *s);
/* After each event. */
void alert_watch_update(AlertWatch *w, const Snapshot *s);
const Alerts *alert_watch_alerts(const AlertWatch *w);
