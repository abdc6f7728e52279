/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The way into the background when nobody said -n: the process that was started waits until the daemon is ready (or has
 * failed) and ends with its status. Called before there are threads or an event loop.
 */

typedef struct Background {
        int ready_fd; /* -1: stays in the foreground */
} Background;

/* 0 in the daemon; does not return in the process that was started. Or a negative errno. Closes every inherited descriptor but
 * the standard ones and `keep` (-1 = none): who waits for the end of a pipe must not wait for us. */
int background_begin(Background *ret, int keep);
/* The daemon is ready: standard input, output and error become /dev/null, and the process that waits ends with 0. Without this it
 * ends with 1 when the daemon does. */
int background_ready(Background *b);
