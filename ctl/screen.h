/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole terminal, for as long as something is watched: the screen that was there comes back, and keys arrive one by
 * one. Whoever enters has to leave.
 */

#include <stdio.h>

typedef struct Screen Screen;

/* NULL: standard input and output are not both a terminal. */
Screen *screen_enter(void);
Screen *screen_leave(Screen *s);
static inline void screen_leavep(Screen **s) {
        screen_leave(*s);
}

/* The text in the place of what stands there; lines below the last row are left out. */
void screen_show(const char *text, FILE *out);
