/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file of symmetric keys, lines `ID [TYPE] [ASCII:|HEX:]KEY` with comments as in the configuration. The type is MD5
 * where none stands. A line that is wrong is left out with a warning, as by chronyd: nothing in here keeps the daemon from
 * starting. No problem's text has a word of the file but the ID, and what was read is wiped.
 */

#include "config/problem.h"
#include "core/key-ring.h"

enum {
        KEY_FILE_MAX_BYTES = 1 << 20, /* what comes after is not read */
        KEY_SECURE_BITS = 80,         /* a shorter one gets a warning */
};

/* Adds the keys in the n bytes of text to `ring`; of two with the same ID the last one counts. 0 or -ENOMEM. */
int key_file_parse(const char *text, size_t n, const char *path, Problems *problems, KeyRing *ring);

/* The same with the file at `path`, which `place` names. What cannot be read and what everybody may read are warnings;
 * `pipes` as at plain_file_open(). 0 or -ENOMEM. */
int key_file_read(const char *path, bool pipes, Place place, Problems *problems, KeyRing *ring);
