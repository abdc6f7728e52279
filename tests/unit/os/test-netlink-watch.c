/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/netlink-watch.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

typedef struct Seen {
        int calls;
        bool called;
} Seen;

static void on_change(void *userdata) {
        Seen *seen = userdata;

        seen->calls++;
        seen->called = true;
}

static void set_loopback(bool up) {
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
        close(fd);
}

/* In a network namespace of its own: loopback comes up with two addresses and their routes, and that is one call. */
static void test_new_address(void **state) {
        sd_event *event = loop_new();
        NetlinkWatch *w;
        Seen seen = { 0 };

        assert_int_equal(unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWNET | CLONE_NEWUSER), 0);
        assert_int_equal(netlink_watch_new(event, on_change, &seen, &w), 0);
        loop_idle(event);
        assert_int_equal(seen.calls, 0);
        set_loopback(true);
        loop_until(event, &seen.called);
        loop_idle(event);
        assert_int_equal(seen.calls, 1);
        /* Going down is no news; coming up again is. */
        set_loopback(false);
        seen.called = false;
        set_loopback(true);
        loop_until(event, &seen.called);
        assert_int_equal(seen.calls, 2);
        netlink_watch_free(w);
        sd_event_unref(event);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new_address),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
