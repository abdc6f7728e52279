/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl hints, link-servers, revert: which servers the networks offer. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "table.h"
#include "text.h"
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#define ORIGIN "api"

static const Column columns[] = {
        { "LINK", 0 },
        { "ORIGIN", 0 },
        { "ACCEPTED", 0 },
        { "SERVERS", COLUMN_SHRINKS },
};

/* By name, or by index where there is no such name, as in another container. */
static ExitStatus find_link(const Invocation *invocation, int *ret) {
        const char *name = invocation->arguments[0];
        unsigned index = if_nametoindex(name);
        char clean[256];

        if (index == 0) {
                fprintf(stderr, "timeballctl: %s: there is no link '%s'\n", invocation->verb->name,
                        text_clean(name, clean, sizeof(clean)));
                return STATUS_FAILURE;
        }
        *ret = (int)index;
        return STATUS_OK;
}

ExitStatus verb_link_servers(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        char *servers[ARGUMENTS_MAX + 1] = { NULL };
        int index;

        for (int i = 1; i < invocation->n; i++)
                servers[i - 1] = invocation->arguments[i];
        ExitStatus status = find_link(invocation, &index);
        if (status == STATUS_OK)
                status = client_new(invocation, &c);
        if (status != STATUS_OK)
                return status;
        int r = client_begin(c, target_manager, "SetLinkServers", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "is", index, ORIGIN);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, servers);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 0);
        return client_finish_order(c, m, r, NULL);
}

ExitStatus verb_revert(const Invocation *invocation) {
        int index;

        ExitStatus status = find_link(invocation, &index);
        return status == STATUS_OK ? client_order_once(invocation, target_manager, "RevertLinkServers", "is",
                                             index, ORIGIN)
                                   : status;
}

void hints_draw(const Value *hints, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(hint, hints) {
                bool accepted = member_true(hint, "Accepted");
                char servers[1024] = "";
                size_t used = 0;
                value_foreach(server, value_get(hint, "Servers")) {
                        int n = snprintf(servers + used, sizeof(servers) - used, "%s%s", used > 0 ? " " : "",
                                value_text(server, ""));
                        if (n < 0 || (size_t)n >= sizeof(servers) - used)
                                break;
                        used += (size_t)n;
                }
                table_add(t, TINT_NONE, member_text(hint, "Interface"));
                table_add(t, TINT_NONE, member_text(hint, "Origin"));
                table_add(t, accepted ? TINT_GOOD : TINT_WARNING, accepted ? "yes" : "no");
                table_add(t, TINT_NONE, servers);
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(hints))
                fputs("No network offers a server.\n", out);
}

ExitStatus verb_hints(const Invocation *invocation) {
        static const char *const names[] = { "Path", "IfIndex", "Origin", "Servers", "Accepted" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        _cleanup_(value_freep)
        Value *hints = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_call(c, target_manager, "ListHints", &answer, "");
        if (status != STATUS_OK)
                return status;
        for (Value *row = answer->first ? answer->first->first : NULL; row; row = row->next) {
                Value *hint = value_name_cells(row, names, ELEMENTS(names));
                char name[IF_NAMESIZE + 16];
                unsigned index = (unsigned)member_integer(hint, "IfIndex", 0);
                if (!if_indextoname(index, name))
                        snprintf(name, sizeof(name), "%u", index);
                value_add_text(hint, "Interface", name);
                value_adopt(hints, NULL, hint);
        }
        return verb_present(invocation, hints, hints_draw);
}
