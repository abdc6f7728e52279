/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call-options.h"

#include "base/number.h"
#include "bus/published.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *shown(const char *text, char buffer[static CALL_OPTION_SHOWN_MAX]) {
        return clean_copy(text, buffer, CALL_OPTION_SHOWN_MAX);
}

static void take_integer(CallOption *o, int64_t value) {
        o->kind = CALL_OPTION_INTEGER;
        o->integer = value;
        o->real = (double)value;
}

static int read_integer(sd_bus_message *m, char type, CallOption *o) {
        union {
                uint8_t y;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
        } v;

        int r = sd_bus_message_read_basic(m, type, &v);
        if (r < 0)
                return r;
        if (type == 't' && v.t > INT64_MAX)
                return -ERANGE;
        take_integer(o, type == 'y'   ? v.y
                        : type == 'n' ? v.n
                        : type == 'q' ? v.q
                        : type == 'i' ? v.i
                        : type == 'u' ? v.u
                        : type == 'x' ? v.x
                                      : (int64_t)v.t);
        return 0;
}

static int read_boolean(sd_bus_message *m, CallOption *o) {
        int value = 0;
        int r = sd_bus_message_read_basic(m, 'b', &value);

        o->kind = CALL_OPTION_BOOLEAN;
        o->boolean = value;
        return r;
}

static int read_real(sd_bus_message *m, CallOption *o) {
        int r = sd_bus_message_read_basic(m, 'd', &o->real);

        o->kind = CALL_OPTION_REAL;
        return r < 0 ? r : isfinite(o->real) ? 0 : -ERANGE;
}

static int read_text(sd_bus_message *m, CallOption *o) {
        o->kind = CALL_OPTION_TEXT;
        return sd_bus_message_read_basic(m, 's', &o->text);
}

static int read_value(sd_bus_message *m, const char *type, CallOption *o) {
        if (strlen(type) != 1)
                return -EINVAL;
        if (strchr("ynqiuxt", type[0]))
                return read_integer(m, type[0], o);
        switch (type[0]) {
        case 'b':
                return read_boolean(m, o);
        case 'd':
                return read_real(m, o);
        case 's':
                return read_text(m, o);
        }
        return -EINVAL;
}

/* All of one entry of the dictionary; 0 at its end. */
static int read_entry(sd_bus_message *m, CallOption *o, sd_bus_error *error) {
        char key[CALL_OPTION_SHOWN_MAX];
        const char *type;

        int r = sd_bus_message_enter_container(m, 'e', "sv");
        if (r <= 0)
                return r;
        r = sd_bus_message_read_basic(m, 's', &o->key);
        if (r >= 0)
                r = sd_bus_message_peek_type(m, NULL, &type);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'v', type);
        if (r < 0)
                return r;
        if (read_value(m, type, o) < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "The value of option '%s' is neither a boolean, a text nor a number within reason.",
                        shown(o->key, key));
        r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

static bool has_key(const CallOption *options, size_t n, const char *key) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(options[i].key, key) == 0)
                        return true;
        return false;
}

int call_options_read(
        sd_bus_message *m, CallOption ret[static CALL_OPTIONS_MAX], size_t *ret_n, sd_bus_error *error) {
        char key[CALL_OPTION_SHOWN_MAX];
        size_t n = 0;

        int r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0) {
                CallOption o = { 0 };
                r = read_entry(m, &o, error);
                if (r <= 0)
                        break;
                if (n == CALL_OPTIONS_MAX)
                        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                                "There are more than %d options.", CALL_OPTIONS_MAX);
                if (has_key(ret, n, o.key))
                        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                                "Option '%s' is there twice.", shown(o.key, key));
                ret[n++] = o;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret_n = n;
        return 0;
}

static const char *value_text(const CallOption *o, char number[static NUMBER_TEXT_MAX]) {
        switch (o->kind) {
        case CALL_OPTION_BOOLEAN:
                return o->boolean ? "yes" : "no";
        case CALL_OPTION_INTEGER:
                snprintf(number, NUMBER_TEXT_MAX, "%" PRId64, o->integer);
                return number;
        case CALL_OPTION_REAL:
                return number_format(o->real, number);
        case CALL_OPTION_TEXT:
                return o->text;
        }
        return "";
}

const char *call_options_text(
        const CallOption *options, size_t n, char buffer[static CALL_OPTIONS_TEXT_MAX]) {
        char number[NUMBER_TEXT_MAX];
        size_t at = 0;

        buffer[0] = '\0';
        for (size_t i = 0; i < n && at < CALL_OPTIONS_TEXT_MAX; i++)
                at += (size_t)snprintf(buffer + at, CALL_OPTIONS_TEXT_MAX - at, "%s%s %s", i > 0 ? " " : "",
                        options[i].key, value_text(&options[i], number));
        return buffer;
}

int call_options_refuse_key(const char *key, const char *known, sd_bus_error *error) {
        char text[CALL_OPTION_SHOWN_MAX];

        return sd_bus_error_setf(
                error, SD_BUS_ERROR_INVALID_ARGS, "There is no option '%s'; %s.", shown(key, text), known);
}

int call_options_read_none(sd_bus_message *m, sd_bus_error *error) {
        CallOption options[CALL_OPTIONS_MAX];
        size_t n = 0;

        int r = call_options_read(m, options, &n, error);
        if (r < 0 || n == 0)
                return r;
        return call_options_refuse_key(options[0].key, "this method has none", error);
}
