/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/option-line.h"

#include "base/cleanup.h"
#include "base/number.h"
#include "bus/published.h"
#include "dbus/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* Of names, addresses, reference ids: nothing that ends a word or begins a comment. */
#define OF_WORDS LETTERS_AND_DIGITS ".:%_+-"
#define OF_KEYS  LETTERS_AND_DIGITS "_"

static const char *const source_kinds[] = { "server", "pool", "peer" };

typedef struct LineText {
        char *text; /* OPTION_LINE_MAX */
        size_t n;
        bool full;
} LineText;

static void add_word(LineText *l, const char *word) {
        int n = snprintf(l->text + l->n, OPTION_LINE_MAX - l->n, "%s%s", l->n > 0 ? " " : "", word);

        if ((size_t)n >= OPTION_LINE_MAX - l->n)
                l->full = true;
        else
                l->n += (size_t)n;
}

static bool consists_of(const char *text, const char *characters) {
        return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static int refuse_word(const char *what, const char *word, sd_bus_error *error) {
        char shown[CALL_OPTION_SHOWN_MAX];

        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "%s '%s' is not one word of letters, digits and .:%%_+-", what,
                clean_copy(word, shown, sizeof(shown)));
}

static int add_option(LineText *l, const CallOption *o, sd_bus_error *error) {
        char number[NUMBER_TEXT_MAX], what[CALL_OPTION_SHOWN_MAX + 32];

        if (!consists_of(o->key, OF_KEYS))
                return refuse_word("Option", o->key, error);
        if (o->kind == CALL_OPTION_BOOLEAN && !o->boolean)
                return 0;
        add_word(l, o->key);
        switch (o->kind) {
        case CALL_OPTION_BOOLEAN:
                break;
        case CALL_OPTION_INTEGER:
                snprintf(number, sizeof(number), "%" PRId64, o->integer);
                add_word(l, number);
                break;
        case CALL_OPTION_REAL:
                add_word(l, number_format(o->real, number));
                break;
        case CALL_OPTION_TEXT:
                snprintf(what, sizeof(what), "The value of %.40s,", o->key);
                if (!consists_of(o->text, OF_WORDS))
                        return refuse_word(what, o->text, error);
                add_word(l, o->text);
                break;
        }
        return 0;
}

static int add_options(LineText *l, const CallOption *options, size_t n, sd_bus_error *error) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_option(l, &options[i], error);
        if (r >= 0 && l->full)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "As a line of configuration it would be longer than %d bytes.", OPTION_LINE_MAX - 1);
        return r;
}

static bool is_kind(const char *word, size_t n) {
        for (size_t i = 0; i < ELEMENTS(source_kinds); i++)
                if (strlen(source_kinds[i]) == n && strncasecmp(source_kinds[i], word, n) == 0)
                        return true;
        return false;
}

static int check_kind(const char *word, size_t n, sd_bus_error *error) {
        char kind[16], shown[sizeof(kind)];

        if (is_kind(word, n))
                return 0;
        snprintf(kind, sizeof(kind), "%.*s", n < sizeof(kind) ? (int)n : (int)sizeof(kind) - 1, word);
        if (strcasecmp(kind, "refclock") == 0)
                return sd_bus_error_set(error, TIMEBALL_ERROR_NOT_COMPILED_IN,
                        "There are no reference clocks in this version.");
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "'%s' is no kind of source; there are server, pool and peer.",
                clean_copy(kind, shown, sizeof(shown)));
}

int option_line_of_source(const char *kind, const char *address, const CallOption *options, size_t n,
        char ret[static OPTION_LINE_MAX], sd_bus_error *error) {
        LineText l = { .text = ret };

        int r = check_kind(kind, strlen(kind), error);
        if (r < 0)
                return r;
        if (strlen(address) >= NAME_MAX_BYTES || !consists_of(address, OF_WORDS))
                return refuse_word("The name or address", address, error);
        add_word(&l, kind);
        add_word(&l, address);
        return add_options(&l, options, n, error);
}

int option_line_take_persist(CallOption *options, size_t *n, bool *ret, sd_bus_error *error) {
        for (size_t i = 0; i < *n; i++) {
                if (strcmp(options[i].key, "persist") != 0)
                        continue;
                if (options[i].kind != CALL_OPTION_BOOLEAN)
                        return sd_bus_error_set(
                                error, SD_BUS_ERROR_INVALID_ARGS, "Option 'persist' takes a boolean.");
                *ret = options[i].boolean;
                options[i] = options[--*n];
                return 0;
        }
        *ret = false;
        return 0;
}

static int check_local_key(const char *key, sd_bus_error *error) {
        static const char *const keys[] = { "stratum", "distance", "orphan", "activate", "waitsynced",
                "waitunsynced" };

        for (size_t i = 0; i < ELEMENTS(keys); i++)
                if (strcmp(keys[i], key) == 0)
                        return 0;
        return call_options_refuse_key(
                key, "there are stratum, distance, orphan, activate, waitsynced and waitunsynced", error);
}

int option_line_of_local(bool enabled, const CallOption *options, size_t n, char ret[static OPTION_LINE_MAX],
        sd_bus_error *error) {
        LineText l = { .text = ret };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = check_local_key(options[i].key, error);
        if (r < 0)
                return r;
        if (!enabled && n > 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                        "Options say how the local reference is used: there are none where it is switched off.");
        add_word(&l, "local");
        if (!enabled)
                add_word(&l, "off");
        return add_options(&l, options, n, error);
}

/* Spaces and tabs part words, and there is nothing else that does not print. */
static bool is_one_line(const char *line) {
        for (; *line; line++) {
                unsigned char c = (unsigned char)*line;
                if ((c < ' ' && c != '\t') || c >= 0x7f)
                        return false;
        }
        return true;
}

int option_line_check_source(const char *line, sd_bus_error *error) {
        if (strlen(line) >= OPTION_LINE_MAX)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "The line is longer than %d bytes.", OPTION_LINE_MAX - 1);
        if (!is_one_line(line))
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                        "This is not one line of ASCII characters that can be printed.");
        line += strspn(line, " \t");
        return check_kind(line, strcspn(line, " \t"), error);
}
