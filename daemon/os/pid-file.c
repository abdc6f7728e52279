/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/pid-file.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

struct PidFile {
        char *path;
        int fd;
};

DEFINE_CLEANUP(PidFile, pid_file_free)

static int open_locked(const char *path) {
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
                return -EMLINK;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return fd_take(&fd);
}

int pid_file_new(const char *path, PidFile **ret) {
        _cleanup_(pid_file_freep)
        PidFile *p = calloc(1, sizeof(*p));
        char text[32];
        int n;

        if (!p)
                return -ENOMEM;
        p->fd = open_locked(path);
        if (p->fd < 0)
                return p->fd;
        n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
        if (ftruncate(p->fd, 0) < 0 || pwrite(p->fd, text, (size_t)n, 0) != n)
                return -errno;
        p->path = strdup(path); /* from here on it is ours to remove */
        if (!p->path)
                return -ENOMEM;
        *ret = TAKE_PTR(p);
        return 0;
}

PidFile *pid_file_free(PidFile *p) {
        if (!p)
                return NULL;
        if (p->path)
                (void)unlink(p->path);
        if (p->fd >= 0)
                (void)close(p->fd);
        free(p->path);
        free(p);
        return NULL;
}
