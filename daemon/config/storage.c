/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/storage.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int put_text(void *place, const char *text) {
        char *old, *copy = NULL;

        if (text) {
                copy = strdup(text);
                if (!copy)
                        return -ENOMEM;
        }
        memcpy(&old, place, sizeof(old));
        free(old);
        memcpy(place, &copy, sizeof(copy));
        return 0;
}

static void put_bits(void *place, unsigned bits) {
        unsigned all;

        memcpy(&all, place, sizeof(all));
        all |= bits;
        memcpy(place, &all, sizeof(all));
}

static void put_address(NetAddress addresses[static 2], const char *text) {
        NetAddress a;

        /* The text was parsed before: it is an address. */
        if (net_address_parse(text, &a) == 0)
                addresses[a.family == ADDRESS_INET6] = a;
}

int storage_put(void *target, const Storage *s, double number, const char *text) {
        void *place = (char *)target + s->offset;
        int integer = (int)lrint(number * s->factor);

        switch (s->type) {
        case STORE_NOWHERE:
                break;
        case STORE_BOOL:
                *(bool *)place = integer != 0;
                break;
        case STORE_U8:
                *(uint8_t *)place = (uint8_t)integer;
                break;
        case STORE_U16:
                *(uint16_t *)place = (uint16_t)integer;
                break;
        case STORE_U32:
                *(uint32_t *)place = (uint32_t)llrint(number * s->factor);
                break;
        case STORE_INT:
                memcpy(place, &integer, sizeof(integer));
                break;
        case STORE_BITS:
                put_bits(place, (unsigned)integer);
                break;
        case STORE_CHOICES:
                put_bits(place, 1U << integer);
                break;
        case STORE_REAL:
                *(double *)place = number * s->factor;
                break;
        case STORE_TEXT:
                return put_text(place, text);
        case STORE_PATH:
                return put_text(place, strcmp(text, "/") == 0 ? NULL : text);
        case STORE_ADDRESS:
                put_address(place, text);
                break;
        }
        return 0;
}
