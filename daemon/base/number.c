/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_whole(double number) {
        return fabs(number) < 1e15 && fabs(number - nearbyint(number)) <= 0;
}

const char *number_format(double number, char buffer[static NUMBER_TEXT_MAX]) {
        /* 1000, not 1e+03 */
        if (is_whole(number)) {
                snprintf(buffer, NUMBER_TEXT_MAX, "%.0f", number);
                return buffer;
        }
        for (int precision = 1; precision <= 17; precision++) {
                snprintf(buffer, NUMBER_TEXT_MAX, "%.*g", precision, number);
                double again = strtod(buffer, NULL);
                if (again >= number && again <= number)
                        break;
        }
        return buffer;
}
