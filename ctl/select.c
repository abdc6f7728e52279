/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl select, auth: how selection sees each source, and how its packets are authenticated. */

#include "base/cleanup.h"
#include "client.h"
#include "states.h"
#include "table.h"
#include "verbs.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const Column select_columns[] = {
        { "S", 0 },
        { "NAME", COLUMN_SHRINKS },
        { "AUTH", 0 },
        { "OPTIONS", 0 },
        { "IN FORCE", 0 },
        { "LAST", COLUMN_RIGHT },
        { "SCORE", COLUMN_RIGHT },
        { "FROM", COLUMN_RIGHT },
        { "TO", COLUMN_RIGHT },
        { "LEAP", 0 },
        { "REASON", COLUMN_SHRINKS },
};

static const Column auth_columns[] = {
        { "NAME", COLUMN_SHRINKS },
        { "MODE", 0 },
        { "TYPE", 0 },
        { "KEY", COLUMN_RIGHT },
        { "BITS", COLUMN_RIGHT },
        { "GOOD", 0 },
};

static void add_name(Table *t, const Value *row, const View *view) {
        const char *address = member_text(row, "Address");

        table_add(t, TINT_NONE, view->numeric && address[0] ? address : member_text(row, "Name"));
}

static void add_words(Table *t, const Value *words) {
        char buffer[FORMAT_MAX] = "";
        size_t used = 0;

        value_foreach(word, words) {
                int n = snprintf(buffer + used, sizeof(buffer) - used, "%s%s", used > 0 ? " " : "",
                        value_text(word, "?"));
                if (n < 0 || (size_t)n >= sizeof(buffer) - used)
                        break;
                used += (size_t)n;
        }
        table_add(t, TINT_NONE, buffer);
}

static void add_number(Table *t, const Value *number) {
        char buffer[FORMAT_MAX] = "-";

        if (value_number(number, 0) > 0)
                snprintf(buffer, sizeof(buffer), "%" PRIu64, value_number(number, 0));
        table_add(t, TINT_NONE, buffer);
}

static void add_score(Table *t, double score) {
        char buffer[FORMAT_MAX] = "-";

        if (isfinite(score))
                snprintf(buffer, sizeof(buffer), "%.1f", score);
        table_add(t, TINT_NONE, buffer);
}

void select_draw(const Value *sources, uint64_t now_usec, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(select_columns, ELEMENTS(select_columns));
        char buffer[FORMAT_MAX];

        value_foreach(row, sources) {
                const StateRow *state = state_find(member_text(row, "State"));
                table_add(t, state->tint, state->letter);
                add_name(t, row, view);
                table_add(t, TINT_NONE, member_true(row, "Authenticated") ? "yes" : "no");
                add_words(t, value_get(row, "Options"));
                add_words(t, value_get(row, "EffectiveOptions"));
                table_add(t, TINT_NONE, format_age(now_usec, member_number(row, "LastSampleUSec"), buffer));
                add_score(t, member_real(row, "Score"));
                table_add(
                        t, TINT_NONE, format_offset(member_real(row, "LowLimitSeconds"), view->unit, buffer));
                table_add(t, TINT_NONE,
                        format_offset(member_real(row, "HighLimitSeconds"), view->unit, buffer));
                table_add(t, TINT_NONE, member_text(row, "Leap"));
                table_add(t, TINT_QUIET, member_text(row, "StateReason"));
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(sources))
                fputs("There are no sources.\n", out);
}

/* What a source without a key has no word of is "-". */
void auth_draw(const Value *sources, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(auth_columns, ELEMENTS(auth_columns));

        value_foreach(row, sources) {
                const char *mode = member_text(row, "Authentication");
                bool none = strcmp(mode, "none") == 0;
                const Value *good = value_get(row, "OK");
                add_name(t, row, view);
                table_add(t, TINT_NONE, none ? "-" : mode);
                table_add(t, TINT_NONE, member_text(row, "KeyType"));
                add_number(t, value_get(row, "KeyID"));
                add_number(t, value_get(row, "KeyLength"));
                table_add(t, TINT_NONE, !good ? "-" : value_true(good) ? "yes" : "no");
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(sources))
                fputs("There are no sources.\n", out);
}

ExitStatus verb_select(const Invocation *invocation) {
        static const char *const aspects[] = { "select", NULL };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL, *now = NULL;
        const Options *o = invocation->options;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_sources(c, aspects, &sources);
        if (status == STATUS_OK && o->json == JSON_OFF)
                status = client_property(c, target_clock, "TimeUSec", &now);
        if (status != STATUS_OK)
                return status;
        if (o->json != JSON_OFF)
                json_emit(sources, o->json, invocation->out);
        else
                select_draw(sources, value_number(now, 0), &o->view, invocation->out);
        return STATUS_OK;
}

ExitStatus verb_auth(const Invocation *invocation) {
        static const char *const aspects[] = { "auth", NULL };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_sources(c, aspects, &sources);
        return status == STATUS_OK ? verb_present(invocation, sources, auth_draw) : status;
}
