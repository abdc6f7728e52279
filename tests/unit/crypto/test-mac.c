/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "base/cleanup.h"
#include "crypto/mac.h"

#include <stdio.h>

static size_t octets(const char *hex, uint8_t *ret, size_t room) {
        size_t n = strlen(hex) / 2;

        assert_true(n <= room);
        for (size_t i = 0; i < n; i++) {
                unsigned octet;
                assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
                ret[i] = (uint8_t)octet;
        }
        return n;
}

/* The digests of "abc" (RFC 1321, A.5; FIPS 180-4 and FIPS 202, example values): however the three octets are dealt out to key and
 * message, the code is the same. */
static const struct {
        MacType type;
        const char *digest;
} hashes[] = {
        { MAC_MD5, "900150983cd24fb0d6963f7d28e17f72" },
        { MAC_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { MAC_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { MAC_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                      "8086072ba1e7cc2358baeca134c825a7" },
        { MAC_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
        { MAC_SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
        { MAC_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
        { MAC_SHA3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
                        "98d88cea927ac7f539f1edf228376d25" },
        { MAC_SHA3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                        "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0" },
};

static void hash_vectors(void **state) {
        static const uint8_t abc[] = { 'a', 'b', 'c' };

        for (size_t i = 0; i < ELEMENTS(hashes); i++) {
                uint8_t wanted[MAC_DIGEST_MAX], digest[MAC_DIGEST_MAX];
                size_t size = octets(hashes[i].digest, wanted, sizeof(wanted));

                assert_int_equal(mac_digest_size(hashes[i].type), size);
                assert_int_equal(mac_secret_size(hashes[i].type), 0);
                for (size_t split = 0; split <= sizeof(abc); split++) {
                        MacKey key = { 1, hashes[i].type, abc, split };
                        assert_int_equal(mac_digest(&key, abc + split, sizeof(abc) - split, digest), size);
                        assert_memory_equal(digest, wanted, size);
                }
        }
}

/* RFC 4493, 4, and NIST SP 800-38B, D.3. */
static const char cmac_message[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                                   "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
static const struct {
        MacType type;
        const char *secret;
        size_t n;
        const char *code;
} cmacs[] = {
        { MAC_AES128, "2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746" },
        { MAC_AES128, "2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c" },
        { MAC_AES128, "2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827" },
        { MAC_AES128, "2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe" },
        { MAC_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0,
                "028962f61b7bf89efc6b551f4667d983" },
        { MAC_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 16,
                "28a7023f452e8f82bd4bf28d8c37c35c" },
        { MAC_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 40,
                "aaf3d8f1de5640c232f5b169b9c911e6" },
        { MAC_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 64,
                "e1992190549f6ed5696a2c056c315410" },
};

static void cmac_vectors(void **state) {
        uint8_t message[64];

        octets(cmac_message, message, sizeof(message));
        for (size_t i = 0; i < ELEMENTS(cmacs); i++) {
                uint8_t secret[32], wanted[16], digest[MAC_DIGEST_MAX];
                MacKey key = { 1, cmacs[i].type, secret, octets(cmacs[i].secret, secret, sizeof(secret)) };

                octets(cmacs[i].code, wanted, sizeof(wanted));
                assert_int_equal(mac_secret_size(cmacs[i].type), key.n);
                assert_int_equal(mac_digest(&key, message, cmacs[i].n, digest), sizeof(wanted));
                assert_memory_equal(digest, wanted, sizeof(wanted));
        }
}

static void every_type_has_a_name_and_a_size(void **state) {
        for (int i = 0; i < MAC_TYPES; i++) {
                size_t size = mac_digest_size((MacType)i);

                assert_int_equal(mac_type_from_string(mac_type_to_string((MacType)i)), i);
                assert_true(size >= MAC_DIGEST_MIN && size <= MAC_DIGEST_MAX && size % 4 == 0);
        }
        assert_int_equal(mac_type_from_string("sha3-512"), MAC_SHA3_512);
        assert_int_equal(mac_type_from_string("TIGER"), -1);
}

/* All beginnings of the right code are right, and nothing that differs from it in a bit. */
static void right_and_wrong_codes(void **state) {
        static const uint8_t secret[32] = "a secret of no importance";
        static const uint8_t message[] = "the message";

        for (int type = 0; type < MAC_TYPES; type++) {
                size_t n = mac_secret_size((MacType)type) ? mac_secret_size((MacType)type) : sizeof(secret);
                MacKey key = { 1, (MacType)type, secret, n };
                uint8_t code[MAC_DIGEST_MAX + 1] = { 0 };
                size_t size = mac_digest(&key, message, sizeof(message), code);

                assert_false(mac_is_right(&key, message, sizeof(message), code, 0));
                assert_false(mac_is_right(&key, message, sizeof(message), code, size + 1));
                for (size_t length = 1; length <= size; length++)
                        assert_true(mac_is_right(&key, message, sizeof(message), code, length));
                for (size_t bit = 0; bit < 8 * size; bit++) {
                        code[bit / 8] ^= (uint8_t)(1 << bit % 8);
                        assert_false(mac_is_right(&key, message, sizeof(message), code, size));
                        code[bit / 8] ^= (uint8_t)(1 << bit % 8);
                }
                assert_false(mac_is_right(&key, message, sizeof(message) - 1, code, size));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hash_vectors),
                cmocka_unit_test(cmac_vectors),
                cmocka_unit_test(every_type_has_a_name_and_a_size),
                cmocka_unit_test(right_and_wrong_codes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
