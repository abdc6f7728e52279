/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/synchronized-file.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char folder_end[] = "/systemd/timesync";

/* The folder of a colon-separated list that has that end; its length, 0 if there is none. */
static size_t find_folder(const char *list, const char **ret) {
        const size_t end = sizeof(folder_end) - 1;

        for (const char *p = list; p; p = strchr(p, ':')) {
                p += *p == ':';
                size_t n = strcspn(p, ":");
                if (n >= end && strncmp(p + n - end, folder_end, end) == 0) {
                        *ret = p;
                        return n;
                }
        }
        return 0;
}

int synchronized_file_touch(void) {
        const char *list = getenv("RUNTIME_DIRECTORY"), *folder = NULL;
        char path[PATH_MAX];
        size_t n = find_folder(list, &folder);

        if (n == 0 || n >= INT_MAX)
                return -ENOENT;
        if (snprintf(path, sizeof(path), "%.*s/synchronized", (int)n, folder) >= (int)sizeof(path))
                return -ENAMETOOLONG;
        /* Made in place: whoever waits for it sees a file that is made, and not one that is renamed. */
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
        return fd < 0 ? -errno : 0;
}
