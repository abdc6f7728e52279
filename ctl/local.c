/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl local: whether the clock itself may stand in as a reference. */

#include "base/cleanup.h"
#include "client.h"
#include "numeral.h"
#include "verbs.h"

#include <string.h>

/* What Clock.SetLocal takes, with its types; a flag has no value. */
static const struct {
        const char *name;
        char type;
} options[] = { { "stratum", 'u' }, { "distance", 'd' }, { "activate", 'd' }, { "orphan", 'b' },
        { "waitsynced", 'd' }, { "waitunsynced", 'd' } };

/* An option with its value, if it has one; *i moves behind it. */
static ExitStatus append_option(const Invocation *invocation, sd_bus_message *m, int *i, int *ret_r) {
        const char *name = invocation->arguments[(*i)++];
        double real;
        int64_t whole;
        size_t k = 0;

        while (k < ELEMENTS(options) && strcmp(options[k].name, name) != 0)
                k++;
        if (k == ELEMENTS(options))
                return verb_refuse_word(invocation, name);
        if (options[k].type == 'b') {
                *ret_r = sd_bus_message_append(m, "{sv}", name, "b", true);
                return STATUS_OK;
        }
        const char *text = *i < invocation->n ? invocation->arguments[(*i)++] : "";
        if (options[k].type == 'u' ? !numeral_whole(text, 0, UINT32_MAX, &whole)
                                   : !numeral_real(text, &real)) {
                fprintf(stderr, "timeballctl: local: %s: '%s' is not a number as it has to be\n", name, text);
                return STATUS_USAGE;
        }
        *ret_r = options[k].type == 'u' ? sd_bus_message_append(m, "{sv}", name, "u", (uint32_t)whole)
                                        : sd_bus_message_append(m, "{sv}", name, "d", real);
        return STATUS_OK;
}

static ExitStatus fill(const Invocation *invocation, int first, bool on, sd_bus_message *m, int *ret_r) {
        ExitStatus status = STATUS_OK;

        int r = sd_bus_message_append(m, "b", on);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        while (first < invocation->n && r >= 0 && status == STATUS_OK)
                status = append_option(invocation, m, &first, &r);
        if (r >= 0 && status == STATUS_OK)
                r = sd_bus_message_close_container(m);
        *ret_r = r;
        return status;
}

/* chronyc says neither "on" nor anything in its place. */
ExitStatus verb_local(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        const char *word = invocation->n > 0 ? invocation->arguments[0] : "";
        bool off = strcmp(word, "off") == 0, named = off || strcmp(word, "on") == 0;

        if (off && invocation->n > 1)
                return verb_refuse_word(invocation, invocation->arguments[1]);
        ExitStatus status = client_new(invocation, &c);
        if (status != STATUS_OK)
                return status;
        int r = client_begin(c, target_clock, "SetLocal", &m);
        if (r >= 0)
                status = fill(invocation, named, !off, m, &r);
        return status == STATUS_OK ? client_finish_order(c, m, r, NULL) : status;
}
