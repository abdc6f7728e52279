/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which tails are MACs, in each version, and where their parts lie. */

#include "../cases.h"

#include "wire/mac-tail.h"

#include <stdbool.h>

static bool is_length_of_a_mac(size_t n, unsigned version) {
        if (version == 4)
                return n == 20 || n == 24;
        return n >= 12 && n <= 72 && n % 4 == 0;
}

static void each_length_and_version(void **state) {
        for (unsigned version = 1; version <= 4; version++)
                for (size_t n = 0; n <= 200; n++)
                        for (unsigned key = 0; key < 2; key++) {
                                uint8_t *bytes = calloc(1, n + 1);
                                MacTail m = { .n = 99 };
                                if (n >= 4)
                                        bytes[3] = (uint8_t)key;
                                bool wanted = is_length_of_a_mac(n, version) || (n == 4 && key == 0);
                                bool found = mac_tail_parse(bytes, n, version, &m);
                                if (found != wanted)
                                        fail_msg("version %u, %zu octets, key %u", version, n, key);
                                assert_int_equal(m.n, found ? n - 4 : 99);
                                if (found) {
                                        assert_int_equal(m.key_id, key);
                                        assert_int_equal(mac_tail_is_nak(&m), n == 4);
                                }
                                free(bytes);
                        }
}

static void parts(void **state) {
        static const uint8_t bytes[20] = { 0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
        uint8_t again[sizeof(bytes)];
        MacTail m;

        assert_true(mac_tail_parse(bytes, sizeof(bytes), 4, &m));
        assert_int_equal(m.key_id, 0x12345678);
        assert_ptr_equal(m.digest, bytes + 4);
        assert_int_equal(m.n, 16);
        assert_false(mac_tail_is_nak(&m));

        ByteWriter w = byte_writer(again, sizeof(again));
        mac_tail_put(&w, &m);
        assert_int_equal(byte_writer_done(&w), sizeof(again));
        assert_memory_equal(again, bytes, sizeof(bytes));
        w = byte_writer(again, sizeof(again) - 1);
        mac_tail_put(&w, &m);
        assert_int_equal(byte_writer_done(&w), 0);
}

/* A digest under key 0 is a digest, no crypto-NAK: whoever holds no key 0 turns it down. */
static void key_zero_with_a_digest_is_no_nak(void **state) {
        static const uint8_t bytes[24];
        MacTail m;

        assert_true(mac_tail_parse(bytes, 20, 4, &m));
        assert_int_equal(m.key_id, 0);
        assert_false(mac_tail_is_nak(&m));
        assert_true(mac_tail_parse(bytes, 4, 4, &m));
        assert_true(mac_tail_is_nak(&m));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_length_and_version),
                cmocka_unit_test(parts),
                cmocka_unit_test(key_zero_with_a_digest_is_no_nak),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
