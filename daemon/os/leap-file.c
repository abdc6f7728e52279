/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/leap-file.h"

#include "base/cleanup.h"
#include "core/leap-list.h"
#include "core/leap-zone.h"
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_time(const struct timespec *a, const struct timespec *b) {
        return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_known(const LeapFile *f, const struct stat *s) {
        return f->device == s->st_dev && f->inode == s->st_ino && f->size == s->st_size &&
               same_time(&f->modified, &s->st_mtim) && same_time(&f->changed, &s->st_ctim);
}

static void remember(LeapFile *f, const struct stat *s) {
        f->device = s->st_dev;
        f->inode = s->st_ino;
        f->size = s->st_size;
        f->modified = s->st_mtim;
        f->changed = s->st_ctim;
}

/* The number of bytes or a negative errno. */
static ssize_t read_all(int fd, uint8_t *buffer, size_t size) {
        size_t n = 0;

        while (n < size) {
                ssize_t step = read(fd, buffer + n, size - n);

                if (step < 0)
                        return -errno;
                if (step == 0)
                        break;
                n += (size_t)step;
        }
        return (ssize_t)n;
}

static LeapReading parse(
        LeapFormat format, const uint8_t *bytes, size_t n, LeapTable *ret_table, unsigned *ret_line) {
        switch (format) {
        case LEAP_FORMAT_LIST:
                return leap_list_parse(bytes, n, ret_table, ret_line);
        case LEAP_FORMAT_ZONE:
                break;
        }
        *ret_line = 0;
        return leap_zone_parse(bytes, n, ret_table);
}

int leap_file_read(LeapFile *f, LeapTable *ret_table, LeapReading *ret_reading, unsigned *ret_line) {
        _cleanup_close_ int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        _cleanup_free_ uint8_t *bytes = NULL;
        struct stat s;
        ssize_t n;

        if (fd < 0 || fstat(fd, &s) < 0)
                return -errno;
        if (!S_ISREG(s.st_mode))
                return -EBADF;
        if (is_known(f, &s))
                return 0;
        if (s.st_size > LEAP_FILE_MAX)
                return -EFBIG;
        bytes = malloc(LEAP_FILE_MAX);
        if (!bytes)
                return -ENOMEM;
        n = read_all(fd, bytes, LEAP_FILE_MAX);
        if (n < 0)
                return (int)n;
        remember(f, &s);
        *ret_reading = parse(f->format, bytes, (size_t)n, ret_table, ret_line);
        return 1;
}

char *leap_file_of_zone(const char *zone) {
        const char *folder = getenv("TZDIR");
        char *path;

        if (!folder || zone[0] == '/')
                folder = "/usr/share/zoneinfo";
        if (asprintf(&path, "%s%s%s", zone[0] == '/' ? "" : folder, zone[0] == '/' ? "" : "/", zone) < 0)
                return NULL;
        return path;
}
