/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* write-ctl WHAT: writes the manual page of timeballctl or a shell's completion. Part of the build only. */

#include "base/cleanup.h"
#include "completion.h"
#include "manual.h"

#include <stdlib.h>
#include <string.h>

static const struct {
        const char *name;
        void (*write)(FILE *out);
} writers[] = {
        { "timeballctl.1", manual_write },
        { "bash", completion_write_bash },
        { "fish", completion_write_fish },
        { "zsh", completion_write_zsh },
};

int main(int argc, char **argv) {
        for (size_t i = 0; argc == 2 && i < ELEMENTS(writers); i++)
                if (strcmp(argv[1], writers[i].name) == 0) {
                        writers[i].write(stdout);
                        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
                }
        return EXIT_FAILURE;
}
