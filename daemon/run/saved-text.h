/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file of saved lines as a text: what the disk has, what is being written and what is to be written after that; and who wants to
 * be told when the disk has it. One text is written at a time, so that it is known which one an answer of the writer is for. The
 * Runtime owns it. What stands in the text is decided by run/saved.c.
 */

#include "os/state-writer.h"

enum { SAVED_MAX_BYTES = 1 << 20 };

/* 0: the disk has it; or a negative errno. */
typedef void (*SavedTold)(void *userdata, int error, const char *path);

typedef struct SavedWait SavedWait;

typedef struct SavedText {
        StateWriter *writer;
        const char *path;
        char *on_disk;               /* NULL: nothing */
        char *writing;               /* NULL: nothing is being written */
        char *wanted;                /* after that */
        unsigned n_texts, n_writing; /* numbers of the newest one, and of the one that is being written */
        int error;                   /* of the last one */
        SavedWait *waits;
} SavedText;

/* Those who wait are told -ECANCELED. */
void saved_text_done(SavedText *t);
/* Reads what the disk has. */
void saved_text_read(SavedText *t);
/* What it will have in the end, NULL: nothing. */
const char *saved_text_newest(const SavedText *t);
/* Takes over the text. 0, or a negative errno: it is not written. */
int saved_text_write(SavedText *t, char *text);
/* Tells exactly once: when the disk has what was written by now, or has refused it; at once if there is nothing to wait for. */
void saved_text_tell(SavedText *t, SavedTold told, void *userdata);
/* The writer is done with the text: whether it is the one that the disk now has. saved_text_go_on() follows. */
bool saved_text_written(SavedText *t, int error);
/* Tells who has waited for that one, and has the next one written. */
void saved_text_go_on(SavedText *t);
