/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The a{sv} that a call ends with, as plain values: whatever width of number a caller chose, it is one of four kinds here.
 * Texts and keys lie in the message and live as long as it does. What the keys mean, who reads them decides.
 */

#include <systemd/sd-bus.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CALL_OPTIONS_MAX = 64,
        CALL_OPTIONS_TEXT_MAX = 512,
        CALL_OPTION_SHOWN_MAX = 48, /* of a key or a value in an error's text */
};

typedef enum CallOptionKind {
        CALL_OPTION_BOOLEAN,
        CALL_OPTION_INTEGER,
        CALL_OPTION_REAL,
        CALL_OPTION_TEXT,
} CallOptionKind;

typedef struct CallOption {
        const char *key;
        CallOptionKind kind;
        bool boolean;
        int64_t integer;
        double real;      /* of an integer too; finite */
        const char *text; /* NULL if it is none */
} CallOption;

/* Each: 0, or a negative errno with *error set: a key twice, a value of another type, more than CALL_OPTIONS_MAX. */
int call_options_read(
        sd_bus_message *m, CallOption ret[static CALL_OPTIONS_MAX], size_t *ret_n, sd_bus_error *error);
/* Of a method that knows none (yet). */
int call_options_read_none(sd_bus_message *m, sd_bus_error *error);
/* "minpoll 4 prefer yes", for somebody to read; cut at its size. */
const char *call_options_text(const CallOption *options, size_t n, char buffer[static CALL_OPTIONS_TEXT_MAX]);
/* "There is no option 'x'; there are a and b." Always negative. */
int call_options_refuse_key(const char *key, const char *known, sd_bus_error *error);
