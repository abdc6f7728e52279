/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/net-address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool scope_parse(const char *text, uint32_t *ret) {
        char *end;

        if (text[0] < '0' || text[0] > '9')
                return false;
        unsigned long value = strtoul(text, &end, 10);
        if (*end || value > UINT32_MAX)
                return false;
        *ret = (uint32_t)value;
        return true;
}

int net_address_parse(const char *text, NetAddress *ret) {
        char host[NET_ADDRESS_TEXT_MAX];
        NetAddress a = { .family = ADDRESS_INET4 };

        if (inet_pton(AF_INET, text, a.bytes) == 1) {
                *ret = a;
                return 0;
        }

        a = (NetAddress){ .family = ADDRESS_INET6 };
        size_t n = strcspn(text, "%");
        if (n >= sizeof(host))
                return 1;
        memcpy(host, text, n);
        host[n] = '\0';
        if (inet_pton(AF_INET6, host, a.bytes) != 1)
                return 1;
        if (text[n] == '%' && !scope_parse(text + n + 1, &a.scope_id))
                return 1;
        *ret = a;
        return 0;
}

const char *net_address_format(const NetAddress *a, char buffer[static NET_ADDRESS_TEXT_MAX]) {
        buffer[0] = '\0';
        switch (a->family) {
        case ADDRESS_NONE:
                break;
        case ADDRESS_INET4:
                inet_ntop(AF_INET, a->bytes, buffer, NET_ADDRESS_TEXT_MAX);
                break;
        case ADDRESS_INET6:
                inet_ntop(AF_INET6, a->bytes, buffer, NET_ADDRESS_TEXT_MAX);
                if (a->scope_id) {
                        size_t n = strlen(buffer);
                        snprintf(buffer + n, NET_ADDRESS_TEXT_MAX - n, "%%%u", a->scope_id);
                }
                break;
        }
        return buffer;
}

const char *net_endpoint_format(const NetEndpoint *e, char buffer[static NET_ENDPOINT_TEXT_MAX]) {
        bool brackets = e->address.family == ADDRESS_INET6;
        char address[NET_ADDRESS_TEXT_MAX];

        net_address_format(&e->address, address);
        snprintf(buffer, NET_ENDPOINT_TEXT_MAX, brackets ? "[%s]:%u" : "%s:%u", address, e->port);
        return buffer;
}

bool net_address_equal(const NetAddress *a, const NetAddress *b) {
        return a->family == b->family && a->scope_id == b->scope_id &&
               memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool net_address_is_unicast(const NetAddress *a) {
        static const uint8_t zero[16];

        switch (a->family) {
        case ADDRESS_NONE:
                return false;
        case ADDRESS_INET4:
                return a->bytes[0] != 0 && a->bytes[0] < 224;
        case ADDRESS_INET6:
                return a->bytes[0] != 0xff && memcmp(a->bytes, zero, sizeof(zero)) != 0;
        }
        return false;
}

bool net_address_is_loopback(const NetAddress *a) {
        static const uint8_t one[16] = { [15] = 1 }, mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

        switch (a->family) {
        case ADDRESS_NONE:
                return false;
        case ADDRESS_INET4:
                return a->bytes[0] == 127;
        case ADDRESS_INET6:
                return memcmp(a->bytes, one, sizeof(one)) == 0 ||
                       memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
        }
        return false;
}
