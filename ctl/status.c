/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl status: the clock at a glance, and the one line that monitoring wants. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "text.h"
#include "verbs.h"

#include <math.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 };

typedef struct Status {
        const Value *manager, *clock, *sources, *selected;
        const View *view;
} Status;

static Status read_status(const Value *value, const View *view) {
        Status s = {
                .manager = value_get(value, "Manager"),
                .clock = value_get(value, "Clock"),
                .sources = value_get(value, "Sources"),
                .view = view,
        };

        value_foreach(row, s.sources)
                if (strcmp(member_text(row, "State"), "selected") == 0)
                        s.selected = row;
        return s;
}

/* "NAME (ADDRESS)", or what of it there is. */
static const char *source_label(const Value *row, char buffer[static LINE_MAX_BYTES]) {
        const char *name = member_text(row, "Name"), *address = member_text(row, "Address");

        if (!address[0] || strcmp(name, address) == 0)
                snprintf(buffer, LINE_MAX_BYTES, "%s", name);
        else
                snprintf(buffer, LINE_MAX_BYTES, "%s (%s)", name, address);
        return buffer;
}

typedef struct Headline {
        const char *state, *dot, *ascii_dot, *text;
        Tint tint;
} Headline;

static const Headline headlines[] = {
        { "synchronized", "\u25cf", "*", "Synchronized", TINT_GOOD },
        { "holdover", "\u25cf", "*", "Holdover", TINT_WARNING },
        { "synchronizing", "\u25cb", "o", "Synchronizing", TINT_WARNING },
        { "starting", "\u25cb", "o", "Starting", TINT_NONE },
        { "unsynchronized", "\u00d7", "x", "Not synchronized", TINT_BAD },
};

static const Headline *find_headline(const char *state) {
        static const Headline unknown = { "", "\u25cb", "o", "In an unknown state", TINT_WARNING };

        for (size_t i = 0; i < ELEMENTS(headlines); i++)
                if (strcmp(headlines[i].state, state) == 0)
                        return &headlines[i];
        return &unknown;
}

/* " (being slewed, 3.000 s to go)" where the bound is mostly of what is left to slew, not of what is not known; else "". */
static const char *slew_text(const Status *s, char buffer[static LINE_MAX_BYTES]) {
        double left = fabs(member_real(s->clock, "SystemOffsetSeconds"));
        char span[FORMAT_MAX];

        buffer[0] = '\0';
        if (left > member_real(s->clock, "MaxErrorSeconds") - left)
                snprintf(buffer, LINE_MAX_BYTES, " (being slewed, %s to go)",
                        format_span(left, s->view->unit, span));
        return buffer;
}

/* "Synchronized to NAME (ADDRESS), within 1.2 ms" or "Not synchronized: no source is selectable". */
static const char *headline_text(const Status *s, char buffer[static LINE_MAX_BYTES]) {
        const Headline *h = find_headline(member_text(s->manager, "State"));
        char label[LINE_MAX_BYTES], span[FORMAT_MAX], slew[LINE_MAX_BYTES];

        if (member_true(s->manager, "Synchronized") && s->selected)
                snprintf(buffer, LINE_MAX_BYTES, "%s to %.600s, within %s%.100s", h->text,
                        source_label(s->selected, label),
                        format_span(member_real(s->clock, "MaxErrorSeconds"), s->view->unit, span),
                        slew_text(s, slew));
        else
                snprintf(buffer, LINE_MAX_BYTES, "%s: %.600s", h->text,
                        member_text(s->manager, "StateReason"));
        return buffer;
}

static void draw_headline(const Status *s, FILE *out) {
        const Headline *h = find_headline(member_text(s->manager, "State"));
        char line[LINE_MAX_BYTES], clean[LINE_MAX_BYTES];

        fprintf(out, "%s%s%s %s\n", view_tint(s->view, h->tint), s->view->utf8 ? h->dot : h->ascii_dot,
                view_plain(s->view, h->tint), text_clean(headline_text(s, line), clean, sizeof(clean)));
}

