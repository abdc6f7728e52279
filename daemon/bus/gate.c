/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/gate.h"

#include "base/cleanup.h"
#include "dbus/names.h"

#include <string.h>

static const char *const gate_action_names[] = {
        [GATE_EVERYBODY] = "everybody",
        [GATE_INSPECT] = "org.timeball1.inspect",
        [GATE_MEASURE] = "org.timeball1.measure",
        [GATE_SET_ONLINE] = "org.timeball1.set-online",
        [GATE_SET_LINK_SERVERS] = "org.timeball1.set-link-servers",
        [GATE_SET_RUNTIME_SERVERS] = "org.timeball1.set-runtime-servers",
        [GATE_MANAGE_SOURCES] = "org.timeball1.manage-sources",
        [GATE_MANAGE_SERVER] = "org.timeball1.manage-server",
        [GATE_MANAGE_RTC] = "org.timeball1.manage-rtc",
        [GATE_STEP_CLOCK] = "org.timeball1.step-clock",
        [GATE_CONFIGURE] = "org.timeball1.configure",
        [GATE_MANAGE_KEYS] = "org.timeball1.manage-keys",
        [GATE_CONTROL] = "org.timeball1.control",
        [GATE_PANEL] = "org.timeball1.panel.administer",
};

DEFINE_STRTAB(GateAction, gate_action, gate_action_names);

/* The policy's messages show them: $(source). */
static const char *const action_details[GATE_ACTIONS] = {
        [GATE_MEASURE] = "source",
        [GATE_SET_ONLINE] = "source",
        [GATE_SET_LINK_SERVERS] = "servers",
        [GATE_SET_RUNTIME_SERVERS] = "servers",
        [GATE_MANAGE_SOURCES] = "source",
        [GATE_MANAGE_SERVER] = "subnet",
};

#define OURS(name) TIMEBALL_BUS_NAME "." name
#define TIMESYNC   "org.freedesktop.timesync1.Manager"

enum { CHEAP = false, EXPENSIVE = true };

/* The service users' column. */
#define NO_SERVICE false
#define HINTS      [SERVICE_HINTS] = true

/* Methods that later versions bring have their rows already, as they have their XML. */
static const Gate gates[] = {
        { OURS("Manager"), "ListSources", NULL, GATE_EVERYBODY, EXPENSIVE, { NO_SERVICE } },
        { OURS("Manager"), "GetSource", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ListPools", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ListHints", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Describe", NULL, GATE_EVERYBODY, EXPENSIVE, { NO_SERVICE } },
        { OURS("Manager"), "GetHistory", NULL, GATE_EVERYBODY, EXPENSIVE, { NO_SERVICE } },
        { OURS("Manager"), "Subscribe", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Unsubscribe", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "GetPermissions", NULL, GATE_EVERYBODY, EXPENSIVE, { NO_SERVICE } },
        { OURS("Manager"), "WaitSync", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "AddSource", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "AddSource", "persist", GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "AddSourceFromLine", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "AddSourceFromLine", "persist", GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "RemoveSource", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "RemoveSourceByAddress", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "SetReselectDistance", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "SetOnline", NULL, GATE_SET_ONLINE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "OnOffline", NULL, GATE_SET_ONLINE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Burst", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Refresh", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Reselect", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "SetLinkServers", NULL, GATE_SET_LINK_SERVERS, CHEAP, { HINTS } },
        { OURS("Manager"), "RevertLinkServers", NULL, GATE_SET_LINK_SERVERS, CHEAP, { HINTS } },
        { OURS("Manager"), "Reload", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ReloadSources", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ReloadKeys", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ListKeys", NULL, GATE_INSPECT, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "SaveRuntimeChanges", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "RevertRuntimeChanges", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "ResetSources", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Dump", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "CycleLogs", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Manager"), "Shutdown", NULL, GATE_CONTROL, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "SetOnline", NULL, GATE_SET_ONLINE, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "Burst", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "Refresh", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "Remove", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "SetOptions", NULL, GATE_MANAGE_SOURCES, CHEAP, { NO_SERVICE } },
        { OURS("Source"), "GetHistory", NULL, GATE_EVERYBODY, EXPENSIVE, { NO_SERVICE } },
        { OURS("NTS"), "Rekey", NULL, GATE_MEASURE, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "MakeStep", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "SetFrequency", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "AdjustOffset", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "SetMakeStep", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "SetMaxUpdateSkew", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { OURS("Clock"), "SetLocal", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("RTC"), "Trim", NULL, GATE_MANAGE_RTC, CHEAP, { NO_SERVICE } },
        { OURS("RTC"), "WriteParameters", NULL, GATE_MANAGE_RTC, CHEAP, { NO_SERVICE } },
        { OURS("Smoothing"), "Reset", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("Smoothing"), "Activate", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("Manual"), "SetEnabled", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Manual"), "SetTime", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Manual"), "List", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Manual"), "Delete", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Manual"), "Reset", NULL, GATE_STEP_CLOCK, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "CheckAccess", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "GetAccessList", NULL, GATE_INSPECT, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "ListClients", NULL, GATE_INSPECT, EXPENSIVE, { NO_SERVICE } },
        { OURS("Server"), "ListClients", "reset", GATE_MANAGE_SERVER, EXPENSIVE, { NO_SERVICE } },
        { OURS("Server"), "ListTopClients", NULL, GATE_INSPECT, EXPENSIVE, { NO_SERVICE } },
        { OURS("Server"), "Allow", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "Deny", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "SetAccessList", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("Server"), "ResetCounters", NULL, GATE_MANAGE_SERVER, CHEAP, { NO_SERVICE } },
        { OURS("NTSServer"), "RotateKeys", NULL, GATE_MANAGE_KEYS, CHEAP, { NO_SERVICE } },
        { OURS("NTSServer"), "ReloadCertificates", NULL, GATE_CONFIGURE, CHEAP, { NO_SERVICE } },
        { TIMESYNC, "SetRuntimeNTPServers", NULL, GATE_SET_RUNTIME_SERVERS, CHEAP, { NO_SERVICE } },
};

const Gate *gate_row(size_t i) {
        return i < ELEMENTS(gates) ? &gates[i] : NULL;
}

const char *gate_action_detail(GateAction action) {
        return (size_t)action < GATE_ACTIONS ? action_details[action] : NULL;
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
