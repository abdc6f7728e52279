/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the bus asks for what was measured in the past. Part of BusOps, whose userdata it takes. */

#include "core/history.h"

typedef struct BusHistoryOps {
        const History *(*view)(void *userdata); /* valid until the loop goes on */
} BusHistoryOps;
