/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What somebody should see to, as it stands on the bus: Manager.Alerts, and the signals of what comes and goes of it. */

#include "bus/object.h"

/* Of all that alert_list_append() writes. NULL: nobody looks, and there is none. */
uint64_t alert_list_fingerprint(const Alerts *alerts);
/* a(ssts). */
int alert_list_append(sd_bus_message *reply, const Alerts *alerts);
/* AlertRaised, or with alert NULL AlertCleared. `manager` has the details. */
int alert_emit(sd_bus *connection, AlertId id, const Alert *alert, const ManagerPublished *manager);
