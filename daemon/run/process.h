/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The process around the daemon: background, log, pid file, scheduling, user and rights. In this order everything that needs
 * rights comes first, and the network is touched only when they are gone. Where an unprivileged user lacks the right for one
 * of these, a warning names the directive, and the daemon keeps time without.
 */

#include "base/log.h"
#include "config/command-line.h"
#include "os/background.h"
#include "os/log-sink.h"
#include "os/pid-file.h"

#include <systemd/sd-event.h>

typedef struct Process {
        Background background;
        sd_event *event;
        Log *log;
        LogSink *sink;
        PidFile *pid_file;
} Process;

/* 0 or a negative errno, of which standard error or the log says more. With -n it stays in the foreground, otherwise it
 * returns in another process. */
int process_begin(Process *p, const CommandLine *line, const Config *config);
/* The daemon is ready: those who wait for it (-N, the process in the foreground) are told. */
void process_ready(Process *p, const CommandLine *line);
void process_end(Process *p);
