/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What somebody should see to: a table of conditions over the snapshot and over what has happened. A condition that has held for
 * its patience is an alert, until it has not held for its calm: what comes and goes with each packet is one alert and not
 * many. Plain values, text and all; run/ owns an Alerts, and nothing of it is ever decided by.
 */

#include "base/strtab.h"
#include "core/notice.h"
#include "core/snapshot.h"

/* In the order of their words, which stay what they are: programs know them. docs/dbus.md has the table. */
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
        ALERT_RETELL_S =
                600, /* the text of an alert that has come to be about others is made anew no sooner */
};

typedef struct Alert {
        bool afoot;  /* the condition has held within its calm */
        bool holds;  /* it holds, by the last update */
        bool raised; /* it is an alert */
        Mono since;  /* since when it is afoot */
        Mono turned; /* when `holds` last changed */
        Local since_local; /* `since` on the clock; the rest is of raised ones, too. Moves only when the clock is stepped */
        Mono told;        /* when the text was made */
        uint64_t subject; /* stands for those whom the text is about */
        char text
                [ALERT_TEXT_MAX]; /* what is wrong, and what helps: printable, a sentence without a full stop */
} Alert;

/* Begins as { 0 }. */
typedef struct Alerts {
        Alert items[ALERTS];
        int refused;         /* errno of the clock's last refusal, 0: it obeys */
        int refused_updates; /* updates of the clock up to then */
        NoticeKind foreign;  /* the last such notice */
        double foreign_value;
        unsigned n_foreign;
        Mono foreign_until; /* ns = 0: there was none */
} Alerts;

/* Something that is no state: what others did to the clock, what the kernel refused, a sleep, in which nothing can mend itself.
 * `s` is the snapshot after it. */
void alerts_on_notice(Alerts *a, const Notice *notice, const Snapshot *s);
/* Looks at all conditions. serving: requests are answered. Returns when to look again even if nothing happens, MONO_NEVER: not at
 * all. */
Mono alerts_update(Alerts *a, const Snapshot *s, bool serving);

AlertSeverity alert_severity(AlertId id);
/* Good without a warning; bad with one that is critical. */
AlertHealth alerts_health(const Alerts *a);
