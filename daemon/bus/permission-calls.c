/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Manager.GetPermissions: what the caller may do, so that a panel can grey out the rest. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "dbus/names.h"

#include <string.h>

/* "auth": if somebody gives a password. Without polkit, and whatever it fails to say, is "no". */
static const char *const words[POLKIT_ANSWERS] = {
        [POLKIT_UNASKED] = "no",
        [POLKIT_YES] = "yes",
        [POLKIT_NO] = "no",
        [POLKIT_CHALLENGE] = "auth",
        [POLKIT_DISMISSED] = "no",
        [POLKIT_ABSENT] = "no",
        [POLKIT_SILENT] = "no",
        [POLKIT_FAILED] = "no",
};

/* One question at a time: the call is entered again with each answer, and what was answered is there by then. */
static int ask_all(
        sd_bus_message *m, Bus *bus, PolkitAnswer answers[static GATE_ACTIONS], sd_bus_error *error) {
        int r = 1;

        for (int action = GATE_EVERYBODY + 1; r > 0 && action < GATE_ACTIONS; action++)
                r = authz_permission(bus_authz(bus), m, (GateAction)action, &answers[action], error);
        return r;
}

static int append_all(sd_bus_message *reply, const PolkitAnswer answers[static GATE_ACTIONS]) {
        int r = sd_bus_message_open_container(reply, 'a', "{ss}");

        for (int action = GATE_EVERYBODY + 1; r >= 0 && action < GATE_ACTIONS; action++)
                r = sd_bus_message_append(
                        reply, "{ss}", gate_action_to_string((GateAction)action), words[answers[action]]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_get_permissions(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        PolkitAnswer answers[GATE_ACTIONS] = { 0 };
        Bus *bus = userdata;

        int r = authz_admit(bus_authz(bus), m, NULL, error);
        if (r > 0)
                r = ask_all(m, bus, answers, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_all(reply, answers);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int calls_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        *ret_found = userdata;
        return strcmp(path, TIMEBALL_PATH) == 0;
}

static const sd_bus_vtable permission_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetPermissions", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{ss}", permissions),
                method_get_permissions, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject permission_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, permission_vtable, calls_find,
        NULL };
