/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own interface: two calls do not need a library. */
static int capabilities_get(uint64_t *ret_permitted) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        *ret_permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
        return 0;
}

/* Permitted and effective; nothing inheritable, which empties the ambient set too. */
static int capabilities_set(uint64_t permitted) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
                { .effective = (uint32_t)permitted, .permitted = (uint32_t)permitted },
                { .effective = (uint32_t)(permitted >> 32), .permitted = (uint32_t)(permitted >> 32) },
        };

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int account_find(const char *user, Account *ret) {
        const struct passwd *p;

        errno = 0;
        p = getpwnam(user);
        if (!p)
                return errno != 0 && errno != ENOENT ? -errno : -ESRCH;
        *ret = (Account){ .uid = p->pw_uid, .gid = p->pw_gid };
        return 0;
}

static int become(const Account *account, uint64_t permitted) {
        const uint64_t needed = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;

        if (geteuid() == account->uid && getegid() == account->gid)
                return 0;
        if ((permitted & needed) != needed)
                return -EPERM; /* before the half of it is done */
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
                return -errno;
        if (setgroups(0, NULL) < 0 || setresgid(account->gid, account->gid, account->gid) < 0 ||
                setresuid(account->uid, account->uid, account->uid) < 0)
                return -errno;
        return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int privileges_drop(const Account *account, const Rights *keep) {
        uint64_t permitted = 0, wanted = 0;
        int r;

        r = capabilities_get(&permitted);
        if (r < 0)
                return r;
        if (account) {
                r = become(account, permitted);
                if (r < 0)
                        return r;
        }
        if (keep->set_time)
                wanted |= UINT64_C(1) << CAP_SYS_TIME;
        if (keep->low_ports)
                wanted |= UINT64_C(1) << CAP_NET_BIND_SERVICE;
        r = capabilities_set(permitted & wanted);
        if (r < 0)
                return r;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
