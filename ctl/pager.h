/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Standard output through a pager, in a terminal. Which one: $TIMEBALL_PAGER, $SYSTEMD_PAGER or $PAGER, else less; "" or
 * "cat" is none. Less cannot start programs of its own. Whoever has come to more rights than the user had (sudo) gets less
 * or none, not what the environment names.
 */

#include <sys/types.h>

/* 0: there is none, and standard output is what it was. */
pid_t pager_start(void);
/* Waits until the reader has left it. */
void pager_stop(pid_t pager);
