/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The clock of -x: a virtual one, steered over the kernel's clock by arithmetic alone. The kernel is never told anything:
 * this file calls no function that could move a clock or change what the kernel says about it.
 *
 * Wall, Local and all events are the virtual clock's, as the kernel backend's would be; clock_local() takes stamps of the
 * kernel's clock. What others do to the kernel's clock (steps, rates, sleep) moves the virtual one too and is told.
 */

#include "os/clock.h"

#include <systemd/sd-event.h>

/* max_slew_rate in s/s. 0 or a negative errno. */
int clock_none_new(sd_event *event, double max_slew_rate, Clock **ret);
