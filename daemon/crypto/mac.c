/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "crypto/mac.h"

#include "crypto/written.h"

#include <nettle/cmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <string.h>

static const char *const mac_type_names[] = {
        [MAC_MD5] = "MD5",
        [MAC_SHA1] = "SHA1",
        [MAC_SHA256] = "SHA256",
        [MAC_SHA384] = "SHA384",
        [MAC_SHA512] = "SHA512",
        [MAC_SHA3_224] = "SHA3-224",
        [MAC_SHA3_256] = "SHA3-256",
        [MAC_SHA3_384] = "SHA3-384",
        [MAC_SHA3_512] = "SHA3-512",
        [MAC_AES128] = "AES128",
        [MAC_AES256] = "AES256",
};
DEFINE_STRTAB(MacType, mac_type, mac_type_names);

/* Large enough, and aligned, for any of them. */
typedef union MacContext {
        struct md5_ctx md5;
        struct sha1_ctx sha1;
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
        struct sha3_224_ctx sha3_224;
        struct sha3_256_ctx sha3_256;
        struct sha3_384_ctx sha3_384;
        struct sha3_512_ctx sha3_512;
        struct cmac_aes128_ctx aes128;
        struct cmac_aes256_ctx aes256;
} MacContext;

/* A type is a hash, or a cipher with its CMAC. */
typedef struct MacForm {
        const struct nettle_hash *hash;
        size_t secret_size;
        void (*set_key)(MacContext *context, const uint8_t *secret);
        void (*cmac)(MacContext *context, const uint8_t *message, size_t n, uint8_t *ret);
} MacForm;

static void aes128_set_key(MacContext *context, const uint8_t *secret) {
        cmac_aes128_set_key(&context->aes128, secret);
}

static void aes128_cmac(MacContext *context, const uint8_t *message, size_t n, uint8_t *ret) {
        cmac_aes128_update(&context->aes128, n, message);
        cmac_aes128_digest(&context->aes128, CMAC128_DIGEST_SIZE, ret);
}

static void aes256_set_key(MacContext *context, const uint8_t *secret) {
        cmac_aes256_set_key(&context->aes256, secret);
}

static void aes256_cmac(MacContext *context, const uint8_t *message, size_t n, uint8_t *ret) {
        cmac_aes256_update(&context->aes256, n, message);
        cmac_aes256_digest(&context->aes256, CMAC128_DIGEST_SIZE, ret);
}

static const MacForm forms[MAC_TYPES] = {
        [MAC_MD5] = { .hash = &nettle_md5 },
        [MAC_SHA1] = { .hash = &nettle_sha1 },
        [MAC_SHA256] = { .hash = &nettle_sha256 },
        [MAC_SHA384] = { .hash = &nettle_sha384 },
        [MAC_SHA512] = { .hash = &nettle_sha512 },
        [MAC_SHA3_224] = { .hash = &nettle_sha3_224 },
        [MAC_SHA3_256] = { .hash = &nettle_sha3_256 },
        [MAC_SHA3_384] = { .hash = &nettle_sha3_384 },
        [MAC_SHA3_512] = { .hash = &nettle_sha3_512 },
        [MAC_AES128] = { NULL, AES128_KEY_SIZE, aes128_set_key, aes128_cmac },
        [MAC_AES256] = { NULL, AES256_KEY_SIZE, aes256_set_key, aes256_cmac },
};

_Static_assert(
        MAC_DIGEST_MIN == CMAC128_DIGEST_SIZE && MAC_DIGEST_MIN == MD5_DIGEST_SIZE, "the shortest codes");
_Static_assert(MAC_DIGEST_MAX == SHA512_DIGEST_SIZE && MAC_DIGEST_MAX == SHA3_512_DIGEST_SIZE, "the longest");

size_t mac_digest_size(MacType type) {
        return forms[type].hash ? forms[type].hash->digest_size : CMAC128_DIGEST_SIZE;
}

size_t mac_secret_size(MacType type) {
        return forms[type].secret_size;
}

size_t mac_digest(const MacKey *key, const uint8_t *message, size_t n, uint8_t ret[static MAC_DIGEST_MAX]) {
        const MacForm *form = &forms[key->type];
        size_t size = mac_digest_size(key->type);
        MacContext context;

        if (form->hash) {
                form->hash->init(&context);
                form->hash->update(&context, key->n, key->secret);
                form->hash->update(&context, n, message);
                form->hash->digest(&context, size, ret);
        } else {
                form->set_key(&context, key->secret);
                form->cmac(&context, message, n, ret);
        }
        explicit_bzero(&context, sizeof(context));
        WRITTEN(ret, size);
        return size;
}

bool mac_is_right(const MacKey *key, const uint8_t *message, size_t length, const uint8_t *code, size_t n) {
        uint8_t wanted[MAC_DIGEST_MAX];

        if (n == 0 || n > mac_digest_size(key->type))
                return false;
        mac_digest(key, message, length, wanted);
        bool right = memeql_sec(wanted, code, n);
        explicit_bzero(wanted, sizeof(wanted)); /* the code that somebody without the key looks for */
        return right;
}
