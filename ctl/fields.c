/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fields.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

/* "3 bogus-origin, 1 delay-ratio", or "prefer trust". */
static void join(const Value *v, bool counts, char buffer[static TEXT_MAX]) {
        size_t used = 0;

        buffer[0] = '\0';
        value_foreach(child, v) {
                int n = counts ? snprintf(buffer + used, TEXT_MAX - used, "%s%" PRIu64 " %s",
                                         used > 0 ? ", " : "", value_number(child, 0),
                                         child->key ? child->key : "")
                               : snprintf(buffer + used, TEXT_MAX - used, "%s%s", used > 0 ? " " : "",
                                         value_text(child, "?"));
                if (n < 0 || (size_t)n >= TEXT_MAX - used)
                        break;
                used += (size_t)n;
        }
        if (used == 0)
                strcpy(buffer, counts ? "none" : "-");
}

static void format_frequency(double ppm, char buffer[static TEXT_MAX]) {
        char bound[FORMAT_MAX];

        format_ppm_bound(fabs(ppm), bound);
        snprintf(buffer, TEXT_MAX, "%s%s", bound, isnan(ppm) ? "" : ppm < 0 ? " slow" : " fast");
}

static const char *format_field(
        const Value *v, FieldKind kind, const View *view, char buffer[static TEXT_MAX]) {
        switch (kind) {
        case FIELD_TEXT:
                return value_text(v, "")[0] ? value_text(v, "") : "-";
        case FIELD_FLAG:
                return value_true(v) ? "yes" : "no";
        case FIELD_NUMBER:
                if (v->kind == VALUE_INTEGER)
                        snprintf(buffer, TEXT_MAX, "%" PRIi64, v->integer);
                else
                        snprintf(buffer, TEXT_MAX, "%" PRIu64, value_number(v, 0));
                return buffer;
        case FIELD_OCTAL:
                snprintf(buffer, TEXT_MAX, "%" PRIo64, value_number(v, 0));
                return buffer;
        case FIELD_REAL:
                snprintf(buffer, TEXT_MAX, "%.3f", value_real(v));
                return isnan(value_real(v)) ? "-" : buffer;
        case FIELD_OFFSET:
                return format_direction(value_real(v), view->unit, buffer);
        case FIELD_SPAN:
                return format_span(value_real(v), view->unit, buffer);
        case FIELD_DURATION:
                return format_duration(value_real(v), buffer);
        case FIELD_LOG2:
                return format_log2(
                        v->kind == VALUE_INTEGER ? v->integer : (int64_t)value_number(v, 0), buffer);
        case FIELD_FREQUENCY:
                format_frequency(value_real(v), buffer);
                return buffer;
        case FIELD_BOUND:
                return format_ppm_bound(value_real(v), buffer);
        case FIELD_INSTANT:
                return format_instant(value_number(v, 0), view->utc, buffer);
        case FIELD_LIST:
        case FIELD_COUNTS:
                join(v, kind == FIELD_COUNTS, buffer);
                return buffer;
        }
        return "-";
}

void fields_draw(const Value *object, const Field *fields, size_t n, const View *view, FILE *out) {
        char buffer[TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                const Value *v = value_get(object, fields[i].name);
                if (v)
                        view_line(fields[i].label, format_field(v, fields[i].kind, view, buffer), out);
        }
}
