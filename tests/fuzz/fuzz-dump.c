/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a dump file: what is taken is in range and in order, fits when it is written, is read again as the same, and
 * leaves an estimator that makes sense of it. */

#include "fuzz.h"

#include "core/dump.h"
#include "core/estimator.h"

#include <math.h>
#include <string.h>

static void feed(const Dump *dump) {
        const EstimatorOptions options = { .min_samples = 6, .precision_s = 1e-7 };
        Estimator *e = estimator_new(&options);
        ClockMoment now = dump->moment;
        ClockShift shift;
        Estimate estimate;

        MUST(e);
        MUST(dump_shift(&dump->moment, &now, &shift) == DUMP_FINE);
        for (size_t i = 0; i < dump->n; i++)
                estimator_add(e, &dump->samples[i]);
        estimator_adjust(e, shift.at, shift.dfreq, shift.doffset_s);
        (void)estimator_get(e, now.local, &estimate);
        MUST(isfinite(estimate.offset_s) && !isnan(estimate.skew) && !isnan(estimate.freq));
        MUST((estimator_last(e) != NULL) == (dump->n > 0));
        estimator_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static char text[DUMP_TEXT_MAX], again[DUMP_TEXT_MAX];
        Dump dump, second;
        unsigned line = 0;

        if (dump_parse((const char *)data, size, &dump, &line) != DUMP_FINE) {
                MUST(line >= 1 && line <= size + 1);
                return 0;
        }
        MUST(dump.n <= DUMP_SAMPLES_MAX);
        size_t n = dump_emit(&dump, text);
        MUST(n > 0);
        MUST(dump_parse(text, n, &second, &line) == DUMP_FINE);
        MUST(dump_emit(&second, again) == n && memcmp(text, again, n) == 0);
        feed(&dump);
        return 0;
}
