/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the engine hangs up its bulletin for the workers: one value behind a sequence lock. One writer, any number of readers;
 * no reader writes anything, so that the lines of the board stay shared in every processor's cache until the engine publishes
 * again, and no writer ever waits.
 */

#include "core/bulletin.h"

typedef struct Board Board;

Board *board_new(void); /* NULL: out of memory. Nothing hangs on it: BULLETIN_VOID */
Board *board_free(Board *b);

/* By one thread. */
void board_publish(Board *b, const Bulletin *bulletin);

/* What hangs there, and its number, which no other bulletin has. A writer who has been put to sleep in the middle is not waited
 * for: then it is a closed one. */
uint64_t board_read(const Board *b, Bulletin *ret);
/* Whether nothing has been published since that one was read. */
bool board_is_current(const Board *b, uint64_t sequence);
