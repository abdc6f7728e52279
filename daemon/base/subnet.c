/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/subnet.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned address_bits(AddressFamily family) {
        return family == ADDRESS_INET4 ? 32 : 128;
}

/* Up to four decimal numbers below 256: "10", "10.1", "10.1.2", "10.1.2.3". What is given is the prefix. */
static bool short_inet4_parse(const char *text, Subnet *ret) {
        Subnet s = { .address.family = ADDRESS_INET4 };
        unsigned n = 0;

        for (;;) {
                unsigned value = 0, digits = 0;

                for (; isdigit((unsigned char)*text) && digits < 3; text++, digits++)
                        value = value * 10 + (unsigned)(*text - '0');
                if (digits == 0 || value > 255 || n == 4)
                        return false;
                s.address.bytes[n++] = (uint8_t)value;
                if (*text == '\0')
                        break;
                if (*text++ != '.')
                        return false;
        }
        s.prefix = n * 8;
        *ret = s;
        return true;
}

static void clear_host_bits(Subnet *s) {
        unsigned bytes = address_bits(s->address.family) / 8;

        for (unsigned i = 0; i < bytes; i++) {
                unsigned first = i * 8;

                if (s->prefix <= first)
                        s->address.bytes[i] = 0;
                else if (s->prefix < first + 8)
                        s->address.bytes[i] &= (uint8_t)(0xff << (first + 8 - s->prefix));
        }
}

/* 0 digits, more than four, or anything behind them is no length. */
static bool prefix_parse(const char *text, unsigned *ret) {
        size_t n = strspn(text, "0123456789");

        if (n == 0 || n > 4 || text[n] != '\0')
                return false;
        *ret = (unsigned)strtoul(text, NULL, 10);
        return true;
}

SubnetResult subnet_parse(const char *text, Subnet *ret) {
        char address[SUBNET_TEXT_MAX];
        size_t n = strcspn(text, "/");
        Subnet s = { 0 };

        if (n == 0 || n >= sizeof(address))
                return text[n] == '\0' && host_name_is_valid(text) ? SUBNET_NOT_ADDRESS : SUBNET_MALFORMED;
        memcpy(address, text, n);
        address[n] = '\0';

        if (!short_inet4_parse(address, &s)) {
                if (net_address_parse(address, &s.address) != 0 || s.address.scope_id != 0)
                        return text[n] == '\0' && host_name_is_valid(text) ? SUBNET_NOT_ADDRESS
                                                                           : SUBNET_MALFORMED;
                s.prefix = address_bits(s.address.family);
        }
        if (text[n] == '/' && !prefix_parse(text + n + 1, &s.prefix))
                return SUBNET_MALFORMED;
        if (s.prefix > address_bits(s.address.family))
                return SUBNET_BAD_PREFIX;
        clear_host_bits(&s);
        *ret = s;
        return SUBNET_OK;
}

const char *subnet_format(const Subnet *s, char buffer[static SUBNET_TEXT_MAX]) {
        char address[NET_ADDRESS_TEXT_MAX];

        net_address_format(&s->address, address);
        if (s->prefix == address_bits(s->address.family))
                snprintf(buffer, SUBNET_TEXT_MAX, "%s", address);
        else
                snprintf(buffer, SUBNET_TEXT_MAX, "%s/%u", address, s->prefix);
        return buffer;
}

bool subnet_contains(const Subnet *s, const NetAddress *a) {
        Subnet around = { *a, s->prefix };

        if (a->family != s->address.family)
                return false;
        clear_host_bits(&around);
        return memcmp(around.address.bytes, s->address.bytes, address_bits(a->family) / 8) == 0;
}

bool host_name_is_valid(const char *text) {
        size_t n = strlen(text), label = 0;
        bool only_digits = true;

        if (n == 0 || n > 253)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (text[i] == '.') {
                        if (label == 0)
                                return false;
                        /* A trailing dot ends the last label, it does not begin an empty one. */
                        if (i + 1 < n)
                                label = 0, only_digits = true;
                        continue;
                }
                if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
                        return false;
                if (++label > 63)
                        return false;
                only_digits = only_digits && isdigit((unsigned char)text[i]);
        }
        return !only_digits;
}
