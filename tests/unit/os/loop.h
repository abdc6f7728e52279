/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An event loop that a test runs until what it waits for has happened. */

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

static inline sd_event *loop_new(void) {
        sd_event *event = NULL;

        assert_true(sd_event_new(&event) >= 0);
        return event;
}

/* Fails the test if nothing happens for ten seconds. */
static inline void loop_until(sd_event *event, const bool *happened) {
        while (!*happened) {
                int r = sd_event_run(event, 10000000);

                if (r <= 0)
                        fail_msg("nothing happened for ten seconds (%d)", r);
        }
}

/* Runs what is ready now. */
static inline void loop_idle(sd_event *event) {
        while (sd_event_run(event, 0) > 0)
                ;
}
