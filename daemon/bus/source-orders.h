/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What callers order for sources, of one or of many: done one by one through the ops, with errors as D-Bus names. Whether the
 * caller may, has been asked before (bus/authz.h). Used by the methods of Manager and of Source.
 */

#include "bus/object.h"
#include "bus/source-selector.h"
#include "core/source-spec.h"

/* Ids that were chosen. */
enum { SOURCE_SHOWN_MAX = NAME_MAX_BYTES + SOURCE_PATH_MAX };

typedef struct ChosenSources {
        uint32_t ids[SOURCES_MAX];
        size_t n;
        bool every; /* "" was asked for: what cannot be done for one of them is left out */
} ChosenSources;

/* Each of the following: 0, or a negative errno with *error set. */

/* What a selector as a caller wrote it means. */
int source_selector_read(const char *text, SourceSelector *ret, sd_bus_error *error);
/* Those that it means now; none is an error, unless it means every source. */
int source_orders_choose(
        Bus *bus, const char *text, const SourceSelector *selector, ChosenSources *ret, sd_bus_error *error);
/* How a dialog calls what `text` selects: by name, where that is one source or one pool; a member of a pool with its path, since it
 * shares its name. Otherwise the text. */
const char *source_orders_name(Bus *bus, const char *text, char buffer[static SOURCE_SHOWN_MAX]);
void source_orders_choose_one(uint32_t id, ChosenSources *ret);

int source_orders_check_burst(uint32_t good, uint32_t max, sd_bus_error *error);

int source_orders_set_online(Bus *bus, const ChosenSources *chosen, bool online, sd_bus_error *error);
/* Online where there is a route to the address, else offline. */
int source_orders_follow_routes(Bus *bus, sd_bus_error *error);
/* Of a call that is not root's, only those that had none lately (bus/burst-limit.h); that there is none of these is an error. */
int source_orders_burst(
        Bus *bus, sd_bus_message *m, ChosenSources *chosen, int good, int max, sd_bus_error *error);
/* That none of them has a name is an error, unless all were meant. */
int source_orders_refresh(Bus *bus, sd_bus_message *m, ChosenSources *chosen, sd_bus_error *error);
int source_orders_remove(Bus *bus, uint32_t source, sd_bus_error *error);
int source_orders_modify(Bus *bus, uint32_t source, const SourceChange *change, sd_bus_error *error);

/* r of an order for that source, 0 if it was for none in particular; `why` is what it said, or NULL. */
int source_order_error(int r, uint32_t source, const char *why, sd_bus_error *error);
/* An empty answer, after bus_update(); or r with *error as it is. */
int source_order_finish(Bus *bus, sd_bus_message *m, int r);
