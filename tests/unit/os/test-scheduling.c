/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/scheduling.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Sanitizers do not let memory be locked, and do not say so. */
#if defined(__SANITIZE_ADDRESS__)
#        define SANITIZED 1
#elif defined(__has_feature)
#        define SANITIZED __has_feature(address_sanitizer)
#else
#        define SANITIZED 0
#endif

/* Both last as long as the process: each is tried in a child, which says by its status what was wrong. */
static void in_child(int (*body)(void)) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
                _exit(body());
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 0);
}

/* Without the right it says so and changes nothing. */
static int set_priority(void) {
        struct sched_param parameters;
        int r = scheduling_set_priority(1000);

        if (r == -EPERM)
                return sched_getscheduler(0) == SCHED_FIFO;
        if (r < 0 || sched_getscheduler(0) != SCHED_FIFO || sched_getparam(0, &parameters) < 0)
                return 2;
        return parameters.sched_priority == sched_get_priority_max(SCHED_FIFO) ? 0 : 3;
}

static long locked_kib(void) {
        FILE *f = fopen("/proc/self/status", "r");
        char line[256];
        long kib = -1;

        while (f && fgets(line, sizeof(line), f))
                if (sscanf(line, "VmLck: %ld kB", &kib) == 1)
                        break;
        if (f)
                fclose(f);
        return kib;
}

static int lock_memory(void) {
        int r = scheduling_lock_memory();

        if (r == -EPERM || r == -ENOMEM)
                return locked_kib() != 0;
        return r == 0 && (SANITIZED || locked_kib() > 0) ? 0 : 1;
}

static void test_priority(void **state) {
        in_child(set_priority);
}

static void test_memory(void **state) {
        in_child(lock_memory);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_priority),
                cmocka_unit_test(test_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
