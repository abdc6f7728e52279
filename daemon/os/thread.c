/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/thread.h"

#include <pthread.h>
#include <signal.h>

int thread_start(void *(*main)(void *argument), void *argument, size_t stack) {
        pthread_attr_t attributes;
        sigset_t all, before;
        pthread_t thread;
        int r;

        r = -pthread_attr_init(&attributes);
        if (r < 0)
                return r;
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attributes, stack);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* what a thread begins with */
        r = -pthread_create(&thread, &attributes, main, argument);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
        return r;
}
