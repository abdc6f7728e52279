/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Manager: what networks offer, told and listed; and timesync1's way to add servers while running. */

#include "base/cleanup.h"
#include "bus/call-options.h"
#include "bus/hint-list.h"
#include "bus/object.h"
#include "dbus/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINK_TEXT_MAX = 96 };

static const BusHintOps *hint_ops(const Bus *bus, void **ret_userdata) {
        return bus_ops(bus, ret_userdata)->hints;
}

/* "interface 2 origin networkmanager" */
static const char *link_text(int32_t ifindex, const char *origin, char buffer[static LINK_TEXT_MAX]) {
        snprintf(buffer, LINK_TEXT_MAX, "interface %" PRId32 " origin %s", ifindex, origin);
        return buffer;
}

static int method_set_link_servers(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char about[2 * CALL_ABOUT_MAX], link[LINK_TEXT_MAX];
        HintServers servers;
        const char *origin;
        Bus *bus = userdata;
        int32_t ifindex;
        void *ops_userdata;

        int r = sd_bus_message_read(m, "is", &ifindex, &origin);
        if (r >= 0 && ifindex < 1)
                r = hint_refuse(HINT_BAD_INTERFACE, "", error);
        if (r >= 0 && !hint_origin_is_valid(origin))
                r = hint_refuse(HINT_BAD_ORIGIN, origin, error);
        if (r >= 0)
                r = hint_list_read(m, &servers, error);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(bus), m, NULL,
                        &(CallAbout){ hint_list_text(&servers, about, sizeof(about)),
                                link_text(ifindex, origin, link) },
                        error);
        if (r <= 0)
                return r < 0 ? r : 1;
        const BusHintOps *ops = hint_ops(bus, &ops_userdata);
        HintResult result = ops->set(ops_userdata, ifindex, origin, &servers);
        bus_update(bus);
        if (result != HINT_OK && result != HINT_UNCHANGED)
                return hint_refuse(result, origin, error);
        return sd_bus_reply_method_return(m, NULL);
}

static int method_revert_link_servers(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char link[LINK_TEXT_MAX];
        const char *origin;
        Bus *bus = userdata;
        int32_t ifindex;
        void *ops_userdata;

        int r = sd_bus_message_read(m, "is", &ifindex, &origin);
        if (r >= 0 && ifindex < 1)
                r = hint_refuse(HINT_BAD_INTERFACE, "", error);
        if (r >= 0 && !hint_origin_is_valid(origin))
                r = hint_refuse(HINT_BAD_ORIGIN, origin, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(bus), m, NULL,
                        &(CallAbout){ .how = link_text(ifindex, origin, link) }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        const BusHintOps *ops = hint_ops(bus, &ops_userdata);
        ops->revert(ops_userdata, ifindex, origin);
        bus_update(bus);
        return sd_bus_reply_method_return(m, NULL);
}

static int append_hint(sd_bus_message *reply, const HintsView *v, const Hint *h) {
        char path[SOURCE_PATH_MAX];

        int r = sd_bus_message_open_container(reply, 'r', "oisasb");
        if (r >= 0)
                r = sd_bus_message_append(reply, "oi", hint_path(h->id, path), h->ifindex);
        if (r >= 0)
                r = sd_bus_message_append_basic(reply, 's', h->origin);
        if (r >= 0)
                r = hint_list_append(reply, &h->servers);
        if (r >= 0)
                r = sd_bus_message_append(reply, "b", v->use != HINTS_IGNORED);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list_hints(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        Bus *bus = userdata;

        int r = authz_admit(bus_authz(bus), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        const HintsView *v = bus_reading(bus)->hints;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(oisasb)");
        for (size_t i = 0; r >= 0 && i < v->table->n; i++)
                r = append_hint(reply, v, v->table->hints[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable hint_calls_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("ListHints", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(oisasb)", hints),
                method_list_hints, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetLinkServers",
                SD_BUS_ARGS("i", ifindex, "s", origin, "as", servers, "a{sv}", options), SD_BUS_NO_RESULT,
                method_set_link_servers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RevertLinkServers", SD_BUS_ARGS("i", ifindex, "s", origin), SD_BUS_NO_RESULT,
                method_revert_link_servers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject hint_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, hint_calls_vtable,
        bus_find_at_manager };

static int method_set_runtime_servers(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char about[2 * CALL_ABOUT_MAX];
        HintServers servers;
        Bus *bus = userdata;
        void *ops_userdata;

        int r = hint_list_read(m, &servers, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(bus), m, NULL,
                        &(CallAbout){ .what = hint_list_text(&servers, about, sizeof(about)) }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        const BusHintOps *ops = hint_ops(bus, &ops_userdata);
        ops->set_runtime(ops_userdata, &servers);
        bus_update(bus);
        return sd_bus_reply_method_return(m, NULL);
}

static int find_at_timesync(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        *ret_found = userdata;
        return strcmp(path, TIMESYNC_PATH) == 0;
}

static const sd_bus_vtable timesync_calls_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("SetRuntimeNTPServers", SD_BUS_ARGS("as", runtime_servers), SD_BUS_NO_RESULT,
                method_set_runtime_servers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject timesync_calls = { TIMESYNC_PATH, TIMESYNC_INTERFACE, timesync_calls_vtable,
        find_at_timesync };
