/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl history, graph: how the clock went, or what a source has said, while it is remembered. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "instant.h"
#include "series.h"
#include "table.h"
#include "verbs.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
        POINTS_MAX = 4096,
        POINTS_SHOWN = 60,
        POINTS_DRAWN = 800 /* as many as graph.c has columns of dots */
};

static const Column columns[] = {
        { "TIME", 0 },
        { "VALUE", COLUMN_RIGHT },
        { "ERROR", COLUMN_RIGHT },
        { "LOWEST", COLUMN_RIGHT },
        { "HIGHEST", COLUMN_RIGHT },
};

static const char *const point_names[] = { "TimeUSec", "Value", "Error", "Lowest", "Highest" };

void history_draw(const Value *history, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));
        const Value *points = value_get(history, "Points");
        const char *series = member_text(history, "Series");
        char buffer[FORMAT_MAX];

        value_foreach(point, points) {
                table_add(t, TINT_NONE, format_instant(member_number(point, "TimeUSec"), view->utc, buffer));
                table_add(
                        t, TINT_NONE, series_format(series, member_real(point, "Value"), view->unit, buffer));
                table_add(t, TINT_NONE,
                        series_format_error(series, member_real(point, "Error"), view->unit, buffer));
                table_add(t, TINT_QUIET,
                        series_format(series, member_real(point, "Lowest"), view->unit, buffer));
                table_add(t, TINT_QUIET,
                        series_format(series, member_real(point, "Highest"), view->unit, buffer));
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(points))
                fputs("Nothing is remembered of that time.\n", out);
}

/* Numbers as they are, in seconds or ppm; what is not known is empty. */
void history_write_csv(const Value *history, const View *view, FILE *out) {
        char buffer[JSON_NUMBER_MAX];

        if (view->legend)
                fputs("time_usec,value,error,lowest,highest\n", out);
        value_foreach(point, value_get(history, "Points")) {
                fprintf(out, "%" PRIu64, member_number(point, "TimeUSec"));
                for (size_t i = 1; i < ELEMENTS(point_names); i++) {
                        double number = member_real(point, point_names[i]);
                        fprintf(out, ",%s", isfinite(number) ? json_real(number, buffer) : "");
                }
                fputc('\n', out);
        }
}

/* The answer's three arguments as an object with the names of the API; what is left of the answer is empty. */
static Value *name_answer(Value *answer, const char *series) {
        static const char *const names[] = { "NowUSec", "ResolutionSeconds", "Points" };
        Value *history = value_name_cells(answer, names, ELEMENTS(names)), *points = history->last,
              *row = points->first;

        points->first = points->last = NULL;
        while (row) {
                Value *next = row->next;
                value_adopt(points, NULL, value_name_cells(row, point_names, ELEMENTS(point_names)));
                value_free(row);
                row = next;
        }
        value_add_text(history, "Series", series);
        return history;
}

/* 0 where the option is not given. */
static ExitStatus read_instant(const char *name, const char *text, uint64_t now_usec, uint64_t *ret) {
        *ret = 0;
        if (!text || instant_parse(text, now_usec, ret))
                return STATUS_OK;
        fprintf(stderr,
                "timeballctl: --%s: '%s' is neither a span before now, such as 2h, nor an instant, such as "
                "\"2026-01-31 23:59:59\" or @1769903999\n",
                name, text);
        return STATUS_USAGE;
}

static ExitStatus fetch(const Invocation *invocation, Client *c, unsigned n, Value **ret) {
        const char *object = invocation->n > 0 ? invocation->arguments[0] : "clock";
        const Options *o = invocation->options;
        _cleanup_free_ char *path = NULL;
        _cleanup_(value_freep)
        Value *now = NULL;
        uint64_t since = 0, until = 0;
        ExitStatus status = STATUS_OK;

        if (strcmp(object, "clock") != 0)
                status = client_find_source(c, object, &path);
        /* Spans end at the daemon's now, which on another machine is another one. */
        if (status == STATUS_OK && (o->since || o->until))
                status = client_property(c, target_clock, "TimeUSec", &now);
        if (status == STATUS_OK)
                status = read_instant("since", o->since, value_number(now, 0), &since);
        if (status == STATUS_OK)
                status = read_instant("until", o->until, value_number(now, 0), &until);
        if (status != STATUS_OK)
                return status;
        return client_call(c, target_manager, "GetHistory", ret, "osttu", path ? path : TIMEBALL_CLOCK_PATH,
                o->series ? o->series : "offset", since, until, n);
}

static ExitStatus present(const Invocation *invocation, unsigned n,
        void (*draw)(const Value *history, const View *view, FILE *out)) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *history = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = fetch(invocation, c, n, &answer);
        if (status != STATUS_OK)
                return status;
        history = name_answer(answer, invocation->options->series ? invocation->options->series : "offset");
        return verb_present(invocation, history, draw);
}

ExitStatus verb_history(const Invocation *invocation) {
        const Options *o = invocation->options;

        return present(invocation, o->csv || o->json != JSON_OFF ? POINTS_MAX : POINTS_SHOWN,
                o->csv ? history_write_csv : history_draw);
}

ExitStatus verb_graph(const Invocation *invocation) {
        return present(invocation, POINTS_DRAWN, graph_draw);
}
