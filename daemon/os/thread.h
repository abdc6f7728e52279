/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Threads: with a small stack, and deaf to signals, which belong to the loop. */

#include <pthread.h>
#include <stddef.h>

/* For what may wait for ever, and what nobody waits for: detached. 0 or a negative errno. */
int thread_start(void *(*main)(void *argument), void *argument, size_t stack);
/* For what ends when it is told to: thread_join() waits for that. 0 or a negative errno. */
int thread_new(void *(*main)(void *argument), void *argument, size_t stack, pthread_t *ret);
/* Names the calling thread for those who look at the process; at most 15 characters count. */
void thread_name(const char *name);
void thread_join(pthread_t thread);
