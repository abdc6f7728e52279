/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Adds lines to log files on a thread of its own, since a disk may keep one waiting for as long as it likes, and the loop must not
 * wait. Files are opened for each writing: one that was moved away is made anew by the next line. Lines that wait for the same file
 * are written together.
 */

#include "base/time.h"

#include <stddef.h>
#include <systemd/sd-event.h>

typedef struct AppendWriter AppendWriter;

/* Text was added to a file (error = 0), or could not be. On the loop, or inside append_writer_finish(). */
typedef void (*AppendWriterHandler)(void *userdata, const char *path, int error);

enum {
        APPEND_WRITER_WAITING_MAX = 16,       /* texts */
        APPEND_WRITER_TEXT_MAX = 1024 * 1024, /* octets of one text, with those that were put to it */
};

/* 0 or a negative errno. */
int append_writer_new(sd_event *event, AppendWriterHandler handler, void *userdata, AppendWriter **ret);
/* Does not wait: what is not written yet is left to the thread. */
AppendWriter *append_writer_free(AppendWriter *w);

/* Copies path and text. 0; -EBUSY: too much waits, and the text is lost; or another negative errno. The file is made if there is
 * none, readable for all; what is no plain file is not written to. */
int append_writer_put(AppendWriter *w, const char *path, const char *text, size_t n);
/* For the end of the process: waits until all is written, but no longer than `patience`. 0 or -ETIMEDOUT. */
int append_writer_finish(AppendWriter *w, Span patience);
