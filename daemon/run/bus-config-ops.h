/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the bus may have done with the configuration, and with the daemon as a whole. userdata is the Parts. */

#include "bus/config-ops.h"

extern const BusConfigOps bus_config_ops;
