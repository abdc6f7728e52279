/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Rights do not come back: each case runs in a child, which says by its status what was wrong. */
static void in_child(int (*body)(void)) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
                _exit(body());
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static uint32_t low_capabilities(bool effective) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return UINT32_MAX;
        return effective ? data[0].effective : data[0].permitted | data[1].permitted;
}

static int drop_all(void) {
        const Account nobody = { 65534, 65534 };
        bool is_root = geteuid() == 0;

        if (privileges_drop(is_root ? &nobody : NULL, &(Rights){ 0 }) < 0)
                return 1;
        if (is_root &&
                (getuid() != 65534 || geteuid() != 65534 || getgid() != 65534 || getgroups(0, NULL) != 0))
                return 2;
        if (low_capabilities(false) != 0 || low_capabilities(true) != 0)
                return 3;
        if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
                return 4;
        return is_root && setuid(0) == 0 ? 5 : 0;
}

/* Never more than there was: without CAP_SYS_TIME before there is none after. */
static int keep_sys_time(void) {
        const Account nobody = { 65534, 65534 };
        uint32_t expected = low_capabilities(false) & UINT32_C(1) << CAP_SYS_TIME;

        if (privileges_drop(geteuid() == 0 ? &nobody : NULL, &(Rights){ .set_time = true }) < 0)
                return 1;
        if (low_capabilities(false) != expected || low_capabilities(true) != expected)
                return 2;
        return 0;
}

static int keep_both(void) {
        const Account nobody = { 65534, 65534 };
        uint32_t expected =
                low_capabilities(false) & (UINT32_C(1) << CAP_SYS_TIME | UINT32_C(1) << CAP_NET_BIND_SERVICE);

        if (privileges_drop(
                    geteuid() == 0 ? &nobody : NULL, &(Rights){ .set_time = true, .low_ports = true }) < 0)
                return 1;
        return low_capabilities(false) == expected && low_capabilities(true) == expected ? 0 : 2;
}

/* Who has no right to become another stays who they are, whole; and may still become nobody else but themselves. */
static int without_right(void) {
        const Account nobody = { 65534, 65534 }, other = { 1, 1 };

        if (geteuid() == 0 && privileges_drop(&nobody, &(Rights){ 0 }) < 0)
                return 1;
        uid_t uid = geteuid();
        gid_t gid = getegid();
        const Account self = { uid, gid };

        if (privileges_drop(&other, &(Rights){ 0 }) != -EPERM || geteuid() != uid || getegid() != gid)
                return 2;
        return privileges_drop(&self, &(Rights){ 0 }) < 0 ? 3 : 0;
}

static void test_drop_all(void **state) {
        in_child(drop_all);
}

static void test_keep_sys_time(void **state) {
        in_child(keep_sys_time);
}

static void test_keep_both(void **state) {
        in_child(keep_both);
}

static void test_without_right(void **state) {
        in_child(without_right);
}

static void test_account(void **state) {
        Account a = { 1, 1 };

        assert_int_equal(account_find("root", &a), 0);
        assert_int_equal(a.uid, 0);
        assert_int_equal(account_find("no-such-user-here", &a), -ESRCH);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_drop_all),
                cmocka_unit_test(test_keep_sys_time),
                cmocka_unit_test(test_keep_both),
                cmocka_unit_test(test_without_right),
                cmocka_unit_test(test_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
