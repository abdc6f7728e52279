/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Access rules as arguments of D-Bus methods: from text to values, before anything is done, with an error that says what
 * would be right; and back. Changes nothing.
 */

#include "core/access.h"

#include <systemd/sd-bus.h>

enum {
        ACCESS_RULES_EACH = 2, /* of one subnet: "" is one rule for each family */
        ACCESS_TEXT_MAX = 512,
};

typedef struct AccessEntry {
        AccessRule rule;
        bool all;
} AccessEntry;

/* Each: 0, or a negative errno with *error set. "" is everybody: a rule for each family. */
int access_rules_of_subnet(const char *subnet, bool allow, AccessRule ret[static ACCESS_RULES_EACH],
        size_t *ret_n, sd_bus_error *error);
/* a(sbb): subnet, allow, all; at most ACCESS_RULES_MAX. The caller frees *ret. In linear time: anybody may send them. */
int access_entries_read(sd_bus_message *m, AccessEntry **ret, size_t *ret_n, sd_bus_error *error);
/* "2 rules: allow 192.0.2.0/24, deny all 0.0.0.0/0"; of many the first ones and dots. */
const char *access_entries_text(const AccessEntry *entries, size_t n, char buffer[static ACCESS_TEXT_MAX]);
/* Neither a prefix nor a scope. */
int access_address_parse(const char *text, NetAddress *ret, sd_bus_error *error);

/* One by one, to what is in *rules. 0, or as access_add(). */
int access_entries_add(const AccessEntry *entries, size_t n, AccessRules *rules);
/* a(sbb) again. */
int access_rules_append(sd_bus_message *reply, const AccessRules *rules);
