/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/alert.h"

#include <stdio.h>

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

/* What conditions look at. */
typedef struct Scene {
        const Alerts *alerts;
        const Snapshot *s;
        bool serving;
        size_t n_online, n_answering, n_voters, n_false;
        const SourceView *selected; /* NULL: none */
} Scene;

static Scene scene_of(const Alerts *a, const Snapshot *s, bool serving) {
        Scene scene = { .alerts = a, .s = s, .serving = serving };

        for (size_t i = 0; i < s->n_sources; i++) {
                const SourceView *v = &s->sources[i];
                scene.n_online += v->link.online;
                scene.n_answering += v->link.reach != 0;
                scene.n_voters += !(v->identity.effective & SELECT_NOSELECT);
                scene.n_false += v->verdict.state == SOURCE_FALSETICKER;
        }
        scene.selected = s->selection.selected ? snapshot_find(s, s->selection.selected) : NULL;
        return scene;
}

static bool is_refused(const Scene *c) {
        return c->alerts->refused != 0;
}

static bool has_falsetickers(const Scene *c) {
        return c->n_false > 0;
}

static bool was_changed(const Scene *c) {
        return mono_before(c->s->now.mono, c->alerts->foreign_until);
}

static bool leaps_expired(const Scene *c) {
        return c->s->leaps_expired;
}

static bool lacks_majority(const Scene *c) {
        return c->s->selection.result == SELECTION_NO_MAJORITY;
}

static bool lacks_sources(const Scene *c) {
        return c->s->n_sources == 0 && !c->s->local_reference;
}

static bool tells_no_time(const Scene *c) {
        return c->serving && c->s->served.leap == LEAP_UNSYNCHRONIZED;
}

static bool has_one_source(const Scene *c) {
        return c->n_voters == 1;
}

/* A source that is offline is not asked. */
static bool is_unreachable(const Scene *c) {
        bool selected = c->selected && c->selected->link.online && c->selected->link.reach == 0;

        return selected || (c->n_online > 0 && c->n_answering == 0);
}

static bool is_unsynchronized(const Scene *c) {
        return c->s->state != ENGINE_SYNCHRONIZED && !c->s->local_reference;
}

static void tell_refusal(const Scene *c, char buffer[static ALERT_TEXT_MAX]) {
        snprintf(buffer, ALERT_TEXT_MAX, "the kernel refuses to adjust the clock (error %d)",
                c->alerts->refused);
}

static void tell_falsetickers(const Scene *c, char buffer[static ALERT_TEXT_MAX]) {
        snprintf(buffer, ALERT_TEXT_MAX, "%zu of %zu sources contradict the majority", c->n_false,
                c->s->n_sources);
}

static void tell_change(const Scene *c, char buffer[static ALERT_TEXT_MAX]) {
        double back_s = c->alerts->foreign_value;

        if (c->alerts->foreign == NOTICE_FOREIGN_STEP)
                snprintf(buffer, ALERT_TEXT_MAX, "somebody else set the clock %s by %.6f s",
                        back_s < 0.0 ? "forward" : "back", fabs(back_s));
        else
                snprintf(buffer, ALERT_TEXT_MAX, "somebody else changed the rate of the clock");
}

static void tell_disagreement(const Scene *c, char buffer[static ALERT_TEXT_MAX]) {
        selection_result_format(
                SELECTION_NO_MAJORITY, c->s->selection.n_agreeing, c->s->selection.n_voters, buffer);
}

static void tell_unreachable(const Scene *c, char buffer[static ALERT_TEXT_MAX]) {
        if (c->n_answering == 0)
                snprintf(buffer, ALERT_TEXT_MAX, "none of the sources answers");
        else
                snprintf(buffer, ALERT_TEXT_MAX, "the selected source %.200s does not answer any more",
                        c->selected ? c->selected->identity.name : "");
}