static void draw_reference(const Status *s, FILE *out) {
        char line[LINE_MAX_BYTES], label[LINE_MAX_BYTES], age[FORMAT_MAX], instant[FORMAT_MAX];
        uint64_t updated = member_number(s->clock, "ReferenceTimeUSec");

        if (s->selected) {
                snprintf(line, sizeof(line), "%.600s, stratum %.0f, %s", source_label(s->selected, label),
                        member_real(s->selected, "Stratum"), member_text(s->selected, "ReferenceIDText"));
                view_line("Reference", line, out);
        } else if (strcmp(member_text(s->clock, "ReferenceName"), "local") == 0) {
                snprintf(line, sizeof(line), "the local clock itself, stratum %.0f",
                        member_real(s->clock, "Stratum"));
                view_line("Reference", line, out);
        }
        if (updated == 0)
                return;
        snprintf(line, sizeof(line), "%s, %s ago", format_instant(updated, s->view->utc, instant),
                format_age(member_number(s->clock, "TimeUSec"), updated, age));
        view_line("Updated", line, out);
}

static void draw_offset(const Status *s, FILE *out) {
        char line[LINE_MAX_BYTES], a[FORMAT_MAX], b[FORMAT_MAX];
        double left = member_real(s->clock, "SystemOffsetSeconds"),
               last = member_real(s->clock, "LastOffsetSeconds");

        /* Nothing left to slew says something only of a clock that has been measured. */
        if (fabs(left) >= 0.5e-9)
                snprintf(line, sizeof(line), "%s, being slewed away",
                        format_direction(left, s->view->unit, a));
        else
                snprintf(line, sizeof(line), "%s",
                        format_direction(isnan(last) ? (double)NAN : left, s->view->unit, a));
        view_line("Offset", line, out);
        if (!isnan(last)) {
                snprintf(line, sizeof(line), "%s, RMS %s", format_direction(last, s->view->unit, a),
                        format_span(member_real(s->clock, "RMSOffsetSeconds"), s->view->unit, b));
                view_line("Last update", line, out);
        }
        view_line("Max error", format_span(member_real(s->clock, "MaxErrorSeconds"), s->view->unit, a), out);
}

static void draw_frequency(const Status *s, FILE *out) {
        char line[LINE_MAX_BYTES], a[FORMAT_MAX], b[FORMAT_MAX];
        double ppm = member_real(s->clock, "FrequencyPPM"), skew = member_real(s->clock, "SkewPPM");

        /* Without a skew it is what the kernel happened to have, or nothing at all. */
        if (isnan(ppm) || (isnan(skew) && fabs(ppm) < 0.0005))
                snprintf(line, sizeof(line), "-, skew %s", format_ppm_bound(skew, b));
        else
                snprintf(line, sizeof(line), "%s %s, skew %s", format_ppm_bound(fabs(ppm), a),
                        ppm < 0 ? "slow" : "fast", format_ppm_bound(skew, b));
        view_line("Frequency", line, out);
}

static void draw_leap(const Status *s, FILE *out) {
        char line[LINE_MAX_BYTES];
        double tai = member_real(s->clock, "TAIOffset");

        if (tai > 0)
                snprintf(line, sizeof(line), "%s, TAI-UTC %.0f s", member_text(s->clock, "LeapStatus"), tai);
        else
                snprintf(line, sizeof(line), "%s", member_text(s->clock, "LeapStatus"));
        view_line("Leap", line, out);
}

static void draw_sources(const Status *s, FILE *out) {
        unsigned n = 0, used = 0, reachable = 0, authenticated = 0, offline = 0;
        char line[LINE_MAX_BYTES];

        value_foreach(row, s->sources) {
                const char *state = member_text(row, "State");
                n++;
                used += strcmp(state, "selected") == 0 || strcmp(state, "combined") == 0;
                reachable += member_number(row, "Reachability") != 0;
                /* A reply counts as one only if it is authentic where it has to be. */
                authenticated += member_true(row, "Authenticated") && member_number(row, "Reachability") != 0;
                offline += strcmp(member_text(row, "Online"), "offline") == 0;
        }
        int length = snprintf(line, sizeof(line), "%u, of them %u reachable, %u used, %u authenticated", n,
                reachable, used, authenticated);
        if (offline > 0)
                snprintf(line + length, sizeof(line) - (size_t)length, ", %u offline", offline);
        view_line("Sources", line, out);
}

