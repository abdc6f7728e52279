/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl sources: one line a source. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
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

/* States that deserve a colour. */
static const struct {
        const char *state;
        Tint tint;
} tints[] = {
        { "selected", TINT_GOOD },
        { "combined", TINT_GOOD },
        { "waiting-quorum", TINT_WARNING },
        { "falseticker", TINT_BAD },
        { "untrusted", TINT_BAD },
        { "orphan", TINT_WARNING },
        { "unreachable", TINT_WARNING },
        { "jittery", TINT_WARNING },
        { "distant", TINT_WARNING },
        { "bad-stratum", TINT_WARNING },
        { "unsynchronized", TINT_WARNING },
        { "no-samples", TINT_QUIET },
        { "no-select", TINT_QUIET },
        { "unresolved", TINT_QUIET },
};

static Tint find_tint(const char *state) {
        for (size_t i = 0; i < ELEMENTS(tints); i++)
                if (strcmp(tints[i].state, state) == 0)
                        return tints[i].tint;
        return TINT_NONE;
}

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
        Tint tint = find_tint(state);
        char buffer[FORMAT_MAX];

        table_add(t, tint, member_text(row, "StateChar"));
        if (view->verbose)
                add_number(t, member_number(row, "Id"), true);
        table_add(t, TINT_NONE, shown_name(row, view));
        if (view->verbose)
                table_add(t, TINT_NONE, member_text(row, "Address"));
        table_add(t, tint, shown_state(row, view, buffer));
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

ExitStatus verb_sources(const Invocation *invocation) {
        static const char *const all_aspects[] = { "select", "stats", "ntp", NULL }, *const reasons[] = {
                "select", NULL
        };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL, *clock = NULL;
        const Options *o = invocation->options;

        ExitStatus status = client_new(o->address, &c);
        if (status == STATUS_OK)
                status = client_sources(
                        c, o->json != JSON_OFF && o->view.verbose ? all_aspects : reasons, &sources);
        if (status == STATUS_OK && o->json == JSON_OFF)
                status = client_properties(c, TIMEBALL_CLOCK_PATH, &clock);
        if (status != STATUS_OK)
                return status;
        if (o->json != JSON_OFF)
                json_emit(sources, o->json, invocation->out);
        else
                sources_draw(sources, member_number(clock, "TimeUSec"), &o->view, invocation->out);
        return STATUS_OK;
}
