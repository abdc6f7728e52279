/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target once over every file of the folder given: its corpus as an ordinary test, with any compiler. */

#include "fuzz.h"

#include <dirent.h>

enum { CASE_MAX = 1 << 17 };

static void replay(const char *folder, const char *name) {
        char path[4096];
        uint8_t *bytes = malloc(CASE_MAX);

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        FILE *f = fopen(path, "re");
        MUST(bytes && f);
        size_t n = fread(bytes, 1, CASE_MAX, f);
        MUST(n < CASE_MAX && !ferror(f));
        fclose(f);

        /* At its exact size, so that a sanitizer sees the first octet too many. */
        uint8_t *exact = realloc(bytes, n + (n == 0));
        MUST(exact);
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
}

int main(int argc, char **argv) {
        size_t n = 0;

        MUST(argc == 2);
        DIR *d = opendir(argv[1]);
        MUST(d);
        for (struct dirent *entry; (entry = readdir(d));)
                if (entry->d_name[0] != '.') {
                        replay(argv[1], entry->d_name);
                        n++;
                }
        closedir(d);
        printf("%zu cases\n", n);
        MUST(n > 0);
        return 0;
}
