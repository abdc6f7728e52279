/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/drift-file.h"

#include "base/cleanup.h"
#include "os/clock-reading.h"
#include "os/state-file.h"
#include "os/timex.h"
#include "run/messages.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const double slew_ppm =
        500.0; /* who changes the kernel's rate by more slews, and no rate can be told */

static double kernel_rate_ppm(void) {
        KernelState kernel;

        timex_read(&kernel);
        return kernel.known ? kernel.fast_ppm : 0.0;
}

static void warn_broken(Parts *p, unsigned line, DriftFault fault, double max_ppm) {
        log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                "driftfile: %s, line %u: %s: right are two numbers, the frequency from -%g to %g ppm and the skew from 0 to %g ppm; the rate is learnt anew",
                p->drift.path, line, drift_fault_to_string(fault), max_ppm, max_ppm, DRIFT_SKEW_MAX_PPM);
}

bool drift_file_load(Parts *p, double max_drift, Drift *ret) {
        _cleanup_free_ char *text = NULL;
        DriftFault fault;
        unsigned line;
        Drift drift;
        size_t n;
        int r;

        if (!p->drift.path)
                return false;
        p->drift.kernel_ppm = p->virtual_clock ? kernel_rate_ppm() : 0.0;
        r = state_file_read(p->drift.path, DRIFT_FILE_MAX, &text, &n);
        if (r == -ENOENT)
                return false;
        if (r < 0) {
                log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                        "driftfile: could not read %s (%s): the rate is learnt anew", p->drift.path,
                        r == -EINVAL ? "not a plain file" : strerrordesc_np(-r));
                return false;
        }
        fault = drift_parse(text, n, max_drift * 1e6, &drift, &line);
        if (fault != DRIFT_FINE) {
                warn_broken(p, line, fault, max_drift * 1e6);
                return false;
        }
        log_info(p->log, "Frequency %.3f +/- %.3f ppm read from %s", drift.freq_ppm, drift.skew_ppm,
                p->drift.path);
        drift.freq_ppm -= p->drift.kernel_ppm;
        *ret = drift;
        return true;
}

static bool is_drift_file(const Parts *p, const char *path) {
        return p->drift.path && path && strcmp(p->drift.path, path) == 0;
}

void drift_file_point(Parts *p, const char *path) {
        if (!is_drift_file(p, path))
                p->drift.written = (Mono){ 0 };
        p->drift.path = path;
}

void drift_file_on_written(Parts *p, const char *path, int error) {
        if (error >= 0 && is_drift_file(p, path))
                p->drift.written = mono_now();
}

/* From on top of the kernel's rate to that of the machine's clock. False: it can not be told now. */
static bool add_kernel_rate(const Parts *p, Drift *drift) {
        double kernel_ppm = p->virtual_clock ? kernel_rate_ppm() : 0.0;
        double change_ppm = fabs(kernel_ppm - p->drift.kernel_ppm);

        drift->freq_ppm += kernel_ppm;
        drift->skew_ppm += change_ppm;
        return change_ppm < slew_ppm;
}

void drift_file_save(Parts *p) {
        char bytes[DRIFT_TEXT_MAX];
        Drift drift;
        int r;

        if (!p->drift.path || !engine_take_drift(p->engine, &drift) || !add_kernel_rate(p, &drift))
                return;
        StateText text = { .bytes = bytes, .n = drift_emit(&drift, bytes), .durable = true };
        r = state_writer_put(p->writer, p->drift.path, &text);
        if (r < 0)
                log_error(p->log, "Could not write %s: %s", p->drift.path, strerrordesc_np(-r));
}
