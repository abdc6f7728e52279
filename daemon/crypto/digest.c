/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "crypto/digest.h"

#include "crypto/written.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>

_Static_assert(DIGEST_MD5_SIZE == MD5_DIGEST_SIZE && DIGEST_SHA1_SIZE == SHA1_DIGEST_SIZE,
        "nettle agrees on the sizes");

void digest_md5(const uint8_t *bytes, size_t n, uint8_t ret[static DIGEST_MD5_SIZE]) {
        struct md5_ctx context;

        md5_init(&context);
        md5_update(&context, n, bytes);
        md5_digest(&context, DIGEST_MD5_SIZE, ret);
        WRITTEN(ret, DIGEST_MD5_SIZE);
}

void digest_sha1(const uint8_t *bytes, size_t n, uint8_t ret[static DIGEST_SHA1_SIZE]) {
        struct sha1_ctx context;

        sha1_init(&context);
        sha1_update(&context, n, bytes);
        sha1_digest(&context, DIGEST_SHA1_SIZE, ret);
        WRITTEN(ret, DIGEST_SHA1_SIZE);
}
