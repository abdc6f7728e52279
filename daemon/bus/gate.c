/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/gate.h"

#include "base/cleanup.h"
#include "dbus/names.h"

#include <string.h>

static const char *const gate_action_names[] = {
        [GATE_EVERYBODY] = "everybody",
        [GATE_INSPECT] = "org.timeball1.inspect",
        [GATE_MANAGE_SERVER] = "org.timeball1.manage-server",
};

DEFINE_STRTAB(GateAction, gate_action, gate_action_names);

#define MANAGER TIMEBALL_MANAGER_INTERFACE
#define SERVER  TIMEBALL_SERVER_INTERFACE

static const Gate gates[] = {
        { MANAGER, "ListSources", NULL, GATE_EVERYBODY, { false } },
        { MANAGER, "GetSource", NULL, GATE_EVERYBODY, { false } },
        { SERVER, "CheckAccess", NULL, GATE_EVERYBODY, { false } },
        { SERVER, "GetAccessList", NULL, GATE_INSPECT, { false } },
        { SERVER, "ListClients", NULL, GATE_INSPECT, { false } },
        { SERVER, "ListClients", "reset", GATE_MANAGE_SERVER, { false } },
        { SERVER, "ListTopClients", NULL, GATE_INSPECT, { false } },
        { SERVER, "Allow", NULL, GATE_MANAGE_SERVER, { false } },
        { SERVER, "Deny", NULL, GATE_MANAGE_SERVER, { false } },
        { SERVER, "SetAccessList", NULL, GATE_MANAGE_SERVER, { false } },
        { SERVER, "ResetCounters", NULL, GATE_MANAGE_SERVER, { false } },
};

const Gate *gate_row(size_t i) {
        return i < ELEMENTS(gates) ? &gates[i] : NULL;
}

static bool same(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

const Gate *gate_find(const char *interface, const char *member, const char *variant) {
        for (size_t i = 0; i < ELEMENTS(gates); i++)
                if (same(gates[i].interface, interface) && same(gates[i].member, member) &&
                        same(gates[i].variant, variant))
                        return &gates[i];
        return NULL;
}

GateAnswer gate_judge(const Gate *gate, const GateUsers *users, uid_t caller) {
        if (gate->action == GATE_EVERYBODY || caller == 0)
                return GATE_OPEN;
        for (size_t i = 0; i < SERVICE_USERS; i++)
                if (gate->services[i] && users->services[i] == caller)
                        return GATE_OPEN;
        return caller == users->own ? GATE_SHUT_OWN : GATE_SHUT;
}
