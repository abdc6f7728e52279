/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of directives leapseclist and leapsectz: read at start, looked at every hour, read again when they have changed.
 * The list counts; the zone stands in for it while there is no list that can be read. What cannot be read is said in the log,
 * once, and what was known before stays in force.
 */

#include "base/log.h"
#include "config/config.h"
#include "core/leap-table.h"

#include <systemd/sd-event.h>

typedef struct LeapFiles LeapFiles;

typedef void (*LeapFilesHandler)(void *userdata, const LeapTable *table);

/* Calls the handler for what there is at once, and for everything new later. 0 or a negative errno. Nothing of `config` is kept. */
int leap_files_new(sd_event *event, Log *log, const Config *config, LeapFilesHandler handler, void *userdata,
        LeapFiles **ret);
/* Other files, or none, are named now: what those say counts at once, and what was read before is forgotten; with none of them
 * the handler gets an empty table. 0, or -ENOMEM and all is as it was. */
int leap_files_follow(LeapFiles *f, const Config *config);
/* Reads what has changed now, not only at the next hour. */
void leap_files_look(LeapFiles *f);
LeapFiles *leap_files_free(LeapFiles *f);
