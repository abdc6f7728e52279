/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/message-json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A container that has been entered. */
typedef struct Frame {
        const char *between, *close;
        char type;
        unsigned n; /* values so far */
} Frame;

static size_t plain_length(const char *text) {
        size_t n = 0;

        while ((unsigned char)text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
                n++;
        return n;
}

static void write_escaped(FILE *out, char c) {
        if ((unsigned char)c < 0x20)
                fprintf(out, "\\u%04x", (unsigned)c);
        else
                fprintf(out, "\\%c", c);
}

static void write_text(FILE *out, const char *text) {
        fputc('"', out);
        while (*text) {
                size_t n = plain_length(text);

                fwrite(text, 1, n, out);
                text += n;
                if (*text)
                        write_escaped(out, *text++);
        }
        fputc('"', out);
}

/* Fifteen digits are what people write; seventeen bring every number back. */
static void write_double(FILE *out, double value) {
        char text[32];

        if (!isfinite(value)) {
                fputs("null", out);
                return;
        }
        snprintf(text, sizeof(text), "%.15g", value);
        if (fabs(strtod(text, NULL) - value) > 0.0)
                snprintf(text, sizeof(text), "%.17g", value);
        fputs(text, out);
}

static int write_basic(sd_bus_message *m, char type, FILE *out) {
        union {
                uint8_t y;
                int b;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
                const char *s;
        } value;

        int r = sd_bus_message_read_basic(m, type, &value);
        if (r < 0)
                return r;
        switch (type) {
        case SD_BUS_TYPE_BYTE:
                fprintf(out, "%u", value.y);
                return 0;
        case SD_BUS_TYPE_BOOLEAN:
                fputs(value.b ? "true" : "false", out);
                return 0;
        case SD_BUS_TYPE_UINT16:
                fprintf(out, "%u", value.q);
                return 0;
        case SD_BUS_TYPE_INT32:
                fprintf(out, "%" PRId32, value.i);
                return 0;
        case SD_BUS_TYPE_UINT32:
                fprintf(out, "%" PRIu32, value.u);
                return 0;
        case SD_BUS_TYPE_INT64:
                fprintf(out, "%" PRId64, value.x);
                return 0;
        case SD_BUS_TYPE_UINT64:
                fprintf(out, "%" PRIu64, value.t);
                return 0;
        case SD_BUS_TYPE_DOUBLE:
                write_double(out, value.d);
                return 0;
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
                write_text(out, value.s);
                return 0;
        }
        return -EOPNOTSUPP;
}

static bool is_container(char type) {
        return type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_STRUCT || type == SD_BUS_TYPE_DICT_ENTRY ||
               type == SD_BUS_TYPE_VARIANT;
}

/* Text keys only: JSON has no others. */
static bool has_no_name(char type, const char *contents) {
        return type == SD_BUS_TYPE_DICT_ENTRY && contents[0] != SD_BUS_TYPE_STRING;
}

static int enter(sd_bus_message *m, char type, const char *contents, FILE *out, Frame *ret) {
        bool object = type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN;

        if (has_no_name(type, contents))
                return -EOPNOTSUPP;
        if (type == SD_BUS_TYPE_DICT_ENTRY)
                *ret = (Frame){ ":", "", type, 0 };
        else if (type == SD_BUS_TYPE_VARIANT)
                *ret = (Frame){ "", "", type, 0 };
        else
                *ret = (Frame){ ",", object ? "}" : "]", type, 0 };
        if (ret->close[0])
                fputc(object ? '{' : '[', out);
        return sd_bus_message_enter_container(m, type, contents);
}

int message_json_write(sd_bus_message *m, FILE *out) {
        Frame frames[MESSAGE_JSON_DEPTH_MAX];
        size_t depth = 0;

        do {
                const char *contents;
                char type;

                int r = sd_bus_message_peek_type(m, &type, &contents);
                if (r < 0)
                        return r;
                if (r == 0 && depth == 0)
                        return -ENODATA;
                if (r == 0) {
                        fputs(frames[--depth].close, out);
                        r = sd_bus_message_exit_container(m);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (depth > 0 && frames[depth - 1].n++ > 0)
                        fputs(frames[depth - 1].between, out);
                if (!is_container(type))
                        r = write_basic(m, type, out);
                else if (depth == MESSAGE_JSON_DEPTH_MAX)
                        r = -EOPNOTSUPP;
                else
                        r = enter(m, type, contents, out, &frames[depth++]);
                if (r < 0)
                        return r;
        } while (depth > 0);
        return 0;
}
