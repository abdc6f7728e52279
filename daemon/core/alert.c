/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/alert.h"

#include "base/printable.h"
#include "core/alert-condition.h"

static const char *const alert_id_names[] = {
        [ALERT_CLOCK_REFUSED] = "clock-refused",
        [ALERT_FALSETICKERS] = "falsetickers",
        [ALERT_FOREIGN_CHANGE] = "foreign-change",
        [ALERT_LEAPS_EXPIRED] = "leap-list-expired",
        [ALERT_NO_MAJORITY] = "no-majority",
        [ALERT_NO_SOURCES] = "no-sources",
        [ALERT_NOT_SERVING] = "not-serving",
        [ALERT_ONE_SOURCE] = "one-source",
        [ALERT_UNREACHABLE] = "unreachable",
        [ALERT_UNSYNCHRONIZED] = "unsynchronized",
};
DEFINE_STRTAB(AlertId, alert_id, alert_id_names);

static const char *const alert_severity_names[] = {
        [ALERT_INFO] = "info",
        [ALERT_WARNING] = "warning",
        [ALERT_CRITICAL] = "critical",
};
DEFINE_STRTAB(AlertSeverity, alert_severity, alert_severity_names);

static const char *const alert_health_names[] = {
        [HEALTH_GOOD] = "good",
        [HEALTH_DEGRADED] = "degraded",
        [HEALTH_BAD] = "bad",
};
DEFINE_STRTAB(AlertHealth, alert_health, alert_health_names);

AlertSeverity alert_severity(AlertId id) {
        return alert_condition(id)->severity;
}

/* In a sleep nobody could have mended anything: what was afoot gets all of its time again. */
static void begin_again(Alerts *a, Mono now) {
        for (int i = 0; i < ALERTS; i++)
                if (!a->items[i].raised)
                        a->items[i].since = now;
}

void alerts_on_notice(Alerts *a, const Notice *notice, const Snapshot *s) {
        if (notice->kind == NOTICE_CLOCK_REFUSED) {
                a->refused = (int)notice->value;
                a->refused_updates = s->tracking.n_updates;
        } else if (notice->kind == NOTICE_FOREIGN_STEP || notice->kind == NOTICE_FOREIGN_FREQUENCY) {
                a->foreign = notice->kind;
                a->foreign_value = notice->value;
                a->foreign_until = mono_add(s->now.mono, SPAN_S(ALERT_FOREIGN_CHANGE_S));
                a->n_foreign++;
        } else if (notice->kind == NOTICE_RESUMED)
                begin_again(a, s->now.mono);
}

static void tell(Alert *alert, const AlertCondition *condition, const AlertScene *c) {
        alert->told = c->s->now.mono;
        alert->subject = condition->subject ? condition->subject(c) : 0;
        condition->tell(c, alert->text);
        (void)printable_clean(alert->text);
}

/* Both clocks go at rates that differ a little: only a step is worth a new instant. */
static void place(Alert *alert, Now now) {
        Local since = local_add(now.local, mono_sub(alert->since, now.mono));

        if (fabs(local_seconds_since(since, alert->since_local)) >= 1.0)
                alert->since_local = since;
}

/* Returns when its text is to be made anew. */
static Mono keep_raised(Alert *alert, const AlertCondition *condition, const AlertScene *c) {
        Mono now = c->s->now.mono, due = mono_add(alert->told, SPAN_S(ALERT_RETELL_S));

        place(alert, c->s->now);
        if (!alert->holds || !condition->subject || condition->subject(c) == alert->subject)
                return MONO_NEVER;
        if (mono_before(now, due))
                return due;
        tell(alert, condition, c);
        return MONO_NEVER;
}

/* Returns when it has to be looked at again. */
static Mono update(Alert *alert, const AlertCondition *condition, const AlertScene *c) {
        Mono now = c->s->now.mono;
        bool holds = condition->holds(c);

        if (holds && !alert->afoot)
                *alert = (Alert){ .afoot = true, .since = now };
        if (holds != alert->holds)
                alert->turned = now;
        alert->holds = holds;
        Mono due = holds ? mono_add(alert->since, SPAN_S(condition->patience_s))
                         : mono_add(alert->turned, SPAN_S(condition->calm_s));
        bool waits = mono_before(now, due);
        if (!holds && !waits)
                alert->afoot = alert->raised = false;
        if (holds && !waits && !alert->raised) {
                alert->raised = true;
                tell(alert, condition, c);
        }
        Mono retell = alert->raised ? keep_raised(alert, condition, c) : MONO_NEVER;
        return alert->afoot && waits ? mono_min(due, retell) : retell;
}

Mono alerts_update(Alerts *a, const Snapshot *s, bool serving) {
        Mono deadline = MONO_NEVER;

        if (s->tracking.n_updates != a->refused_updates) /* the orders of a later one were taken */
                a->refused = 0;
        AlertScene scene = alert_scene(a, s, serving);
        for (int i = 0; i < ALERTS; i++)
                deadline = mono_min(deadline, update(&a->items[i], alert_condition((AlertId)i), &scene));
        return a->items[ALERT_FOREIGN_CHANGE].holds ? mono_min(deadline, a->foreign_until) : deadline;
}

AlertHealth alerts_health(const Alerts *a) {
        AlertSeverity worst = ALERT_INFO;

        for (int i = 0; i < ALERTS; i++)
                if (a->items[i].raised && alert_severity((AlertId)i) > worst)
                        worst = alert_severity((AlertId)i);
        switch (worst) {
        case ALERT_CRITICAL:
                return HEALTH_BAD;
        case ALERT_WARNING:
                return HEALTH_DEGRADED;
        case ALERT_INFO:
        case ALERT_SEVERITIES:
                break;
        }
        return HEALTH_GOOD;
}
