/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/plain-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int plain_file_open(const char *path, bool pipes) {
        int fd = open(path, O_RDONLY | (pipes ? 0 : O_NONBLOCK) | O_NOCTTY | O_CLOEXEC);
        struct stat s;
        int r = 0;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &s) < 0)
                r = -errno;
        else if (S_ISDIR(s.st_mode))
                r = -EISDIR;
        else if (!S_ISREG(s.st_mode) && !S_ISCHR(s.st_mode) && !(pipes && S_ISFIFO(s.st_mode)))
                r = -EINVAL;
        if (r == 0)
                return fd;
        (void)close(fd);
        return r;
}

const char *plain_file_error(int error) {
        return abs(error) == EINVAL ? "It is no plain file" : strerrordesc_np(abs(error));
}
