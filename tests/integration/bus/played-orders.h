/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bus can order, done to a World in the place of an engine: each order is written down, and changes what a client
 * could see of it. Addresses of 203.0.113/24 have no route, ntp1.example cannot be looked up again, and key 7 is the only one.
 */

#include "bus/bus.h"
#include "unit/bus/world.h"

enum { PLAYED_OPTIONS = 16, PLAYED_ORDER_MAX = 256 };

typedef struct PlayedOrders {
        World *world;
        unsigned n;                           /* orders so far */
        char last[PLAYED_ORDER_MAX];          /* "burst 2 4 8", "set makestep 1 3" */
        char line[PLAYED_ORDER_MAX];          /* of the pool that was asked for last */
        int error;                            /* that the next ones fail with, 0 = they are done */
        AssocOptions options[PLAYED_OPTIONS]; /* of sources that were modified, by id */
        HintTable hints;
        HintServers runtime_servers;
        HintsView hints_view;
} PlayedOrders;

/* The userdata of all is the PlayedOrders. */
extern const BusHintOps played_hint_ops;
extern const BusSourceOps played_source_ops;
extern const BusClockOps played_clock_ops;

void played_orders_init(PlayedOrders *o, World *world);
