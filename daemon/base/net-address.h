/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An IP address, an endpoint and a prefix as values; text to value and back. No socket, no resolver. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum AddressFamily {
        ADDRESS_NONE, /* as a wish: any family */
        ADDRESS_INET4,
        ADDRESS_INET6,
} AddressFamily;

typedef struct NetAddress {
        AddressFamily family;
        uint32_t scope_id; /* interface index of a link-local IPv6 address, 0 = none */
        uint8_t bytes[16]; /* network order; IPv4 uses the first four, the rest are zero */
} NetAddress;

typedef struct NetEndpoint {
        NetAddress address;
        uint16_t port; /* host order */
} NetEndpoint;

#define NET_ADDRESS_TEXT_MAX  64 /* longest text with its NUL: 45 characters, "%", ten digits */
#define NET_ENDPOINT_TEXT_MAX 72 /* the same with "[", "]:" and five digits */

/* 0, or a positive 1 if the text is not an address (a name, perhaps). Scope ids are digits only: names need a look-up. */
int net_address_parse(const char *text, NetAddress *ret);
const char *net_address_format(const NetAddress *a, char buffer[static NET_ADDRESS_TEXT_MAX]);
/* "192.0.2.1:123", "[2001:db8::1]:123". */
const char *net_endpoint_format(const NetEndpoint *e, char buffer[static NET_ENDPOINT_TEXT_MAX]);
bool net_address_equal(const NetAddress *a, const NetAddress *b);
/* Whether packets can be sent to it as to one host: not unspecified, multicast or broadcast. */
bool net_address_is_unicast(const NetAddress *a);
/* Whether it is this machine, whoever asks: 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 (RFC 6890). */
bool net_address_is_loopback(const NetAddress *a);
