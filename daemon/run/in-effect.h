/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Puts a configuration into effect in parts that run: options of the engine, limits of the clock, rules of the server, keys, files. Who
 * decides that it may is run/runtime.h. Sources are not its concern.
 */

#include "run/parts.h"

/* The engine's options as that configuration and the way we run want them. */
EngineOptions in_effect_engine_options(const Parts *p, const Config *config);

/* Where requests leave from. */
UdpOptions in_effect_requests(const Config *config);

/* From `before` to `now`, which must live until the next change. with_keys: the keys of `now` change places with those in force.
 * `warnings` gets what can't be done while running. 0, or a negative errno and nothing has changed. */
int in_effect_change(Parts *p, const Config *before, Config *now, bool with_keys, Problems *warnings);
/* Where the parts point into the configuration: to another one that is otherwise in effect already. */
void in_effect_point(Parts *p, const Config *config);
