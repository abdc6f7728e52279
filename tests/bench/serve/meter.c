/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meter.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_counter(pid_t tid, bool in_kernel) {
        struct perf_event_attr attr = {
                .type = PERF_TYPE_HARDWARE,
                .size = sizeof(attr),
                .config = PERF_COUNT_HW_INSTRUCTIONS,
                .exclude_user = in_kernel,
                .exclude_kernel = !in_kernel,
                .exclude_hv = 1,
        };

        return (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t read_counter(int fd) {
        uint64_t count = 0;

        if (fd < 0)
                return 0;
        if (read(fd, &count, sizeof(count)) != sizeof(count))
                count = 0;
        (void)close(fd);
        return count;
}

static uint64_t cpu_ns(pid_t tid) {
        char path[64];
        uint64_t ns = 0;
        FILE *f;

        (void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)tid);
        f = fopen(path, "re");
        if (!f)
                return 0;
        if (fscanf(f, "%" SCNu64, &ns) != 1)
                ns = 0;
        (void)fclose(f);
        return ns;
}

static void add_thread(Meter *m, pid_t tid) {
        MeterThread *t = &m->threads[m->n++];

        *t = (MeterThread){
                .tid = tid, .user_fd = open_counter(tid, false), .kernel_fd = open_counter(tid, true)
        };
        if (t->user_fd < 0 || t->kernel_fd < 0)
                m->counts_instructions = false;
        t->cpu_ns = cpu_ns(tid);
}

int meter_start(Meter *m, pid_t pid) {
        char path[64];
        struct dirent *entry;
        DIR *tasks;

        *m = (Meter){ .counts_instructions = true };
        (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
        tasks = opendir(path);
        if (!tasks)
                return -errno;
        while ((entry = readdir(tasks)) && m->n < METER_THREADS_MAX)
                if (entry->d_name[0] != '.')
                        add_thread(m, (pid_t)atoi(entry->d_name));
        (void)closedir(tasks);
        return m->n > 0 ? 0 : -ESRCH;
}

void meter_stop(Meter *m) {
        for (int i = 0; i < m->n; i++) {
                MeterThread *t = &m->threads[i];

                t->cpu_ns = cpu_ns(t->tid) - t->cpu_ns;
                t->user = read_counter(t->user_fd);
                t->kernel = read_counter(t->kernel_fd);
        }
}
