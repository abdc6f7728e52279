/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Methods of org.timeball1.Manager that say when sources are asked, and which is to be followed. */

#include "bus/call-options.h"
#include "bus/source-orders.h"
#include "dbus/names.h"

#include <stdio.h>
#include <string.h>

/* What all of them do between reading their arguments and doing it: 1 and the sources, or what the handler returns. */
static int choose(sd_bus_message *m, Bus *bus, const char *text, ChosenSources *ret, sd_bus_error *error) {
        char name[SOURCE_SHOWN_MAX];
        SourceSelector selector;

        int r = source_selector_read(text, &selector, error);
        if (r >= 0)
                r = source_orders_choose(bus, text, &selector, ret, error);
        if (r < 0)
                return r;
        return authz_admit_about(bus_authz(bus), m, NULL,
                &(CallAbout){ text[0] ? source_orders_name(bus, text, name) : "all sources" }, error);
}

static int method_set_online(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;
        const char *text;
        int online;

        int r = sd_bus_message_read(m, "sb", &text, &online);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r >= 0)
                r = choose(m, userdata, text, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_set_online(userdata, &chosen, online, error));
}

static int method_on_offline(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        int r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_follow_routes(userdata, error));
}

static int method_burst(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;
        uint32_t good, max;
        const char *text;

        int r = sd_bus_message_read(m, "suu", &text, &good, &max);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r >= 0)
                r = source_orders_check_burst(good, max, error);
        if (r >= 0)
                r = choose(m, userdata, text, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(
                userdata, m, source_orders_burst(userdata, m, &chosen, (int)good, (int)max, error));
}

static int method_refresh(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;
        const char *text;

        int r = sd_bus_message_read(m, "s", &text);
        if (r >= 0)
                r = choose(m, userdata, text, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_refresh(userdata, m, &chosen, error));
}

static int method_reselect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        void *ops_userdata;

        int r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        bus_ops(userdata, &ops_userdata)->sources->reselect(ops_userdata);
        return source_order_finish(userdata, m, 0);
}

static int method_reset_sources(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        void *ops_userdata;

        int r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        bus_ops(userdata, &ops_userdata)->sources->reset(ops_userdata);
        return source_order_finish(userdata, m, 0);
}

static const sd_bus_vtable activity_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("SetOnline", SD_BUS_ARGS("s", selector, "b", online, "a{sv}", options),
                SD_BUS_NO_RESULT, method_set_online, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "OnOffline", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_on_offline, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Burst", SD_BUS_ARGS("s", selector, "u", good, "u", max, "a{sv}", options),
                SD_BUS_NO_RESULT, method_burst, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Refresh", SD_BUS_ARGS("s", selector), SD_BUS_NO_RESULT, method_refresh,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Reselect", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reselect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ResetSources", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reset_sources,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject activity_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, activity_vtable,
        bus_find_at_manager, NULL };
