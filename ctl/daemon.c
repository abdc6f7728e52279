/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl alerts, permissions, describe, log-level: the daemon as a whole. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "table.h"
#include "text.h"
#include "verbs.h"

#include <string.h>

static const Target target_log = { LOG_CONTROL_PATH, LOG_CONTROL_INTERFACE };

void alerts_draw(const Value *alerts, const View *view, FILE *out) {
        static const Column columns[] = { { "SINCE", 0 }, { "SEVERITY", 0 }, { "ALERT", 0 },
                { "TEXT", COLUMN_SHRINKS } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));
        char instant[FORMAT_MAX];

        value_foreach(alert, alerts) {
                const char *severity = member_text(alert, "Severity");
                Tint tint = strcmp(severity, "critical") == 0  ? TINT_BAD
                            : strcmp(severity, "warning") == 0 ? TINT_WARNING
                                                               : TINT_NONE;
                table_add(
                        t, TINT_NONE, format_instant(member_number(alert, "SinceUSec"), view->utc, instant));
                table_add(t, tint, severity);
                table_add(t, TINT_NONE, member_text(alert, "Id"));
                table_add(t, TINT_NONE, member_text(alert, "Text"));
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(alerts))
                fputs("Nothing is wrong.\n", out);
}

ExitStatus verb_alerts(const Invocation *invocation) {
        static const char *const names[] = { "Id", "Severity", "SinceUSec", "Text" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *rows = NULL;
        _cleanup_(value_freep)
        Value *alerts = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_property(c, target_manager, "Alerts", &rows);
        if (status != STATUS_OK)
                return status;
        for (Value *row = rows->first; row; row = row->next)
                value_adopt(alerts, NULL, value_name_cells(row, names, ELEMENTS(names)));
        return verb_present(invocation, alerts, alerts_draw);
}

void permissions_draw(const Value *permissions, const View *view, FILE *out) {
        static const Column columns[] = { { "ACTION", 0 }, { "ALLOWED", 0 } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(permission, permissions) {
                const char *answer = value_text(permission, "");
                table_add(t, TINT_NONE, permission->key);
                table_add(t,
                        strcmp(answer, "yes") == 0  ? TINT_GOOD
                        : strcmp(answer, "no") == 0 ? TINT_BAD
                                                    : TINT_WARNING,
                        strcmp(answer, "auth") == 0 ? "after a password" : answer);
        }
        table_draw(t, view, out);
}

ExitStatus verb_permissions(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_call(c, target_manager, "GetPermissions", &answer, "");
        return status == STATUS_OK && answer->first
                       ? verb_present(invocation, answer->first, permissions_draw)
                       : status;
}

/* The daemon's own JSON, in the shape that is asked for. */
ExitStatus verb_describe(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL, *description = NULL;
        char *sections[ARGUMENTS_MAX + 1] = { NULL };

        for (int i = 0; i < invocation->n; i++)
                sections[i] = invocation->arguments[i];
        ExitStatus status = client_new(invocation, &c);
        if (status != STATUS_OK)
                return status;
        int r = client_begin(c, target_manager, "Describe", &m);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, sections);
        status = client_finish(c, m, r, &answer);
        if (status != STATUS_OK)
                return status;
        if (json_parse(value_text(answer->first, ""), &description) != 0) {
                fputs("timeballctl: describe: the daemon's answer is no JSON\n", stderr);
                return STATUS_FAILURE;
        }
        json_emit(description, invocation->options->json == JSON_SHORT ? JSON_SHORT : JSON_PRETTY,
                invocation->out);
        return STATUS_OK;
}

void log_level_draw(const Value *level, const View *view, FILE *out) {
        char clean[64];

        fprintf(out, "%s\n", text_clean(value_text(level, ""), clean, sizeof(clean)));
}

ExitStatus verb_log_level(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *level = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_property(c, target_log, "LogLevel", &level);
        return status == STATUS_OK ? verb_present(invocation, level, log_level_draw) : status;
}
