/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A small file that keeps something from one run to the next. Read whole and bounded; written so that at every instant the
 * name stands for the old text or for the new one, whole. Both may wait for the disk: reading is for the start, writing for
 * the thread of os/state-writer.h.
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct StateText {
        const char *bytes;
        size_t n;
        bool durable; /* it must survive the machine's sudden end: waits until the disk has it */
} StateText;

/* All of a plain file of at most `max` octets. The caller frees *ret, which has a NUL after its *ret_n octets. 0, -ENOENT,
 * -EINVAL if it is no plain file, -EFBIG, or another negative errno. */
int state_file_read(const char *path, size_t max, char **ret, size_t *ret_n);

/* The names in a folder that end so, sorted, each allocated as the array is; at most `max` of them, *ret_n in number. 0 or a
 * negative errno. */
int state_folder_list(const char *folder, const char *ending, size_t max, char ***ret, size_t *ret_n);
void state_folder_list_free(char **names, size_t n);
/* 0 or a negative errno. */
int state_file_remove(const char *path);

/* By way of PATH.tmp, which is written anew, in the same directory. The file is readable for all whom the umask lets; written
 * by root it belongs to the owner of the directory, so that the daemon can go on with it as its own user. A symbolic link is
 * replaced, not followed. 0 or a negative errno; then the old file is as it was. */
int state_file_write(const char *path, const StateText *text);
