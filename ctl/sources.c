/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl sources: one line a source. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "states.h"
#include "table.h"
#include "verbs.h"

#include <inttypes.h>
#include <string.h>

static const Column brief_columns[] = {
        { "S", 0 },
        { "NAME", COLUMN_SHRINKS },
        { "STATE", 0 },
        { "AUTH", 0 },
        { "STRATUM", COLUMN_RIGHT },
        { "REACH", COLUMN_RIGHT },
        { "POLL", COLUMN_RIGHT },
        { "LAST", COLUMN_RIGHT },
        { "OFFSET", COLUMN_RIGHT },
        { "ERROR", COLUMN_RIGHT },
};

static const Column verbose_columns[] = {
        { "S", 0 },
        { "ID", COLUMN_RIGHT },
        { "NAME", COLUMN_SHRINKS },
        { "ADDRESS", 0 },
        { "STATE", 0 },
        { "ONLINE", 0 },
        { "AUTH", 0 },
        { "STRATUM", COLUMN_RIGHT },
        { "REFID", 0 },
        { "REACH", COLUMN_RIGHT },
        { "POLL", COLUMN_RIGHT },
        { "LAST", COLUMN_RIGHT },
        { "OFFSET", COLUMN_RIGHT },
        { "MEASURED", COLUMN_RIGHT },
        { "ERROR", COLUMN_RIGHT },
        { "DELAY", COLUMN_RIGHT },
        { "REASON", COLUMN_SHRINKS },
};

static void add_number(Table *t, uint64_t number, bool known) {
        char buffer[FORMAT_MAX] = "-";

        if (known)
                snprintf(buffer, sizeof(buffer), "%" PRIu64, number);
        table_add(t, TINT_NONE, buffer);
}

/* The register in octal: that is how it has been read for decades. */
static void add_reach(Table *t, const Value *row) {
        char buffer[FORMAT_MAX];

        snprintf(buffer, sizeof(buffer), "%" PRIo64, member_number(row, "Reachability"));
        table_add(t, TINT_NONE, buffer);
}

static const char *shown_name(const Value *row, const View *view) {
        const char *address = member_text(row, "Address");

        return view->numeric && address[0] ? address : member_text(row, "Name");
}

static void add_poll(Table *t, const Value *row) {
        char buffer[FORMAT_MAX];

        snprintf(buffer, sizeof(buffer), "%.0f", member_real(row, "Poll"));
        table_add(t, TINT_NONE, buffer);
}

static void add_link(Table *t, const Value *row, uint64_t now_usec, const View *view) {
        uint64_t stratum = member_number(row, "Stratum");
        char buffer[FORMAT_MAX];

        const char *auth = member_text(row, "Authentication");
        table_add(t, TINT_NONE, strcmp(auth, "none") == 0 ? "-" : auth);
        add_number(t, stratum, stratum > 0);
        if (view->verbose)
                table_add(t, TINT_QUIET, member_text(row, "ReferenceIDText"));
        add_reach(t, row);
        add_poll(t, row);
        table_add(t, TINT_NONE, format_age(now_usec, member_number(row, "LastSampleUSec"), buffer));
}

/* Who is not asked cannot answer; the verbose table has a column for it. */
static const char *shown_state(const Value *row, const View *view, char buffer[static FORMAT_MAX]) {
        const char *state = member_text(row, "State");

        if (view->verbose || strcmp(member_text(row, "Online"), "offline") != 0)
                return state;
        snprintf(buffer, FORMAT_MAX, "%.40s, offline", state);
        return buffer;
}

static void add_row(Table *t, const Value *row, uint64_t now_usec, const View *view) {
        const char *state = member_text(row, "State");
        const StateRow *shown = state_find(state);
        char buffer[FORMAT_MAX];

        table_add(t, shown->tint, shown->letter);
        if (view->verbose)
                add_number(t, member_number(row, "Id"), true);
        table_add(t, TINT_NONE, shown_name(row, view));
        if (view->verbose)
                table_add(t, TINT_NONE, member_text(row, "Address"));
        table_add(t, shown->tint, shown_state(row, view, buffer));
        if (view->verbose)
                table_add(t, TINT_NONE, member_text(row, "Online"));
        add_link(t, row, now_usec, view);
        table_add(t, TINT_NONE, format_offset(member_real(row, "OffsetSeconds"), view->unit, buffer));
        if (view->verbose)
                table_add(t, TINT_NONE,
                        format_offset(member_real(row, "MeasuredOffsetSeconds"), view->unit, buffer));
        table_add(t, TINT_NONE, format_span(member_real(row, "OffsetErrorSeconds"), view->unit, buffer));
        if (view->verbose) {
                table_add(
                        t, TINT_NONE, format_span(member_real(row, "PeerDelaySeconds"), view->unit, buffer));
                table_add(t, TINT_QUIET, member_text(row, "StateReason"));
        }
}

void sources_draw(const Value *sources, uint64_t now_usec, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = view->verbose ? table_new(verbose_columns, ELEMENTS(verbose_columns))
                                 : table_new(brief_columns, ELEMENTS(brief_columns));

        value_foreach(row, sources)
                add_row(t, row, now_usec, view);
        table_draw(t, view, out);
        if (view->legend && !value_count(sources))
                fputs("There are no sources.\n", out);
}

/* What is asked for: the reasons cost as much as all the rest, and only the verbose table and JSON show them. */
static const char *const *choose_aspects(const Options *o) {
        static const char *const all[] = { "select", "stats", "ntp", NULL }, *const reasons[] = { "select",
                NULL };

        if (o->json != JSON_OFF)
                return o->view.verbose ? all : reasons;
        return o->view.verbose ? reasons : NULL;
}

ExitStatus verb_sources(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL, *now = NULL;
        const Options *o = invocation->options;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_sources(c, choose_aspects(o), &sources);
        if (status == STATUS_OK && o->json == JSON_OFF)
                status = client_property(c, target_clock, "TimeUSec", &now);
        if (status != STATUS_OK)
                return status;
        if (o->json != JSON_OFF)
                json_emit(sources, o->json, invocation->out);
        else
                sources_draw(sources, value_number(now, 0), &o->view, invocation->out);
        return STATUS_OK;
}
