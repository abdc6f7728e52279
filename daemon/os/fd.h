/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scope-bound file descriptors. */

#include "base/cleanup.h"

#include <unistd.h>

static inline void fd_closep(int *fd) {
        if (*fd >= 0)
                (void)close(*fd);
}

#define _cleanup_close_ _cleanup_(fd_closep)

/* Hands the descriptor out and forgets it, so that the scope's end does not close it. */
static inline int fd_take(int *fd) {
        int taken = *fd;

        *fd = -1;
        return taken;
}
