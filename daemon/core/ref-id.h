/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reference identifiers (RFC 5905, 7.3): who a server follows, in 32 bits, host order. A peer chooses those of its
 * replies; they name, they prove nothing.
 */

#include "base/net-address.h"

enum { REF_ID_TEXT_MAX = 16 };

/* IPv4: the address; IPv6: the first four octets of its MD5; no address: 0. */
uint32_t ref_id_of_address(const NetAddress *a);
/* For people: at stratum 0 and 1 the up to four printable characters that it holds; otherwise, or if it holds none or
 * others, a dotted quad. */
const char *ref_id_format(uint32_t ref_id, unsigned stratum, char buffer[static REF_ID_TEXT_MAX]);
