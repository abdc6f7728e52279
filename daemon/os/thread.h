/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread for what may wait: detached, with a small stack, and deaf to signals, which belong to the loop. */

#include <stddef.h>

/* 0 or a negative errno. */
int thread_start(void *(*main)(void *argument), void *argument, size_t stack);
