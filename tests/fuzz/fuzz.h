/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every fuzz target has: its entry, and a check that ends the process in all builds. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition) \
        do { \
                if (!(condition)) { \
                        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
                        abort(); \
                } \
        } while (0)

/* One case. libFuzzer calls it, or replay.c for each file of a corpus. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