/* How long a condition holds before somebody is told: what mends itself by the next packet is no news. */
static const struct {
        AlertSeverity severity;
        int64_t patience_s;
        bool (*holds)(const Scene *c);
        const char *text; /* NULL: it has figures */
        void (*tell)(const Scene *c, char buffer[static ALERT_TEXT_MAX]);
} conditions[ALERTS] = {
        [ALERT_CLOCK_REFUSED] = { ALERT_CRITICAL, 0, is_refused, NULL, tell_refusal },
        [ALERT_FALSETICKERS] = { ALERT_WARNING, 60, has_falsetickers, NULL, tell_falsetickers },
        [ALERT_FOREIGN_CHANGE] = { ALERT_WARNING, 0, was_changed, NULL, tell_change },
        [ALERT_LEAPS_EXPIRED] = { ALERT_WARNING, 0, leaps_expired, "the list of leap seconds has expired",
                NULL },
        [ALERT_NO_MAJORITY] = { ALERT_CRITICAL, 60, lacks_majority, NULL, tell_disagreement },
        [ALERT_NO_SOURCES] = { ALERT_WARNING, 60, lacks_sources, "no source is configured", NULL },
        [ALERT_NOT_SERVING] = { ALERT_WARNING, 600, tells_no_time,
                "requests are answered without a time, since the clock is not synchronized", NULL },
        [ALERT_ONE_SOURCE] = { ALERT_INFO, 60, has_one_source,
                "there is only one source, and nothing would tell if it were wrong", NULL },
        [ALERT_UNREACHABLE] = { ALERT_WARNING, 60, is_unreachable, NULL, tell_unreachable },
        [ALERT_UNSYNCHRONIZED] = { ALERT_CRITICAL, 600, is_unsynchronized, "the clock is not synchronized",
                NULL },
};

AlertSeverity alert_severity(AlertId id) {
        return conditions[id].severity;
}

void alerts_on_notice(Alerts *a, const Notice *notice, const Snapshot *s) {
        if (notice->kind == NOTICE_CLOCK_REFUSED) {
                a->refused = (int)notice->value;
                a->refused_updates = s->tracking.n_updates;
        } else if (notice->kind == NOTICE_FOREIGN_STEP || notice->kind == NOTICE_FOREIGN_FREQUENCY) {
                a->foreign = notice->kind;
                a->foreign_value = notice->value;
                a->foreign_until = mono_add(s->now.mono, SPAN_S(ALERT_FOREIGN_CHANGE_S));
        }
}

Mono alerts_update(Alerts *a, const Snapshot *s, bool serving) {
        Mono deadline = MONO_NEVER;

        if (s->tracking.n_updates != a->refused_updates) /* the orders of a later one were taken */
                a->refused = 0;
        Scene scene = scene_of(a, s, serving);
        for (int i = 0; i < ALERTS; i++) {
                bool holds = conditions[i].holds(&scene);
                if (holds && !a->holds[i])
                        a->since[i] = s->now.mono;
                a->holds[i] = holds;
                Mono due = mono_add(a->since[i], SPAN_S(conditions[i].patience_s));
                a->raised[i] = holds && !mono_before(s->now.mono, due);
                if (holds && !a->raised[i])
                        deadline = mono_min(deadline, due);
        }
        return a->holds[ALERT_FOREIGN_CHANGE] ? mono_min(deadline, a->foreign_until) : deadline;
}

const char *alert_text(const Alerts *a, AlertId id, const Snapshot *s, char buffer[static ALERT_TEXT_MAX]) {
        Scene scene = scene_of(a, s, false);

        if (conditions[id].text)
                snprintf(buffer, ALERT_TEXT_MAX, "%s", conditions[id].text);
        else
                conditions[id].tell(&scene, buffer);
        return buffer;
}

AlertHealth alerts_health(const Alerts *a) {
        AlertSeverity worst = ALERT_INFO;

        for (int i = 0; i < ALERTS; i++)
                if (a->raised[i] && conditions[i].severity > worst)
                        worst = conditions[i].severity;
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
