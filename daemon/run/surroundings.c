/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "run/surroundings.h"

#include "config/lines.h"
#include "os/leap-file.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Place place_of(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_lines; i++)
                if (strcmp(c->lines[i].directive->name, name) == 0)
                        return config_line_place(&c->lines[i]);
        return (Place){ 0 };
}

/* The daemon would not start. */
static int check_user(Config *c) {
        if (!c->user)
                return 0;
        errno = 0;
        if (getpwnam(c->user))
                return 0;
        return problems_add(&c->problems, PROBLEM_ERROR, place_of(c, "user"), c->user,
                "the process cannot become it: %s",
                errno == 0 ? "there is none of that name" : strerror(errno));
}

static int check_directory(Config *c, const char *name, const char *path) {
        struct stat status;

        if (path[0] != '/')
                return 0;
        if (stat(path, &status) < 0)
                return problems_add(&c->problems, PROBLEM_WARNING, place_of(c, name), path,
                        "%s: the directory can't be used: %s: nothing is kept in it", name, strerror(errno));
        if (!S_ISDIR(status.st_mode))
                return problems_add(&c->problems, PROBLEM_WARNING, place_of(c, name), path,
                        "%s: this is no directory: nothing is kept in it", name);
        return 0;
}

static int check_drift_file(Config *c) {
        char *slash;

        if (!c->drift_file)
                return 0;
        _cleanup_free_ char *directory = strdup(c->drift_file);
        if (!directory)
                return -ENOMEM;
        slash = strrchr(directory, '/');
        if (!slash || slash == directory)
                return 0;
        *slash = '\0';
        return check_directory(c, "driftfile", directory);
}

static int check_dump_dir(Config *c) {
        return c->dump_dir ? check_directory(c, "dumpdir", c->dump_dir) : 0;
}

static int check_log_dir(Config *c) {
        if (c->logs.directory)
                return check_directory(c, "logdir", c->logs.directory);
        return c->logs.files == 0 ? 0
                                  : problems_add(&c->problems, PROBLEM_WARNING, place_of(c, "log"), NULL,
                                            "log: no logdir is given: nothing is written");
}

static int check_leap_list(Config *c) {
        if (!c->leap_sec_list || access(c->leap_sec_list, R_OK) == 0)
                return 0;
        return problems_add(&c->problems, PROBLEM_WARNING, place_of(c, "leapseclist"), c->leap_sec_list,
                "leapseclist: the file can't be read: %s", strerror(errno));
}

static int check_leap_zone(Config *c) {
        if (!c->leap_sec_tz)
                return 0;
        _cleanup_free_ char *path = leap_file_of_zone(c->leap_sec_tz);
        if (!path)
                return -ENOMEM;
        if (access(path, R_OK) == 0)
                return 0;
        return problems_add(&c->problems, PROBLEM_WARNING, place_of(c, "leapsectz"), c->leap_sec_tz,
                "leapsectz: %s can't be read: %s", path, strerror(errno));
}

/* Sources of a sourcedir may come later, and a reference clock is one; who has a local reference may want no other. */
static int check_sources(Config *c, const char *path) {
        static const char *const others[] = { "sourcedir", "refclock", "local" };

        if (c->n_sources > 0)
                return 0;
        for (size_t i = 0; i < ELEMENTS(others); i++)
                if (config_lines_have(c->lines, c->n_lines, directive_find(others[i])))
                        return 0;
        return problems_add(&c->problems, PROBLEM_WARNING, (Place){ path, 0 }, NULL,
                "no server, pool or peer is given: the clock is not steered");
}

int surroundings_check(Config *c, const char *path) {
        static int (*const checks[])(Config *) = {
                check_user,
                check_drift_file,
                check_dump_dir,
                check_log_dir,
                check_leap_list,
                check_leap_zone,
        };
        int r = check_sources(c, path);

        for (size_t i = 0; r == 0 && i < ELEMENTS(checks); i++)
                r = checks[i](c);
        return r;
}
