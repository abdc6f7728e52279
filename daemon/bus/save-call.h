/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls that have something saved: each is answered when the disk has it, or has refused it, and nobody waits meanwhile. Keeps the call
 * until then, as many of one user and of all as bounds allow; outlives the connection and the Bus that it came by.
 */

#include "bus/config-ops.h"

#include <systemd/sd-bus.h>

enum {
        SAVE_CALLS_MAX = 64,
        SAVE_CALLS_EACH = 8, /* of one user; root has all */
};

typedef struct SaveCalls SaveCalls;
typedef struct SaveCall SaveCall;

/* NULL: out of memory. */
SaveCalls *save_calls_new(void);
/* Answers that come after it are let go. */
SaveCalls *save_calls_free(SaveCalls *calls);

/* Before anything is done. NULL: too many, *error is set. */
SaveCall *save_call_keep(SaveCalls *calls, sd_bus_message *m, uid_t user, sd_bus_error *error);
/* It is not waited for. */
void save_call_drop(SaveCall *call);
/* It is answered with the reply, which is taken over, once what was to be saved by now is; else with an error: `undone` says what is the
 * case nevertheless, and the rest says why. */
void save_call_wait(
        SaveCall *call, sd_bus_message *reply, const char *undone, const BusConfigOps *ops, void *userdata);
