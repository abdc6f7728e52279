/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the kernel treats the process: real-time priority (-P) and memory that is never paged out (-m). */

/* SCHED_FIFO with that priority, 1..99. 0 or a negative errno; what the machine does not have is clamped. */
int scheduling_set_priority(int priority);
/* Processors that the process may run on; at least 1. */
unsigned scheduling_processors(void);
/* All memory, now and later, without a limit. 0 or a negative errno: -EPERM without the right to lift the limit. */
int scheduling_lock_memory(void);
