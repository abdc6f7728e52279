/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/entropy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void refill(Entropy *e) {
        size_t have = 0;

        while (have < sizeof(e->bytes)) {
                ssize_t n = getrandom(e->bytes + have, sizeof(e->bytes) - have, 0);

                if (n >= 0)
                        have += (size_t)n;
                else if (errno != EINTR)
                        abort();
        }
        e->left = sizeof(e->bytes);
}

static void fill(void *context, void *buffer, size_t n) {
        Entropy *e = context;
        uint8_t *out = buffer;

        while (n > 0) {
                size_t take;

                if (e->left == 0)
                        refill(e);
                take = n < e->left ? n : e->left;
                memcpy(out, e->bytes + sizeof(e->bytes) - e->left, take);
                explicit_bzero(e->bytes + sizeof(e->bytes) - e->left, take);
                e->left -= take;
                out += take;
                n -= take;
        }
}

Rng entropy_rng(Entropy *e) {
        *e = (Entropy){ 0 };
        return (Rng){ .fill = fill, .context = e };
}
