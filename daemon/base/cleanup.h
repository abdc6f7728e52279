/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scope-bound destructors instead of goto. */

#include <stdlib.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Hands the pointer out and forgets it, so that the scope's end does not free it. */
#define TAKE_PTR(pointer) \
        ({ \
                __typeof__(pointer) _taken = (pointer); \
                (pointer) = NULL; \
                _taken; \
        })

/* For `Type *function(Type *)`: defines functionp(Type **) for _cleanup_. */
#define DEFINE_CLEANUP(Type, function) \
        static inline void function##p(Type **pointer) { \
                if (*pointer) \
                        function(*pointer); \
        }

static inline void freep(void *pointer) {
        free(*(void **)pointer);
}

#define _cleanup_free_  _cleanup_(freep)
#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
