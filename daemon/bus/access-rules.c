/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/access-rules.h"

#include "base/cleanup.h"
#include "base/subnet.h"
#include "bus/published.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 }; /* of a text that may be as long as a message */

#define EXAMPLES "such as 192.0.2.0/24, 2001:db8::/32 or 10.1"

static int refuse_subnet(sd_bus_error *error, const char *text, const char *why) {
        char shown[SHOWN_MAX];

        return sd_bus_error_setf(
                error, TIMEBALL_ERROR_INVALID_SUBNET, "'%s' %s", clean_copy(text, shown, sizeof(shown)), why);
}

static int explain_malformed(sd_bus_error *error, const char *text) {
        if (strchr(text, '%'))
                return refuse_subnet(error, text, "has a scope: rules are for addresses on every interface");
        return refuse_subnet(error, text, "is no subnet: give one " EXAMPLES);
}

int access_rules_of_subnet(const char *subnet, bool allow, AccessRule ret[static ACCESS_RULES_EACH],
        size_t *ret_n, sd_bus_error *error) {
        Subnet s;

        if (subnet[0] == '\0') {
                ret[0] = (AccessRule){ .address.family = ADDRESS_INET4, .allow = allow };
                ret[1] = (AccessRule){ .address.family = ADDRESS_INET6, .allow = allow };
                *ret_n = ACCESS_RULES_EACH;
                return 0;
        }
        switch (subnet_parse(subnet, &s)) {
        case SUBNET_OK:
                ret[0] = (AccessRule){ s.address, s.prefix, allow };
                *ret_n = 1;
                return 0;
        case SUBNET_BAD_PREFIX:
                return refuse_subnet(
                        error, subnet, "has too long a prefix: IPv4 takes 0 to 32, IPv6 takes 0 to 128");
        case SUBNET_NOT_ADDRESS:
                return refuse_subnet(
                        error, subnet, "is a name: names are not looked up, give a subnet " EXAMPLES);
        case SUBNET_MALFORMED:
                break;
        }
        return explain_malformed(error, subnet);
}

/* All of one element of the array; 0 at its end. */
static int read_entry(sd_bus_message *m, AccessEntry *entries, size_t *n, sd_bus_error *error) {
        AccessRule rules[ACCESS_RULES_EACH];
        size_t n_rules = 0;
        const char *subnet;
        int allow, all;

        int r = sd_bus_message_read(m, "(sbb)", &subnet, &allow, &all);
        if (r <= 0)
                return r;
        r = access_rules_of_subnet(subnet, allow, rules, &n_rules, error);
        if (r < 0)
                return r;
        if (*n + n_rules > ACCESS_RULES_MAX)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There can be at most %d rules.", ACCESS_RULES_MAX);
        for (size_t i = 0; i < n_rules; i++)
                entries[(*n)++] = (AccessEntry){ rules[i], all };
        return 1;
}

int access_entries_read(sd_bus_message *m, AccessEntry **ret, size_t *ret_n, sd_bus_error *error) {
        _cleanup_free_ AccessEntry *entries = calloc(ACCESS_RULES_MAX, sizeof(*entries));
        size_t n = 0;

        if (!entries)
                return -ENOMEM;
        int r = sd_bus_message_enter_container(m, 'a', "(sbb)");
        while (r >= 0 && (r = read_entry(m, entries, &n, error)) > 0)
                ;
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(entries);
        *ret_n = n;
        return 0;
}

/* Where the next one might not fit, dots. */
static size_t add_entry_text(char buffer[static ACCESS_TEXT_MAX], size_t at, const AccessEntry *e) {
        const Subnet subnet = { e->rule.address, e->rule.prefix };
        char text[SUBNET_TEXT_MAX];

        return at + (size_t)snprintf(buffer + at, ACCESS_TEXT_MAX - at, " %s%s %s,",
                            e->rule.allow ? "allow" : "deny", e->all ? " all" : "",
                            subnet_format(&subnet, text));
}

const char *access_entries_text(const AccessEntry *entries, size_t n, char buffer[static ACCESS_TEXT_MAX]) {
        enum { ENTRY_MAX = SUBNET_TEXT_MAX + sizeof(" allow all ,") };
        size_t i = 0, at = (size_t)snprintf(buffer, ACCESS_TEXT_MAX, "%zu rules:", n);

        for (; i < n && at + ENTRY_MAX + sizeof(" ...") < ACCESS_TEXT_MAX; i++)
                at = add_entry_text(buffer, at, &entries[i]);
        if (i < n)
                memcpy(buffer + at, " ...", sizeof(" ..."));
        else
                buffer[at - 1] = '\0';
        return buffer;
}

int access_entries_add(const AccessEntry *entries, size_t n, AccessRules *rules) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = access_add(rules, &entries[i].rule, entries[i].all);
        return r;
}

int access_address_parse(const char *text, NetAddress *ret, sd_bus_error *error) {
        NetAddress address;
        char shown[SHOWN_MAX];

        if (net_address_parse(text, &address) != 0 || address.scope_id != 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "'%s' is not one address: give one such as 192.0.2.1 or 2001:db8::1, without prefix or "
                        "scope; names are not looked up",
                        clean_copy(text, shown, sizeof(shown)));
        *ret = address;
        return 0;
}

int access_rules_append(sd_bus_message *reply, const AccessRules *rules) {
        char text[SUBNET_TEXT_MAX];

        int r = sd_bus_message_open_container(reply, 'a', "(sbb)");
        for (size_t i = 0; r >= 0 && i < rules->n; i++) {
                const Subnet subnet = { rules->rules[i].address, rules->rules[i].prefix };
                r = sd_bus_message_append(
                        reply, "(sbb)", subnet_format(&subnet, text), rules->rules[i].allow, false);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}
