/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a configuration: it is read, reported, printed, and what was printed is read as the same again. Lines that
 * would open other files are only parsed. */

#include "fuzz.h"

#include "config/config.h"
#include "config/lines.h"
#include "config/report.h"

#include <string.h>

static bool opens_files(const char *text) {
        Problems problems = { 0 };
        ConfigLine l = { 0 };
        bool opens = false;

        int r = config_line_parse(text, (Place){ "fuzz", 1 }, &problems, &l);
        MUST(r == LINE_READ || r == LINE_EMPTY || r == LINE_REFUSED);
        MUST((r == LINE_REFUSED) == (problems_count(&problems, PROBLEM_ERROR) > 0));
        if (r == LINE_READ) {
                opens = l.directive->class == DIRECTIVE_INCLUDE || l.directive->class == DIRECTIVE_CONFDIR ||
                        l.directive->class == DIRECTIVE_SOURCEDIR ||
                        strcmp(l.directive->name, "keyfile") == 0;
                config_line_done(&l);
        }
        problems_done(&problems);
        return opens;
}

static Config *read_text(const char *text, size_t size) {
        Config *c = config_new();
        unsigned number = 0;

        MUST(c);
        for (size_t at = 0; at < size;) {
                const char *end = memchr(text + at, '\n', size - at);
                size_t n = end ? (size_t)(end - text) - at : size - at;
                char *line = malloc(n + 1);

                MUST(line);
                memcpy(line, text + at, n); /* what was found has no end of its own, as strndup() may want */
                line[n] = '\0';
                if (!opens_files(line))
                        MUST(config_load_line(c, line, ++number) == 0);
                free(line);
                at += n + 1;
        }
        MUST(config_finish(c) == 0);
        return c;
}

static char *print(const Config *c, size_t *ret_size) {
        char *text = NULL;
        FILE *out = open_memstream(&text, ret_size);

        MUST(out);
        report_print_config(c, out);
        MUST(fclose(out) == 0);
        return text;
}

static void report(const Config *c) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        MUST(out);
        report_text(c, "fuzz", true, out);
        report_json(c, "fuzz", out);
        MUST(fclose(out) == 0);
        for (size_t i = 0; i < size; i++)
                MUST(text[i] == '\n' || (unsigned char)text[i] >= ' ');
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Config *first = read_text((const char *)data, size);
        size_t n_printed, n_again;
        char *printed = print(first, &n_printed);
        Config *second = read_text(printed, n_printed);
        char *again = print(second, &n_again);

        MUST(n_printed == n_again && memcmp(printed, again, n_printed) == 0);
        MUST(first->n_sources == second->n_sources && first->n_lines == second->n_lines);
        MUST(memcmp(&first->engine, &second->engine, sizeof(first->engine)) == 0);
        report(first);
        free(printed);
        free(again);
        config_free(first);
        config_free(second);
        return 0;
}
