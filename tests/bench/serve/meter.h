/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What another process spends while somebody looks: CPU time of each of its threads by the scheduler's own count, and, where
 * the machine counts them for us, instructions in user space and in the kernel. The process is not touched.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { METER_THREADS_MAX = 64 };

typedef struct MeterThread {
        pid_t tid;
        int user_fd, kernel_fd; /* counters; -1: none here */
        uint64_t cpu_ns;        /* before meter_stop(): at the start; after it: spent */
        uint64_t user, kernel;  /* instructions; 0 without counters */
} MeterThread;

typedef struct Meter {
        MeterThread threads[METER_THREADS_MAX];
        int n;
        bool counts_instructions;
} Meter;

/* Looks at all threads that the process has now. 0, or a negative errno. */
int meter_start(Meter *m, pid_t pid);
/* Leaves in each thread what it spent since. */
void meter_stop(Meter *m);
