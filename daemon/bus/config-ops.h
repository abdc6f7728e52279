/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bus can have done with the configuration and with the daemon as a whole. run/ fills the table; tests play it. Every call is
 * done when it returns. Those that return int: 0 or a negative errno, and then nothing has changed; of -EINVAL and -EROFS `why` says
 * what is the matter.
 */

#include "core/key-ring.h"

#include <stdbool.h>
#include <stdint.h>

enum { BUS_CONFIG_WHY_MAX = 512 };

/* error 0: the disk has it; or a negative errno, and why it has not. */
typedef void (*SaveReply)(void *userdata, int error, const char *why);

typedef struct BusConfigOps {
        /* *ret_warnings: texts with NULL at the end, for the caller to free. -EINVAL: why is FILE:LINE: what is wrong. */
        int (*reload)(void *userdata, char ***ret_warnings, char why[static BUS_CONFIG_WHY_MAX]);
        int (*revert)(void *userdata, char why[static BUS_CONFIG_WHY_MAX]);
        int (*reload_sources)(void *userdata);
        int (*reload_keys)(void *userdata, char why[static BUS_CONFIG_WHY_MAX]);
        int (*save)(void *userdata, char ***ret_warnings, char why[static BUS_CONFIG_WHY_MAX]);
        /* reply is called exactly once, now or later, even if the Bus is gone by then: when the disk has what was to be saved by now,
         * by save() or with a source, or has refused it. */
        void (*tell_saved)(void *userdata, SaveReply reply, void *reply_userdata);
        int (*dump)(void *userdata); /* -ENOENT: there is no place for it */
        int (*cycle_logs)(void *userdata);
        void (*shut_down)(void *userdata);      /* when the loop goes on */
        const KeyRing *(*keys)(void *userdata); /* valid until the loop goes on */
        uint32_t (*generation)(void *userdata); /* grows with each change */
        bool (*is_dirty)(void *userdata);       /* something is not saved */
        bool (*is_read_only)(void *userdata);   /* nothing can be saved */
} BusConfigOps;
