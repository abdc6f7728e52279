/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opening what is read as configuration or as keys: files and devices. A FIFO, whose writer may never come, is read before the daemon
 * runs, as the pipe that a shell hands over; afterwards nobody waits, whatever stands in the file's place.
 */

#include <stdbool.h>

/* A descriptor to read from, or a negative errno: -EINVAL for what is not read at all. Without `pipes` neither the call nor the
 * descriptor blocks. */
int plain_file_open(const char *path, bool pipes);
/* What to say of an error, negative or positive, of plain_file_open() and of reading. */
const char *plain_file_error(int error);
