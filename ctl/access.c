/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl allow, deny, access-check: whom the server answers, until the daemon ends. */

#include "base/cleanup.h"
#include "client.h"
#include "verbs.h"

#include <string.h>

static ExitStatus refuse_word(const char *word) {
        fprintf(stderr, "timeballctl: '%s' is one word too many: [all] [SUBNET] is what can be said\n", word);
        return STATUS_USAGE;
}

/* As in chrony's language: "all" takes the rules for subnets inside away as well, and no subnet is everybody. */
static ExitStatus change(const Invocation *invocation, const char *member) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *nothing = NULL;
        char *const *words = invocation->arguments;
        int n = invocation->n, all = n > 0 && strcmp(words[0], "all") == 0;

        if (n - all > 1)
                return refuse_word(words[n - 1]);
        if (n > all && words[all][0] == '\0') { /* an empty variable in a script must not mean everybody */
                fprintf(stderr, "timeballctl: '' is no subnet; without one, the rule is for everybody\n");
                return STATUS_USAGE;
        }
        ExitStatus status = client_new(invocation->options->address, &c);
        if (status != STATUS_OK)
                return status;
        return client_call_server(c, &nothing, member, "sb", n > all ? words[all] : "", all);
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

        ExitStatus status = client_new(o->address, &c);
        if (status == STATUS_OK)
                status = client_call_server(c, &answer, "CheckAccess", "s", address);
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
