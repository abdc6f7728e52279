/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "published.h"

#include "dbus/names.h"

#include <math.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

enum { TIMEOUT_USEC = 100000 }; /* the daemon may have been stopped */

struct Published {
        sd_bus *bus;
};

Published *published_new(void) {
        return calloc(1, sizeof(Published));
}

double published_max_error_s(Published *p) {
        double value;
        int r;

        if (!p->bus &&
                (sd_bus_open_system(&p->bus) < 0 || sd_bus_set_method_call_timeout(p->bus, TIMEOUT_USEC) < 0))
                return (double)NAN;
        r = sd_bus_get_property_trivial(p->bus, TIMEBALL_BUS_NAME, TIMEBALL_CLOCK_PATH,
                TIMEBALL_CLOCK_INTERFACE, "MaxErrorSeconds", NULL, 'd', &value);
        return r < 0 ? (double)NAN : value;
}
