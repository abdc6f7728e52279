/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl reload, save, discard, dump, cycle-logs, reset sources, shutdown, keys: what the daemon has from its files. */

#include "base/cleanup.h"
#include "client.h"
#include "table.h"
#include "text.h"
#include "verbs.h"

#include <inttypes.h>
#include <string.h>

void warnings_draw(const Value *warnings, const View *view, FILE *out) {
        char clean[2048];

        value_foreach(warning, warnings)
                fprintf(out, "%swarning%s: %s\n", view_tint(view, TINT_WARNING),
                        view_plain(view, TINT_WARNING),
                        text_clean(value_text(warning, ""), clean, sizeof(clean)));
}

/* An order that is answered by warnings. */
static ExitStatus order_with_warnings(const Invocation *invocation, const char *member) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_order(c, target_manager, member, &answer, "");
        if (status != STATUS_OK)
                return status;
        return answer->first ? verb_present(invocation, answer->first, warnings_draw) : STATUS_OK;
}

/* chronyc reads sources by "reload sources", and keys by "rekey". */
ExitStatus verb_reload(const Invocation *invocation) {
        const char *what = invocation->n > 0 ? invocation->arguments[0] : "all";

        if (strcmp(invocation->called, "rekey") == 0 && invocation->n == 0)
                what = "keys";
        if (strcmp(what, "sources") == 0)
                return client_order_once(invocation, target_manager, "ReloadSources", "");
        if (strcmp(what, "keys") == 0)
                return client_order_once(invocation, target_manager, "ReloadKeys", "");
        return strcmp(what, "all") == 0 ? order_with_warnings(invocation, "Reload")
                                        : verb_refuse_word(invocation, what);
}

ExitStatus verb_save(const Invocation *invocation) {
        return order_with_warnings(invocation, "SaveRuntimeChanges");
}

ExitStatus verb_discard(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "RevertRuntimeChanges", "");
}

ExitStatus verb_dump(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "Dump", "a{sv}", 0);
}

ExitStatus verb_cycle_logs(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "CycleLogs", "");
}

ExitStatus verb_reset_sources(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "ResetSources", "");
}

ExitStatus verb_shutdown(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "Shutdown", "a{sv}", 0);
}

void keys_draw(const Value *keys, const View *view, FILE *out) {
        static const Column columns[] = { { "ID", COLUMN_RIGHT }, { "TYPE", 0 }, { "BITS", COLUMN_RIGHT } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));
        char number[FORMAT_MAX];

        value_foreach(key, keys) {
                snprintf(number, sizeof(number), "%" PRIu64, member_number(key, "KeyID"));
                table_add(t, TINT_NONE, number);
                table_add(t, TINT_NONE, member_text(key, "KeyType"));
                snprintf(number, sizeof(number), "%" PRIu64, member_number(key, "KeyLength"));
                table_add(t, TINT_NONE, number);
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(keys))
                fputs("No key is known.\n", out);
}

ExitStatus verb_keys(const Invocation *invocation) {
        static const char *const names[] = { "KeyID", "KeyType", "KeyLength" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        _cleanup_(value_freep)
        Value *keys = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_order(c, target_manager, "ListKeys", &answer, "");
        if (status != STATUS_OK)
                return status;
        for (Value *key = answer->first ? answer->first->first : NULL; key; key = key->next)
                value_adopt(keys, NULL, value_name_cells(key, names, ELEMENTS(names)));
        return verb_present(invocation, keys, keys_draw);
}
