/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of conditions behind core/alert.h: when each holds, for how long it may before somebody is told, and in what words.
 * Nobody but alert.c and its tests needs it. Remembers nothing: what was said before is in Alerts.
 */

#include "core/alert.h"

/* What conditions look at. */
typedef struct AlertScene {
        const Alerts *alerts;
        const Snapshot *s;
        bool serving;
        size_t n_online, n_unresolved, n_answering, n_voters, n_false; /* unresolved: of those online */
        const SourceView *selected;                                    /* NULL: none */
} AlertScene;

typedef struct AlertCondition {
        AlertSeverity severity;
        int patience_s; /* how long it is afoot before it is an alert: what mends itself by the next packet is no news */
        int calm_s; /* how long it has to be gone before that is over */
        bool (*holds)(const AlertScene *c);
        void (*tell)(const AlertScene *c, char buffer[static ALERT_TEXT_MAX]);
        uint64_t (*subject)(
                const AlertScene *c); /* stands for those whom the text names; NULL: it names none */
} AlertCondition;

AlertScene alert_scene(const Alerts *a, const Snapshot *s, bool serving);
const AlertCondition *alert_condition(AlertId id);
