/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl access, allow, deny, access-check: whom the server answers, until the daemon ends. */

#include "base/cleanup.h"
#include "client.h"
#include "table.h"
#include "verbs.h"

#include <string.h>

static ExitStatus refuse_word(const char *word) {
        fprintf(stderr, "timeballctl: '%s' is one word too many: [all] [SUBNET] is what can be said\n", word);
        return STATUS_USAGE;
}

/* As in chrony's language: "all" takes the rules for subnets inside away as well, and no subnet is everybody. */
static ExitStatus change(const Invocation *invocation, const char *member) {
        char *const *words = invocation->arguments;
        int n = invocation->n, all = n > 0 && strcmp(words[0], "all") == 0;

        if (n - all > 1)
                return refuse_word(words[n - 1]);
        if (n > all && words[all][0] == '\0') { /* an empty variable in a script must not mean everybody */
                fprintf(stderr, "timeballctl: '' is no subnet; without one, the rule is for everybody\n");
                return STATUS_USAGE;
        }
        return client_order_once(invocation, target_server, member, "sb", n > all ? words[all] : "", all);
}

ExitStatus verb_allow(const Invocation *invocation) {
        return change(invocation, "Allow");
}

ExitStatus verb_deny(const Invocation *invocation) {
        return change(invocation, "Deny");
}

ExitStatus verb_access_check(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        _cleanup_(value_freep)
        Value *shown = value_new(VALUE_OBJECT);
        const Options *o = invocation->options;
        const char *address = invocation->arguments[0];

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_call(c, target_server, "CheckAccess", &answer, "s", address);
        if (status != STATUS_OK)
                return status;
        bool allowed = value_true(answer->first);
        if (o->json == JSON_OFF) {
                fprintf(invocation->out, "%s is %s\n", address, allowed ? "served" : "not served");
                return STATUS_OK;
        }
        value_add_text(shown, "Address", address);
        value_add(shown, "Allowed", VALUE_BOOLEAN)->boolean = allowed;
        json_emit(shown, o->json, invocation->out);
        return STATUS_OK;
}

void access_draw(const Value *rules, const View *view, FILE *out) {
        static const Column columns[] = { { "SUBNET", 0 }, { "RULE", 0 } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(rule, rules) {
                bool allowed = member_true(rule, "Allowed");
                const char *subnet = member_text(rule, "Subnet");
                table_add(t, TINT_NONE, subnet[0] ? subnet : "everybody");
                table_add(t, allowed ? TINT_GOOD : TINT_BAD, allowed ? "allow" : "deny");
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(rules))
                fputs("There is no rule: nobody is served.\n", out);
}

ExitStatus verb_access(const Invocation *invocation) {
        static const char *const names[] = { "Subnet", "Allowed", "All" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        _cleanup_(value_freep)
        Value *rules = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_order(c, target_server, "GetAccessList", &answer, "");
        if (status != STATUS_OK)
                return status;
        for (Value *rule = answer->first ? answer->first->first : NULL; rule; rule = rule->next)
                value_adopt(rules, NULL, value_name_cells(rule, names, ELEMENTS(names)));
        return verb_present(invocation, rules, access_draw);
}
