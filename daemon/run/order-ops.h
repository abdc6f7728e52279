/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the bus orders, done by the engine and the runtime. The userdata of both tables is the Parts. */

#include "bus/bus.h"

extern const BusSourceOps order_source_ops;
extern const BusClockOps order_clock_ops;
