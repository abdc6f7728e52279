/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "instant.h"

#include "base/cleanup.h"
#include "numeral.h"
#include "options.h"

#include <time.h>

static bool parse_date(const char *text, uint64_t *ret_usec) {
        static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d",
                "%Y-%m-%dT%H:%M:%SZ" };

        for (size_t i = 0; i < ELEMENTS(formats); i++) {
                struct tm parts = { .tm_isdst = -1 };
                const char *end = strptime(text, formats[i], &parts);
                bool utc = i + 1 == ELEMENTS(formats);
                time_t t = end && *end == '\0' ? (utc ? timegm(&parts) : mktime(&parts)) : -1;
                if (t >= 0) {
                        *ret_usec = (uint64_t)t * 1000000;
                        return true;
                }
        }
        return false;
}

bool instant_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec) {
        double seconds;

        if (text[0] == '@') {
                if (!numeral_real(text + 1, &seconds) || seconds < 0 || seconds > 1e12)
                        return false;
                *ret_usec = (uint64_t)(seconds * 1e6);
                return true;
        }
        if (options_span(text, &seconds)) {
                double before = (double)now_usec - seconds * 1e6;
                *ret_usec = before > 1 ? (uint64_t)before : 1; /* 0 would be the first that is kept, or now */
                return true;
        }
        return parse_date(text, ret_usec);
}
