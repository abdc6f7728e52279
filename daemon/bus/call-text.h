/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A method call as people read it, in an error or in the dialog that asks them for a password: its method, what it is about and
 * what is to be done with that. Control characters are taken out, and what is cut ends in dots. Changes nothing.
 */

#include <systemd/sd-bus.h>

enum {
        METHOD_TEXT_MAX = 128,
        CALL_ABOUT_MAX = 1024, /* a line of configuration is not cut */
        CALL_TEXT_MAX = METHOD_TEXT_MAX + 2 * CALL_ABOUT_MAX,
};

/* What a call is about, beside its method: any text, NULL for none. Both follow from the message and from what cannot change
 * meanwhile, so that an answer about them is one about the message. */
typedef struct CallAbout {
        const char
                *what; /* the source, the subnet: polkit's rules see it by itself, see gate_action_detail() */
        const char *how; /* the rest: "minpoll 4" */
} CallAbout;

/* Each returns its buffer. "Server.Deny" */
const char *method_text(sd_bus_message *m, char buffer[static METHOD_TEXT_MAX]);
/* "Server.Deny 192.0.2.0/24 all" */
const char *call_text(sd_bus_message *m, const CallAbout *about, char buffer[static CALL_TEXT_MAX]);
/* "192.0.2.0/24" */
const char *call_about_text(const CallAbout *about, char buffer[static CALL_ABOUT_MAX]);
