/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The running daemon: owns the loop's parts and binds the engine to them. Events of sockets, timers, the resolver, the
 * clock and the network go into the engine; after each, its actions are carried out (run/actions.h) and its one timer is
 * armed. The process around it (user, log, pid file) is run/process.h.
 */

#include "config/command-line.h"
#include "run/process.h"

typedef struct Daemon Daemon;

/* maxchange has ended the daemon: the unit must not start it again, to take the same change as its first. */
enum { EXIT_STATUS_CHANGE = 3 };

/* Takes over the clock and starts polling. The configuration is taken over; the others stay the caller's and must live as long. 0
 * or a negative errno, of which the log says more. */
int daemon_new(const Process *process, const CommandLine *line, Config *config, Daemon **ret);
Daemon *daemon_free(Daemon *d);

/* Tells the service manager that we are ready. */
void daemon_ready(Daemon *d);
/* Runs until a signal or an option ends it. The exit status of the process, or a negative errno. */
int daemon_run(Daemon *d);
