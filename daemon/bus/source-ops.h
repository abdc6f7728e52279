/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bus can have done with sources. run/ fills the table with what the engine and the runtime configuration offer;
 * tests play it. Every call is done when it returns, and none waits. Those that return int: 0 or a negative errno, and then
 * nothing has changed. -ENOENT: there is no source with that id (any more).
 */

#include "core/engine-orders.h"
#include "crypto/mac.h"

#include <stdbool.h>
#include <stdint.h>

enum { BUS_WHY_MAX = 512 }; /* room for a sentence on what is wrong with a line */

/* What may be told of a key. */
typedef struct KeyView {
        uint32_t id;
        MacType type;
        unsigned bits;
} KeyView;

typedef struct BusSourceOps {
        /* Whether add() could take the line, as far as everybody may know: which keys there are is not told. *ret_text, which the
         * caller frees, is its normal form. -EINVAL or -EROFS: `why` says; -ENOMEM. */
        int (*check)(void *userdata, const char *line, const char *origin, char **ret_text,
                char why[static BUS_WHY_MAX]);
        /* A line of the configuration's grammar: `server`, `pool` or `peer`. *ret_id: its (first) source. -EINVAL, and
         * -EROFS if it is to be kept and cannot be: `why` says; -EEXIST, -ENOSPC, -EOPNOTSUPP, -ENOMEM. */
        int (*add)(void *userdata, const char *line, const char *origin, char why[static BUS_WHY_MAX],
                uint32_t *ret_id);
        /* Its line goes too; of a pool's member, the pool wants one fewer. */
        int (*remove)(void *userdata, uint32_t id);
        int (*remove_pool)(void *userdata, uint32_t pool);
        /* The line that has made that pool, in normal form; valid until the loop goes on. NULL: it is not known. */
        const char *(*line)(void *userdata, uint32_t pool);
        int (*set_online)(void *userdata, uint32_t id, bool online);
        int (*burst)(void *userdata, uint32_t id, int good, int max);
        /* -EINVAL: it was not given by name. */
        int (*refresh)(void *userdata, uint32_t id);
        /* -EINVAL: the values do not fit together. */
        int (*modify)(void *userdata, uint32_t id, const SourceChange *change);
        /* Whether packets to it would leave this machine now. */
        bool (*has_route)(void *userdata, const NetEndpoint *remote);
        void (*reselect)(void *userdata);
        /* What was measured is dropped, of all sources. */
        void (*reset)(void *userdata);
        /* Fills in the rest by the id. False: there is no such key. */
        bool (*key)(void *userdata, KeyView *key);
} BusSourceOps;
