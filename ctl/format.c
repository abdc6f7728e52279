/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "format.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const unit_names[] = {
        [UNIT_AUTO] = "auto", [UNIT_NS] = "ns", [UNIT_US] = "us", [UNIT_MS] = "ms", [UNIT_S] = "s"
};
DEFINE_STRTAB(Unit, unit, unit_names);

/* The nanosecond is the last digit in each of them. */
static const struct {
        double seconds;
        int decimals;
} unit_scales[] = {
        [UNIT_NS] = { 1e-9, 0 },
        [UNIT_US] = { 1e-6, 3 },
        [UNIT_MS] = { 1e-3, 6 },
        [UNIT_S] = { 1.0, 9 },
};

static int significant_decimals(double scaled) {
        if (scaled < 9.9995)
                return 3;
        if (scaled < 99.995)
                return 2;
        return scaled < 999.95 ? 1 : 0;
}

static const char *format_scaled(
        double seconds, Unit unit, const char *flags, char buffer[static FORMAT_MAX]) {
        double size = fabs(seconds);
        int decimals;

        if (!isfinite(seconds))
                return strcpy(buffer, "-");
        if (unit == UNIT_AUTO) {
                unit = UNIT_NS;
                while (unit < UNIT_S && size / unit_scales[unit].seconds >= 999.95)
                        unit++;
                decimals = unit == UNIT_NS ? 0 : significant_decimals(size / unit_scales[unit].seconds);
        } else
                decimals = unit_scales[unit].decimals;
        double scaled = seconds / unit_scales[unit].seconds;
        if (fabs(scaled) < 0.5 * pow(10.0, -decimals))
                scaled = 0.0; /* no "-0" */
        if (strchr(flags, '+'))
                snprintf(buffer, FORMAT_MAX, "%+.*f %s", decimals, scaled, unit_names[unit]);
        else
                snprintf(buffer, FORMAT_MAX, "%.*f %s", decimals, scaled, unit_names[unit]);
        return buffer;
}

const char *format_span(double seconds, Unit unit, char buffer[static FORMAT_MAX]) {
        return format_scaled(seconds, unit, "", buffer);
}

const char *format_offset(double seconds, Unit unit, char buffer[static FORMAT_MAX]) {
        return format_scaled(seconds, unit, "+", buffer);
}

const char *format_direction(double seconds, Unit unit, char buffer[static FORMAT_MAX]) {
        format_scaled(fabs(seconds), unit, "", buffer);
        if (isfinite(seconds) && strspn(buffer, "0.") != strcspn(buffer, " ")) {
                size_t n = strlen(buffer);
                snprintf(buffer + n, FORMAT_MAX - n, " %s", seconds > 0 ? "ahead" : "behind");
        }
        return buffer;
}

const char *format_ppm(double ppm, char buffer[static FORMAT_MAX]) {
        if (!isfinite(ppm))
                return strcpy(buffer, "-");
        snprintf(buffer, FORMAT_MAX, "%+.3f ppm", fabs(ppm) < 0.0005 ? 0.0 : ppm);
        return buffer;
}

const char *format_ppm_bound(double ppm, char buffer[static FORMAT_MAX]) {
        if (!isfinite(ppm))
                return strcpy(buffer, "-");
        snprintf(buffer, FORMAT_MAX, "%.3f ppm", fabs(ppm) < 0.0005 ? 0.0 : ppm);
        return buffer;
}

const char *format_duration(double seconds, char buffer[static FORMAT_MAX]) {
        /* A unit is taken from so much of it on: one step later than its size, so that two digits are left. */
        static const struct {
                double from, size;
                const char *name;
        } scales[] = {
                { 3.0 * 86400, 86400, "d" },
                { 3.0 * 3600, 3600, "h" },
                { 3.0 * 60, 60, "min" },
                { 0, 1, "s" },
        };

        if (!isfinite(seconds))
                return strcpy(buffer, "-");
        if (seconds < 0)
                seconds = 0;
        for (size_t i = 0; i < ELEMENTS(scales); i++)
                if (seconds >= scales[i].from) {
                        snprintf(buffer, FORMAT_MAX, "%.0f %s", floor(seconds / scales[i].size),
                                scales[i].name);
                        break;
                }
        return buffer;
}

const char *format_age(uint64_t now_usec, uint64_t then_usec, char buffer[static FORMAT_MAX]) {
        if (then_usec == 0)
                return strcpy(buffer, "-");
        return format_duration(now_usec > then_usec ? (double)(now_usec - then_usec) * 1e-6 : 0.0, buffer);
}

const char *format_log2(int64_t log2_s, char buffer[static FORMAT_MAX]) {
        if (log2_s < -32 || log2_s > 62)
                return format_span((double)NAN, UNIT_AUTO, buffer);
        if (log2_s < 0)
                return format_span(ldexp(1.0, (int)log2_s), UNIT_AUTO, buffer);
        return format_duration(ldexp(1.0, (int)log2_s), buffer);
}

const char *format_instant(uint64_t usec, bool utc, char buffer[static FORMAT_MAX]) {
        time_t t = (time_t)(usec / 1000000);
        struct tm parts;

        if (usec == 0 || !(utc ? gmtime_r(&t, &parts) : localtime_r(&t, &parts)))
                return strcpy(buffer, "-");
        if (strftime(buffer, FORMAT_MAX, utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
                return strcpy(buffer, "-");
        return buffer;
}
