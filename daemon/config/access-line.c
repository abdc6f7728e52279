/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/access-line.h"

#include "base/subnet.h"

#include <string.h>

/* `all` is the only word that is no subnet; where both stand, it comes first. */
static bool has_all(const ConfigLine *l) {
        return l->n_values > 0 && strcmp(l->values[0].text, "all") == 0;
}

const char *access_line_subnet(const ConfigLine *l) {
        size_t at = has_all(l) ? 1 : 0;

        return at < l->n_values ? l->values[at].text : NULL;
}

size_t access_line_rules(const ConfigLine *l, AccessRule ret_rules[static ACCESS_LINE_RULES], bool *ret_all) {
        const char *text = access_line_subnet(l);
        bool allow = l->directive->class == DIRECTIVE_ALLOW;
        Subnet subnet;

        *ret_all = has_all(l);
        if (!text) {
                ret_rules[0] = (AccessRule){ .address.family = ADDRESS_INET4, .allow = allow };
                ret_rules[1] = (AccessRule){ .address.family = ADDRESS_INET6, .allow = allow };
                return ACCESS_LINE_RULES;
        }
        if (subnet_parse(text, &subnet) != SUBNET_OK)
                return 0;
        ret_rules[0] = (AccessRule){ subnet.address, subnet.prefix, allow };
        return 1;
}

const char *access_line_name(const ConfigLine *l) {
        DirectiveClass class = l->directive->class;
        const char *text = class == DIRECTIVE_ALLOW || class == DIRECTIVE_DENY ? access_line_subnet(l) : NULL;
        Subnet subnet;

        return text && subnet_parse(text, &subnet) != SUBNET_OK ? text : NULL;
}
