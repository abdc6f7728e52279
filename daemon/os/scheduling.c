/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/scheduling.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

int scheduling_set_priority(int priority) {
        int low = sched_get_priority_min(SCHED_FIFO), high = sched_get_priority_max(SCHED_FIFO);
        struct sched_param parameters = {
                .sched_priority = priority < low    ? low
                                  : priority > high ? high
                                                    : priority,
        };

        return sched_setscheduler(0, SCHED_FIFO, &parameters) < 0 ? -errno : 0;
}

int scheduling_lock_memory(void) {
        const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

        /* Locked within a limit, memory that is wanted later, a thread's stack say, would not be had at all. */
        if (setrlimit(RLIMIT_MEMLOCK, &all) < 0)
                return -errno;
        return mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ? -errno : 0;
}

unsigned scheduling_processors(void) {
        cpu_set_t set;

        return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : (unsigned)CPU_COUNT(&set);
}
