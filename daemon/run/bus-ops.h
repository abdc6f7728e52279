/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bus may ask of the parts and have done by them. It makes Parts.bus.
 */

#include "run/parts.h"

/* After the server, if there is one. The daemon keeps time without a bus: nothing of it is an error that ends us. */
void bus_ops_join(Parts *p, const CommandLine *line);
