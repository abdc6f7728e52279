/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl keygen: a line for a key file. The daemon is not asked. */

#include "base/cleanup.h"
#include "numeral.h"
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

enum {
        HASH_BITS = 160, /* as chronyc; RFC 8573, 3 has 128 for AES */
        HASH_BITS_MIN = 80,
        HASH_BITS_MAX = 4096,
        SECRET_MAX = HASH_BITS_MAX / 8,
};

/* bits 0: any number. The names are those of the key file. */
static const struct {
        const char *name;
        int64_t bits;
} types[] = {
        { "AES128", 128 }, /* the first is the usual one: RFC 8573 has AES-CMAC in the place of hashes */
        { "AES256", 256 },
        { "MD5", 0 },
        { "SHA1", 0 },
        { "SHA256", 0 },
        { "SHA384", 0 },
        { "SHA512", 0 },
        { "SHA3-224", 0 },
        { "SHA3-256", 0 },
        { "SHA3-384", 0 },
        { "SHA3-512", 0 },
};

static ExitStatus read_id(const Invocation *invocation, int64_t *ret) {
        const char *text = invocation->n > 0 ? invocation->arguments[0] : "1";

        if (numeral_whole(text, 1, UINT32_MAX, ret))
                return STATUS_OK;
        fprintf(stderr, "timeballctl: keygen: '%s' is not an id from 1 to %" PRIu32 "\n", text, UINT32_MAX);
        return STATUS_USAGE;
}

static ExitStatus read_bits(const Invocation *invocation, size_t type, int64_t *ret) {
        int64_t fixed = types[type].bits, min = fixed ? fixed : HASH_BITS_MIN,
                max = fixed ? fixed : HASH_BITS_MAX;

        *ret = fixed ? fixed : HASH_BITS;
        if (invocation->n < 3 || (numeral_whole(invocation->arguments[2], min, max, ret) && *ret % 8 == 0))
                return STATUS_OK;
        if (fixed)
                fprintf(stderr, "timeballctl: keygen: '%s': a key of %s has %" PRIi64 " bits\n",
                        invocation->arguments[2], types[type].name, fixed);
        else
                fprintf(stderr,
                        "timeballctl: keygen: '%s' is not a number of bits from %d to %d, in whole octets\n",
                        invocation->arguments[2], HASH_BITS_MIN, HASH_BITS_MAX);
        return STATUS_USAGE;
}

static ExitStatus read_type(const Invocation *invocation, size_t *ret) {
        const char *name = invocation->n > 1 ? invocation->arguments[1] : types[0].name;

        for (size_t i = 0; i < ELEMENTS(types); i++)
                if (strcmp(types[i].name, name) == 0) {
                        *ret = i;
                        return STATUS_OK;
                }
        fprintf(stderr, "timeballctl: keygen: '%s' is no type of key:", name);
        for (size_t i = 0; i < ELEMENTS(types); i++)
                fprintf(stderr, "%s %s", i > 0 ? "," : "", types[i].name);
        fputc('\n', stderr);
        return STATUS_USAGE;
}

static bool draw_secret(uint8_t *secret, size_t n) {
        for (size_t got = 0; got < n;) {
                ssize_t r = getrandom(secret + got, n - got, 0);

                if (r < 0 && errno != EINTR)
                        return false;
                got += r > 0 ? (size_t)r : 0;
        }
        return true;
}

ExitStatus verb_keygen(const Invocation *invocation) {
        uint8_t secret[SECRET_MAX];
        int64_t id, bits;
        size_t type = 0;

        ExitStatus status = read_id(invocation, &id);
        if (status == STATUS_OK)
                status = read_type(invocation, &type);
        if (status == STATUS_OK)
                status = read_bits(invocation, type, &bits);
        if (status != STATUS_OK)
                return status;
        if (!draw_secret(secret, (size_t)bits / 8)) {
                fprintf(stderr, "timeballctl: keygen: no random numbers: %s\n", strerrordesc_np(errno));
                return STATUS_FAILURE;
        }
        fprintf(invocation->out, "%" PRIi64 " %s HEX:", id, types[type].name);
        for (size_t i = 0; i < (size_t)bits / 8; i++)
                fprintf(invocation->out, "%02X", secret[i]);
        fputc('\n', invocation->out);
        explicit_bzero(secret, sizeof(secret));
        return STATUS_OK;
}
