/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The test suite of RFC 1321, A.5. */
static const struct {
        const char *text, *md5;
} vectors[] = {
        { "", "d41d8cd98f00b204e9800998ecf8427e" },
        { "a", "0cc175b9c0f1b6a831c399e269772661" },
        { "abc", "900150983cd24fb0d6963f7d28e17f72" },
        { "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
        { "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f" },
        { "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a" },
};

static void test_md5_vectors(void **state) {
        for (size_t i = 0; i < ELEMENTS(vectors); i++) {
                uint8_t digest[DIGEST_MD5_SIZE];
                char hex[2 * DIGEST_MD5_SIZE + 1];

                digest_md5((const uint8_t *)vectors[i].text, strlen(vectors[i].text), digest);
                for (size_t k = 0; k < sizeof(digest); k++)
                        (void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
                assert_string_equal(hex, vectors[i].md5);
        }
}

/* The first two of RFC 3174, 7.3, and nothing at all. */
static void test_sha1_vectors(void **state) {
        static const struct {
                const char *text, *sha1;
        } cases[] = {
                { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
                { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
                { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                        "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                uint8_t digest[DIGEST_SHA1_SIZE];
                char hex[2 * DIGEST_SHA1_SIZE + 1];

                digest_sha1((const uint8_t *)cases[i].text, strlen(cases[i].text), digest);
                for (size_t k = 0; k < sizeof(digest); k++)
                        (void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
                assert_string_equal(hex, cases[i].sha1);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_md5_vectors),
                cmocka_unit_test(test_sha1_vectors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
