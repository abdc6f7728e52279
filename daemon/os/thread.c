/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/thread.h"

#include <signal.h>

static int create(void *(*main)(void *argument), void *argument, size_t stack, int state, pthread_t *ret) {
        pthread_attr_t attributes;
        sigset_t all, before;
        int r;

        r = -pthread_attr_init(&attributes);
        if (r < 0)
                return r;
        (void)pthread_attr_setdetachstate(&attributes, state);
        (void)pthread_attr_setstacksize(&attributes, stack);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* what a thread begins with */
        r = -pthread_create(ret, &attributes, main, argument);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
        return r;
}

int thread_start(void *(*main)(void *argument), void *argument, size_t stack) {
        pthread_t thread;

        return create(main, argument, stack, PTHREAD_CREATE_DETACHED, &thread);
}

int thread_new(void *(*main)(void *argument), void *argument, size_t stack, pthread_t *ret) {
        return create(main, argument, stack, PTHREAD_CREATE_JOINABLE, ret);
}

void thread_name(const char *name) {
        (void)pthread_setname_np(pthread_self(), name);
}

void thread_join(pthread_t thread) {
        (void)pthread_join(thread, NULL);
}
