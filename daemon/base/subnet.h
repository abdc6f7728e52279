/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A range of addresses as access rules are written: "10.1", "10/8", "192.0.2.0/24", "2001:db8::/32". Text to value
 * and back; no name is looked up. */

#include "base/net-address.h"

typedef struct Subnet {
        NetAddress address; /* bits below the prefix are zero */
        unsigned prefix;    /* 0..32 or 0..128 */
} Subnet;

typedef enum SubnetResult {
        SUBNET_OK,
        SUBNET_BAD_PREFIX,  /* longer than the family's addresses */
        SUBNET_NOT_ADDRESS, /* could be a host name */
        SUBNET_MALFORMED,   /* neither */
} SubnetResult;

#define SUBNET_TEXT_MAX (NET_ADDRESS_TEXT_MAX + 8)

SubnetResult subnet_parse(const char *text, Subnet *ret);
/* Without "/n" if it is a single address. */
const char *subnet_format(const Subnet *s, char buffer[static SUBNET_TEXT_MAX]);

bool subnet_contains(const Subnet *s, const NetAddress *a);

/* Whether the text is a host name in shape: labels of letters, digits, '-' and '_', the last one not all digits. */
bool host_name_is_valid(const char *text);
