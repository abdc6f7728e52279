/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A time server for the virtual machine's own loopback, in a process of its own: it gives true time (world.h), and delays each
 * packet as a network would, by random amounts that it does not tell. Never reads or moves the kernel's clock.
 */

#include "world.h"

#include <sys/types.h>

enum { TIME_SERVER_PORT = 11123 };

typedef struct TimeServerOptions {
        double delay_s;  /* each way, at least */
        double jitter_s; /* mean of what comes on top, exponential */
        uint64_t seed;
        bool announces; /* a second that the world inserts, until that begins */
} TimeServerOptions;

/* Its process, or a negative errno. Ended by a signal. */
pid_t time_server_start(const World *world, const TimeServerOptions *options);
