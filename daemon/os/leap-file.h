/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A file with leap seconds: a list, or a compiled time zone. Looks whether it has changed and reads it if so; what its bytes
 * mean is up to core/leap-list.h and core/leap-zone.h. A look is two system calls; nothing here waits.
 */

#include "core/leap-table.h"

#include <sys/types.h>
#include <time.h>

enum { LEAP_FILE_MAX = 65536 }; /* a list has 5 kB, a zone 1 kB */

typedef enum LeapFormat { LEAP_FORMAT_LIST, LEAP_FORMAT_ZONE } LeapFormat;

typedef struct LeapFile {
        const char *path; /* not owned; NULL = there is none */
        LeapFormat format;
        /* What was read last. */
        dev_t device;
        ino_t inode;
        off_t size;
        struct timespec modified, changed;
} LeapFile;

/* 1: it was read, *ret_reading says with what result, *ret_line where a list is wrong (0: nowhere in particular), and
 * *ret_table is filled with LEAP_READ. 0: nothing new since the last time. Or a negative errno: -EFBIG above LEAP_FILE_MAX,
 * -EBADF if it is no regular file. */
int leap_file_read(LeapFile *f, LeapTable *ret_table, LeapReading *ret_reading, unsigned *ret_line);

/* The file of a time zone, such as right/UTC: in $TZDIR or where the C library has its zones. The caller frees it; NULL: out
 * of memory. */
char *leap_file_of_zone(const char *zone);
