/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Rights given up for good: another user, no capability but those that are named, and none to be gained again. Called
 * once at start, before there are threads.
 */

#include <stdbool.h>
#include <sys/types.h>

typedef struct Account {
        uid_t uid;
        gid_t gid;
} Account;

/* Looks a user up. 0, -ESRCH if there is no such user, or another negative errno. */
int account_find(const char *user, Account *ret);

typedef struct Rights {
        bool set_time;  /* CAP_SYS_TIME */
        bool low_ports; /* CAP_NET_BIND_SERVICE: ports below 1024 */
} Rights;

/* Becomes `account` (NULL: stays) and keeps those rights that are wanted and were there. 0, -EPERM if the process may not
 * become another user (then nothing has changed), or another negative errno. */
int privileges_drop(const Account *account, const Rights *keep);
