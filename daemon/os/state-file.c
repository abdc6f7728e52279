/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/state-file.h"

#include "os/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int state_file_read(const char *path, size_t max, char **ret, size_t *ret_n) {
        /* Without O_NONBLOCK a FIFO in the file's place would hold up the start. */
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t n = 0;
        ssize_t got;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        text = malloc(max + 1);
        if (!text)
                return -ENOMEM;
        while ((got = read(fd, text + n, max + 1 - n)) != 0) {
                if (got < 0)
                        return -errno;
                n += (size_t)got;
                if (n > max)
                        return -EFBIG;
        }
        text[n] = '\0';
        *ret = TAKE_PTR(text);
        *ret_n = n;
        return 0;
}

static bool ends_with(const char *name, const char *ending) {
        size_t n = strlen(name), n_ending = strlen(ending);

        return n > n_ending && strcmp(name + n - n_ending, ending) == 0;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

int state_folder_list(const char *folder, const char *ending, size_t max, char ***ret, size_t *ret_n) {
        DIR *directory = opendir(folder);
        char **names = directory ? calloc(max, sizeof(*names)) : NULL;
        const struct dirent *entry;
        size_t n = 0;
        int r = 0;

        if (!directory)
                return -errno;
        if (!names)
                r = -ENOMEM;
        while (r == 0 && n < max && (entry = readdir(directory))) {
                if (!ends_with(entry->d_name, ending))
                        continue;
                names[n] = strdup(entry->d_name);
                if (names[n])
                        n++;
                else
                        r = -ENOMEM;
        }
        (void)closedir(directory);
        if (r < 0) {
                state_folder_list_free(names, n);
                return r;
        }
        qsort(names, n, sizeof(*names), compare_names);
        *ret = names;
        *ret_n = n;
        return 0;
}

void state_folder_list_free(char **names, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(names[i]);
        free(names);
}

int state_file_remove(const char *path) {
        return unlink(path) < 0 ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t n) {
        while (n > 0) {
                ssize_t written = write(fd, bytes, n);

                if (written < 0 && errno != EINTR)
                        return -errno;
                if (written > 0) {
                        bytes += written;
                        n -= (size_t)written;
                }
        }
        return 0;
}

static int write_new(int directory, const char *name, const StateText *text) {
        _cleanup_close_ int fd = -1;
        struct stat owner;
        int r;

        if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        /* It stays root's if root may not, or knows no such user. */
        if (geteuid() == 0 && fstat(directory, &owner) == 0 && fchown(fd, owner.st_uid, owner.st_gid) < 0 &&
                errno != EPERM && errno != EINVAL)
                return -errno;
        r = write_all(fd, text->bytes, text->n);
        if (r < 0)
                return r;
        if (text->durable && fsync(fd) < 0)
                return -errno;
        return close(fd_take(&fd)) < 0 ? -errno : 0;
}

static int replace(int directory, const char *name, const char *temporary, const StateText *text) {
        int r = write_new(directory, temporary, text);

        if (r >= 0 && renameat(directory, temporary, directory, name) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(directory, temporary, 0);
                return r;
        }
        return text->durable && fsync(directory) < 0 ? -errno : 0;
}

int state_file_write(const char *path, const StateText *text) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        _cleanup_free_ char *folder =
                slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int directory = -1;

        if (!folder || asprintf(&temporary, "%s.tmp", name) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        if (!name[0])
                return -EISDIR;
        directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
                return -errno;
        return replace(directory, name, temporary, text);
}
