/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What somebody should see to: a table of conditions over the snapshot and over what has happened. A condition that has held
 * for its time is an alert until it no longer holds. Plain values; the bus owns an Alerts and shows it, and nothing of it is
 * ever decided by.
 */

#include "base/strtab.h"
#include "core/notice.h"
#include "core/snapshot.h"

/* In the order of their words, which stay what they are: programs know them. */
typedef enum AlertId {
        ALERT_CLOCK_REFUSED,  /* the kernel does not do what we order */
        ALERT_FALSETICKERS,   /* sources that most of the others contradict */
        ALERT_FOREIGN_CHANGE, /* somebody else set the clock or its rate within the last hour */
        ALERT_LEAPS_EXPIRED,  /* the list of leap seconds */
        ALERT_NO_MAJORITY,    /* sources contradict one another, and no one can say who is right */
        ALERT_NO_SOURCES,     /* none is configured */
        ALERT_NOT_SERVING,    /* we answer requests, and have no time to tell */
        ALERT_ONE_SOURCE,     /* nobody could contradict it */
        ALERT_UNREACHABLE,    /* the selected source, or every one */
        ALERT_UNSYNCHRONIZED, /* for ten minutes */
        ALERTS
} AlertId;

typedef enum AlertSeverity {
        ALERT_INFO,    /* nothing is wrong */
        ALERT_WARNING, /* the time is kept */
        ALERT_CRITICAL,
        ALERT_SEVERITIES
} AlertSeverity;

typedef enum AlertHealth { HEALTH_GOOD, HEALTH_DEGRADED, HEALTH_BAD, HEALTHS } AlertHealth;

DECLARE_STRTAB(AlertId, alert_id);
DECLARE_STRTAB(AlertSeverity, alert_severity);
DECLARE_STRTAB(AlertHealth, alert_health);

enum {
        ALERT_TEXT_MAX = 256,
        ALERT_FOREIGN_CHANGE_S = 3600,
};

typedef struct Alerts {
        bool holds[ALERTS];  /* the condition, by the last update */
        bool raised[ALERTS]; /* it has held for its time */
        Mono since[ALERTS];  /* when the condition began to hold */
        int refused;         /* errno of the clock's last refusal, 0: it obeys */
        int refused_updates; /* updates of the clock up to then */
        NoticeKind foreign;  /* the last such notice */
        double foreign_value;
        Mono foreign_until; /* ns = 0: there was none */
} Alerts;

/* Something that is no state: what others did to the clock, what the kernel refused. `s` is the snapshot after it. */
void alerts_on_notice(Alerts *a, const Notice *notice, const Snapshot *s);
/* Looks at all conditions. serving: requests are answered. Returns when to look again even if nothing happens. */
Mono alerts_update(Alerts *a, const Snapshot *s, bool serving);

AlertSeverity alert_severity(AlertId id);
/* What is wrong, as a sentence without a full stop, of an alert that is raised by the last update, at `s`. */
const char *alert_text(const Alerts *a, AlertId id, const Snapshot *s, char buffer[static ALERT_TEXT_MAX]);
/* Good without a warning; bad with one that is critical. */
AlertHealth alerts_health(const Alerts *a);
