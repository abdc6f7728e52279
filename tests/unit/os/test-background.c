/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/background.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the daemon of a test does once it is in the background; its words come through `words`, which it may keep. */
typedef void (*Daemon)(Background *b, int words);

static void say(int words, const char *text) {
        if (write(words, text, strlen(text)) < 0)
                _exit(4);
}

/* Starts it as a shell would and returns the exit status that the shell sees. */
static int start(Daemon daemon, char words[static 128]) {
        int fds[2], status;
        pid_t pid;
        ssize_t n, used = 0;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
                Background b = { .ready_fd = -1 };

                if (background_begin(&b, fds[1]) < 0)
                        _exit(5);
                daemon(&b, fds[1]);
                _exit(0);
        }
        close(fds[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        while ((n = read(fds[0], words + used, 127 - (size_t)used)) > 0)
                used += n;
        words[used] = '\0';
        close(fds[0]);
        return WEXITSTATUS(status);
}

static void becomes_ready(Background *b, int words) {
        char text[128], path[64] = "";

        if (background_ready(b) < 0 || b->ready_fd != -1)
                _exit(1);
        if (readlink("/proc/self/fd/2", path, sizeof(path) - 1) < 0)
                _exit(2);
        snprintf(text, sizeof(text), "%s leader=%d", path, getsid(0) == getpid());
        say(words, text);
}

static void fails(Background *b, int words) {
        say(words, "no");
        _exit(3);
}

static void test_ready(void **state) {
        char words[128];

        assert_int_equal(start(becomes_ready, words), 0);
        assert_string_equal(words, "/dev/null leader=0");
}

static void test_failure_is_seen(void **state) {
        char words[128];

        assert_int_equal(start(fails, words), 1);
        assert_string_equal(words, "no");
}

/* A shell that collects the output of a pipeline gets its end although the daemon lives on: the pipe is not the daemon's. */
static void test_inherited_descriptors_are_closed(void **state) {
        int leaked[2], held[2], status;
        struct pollfd hung_up;
        pid_t pid;

        assert_int_equal(pipe(leaked), 0);
        assert_int_equal(pipe(held), 0);
        pid = fork();
        if (pid == 0) {
                Background b = { .ready_fd = -1 };
                struct pollfd reader = { .fd = held[1] };

                if (background_begin(&b, held[1]) < 0 || background_ready(&b) < 0)
                        _exit(1);
                (void)poll(&reader, 1, 10000); /* until the test lets go of its end */
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 0);
        close(leaked[1]);
        hung_up = (struct pollfd){ .fd = leaked[0] };
        assert_int_equal(poll(&hung_up, 1, 5000), 1);
        assert_true(hung_up.revents & POLLHUP);
        close(leaked[0]);
        close(held[0]);
        close(held[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ready),
                cmocka_unit_test(test_failure_is_seen),
                cmocka_unit_test(test_inherited_descriptors_are_closed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
