/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/source-selector.h"

#include "dbus/names.h"

#include <stdio.h>
#include <string.h>

#define INTERFACE_PREFIX "iface:"

/* Digits alone are an id, and no short form of an address such as "10" is. */
static uint32_t parse_id(const char *text) {
        char path[SOURCE_PATH_MAX];

        if (strlen(text) > 10)
                return 0;
        snprintf(path, sizeof(path), TIMEBALL_SOURCES_PATH "/%s", text);
        return source_path_id(path);
}

static bool is_number(const char *text) {
        return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static SelectorResult by_id(uint32_t id, SourceSelector *ret) {
        if (id == 0)
                return SELECTOR_MALFORMED;
        *ret = (SourceSelector){ .by = SELECT_BY_ID, .id = id };
        return SELECTOR_OK;
}

static SelectorResult by_path(const char *text, SourceSelector *ret) {
        uint32_t pool = pool_path_id(text);

        if (pool == 0)
                return by_id(source_path_id(text), ret);
        *ret = (SourceSelector){ .by = SELECT_BY_POOL, .id = pool };
        return SELECTOR_OK;
}

static SelectorResult by_address(const char *text, SourceSelector *ret) {
        SourceSelector s = { .by = SELECT_BY_SUBNET };

        if (net_address_parse(text, &s.subnet.address) == 0)
                s.subnet.prefix = s.subnet.address.family == ADDRESS_INET6 ? 128 : 32;
        else if (subnet_parse(text, &s.subnet) != SUBNET_OK)
                return SELECTOR_MALFORMED;
        *ret = s;
        return SELECTOR_OK;
}

SelectorResult source_selector_parse(const char *text, SourceSelector *ret) {
        if (text[0] == '\0') {
                *ret = (SourceSelector){ .by = SELECT_EVERY };
                return SELECTOR_OK;
        }
        if (text[0] == '/')
                return by_path(text, ret);
        if (is_number(text))
                return by_id(parse_id(text), ret);
        if (strncmp(text, INTERFACE_PREFIX, strlen(INTERFACE_PREFIX)) == 0)
                return SELECTOR_INTERFACE;
        if (by_address(text, ret) == SELECTOR_OK)
                return SELECTOR_OK;
        if (strlen(text) >= NAME_MAX_BYTES || !host_name_is_valid(text))
                return SELECTOR_MALFORMED;
        *ret = (SourceSelector){ .by = SELECT_BY_NAME };
        snprintf(ret->name, sizeof(ret->name), "%s", text);
        return SELECTOR_OK;
}

static bool in_subnet(const Subnet *subnet, const SourceIdentity *i) {
        const NetAddress *address = &i->remote.address;
        uint32_t scope = subnet->address.scope_id;

        return i->resolved && (scope == 0 || scope == address->scope_id) && subnet_contains(subnet, address);
}

bool source_selector_matches(const SourceSelector *s, const SourceView *v) {
        const SourceIdentity *i = &v->identity;

        switch (s->by) {
        case SELECT_EVERY:
                return true;
        case SELECT_BY_ID:
                return i->id == s->id;
        case SELECT_BY_POOL:
                return i->pool_id == s->id;
        case SELECT_BY_NAME:
                return strcasecmp(i->name, s->name) == 0;
        case SELECT_BY_SUBNET:
                return in_subnet(&s->subnet, i);
        }
        return false;
}

bool source_selector_is_narrow(const SourceSelector *s) {
        switch (s->by) {
        case SELECT_BY_ID:
        case SELECT_BY_NAME:
                return true;
        case SELECT_BY_SUBNET:
                return s->subnet.prefix == (s->subnet.address.family == ADDRESS_INET6 ? 128 : 32);
        case SELECT_EVERY:
        case SELECT_BY_POOL:
                break;
        }
        return false;
}

size_t source_selector_ids(const SourceSelector *s, const Snapshot *snapshot, size_t max, uint32_t *ret) {
        size_t n = 0;

        for (size_t i = 0; i < snapshot->n_sources && n < max; i++)
                if (source_selector_matches(s, &snapshot->sources[i]))
                        ret[n++] = snapshot->sources[i].identity.id;
        return n;
}
