/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/drift.h"

#include "base/word-reader.h"

#include <math.h>
#include <stdio.h>

static const char *const fault_names[] = {
        [DRIFT_FINE] = "nothing is wrong",
        [DRIFT_EMPTY] = "it is empty",
        [DRIFT_BAD_FREQUENCY] = "the frequency is not a number",
        [DRIFT_FREQUENCY_RANGE] = "the frequency is beyond maxdrift",
        [DRIFT_NO_SKEW] = "there is no skew",
        [DRIFT_BAD_SKEW] = "the skew is not a number",
        [DRIFT_SKEW_RANGE] = "the skew is out of range",
        [DRIFT_SURPLUS] = "something follows the two numbers",
};
DEFINE_STRTAB(DriftFault, drift_fault, fault_names);

static DriftFault parse(WordReader *r, double max_freq_ppm, Drift *ret) {
        Drift drift;

        if (!word_reader_real(r, &drift.freq_ppm))
                return r->word[0] || !r->whole ? DRIFT_BAD_FREQUENCY : DRIFT_EMPTY;
        if (fabs(drift.freq_ppm) > max_freq_ppm)
                return DRIFT_FREQUENCY_RANGE;
        if (!word_reader_real(r, &drift.skew_ppm))
                return r->word[0] || !r->whole ? DRIFT_BAD_SKEW : DRIFT_NO_SKEW;
        if (drift.skew_ppm < 0.0 || drift.skew_ppm > DRIFT_SKEW_MAX_PPM)
                return DRIFT_SKEW_RANGE;
        if (word_reader_next(r))
                return DRIFT_SURPLUS;
        *ret = drift;
        return DRIFT_FINE;
}

DriftFault drift_parse(const char *text, size_t n, double max_freq_ppm, Drift *ret, unsigned *ret_line) {
        WordReader r;

        word_reader_init(&r, text, n);
        DriftFault fault = parse(&r, max_freq_ppm, ret);
        *ret_line = r.line;
        return fault;
}

size_t drift_emit(const Drift *drift, char ret[static DRIFT_TEXT_MAX]) {
        int n = snprintf(ret, DRIFT_TEXT_MAX, "%20.6f %20.6f\n", drift->freq_ppm, drift->skew_ppm);

        return n > 0 && n < DRIFT_TEXT_MAX ? (size_t)n : 0;
}
