/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct World {
        SourceView view;
        Snapshot snapshot;
} World;

static void world_init(World *w) {
        *w = (World){ .view.identity = { .id = 7, .name = "ntp.example", .resolved = true } };
        (void)net_address_parse("192.0.2.1", &w->view.identity.remote.address);
        w->snapshot = (Snapshot){ .n_sources = 1, .sources = &w->view };
}

/* Others look for this wording: /time server (.*)\./ */
static void test_status(void **state) {
        char status[STATUS_MAX];
        World w;

        world_init(&w);
        for (int s = 0; s < ENGINE_STATES; s++) {
                w.snapshot.state = (EngineState)s;
                w.snapshot.tracking.source_id = s == ENGINE_SYNCHRONIZED ? 7 : 0;
                assert_string_equal(status_format(&w.snapshot, status),
                        s == ENGINE_SYNCHRONIZED
                                ? "Contacted time server 192.0.2.1 (ntp.example). Clock synchronized"
                                : "Idle.");
        }
        w.snapshot.state = ENGINE_SYNCHRONIZED;
        w.snapshot.tracking.source_id = 8; /* gone */
        assert_string_equal(status_format(&w.snapshot, status), "Idle.");
}

/* A service manager that a test plays itself. */
static int manager(char path[static 64]) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        snprintf(path, 64, "/tmp/timeball-notify-%ld", (long)getpid());
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        return fd;
}

static void assert_told(int fd, const char *expected) {
        char text[1024];
        ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

        if (!expected) {
                assert_int_equal(n, -1);
                return;
        }
        assert_true(n >= 0);
        text[n] = '\0';
        assert_string_equal(text, expected);
}

static void test_told_once(void **state) {
        char path[64];
        int fd = manager(path);
        sd_event *event = NULL;
        Notify n = { 0 };
        World w;

        world_init(&w);
        assert_true(sd_event_new(&event) >= 0);
        notify_ready(&n, event, &w.snapshot);
        assert_told(fd, "READY=1\nSTATUS=Idle.");
        notify_status(&n, &w.snapshot);
        assert_told(fd, NULL);
        w.snapshot.state = ENGINE_SYNCHRONIZED;
        w.snapshot.tracking.source_id = 7;
        notify_status(&n, &w.snapshot);
        assert_told(fd, "STATUS=Contacted time server 192.0.2.1 (ntp.example). Clock synchronized");
        notify_status(&n, &w.snapshot);
        assert_told(fd, NULL);
        notify_stopping();
        assert_told(fd, "STOPPING=1");
        sd_event_unref(event);
        close(fd);
        (void)unlink(path);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_status),
                cmocka_unit_test(test_told_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
