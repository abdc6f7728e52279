/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opening what is read as configuration or as keys, also while the daemon runs: whatever stands in the file's place, nobody waits for
 * it. Files and devices are read; a FIFO, whose writer may never come, is not.
 */

/* A descriptor to read from, which does not block, or a negative errno: -EINVAL for what is not read at all. */
int plain_file_open(const char *path);
/* What to say of an error, negative or positive, of plain_file_open() and of reading. */
const char *plain_file_error(int error);
