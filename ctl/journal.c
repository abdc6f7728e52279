/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl log: what the daemon has written to the journal. journalctl shows it. */

#include "base/cleanup.h"
#include "verbs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ExitStatus verb_log(const Invocation *invocation) {
        static const char *const formats[] = {
                [JSON_OFF] = "--output=short-iso",
                [JSON_SHORT] = "--output=json",
                [JSON_PRETTY] = "--output=json-pretty",
        };
        const Options *o = invocation->options;
        const char *words[8] = { "journalctl", "--unit=timeballd.service", formats[o->json] };
        size_t n = 3;

        if (o->host || o->address) {
                fputs("timeballctl: log: --host and --address do not reach the journal of another machine\n",
                        stderr);
                return STATUS_USAGE;
        }
        if (o->view.utc)
                words[n++] = "--utc";
        if (o->no_pager)
                words[n++] = "--no-pager";
        if (o->machine) {
                words[n++] = "--machine";
                words[n++] = o->machine;
        }
        fflush(invocation->out);
        execvp(words[0], (char **)words);
        fprintf(stderr, "timeballctl: running journalctl: %s\n", strerror(errno));
        return STATUS_FAILURE;
}
