/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a drift file: what is taken is in range, is written again, and read again as the same. */

#include "fuzz.h"

#include "core/drift.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const double max_ppm = 100000.0;
        Drift drift = { 0 }, again = { 0 };
        char text[DRIFT_TEXT_MAX];
        unsigned line = 0;

        if (drift_parse((const char *)data, size, max_ppm, &drift, &line) != DRIFT_FINE) {
                MUST(line >= 1 && line <= size + 1);
                return 0;
        }
        MUST(fabs(drift.freq_ppm) <= max_ppm);
        MUST(drift.skew_ppm >= 0.0 && drift.skew_ppm <= DRIFT_SKEW_MAX_PPM);
        size_t n = drift_emit(&drift, text);
        MUST(n > 0);
        MUST(drift_parse(text, n, max_ppm, &again, &line) == DRIFT_FINE);
        MUST(fabs(again.freq_ppm - drift.freq_ppm) <= 1e-6 && fabs(again.skew_ppm - drift.skew_ppm) <= 1e-6);
        return 0;
}
