/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/config-log.h"

#include "run/messages.h"

#include <string.h>

/* The longest beginning of `text` that fits and ends before a space, or all of it. */
static size_t piece_length(const char *text, size_t room) {
        size_t n = strlen(text);

        if (n <= room)
                return n;
        for (n = room; n > 0 && text[n] != ' ';)
                n--;
        return n > 0 ? n : room;
}

/* "a; server: b, c; d"; the caller frees it. */
static char *join(char *const *items) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        for (char *const *item = items; *item; item++)
                fprintf(out, "%s%s", item == items ? "" : "; ", *item);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

static void log_without_effect(Log *log, char *const *items) {
        _cleanup_free_ char *all = join(items);
        const char *head = "Configured without effect yet";

        if (!all) {
                log_record(log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL, "%s: out of memory for the list",
                        head);
                return;
        }
        for (const char *rest = all; *rest;) {
                size_t n = piece_length(rest, LOG_TEXT_MAX - sizeof("Configured without effect yet, too: "));

                log_record(log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL, "%s%s: %.*s", head,
                        rest == all ? "" : ", too", (int)n, rest);
                rest += n;
                rest += strspn(rest, " ");
        }
}

void config_log(Log *log, const CommandLine *line, const Config *config) {
        for (size_t i = 0; i < line->n_notices; i++)
                log_warning(log, "%s", line->notices[i]);
        for (size_t i = 0; i < config->problems.n; i++) {
                _cleanup_free_ char *text = problem_format(&config->problems.items[i]);

                log_record(log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL, "%s", text ? text : "");
        }
        if (config->without_effect && config->without_effect[0])
                log_without_effect(log, config->without_effect);
}
