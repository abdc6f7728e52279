/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl stats: what is estimated from the samples of each source. */

#include "base/cleanup.h"
#include "client.h"
#include "table.h"
#include "verbs.h"

#include <inttypes.h>

static const Column columns[] = {
        { "NAME", COLUMN_SHRINKS },
        { "SAMPLES", COLUMN_RIGHT },
        { "RUNS", COLUMN_RIGHT },
        { "SPAN", COLUMN_RIGHT },
        { "FREQUENCY", COLUMN_RIGHT },
        { "SKEW", COLUMN_RIGHT },
        { "OFFSET", COLUMN_RIGHT },
        { "+-", COLUMN_RIGHT },
        { "STDDEV", COLUMN_RIGHT },
};

static void add_count(Table *t, const Value *row, const char *name) {
        char buffer[FORMAT_MAX];

        snprintf(buffer, sizeof(buffer), "%" PRIu64, member_number(row, name));
        table_add(t, TINT_NONE, buffer);
}

static void add_row(Table *t, const Value *row, const View *view) {
        const char *address = member_text(row, "Address");
        char buffer[FORMAT_MAX];

        table_add(t, TINT_NONE, view->numeric && address[0] ? address : member_text(row, "Name"));
        add_count(t, row, "Samples");
        add_count(t, row, "Runs");
        table_add(t, TINT_NONE, format_duration(member_real(row, "SpanSeconds"), buffer));
        table_add(t, TINT_NONE, format_ppm(member_real(row, "FrequencyPPM"), buffer));
        table_add(t, TINT_NONE, format_ppm_bound(member_real(row, "SkewPPM"), buffer));
        table_add(
                t, TINT_NONE, format_offset(member_real(row, "EstimatedOffsetSeconds"), view->unit, buffer));
        table_add(t, TINT_NONE,
                format_span(member_real(row, "EstimatedOffsetErrorSeconds"), view->unit, buffer));
        table_add(t, TINT_NONE, format_span(member_real(row, "StdDevSeconds"), view->unit, buffer));
}

void stats_draw(const Value *sources, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(row, sources)
                add_row(t, row, view);
        table_draw(t, view, out);
        if (view->legend && !value_count(sources))
                fputs("There are no sources.\n", out);
}

ExitStatus verb_stats(const Invocation *invocation) {
        static const char *const aspects[] = { "stats", NULL };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_sources(c, aspects, &sources);
        return status == STATUS_OK ? verb_present(invocation, sources, stats_draw) : status;
}
