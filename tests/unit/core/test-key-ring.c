/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "core/key-ring.h"

#include <errno.h>
#include <stdio.h>

static int add(KeyRing *r, uint32_t id, const char *secret) {
        MacKey key = { id, MAC_SHA1, (const uint8_t *)secret, strlen(secret) };

        return key_ring_add(r, &key);
}

static void assert_secret(const KeyRing *r, uint32_t id, const char *secret) {
        const MacKey *key = key_ring_find(r, id);

        assert_non_null(key);
        assert_int_equal(key->id, id);
        assert_int_equal(key->type, MAC_SHA1);
        assert_int_equal(key->n, strlen(secret));
        assert_memory_equal(key->secret, secret, key->n);
}

static void an_empty_ring(void **state) {
        KeyRing r = { 0 };

        assert_null(key_ring_find(NULL, 1));
        assert_null(key_ring_find(&r, 0));
        assert_null(key_ring_find(&r, 1));
        key_ring_done(&r);
}

/* It keeps a copy: what the caller does with his octets afterwards does not matter. */
static void keys_are_copied(void **state) {
        uint8_t secret[] = "first";
        MacKey key = { 7, MAC_SHA1, secret, 5 };
        KeyRing r = { 0 };

        assert_int_equal(key_ring_add(&r, &key), KEY_RING_NEW);
        memset(secret, 'x', sizeof(secret));
        assert_secret(&r, 7, "first");
        key_ring_done(&r);
        assert_null(r.keys);
        assert_int_equal(r.n, 0);
}

static void a_second_key_of_an_id_replaces(void **state) {
        KeyRing r = { 0 };

        assert_int_equal(add(&r, 2, "two"), KEY_RING_NEW);
        assert_int_equal(add(&r, 1, "one"), KEY_RING_NEW);
        assert_int_equal(add(&r, 2, "another two"), KEY_RING_REPLACED);
        assert_int_equal(r.n, 2);
        assert_secret(&r, 1, "one");
        assert_secret(&r, 2, "another two");
        key_ring_done(&r);
}

/* In whatever order they come: found by id, and nothing that is not there. */
static void any_order(void **state) {
        Cases cases = { 5 };
        KeyRing r = { 0 };

        for (size_t i = 0; i < 500; i++) {
                char secret[16];
                uint32_t id = (uint32_t)cases_below(&cases, 400) * 2 + 1;

                snprintf(secret, sizeof(secret), "secret %u", id);
                bool there = key_ring_find(&r, id);
                assert_int_equal(add(&r, id, secret), there ? KEY_RING_REPLACED : KEY_RING_NEW);
        }
        assert_int_equal(add(&r, UINT32_MAX, "last"), KEY_RING_NEW);
        for (size_t i = 0; i + 1 < r.n; i++) {
                char secret[16];

                assert_true(i == 0 || r.keys[i - 1].id < r.keys[i].id);
                snprintf(secret, sizeof(secret), "secret %u", r.keys[i].id);
                assert_secret(&r, r.keys[i].id, secret);
                assert_null(key_ring_find(&r, r.keys[i].id + 1));
        }
        assert_secret(&r, UINT32_MAX, "last");
        key_ring_done(&r);
}

static void the_limit(void **state) {
        KeyRing r = { 0 };

        for (uint32_t id = 1; id <= KEY_RING_MAX; id++)
                assert_int_equal(add(&r, id, "s"), KEY_RING_NEW);
        assert_int_equal(add(&r, KEY_RING_MAX + 1, "s"), -ENOSPC);
        assert_null(key_ring_find(&r, KEY_RING_MAX + 1));
        assert_int_equal(add(&r, 1, "another"), KEY_RING_REPLACED);
        assert_secret(&r, 1, "another");
        key_ring_done(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_ring),
                cmocka_unit_test(keys_are_copied),
                cmocka_unit_test(a_second_key_of_an_id_replaces),
                cmocka_unit_test(any_order),
                cmocka_unit_test(the_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
