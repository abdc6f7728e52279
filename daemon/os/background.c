/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/background.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>

/* Ends with the daemon's word, or with its silence. */
static _Noreturn void wait_for_daemon(int fd) {
        char byte;
        ssize_t n;

        do
                n = read(fd, &byte, 1);
        while (n < 0 && errno == EINTR);
        _exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void close_inherited(int keep) {
        unsigned first = STDERR_FILENO + 1;

        if (keep >= (int)first) {
                (void)close_range(
                        first, (unsigned)keep - 1, 0); /* nothing to do if they are neighbours: an error */
                first = (unsigned)keep + 1;
        }
        (void)close_range(first, UINT_MAX, 0);
}

int background_begin(Background *ret, int keep) {
        int fds[2];
        pid_t pid;

        close_inherited(keep);
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid > 0) {
                (void)close(fds[1]);
                wait_for_daemon(fds[0]);
        }
        (void)close(fds[0]);
        if (setsid() < 0)
                return -errno;
        pid = fork(); /* not a session leader any more: no terminal can become ours */
        if (pid < 0)
                return -errno;
        if (pid > 0)
                _exit(EXIT_SUCCESS);
        ret->ready_fd = fds[1];
        return chdir("/") < 0 ? -errno : 0;
}

int background_ready(Background *b) {
        _cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null < 0)
                return -errno;
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (dup2(null, fd) < 0)
                        return -errno;
        if (write(b->ready_fd, "r", 1) < 0)
                return -errno;
        (void)close(fd_take(&b->ready_fd));
        return 0;
}
