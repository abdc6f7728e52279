/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/alert-list.h"

#include "bus/units.h"
#include "dbus/names.h"

uint64_t alert_list_fingerprint(const Alerts *alerts) {
        uint64_t fingerprint = FINGERPRINT_START;

        for (int i = 0; alerts && i < ALERTS; i++) {
                const Alert *alert = &alerts->items[i];
                if (!alert->raised)
                        continue;
                fingerprint = fingerprint_add(fingerprint, (uint64_t)i);
                fingerprint = fingerprint_add(fingerprint, usec_from_local(alert->since_local));
                for (const char *c = alert->text; *c; c++)
                        fingerprint = fingerprint_add(fingerprint, (uint8_t)*c);
        }
        return fingerprint;
}

int alert_list_append(sd_bus_message *reply, const Alerts *alerts) {
        int r = sd_bus_message_open_container(reply, 'a', "(ssts)");

        for (int i = 0; alerts && r >= 0 && i < ALERTS; i++) {
                const Alert *alert = &alerts->items[i];
                if (alert->raised)
                        r = sd_bus_message_append(reply, "(ssts)", alert_id_to_string((AlertId)i),
                                alert_severity_to_string(alert_severity((AlertId)i)),
                                usec_from_local(alert->since_local), alert->text);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

int alert_emit(sd_bus *connection, AlertId id, const Alert *alert, const ManagerPublished *manager) {
        const char *word = alert_id_to_string(id);

        if (!alert)
                return sd_bus_emit_signal(
                        connection, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "AlertCleared", "s", word);
        return sd_bus_emit_signal(connection, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "AlertRaised",
                "sstsa{sv}", word, alert_severity_to_string(alert_severity(id)),
                usec_from_local(alert->since_local), alert->text, 4, "Health", "s", manager->alerts.health,
                "State", "s", manager->state.state, "StateReason", "s", manager->state.reason,
                "SelectedSource", "o", manager->sources.selected);
}
