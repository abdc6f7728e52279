/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "numeral.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* strtod() and strtoll() would take blanks in front. */
static bool begins(const char *text) {
        return (text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '+' || text[0] == '.';
}

bool numeral_real(const char *text, double *ret) {
        char *end;

        double real = begins(text) ? strtod(text, &end) : (double)NAN;
        if (!isfinite(real) || end == text || *end != '\0')
                return false;
        *ret = real;
        return true;
}

bool numeral_whole(const char *text, int64_t min, int64_t max, int64_t *ret) {
        char *end;

        if (!begins(text))
                return false;
        errno = 0;
        long long whole = strtoll(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0' || whole < min || whole > max)
                return false;
        *ret = whole;
        return true;
}
