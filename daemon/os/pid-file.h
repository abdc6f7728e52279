/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file that holds our process id, for scripts and against a second daemon: it is locked as long as we live. Follows no
 * symbolic link and writes into no file of several names, so that a user who may write to its folder gains nothing.
 */

typedef struct PidFile PidFile;

/* 0, -EBUSY if another daemon holds it, -EMLINK if it is not a plain file of one name, or another negative errno. */
int pid_file_new(const char *path, PidFile **ret);
/* Removes it. */
PidFile *pid_file_free(PidFile *p);
