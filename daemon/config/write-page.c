/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* write-page PAGE: writes a manual page that is made from the daemon's tables. Part of the build only. */

#include "config/manual.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
        if (argc == 2 && strcmp(argv[1], "timeball.conf.5") == 0)
                manual_write_config(stdout);
        else if (argc == 2 && strcmp(argv[1], "timeballd.8") == 0)
                manual_write_daemon(stdout);
        else
                return EXIT_FAILURE;
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
