/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/key-ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the key with that id stands, or would. */
static size_t place_of(const KeyRing *r, uint32_t id) {
        size_t low = 0, high = r->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (r->keys[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const MacKey *key_ring_find(const KeyRing *r, uint32_t id) {
        size_t place = r ? place_of(r, id) : 0;

        return r && place < r->n && r->keys[place].id == id ? &r->keys[place] : NULL;
}

static void wipe(const MacKey *key) {
        uint8_t *secret = (uint8_t *)key->secret; /* ours: put there by secret_new() */

        explicit_bzero(secret, key->n);
        free(secret);
}

static uint8_t *secret_new(const MacKey *key) {
        uint8_t *secret = malloc(key->n + (key->n == 0));

        if (secret)
                memcpy(secret, key->secret, key->n);
        return secret;
}

/* Room for one more; the array grows by doubling up to KEY_RING_MAX. */
static int make_room(KeyRing *r) {
        if (r->n >= KEY_RING_MAX)
                return -ENOSPC;
        if ((r->n & (r->n - 1)) != 0)
                return 0;
        MacKey *keys = realloc(r->keys, (r->n ? 2 * r->n : 1) * sizeof(*keys));
        if (!keys)
                return -ENOMEM;
        r->keys = keys;
        return 0;
}

int key_ring_add(KeyRing *r, const MacKey *key) {
        size_t place = place_of(r, key->id);
        bool replaces = place < r->n && r->keys[place].id == key->id;
        MacKey copy = *key;

        int result = replaces ? 0 : make_room(r);
        if (result < 0)
                return result;
        copy.secret = secret_new(key);
        if (!copy.secret)
                return -ENOMEM;

        if (replaces) {
                wipe(&r->keys[place]);
        } else {
                memmove(&r->keys[place + 1], &r->keys[place], (r->n - place) * sizeof(r->keys[0]));
                r->n++;
        }
        r->keys[place] = copy;
        return replaces ? KEY_RING_REPLACED : KEY_RING_NEW;
}

void key_ring_done(KeyRing *r) {
        for (size_t i = 0; i < r->n; i++)
                wipe(&r->keys[i]);
        free(r->keys);
        *r = (KeyRing){ 0 };
}
