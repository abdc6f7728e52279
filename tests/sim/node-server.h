/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The server of a node: what a worker is to the daemon. The daemon's own core/service under the node's configuration, and packets that leave
 * its port, which may take some time after they were stamped.
 */

#include "config/config.h"
#include "core/clock-event.h"
#include "core/service.h"
#include "sim/network.h"

typedef struct NodeServer {
        Service *service;
        ServeRules rules; /* of the configuration */
        double lag_s;     /* from the stamp in a packet to its departure */
} NodeServer;

void node_server_init(NodeServer *s, const Config *config, const Rng *rng);
void node_server_done(NodeServer *s);
void node_server_on_clock(NodeServer *s, const ClockEvent *event);

/* Answers what came to its port from anybody but a peer. */
ResponderVerdict node_server_take(
        NodeServer *s, Network *network, const Packet *packet, const ServedTime *served, Now now);
/* Sends from its port, after the lag. */
void node_server_send(const NodeServer *s, Network *network, const Packet *packet);
