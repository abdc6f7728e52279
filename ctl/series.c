/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "series.h"

#include <string.h>

static bool is(const char *series, const char *name) {
        return strcmp(series, name) == 0;
}

const char *series_format(const char *series, double value, Unit unit, char buffer[static FORMAT_MAX]) {
        if (is(series, "frequency"))
                return format_ppm(value, buffer);
        return is(series, "offset") ? format_offset(value, unit, buffer) : format_span(value, unit, buffer);
}

const char *series_format_error(const char *series, double error, Unit unit, char buffer[static FORMAT_MAX]) {
        return is(series, "frequency") ? format_ppm_bound(error, buffer) : format_span(error, unit, buffer);
}