/* Of a row of Manager.Alerts: id, severity, since, text. */
static const char *alert_cell(const Value *alert, unsigned cell) {
        const Value *v = alert->first;

        while (v && cell-- > 0)
                v = v->next;
        return value_text(v, "");
}

static void draw_alerts(const Status *s, FILE *out) {
        char line[LINE_MAX_BYTES];

        value_foreach(alert, value_get(s->manager, "Alerts")) {
                snprintf(line, sizeof(line), "%s, %s: %.600s", alert_cell(alert, 1), alert_cell(alert, 0),
                        alert_cell(alert, 3));
                view_line("Alert", line, out);
        }
}

void status_draw(const Value *status, const View *view, FILE *out) {
        Status s = read_status(status, view);

        draw_headline(&s, out);
        draw_reference(&s, out);
        draw_offset(&s, out);
        draw_frequency(&s, out);
        draw_leap(&s, out);
        draw_sources(&s, out);
        draw_alerts(&s, out);
        if (!member_true(s.manager, "SteeringEnabled"))
                view_line("Steering", "off; all this is of a virtual clock, the system's is left alone", out);
        if (member_text(s.manager, "ConfigFile")[0])
                view_line("Configuration", member_text(s.manager, "ConfigFile"), out);
}

/* "; degraded: falsetickers, unreachable"; nothing where nothing is wrong. Returns whether it is bad. */
static bool check_health(const Status *s, FILE *out) {
        const char *health = member_text(s->manager, "Health"), *separator = ":";
        char clean[LINE_MAX_BYTES];

        if (!health[0] || strcmp(health, "good") == 0)
                return false;
        fprintf(out, "; %s", text_clean(health, clean, sizeof(clean)));
        value_foreach(alert, value_get(s->manager, "Alerts")) {
                if (strcmp(alert_cell(alert, 1), "info") == 0)
                        continue;
                fprintf(out, "%s %s", separator, text_clean(alert_cell(alert, 0), clean, sizeof(clean)));
                separator = ",";
        }
        return strcmp(health, "bad") == 0;
}

ExitStatus status_check(const Value *status, const View *view, double max_error_s, FILE *out) {
        Status s = read_status(status, view);
        char line[LINE_MAX_BYTES], clean[LINE_MAX_BYTES], limit[FORMAT_MAX];
        bool good = member_true(s.manager, "Synchronized");
        /* Not known is not good enough. */
        bool within = isnan(max_error_s) || member_real(s.clock, "MaxErrorSeconds") <= max_error_s;

        fprintf(out, "%s", text_clean(headline_text(&s, line), clean, sizeof(clean)));
        if (good && !within)
                fprintf(out, ", which is more than %s", format_span(max_error_s, view->unit, limit));
        bool bad = check_health(&s, out);
        fputc('\n', out);
        return good && within && !bad ? STATUS_OK : STATUS_NOT_SYNCHRONIZED;
}

static ExitStatus fetch(const Invocation *invocation, Value *status) {
        _cleanup_(client_freep)
        Client *c = NULL;
        Value *part = NULL;

        ExitStatus r = client_new(invocation, &c);
        if (r == STATUS_OK)
                r = client_properties(c, TIMEBALL_PATH, &part);
        if (r == STATUS_OK) {
                value_adopt(status, "Manager", part);
                r = client_properties(c, TIMEBALL_CLOCK_PATH, &part);
        }
        if (r == STATUS_OK) {
                value_adopt(status, "Clock", part);
                r = client_sources(c, NULL, &part);
        }
        if (r == STATUS_OK)
                value_adopt(status, "Sources", part);
        return r;
}

ExitStatus verb_status(const Invocation *invocation) {
        _cleanup_(value_freep)
        Value *status = value_new(VALUE_OBJECT);
        const Options *o = invocation->options;

        ExitStatus r = fetch(invocation, status);
        if (r != STATUS_OK)
                return r;
        if (o->check)
                return status_check(status, &o->view, o->max_error_s, invocation->out);
        if (o->json != JSON_OFF)
                json_emit(status, o->json, invocation->out);
        else
                status_draw(status, &o->view, invocation->out);
        return STATUS_OK;
}
