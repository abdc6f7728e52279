/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the library writes, the memory sanitizer does not see: it is told. Nothing in other builds. */

#ifdef __has_feature
#        if __has_feature(memory_sanitizer)
#                include <sanitizer/msan_interface.h>
#                define WRITTEN(octets, n) __msan_unpoison(octets, n)
#        endif
#endif
#ifndef WRITTEN
#        define WRITTEN(octets, n) (void)0
#endif
