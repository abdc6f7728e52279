/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "run/config-check.h"

#include "base/cleanup.h"
#include "config/plain-file.h"
#include "config/report.h"
#include "run/surroundings.h"

#include <errno.h>
#include <string.h>

/* *ret_read: there was a file to read. */
static int load(Config *c, const char *path, bool *ret_read) {
        int r;

        c->pipes = true;
        r = config_load(c, path);
        *ret_read = r >= 0;
        if (r < 0 && r != -ENOMEM)
                r = problems_add(&c->problems, PROBLEM_ERROR, (Place){ path, 0 }, NULL,
                        "the file can't be read: %s", plain_file_error(r));
        if (r == 0)
                r = config_finish(c);
        return r == 0 && *ret_read ? surroundings_check(c, path) : r;
}

int config_check(const char *path, const ConfigCheckOptions *options, FILE *out) {
        bool read;
        _cleanup_(config_freep)
        Config *c = config_new();

        if (!c || load(c, path, &read) < 0) {
                fputs("out of memory\n", stderr);
                return 1;
        }
        if (options->json)
                report_json(c, path, out);
        else
                report_text(c, path, options->all && read, out);
        return config_errors(c) > 0;
}
