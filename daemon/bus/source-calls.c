/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Methods of org.timeball1.Source: those of Manager for one source, and its options. */

#include "bus/call-options.h"
#include "bus/option-change.h"
#include "bus/source-orders.h"
#include "dbus/names.h"

/* 1 and the source that the call went to, or what the handler returns. sd-bus calls for a source that there is. */
static int admit(sd_bus_message *m, Bus *bus, const char *how, ChosenSources *ret, sd_bus_error *error) {
        const char *path = sd_bus_message_get_path(m);
        char name[SOURCE_SHOWN_MAX];

        int r = authz_admit_about(
                bus_authz(bus), m, NULL, &(CallAbout){ source_orders_name(bus, path, name), how }, error);
        if (r > 0)
                source_orders_choose_one(source_path_id(path), ret);
        return r;
}

static int method_set_online(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;
        int online;

        int r = sd_bus_message_read(m, "b", &online);
        if (r >= 0)
                r = admit(m, userdata, online ? "online" : "offline", &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_set_online(userdata, &chosen, online, error));
}

static int method_burst(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;
        uint32_t good, max;

        int r = sd_bus_message_read(m, "uu", &good, &max);
        if (r >= 0)
                r = source_orders_check_burst(good, max, error);
        if (r >= 0)
                r = admit(m, userdata, NULL, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(
                userdata, m, source_orders_burst(userdata, m, &chosen, (int)good, (int)max, error));
}

static int method_refresh(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;

        int r = admit(m, userdata, NULL, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_refresh(userdata, m, &chosen, error));
}

static int method_remove(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ChosenSources chosen;

        int r = call_options_read_none(m, error);
        if (r >= 0)
                r = admit(m, userdata, NULL, &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, source_orders_remove(userdata, chosen.ids[0], error));
}

static int method_set_options(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        CallOption options[CALL_OPTIONS_MAX];
        char text[CALL_OPTIONS_TEXT_MAX];
        ChosenSources chosen;
        SourceChange change;
        size_t n = 0;

        int r = call_options_read(m, options, &n, error);
        if (r >= 0)
                r = option_change_read(options, n, &change, error);
        if (r >= 0)
                r = admit(m, userdata, call_options_text(options, n, text), &chosen, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(
                userdata, m, source_orders_modify(userdata, chosen.ids[0], &change, error));
}

static const sd_bus_vtable source_calls_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("SetOnline", SD_BUS_ARGS("b", online), SD_BUS_NO_RESULT, method_set_online,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Burst", SD_BUS_ARGS("u", good, "u", max), SD_BUS_NO_RESULT, method_burst,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Refresh", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_refresh, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_remove,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetOptions", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                method_set_options, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject source_calls = { TIMEBALL_SOURCES_PATH, TIMEBALL_SOURCE_INTERFACE, source_calls_vtable,
        bus_find_at_source, NULL };
