/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes state files on a thread of its own, since a disk may keep one waiting for as long as it likes, and the loop must
 * not wait. The thread lives only while there is something to write. What a file should hold is decided elsewhere.
 */

#include "base/time.h"
#include "os/state-file.h"

#include <systemd/sd-event.h>

typedef struct StateWriter StateWriter;

/* A file was written (error = 0), or could not be. On the loop, or inside state_writer_finish(). */
typedef void (*StateWriterHandler)(void *userdata, const char *path, int error);
/* state_file_write(), or what stands for it in a test. */
typedef int (*StateWrite)(const char *path, const StateText *text);

enum { STATE_WRITER_QUEUE_MAX = 4096 };

/* write: NULL = state_file_write. 0 or a negative errno. */
int state_writer_new(
        sd_event *event, StateWrite write, StateWriterHandler handler, void *userdata, StateWriter **ret);
/* Does not wait: what is not written yet is left to the thread, which may never end if the disk does not answer. */
StateWriter *state_writer_free(StateWriter *w);

/* Copies path and text. A text that still waits for the same file is replaced. 0, -EBUSY if STATE_WRITER_QUEUE_MAX wait, or
 * another negative errno. */
int state_writer_put(StateWriter *w, const char *path, const StateText *text);
/* For the end of the process: waits until all is written, but no longer than `patience`. 0 or -ETIMEDOUT. */
int state_writer_finish(StateWriter *w, Span patience);
