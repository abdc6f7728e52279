/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl set-ntp: whether time is synchronized at all, as systemd-timedated switches it. */

#include "base/cleanup.h"
#include "client.h"
#include "verbs.h"

#include <strings.h>

static const struct {
        const char *word;
        bool on;
} words[] = { { "yes", true }, { "true", true }, { "on", true }, { "1", true }, { "no", false },
        { "false", false }, { "off", false }, { "0", false } };

ExitStatus verb_set_ntp(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        const Options *o = invocation->options;
        int on = -1;

        for (size_t i = 0; i < ELEMENTS(words); i++)
                if (strcasecmp(words[i].word, invocation->arguments[0]) == 0)
                        on = words[i].on;
        if (on < 0)
                return verb_refuse_word(invocation, invocation->arguments[0]);
        ExitStatus status = client_new_foreign(invocation, &c);
        if (status != STATUS_OK)
                return status;
        /* It is started by the call, as its other callers do; the daemon itself comes and goes by it. */
        int r = sd_bus_message_new_method_call(client_bus(c), &m, "org.freedesktop.timedate1",
                "/org/freedesktop/timedate1", "org.freedesktop.timedate1", "SetNTP");
        if (r >= 0)
                r = sd_bus_message_append(m, "bb", on, !o->no_ask_password);
        return client_finish_order(c, m, r, NULL);
}
