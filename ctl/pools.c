/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl pools: names that stand for several sources. */

#include "base/cleanup.h"
#include "client.h"
#include "table.h"
#include "verbs.h"

#include <inttypes.h>

static void add_count(Table *t, const Value *pool, const char *name) {
        char buffer[FORMAT_MAX];

        snprintf(buffer, sizeof(buffer), "%" PRIu64, member_number(pool, name));
        table_add(t, TINT_NONE, buffer);
}

void pools_draw(const Value *pools, const View *view, FILE *out) {
        static const Column columns[] = { { "NAME", COLUMN_SHRINKS }, { "RESOLVED", COLUMN_RIGHT },
                { "CONFIRMED", COLUMN_RIGHT } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(pool, pools) {
                table_add(t, TINT_NONE, member_text(pool, "Name"));
                add_count(t, pool, "Resolved");
                add_count(t, pool, "Confirmed");
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(pools))
                fputs("There are no pools.\n", out);
}

ExitStatus verb_pools(const Invocation *invocation) {
        static const char *const names[] = { "Path", "Name", "Resolved", "Confirmed" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        _cleanup_(value_freep)
        Value *pools = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_call(c, target_manager, "ListPools", &answer, "");
        if (status != STATUS_OK)
                return status;
        for (Value *row = answer->first ? answer->first->first : NULL; row; row = row->next)
                value_adopt(pools, NULL, value_name_cells(row, names, ELEMENTS(names)));
        return verb_present(invocation, pools, pools_draw);
}
