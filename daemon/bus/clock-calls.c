/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Methods of org.timeball1.Clock, and Manager.SetReselectDistance, which is a setting of the same kind: what is set goes
 * through a line of configuration, so that there is one set of ranges. */

#include "base/number.h"
#include "bus/call-options.h"
#include "bus/option-line.h"
#include "bus/source-orders.h"
#include "dbus/names.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static int check_finite(double value, sd_bus_error *error) {
        if (isfinite(value))
                return 0;
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "That is not a finite number.");
}

/* "There is no line" of these is an error that the caller has made: a value out of its range. */
static int line_error(int r, const char *why, sd_bus_error *error) {
        char shown[BUS_WHY_MAX];

        if (r == -EINVAL)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                        why[0] ? clean_copy(why, shown, sizeof(shown)) : "That is out of range.");
        return source_order_error(r, 0, why, error);
}

/* Of all methods that are a line of configuration, once it is put together. */
static int set_line(sd_bus_message *m, Bus *bus, const char *line, sd_bus_error *error) {
        char why[BUS_WHY_MAX] = "";
        void *userdata;
        const BusClockOps *ops = bus_ops(bus, &userdata)->clock;

        int r = line_error(ops->check(userdata, line, why), why, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(bus), m, NULL, &(CallAbout){ .how = line }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(bus, m, line_error(ops->set(userdata, line, why), why, error));
}

static int method_make_step(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        void *ops_userdata;

        int r = call_options_read_none(m, error);
        if (r >= 0)
                r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = bus_ops(userdata, &ops_userdata)->clock->make_step(ops_userdata);
        if (r == -ENODATA)
                r = sd_bus_error_set(error, TIMEBALL_ERROR_NOT_SYNCHRONIZED,
                        "Nothing is known of how far the clock is off: there is nothing to step by.");
        else if (r < 0)
                r = sd_bus_error_setf(error, TIMEBALL_ERROR_STEP_REFUSED, "The clock was not stepped: %s.",
                        strerrordesc_np(-r));
        return source_order_finish(userdata, m, r);
}

static int method_set_make_step(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char line[OPTION_LINE_MAX], number[NUMBER_TEXT_MAX];
        double threshold_s;
        int32_t limit;

        int r = sd_bus_message_read(m, "di", &threshold_s, &limit);
        if (r >= 0)
                r = check_finite(threshold_s, error);
        if (r < 0)
                return r;
        snprintf(line, sizeof(line), "makestep %s %d", number_format(threshold_s, number), limit);
        return set_line(m, userdata, line, error);
}

/* Of the settings that are one number. */
static int set_number(sd_bus_message *m, Bus *bus, const char *directive, sd_bus_error *error) {
        char line[OPTION_LINE_MAX], number[NUMBER_TEXT_MAX];
        double value;

        int r = sd_bus_message_read(m, "d", &value);
        if (r >= 0)
                r = check_finite(value, error);
        if (r < 0)
                return r;
        snprintf(line, sizeof(line), "%s %s", directive, number_format(value, number));
        return set_line(m, bus, line, error);
}

static int method_set_max_update_skew(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return set_number(m, userdata, "maxupdateskew", error);
}

static int method_set_reselect_distance(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return set_number(m, userdata, "reselectdist", error);
}

static int method_set_local(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        CallOption options[CALL_OPTIONS_MAX];
        char line[OPTION_LINE_MAX];
        size_t n = 0;
        int enabled;

        int r = sd_bus_message_read(m, "b", &enabled);
        if (r >= 0)
                r = call_options_read(m, options, &n, error);
        if (r >= 0)
                r = option_line_of_local(enabled, options, n, line, error);
        return r < 0 ? r : set_line(m, userdata, line, error);
}

static int range_error(int r, double value, sd_bus_error *error) {
        if (r != -ERANGE)
                return r;
        return sd_bus_error_setf(
                error, SD_BUS_ERROR_INVALID_ARGS, "%.10g is more than the clock can be corrected by.", value);
}

/* Of the two that move the clock by a number. */
static int move_clock(sd_bus_message *m, Bus *bus, bool by_frequency, sd_bus_error *error) {
        char change[NUMBER_TEXT_MAX + 4], number[NUMBER_TEXT_MAX];
        void *userdata;
        double value;
        const BusClockOps *ops = bus_ops(bus, &userdata)->clock;

        int r = sd_bus_message_read(m, "d", &value);
        if (r >= 0)
                r = check_finite(value, error);
        if (r >= 0)
                r = range_error((by_frequency ? ops->check_frequency : ops->check_offset)(userdata, value),
                        value, error);
        if (r < 0)
                return r;
        snprintf(change, sizeof(change), "%s %s", number_format(value, number), by_frequency ? "ppm" : "s");
        r = authz_admit_about(bus_authz(bus), m, NULL, &(CallAbout){ .how = change }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = (by_frequency ? ops->change_frequency : ops->adjust_offset)(userdata, value);
        return source_order_finish(bus, m, range_error(r, value, error));
}

static int method_set_frequency(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return move_clock(m, userdata, true, error);
}

static int method_adjust_offset(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return move_clock(m, userdata, false, error);
}

static const sd_bus_vtable clock_calls_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("MakeStep", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_make_step,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetMakeStep", SD_BUS_ARGS("d", threshold_seconds, "i", limit),
                SD_BUS_NO_RESULT, method_set_make_step, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetMaxUpdateSkew", SD_BUS_ARGS("d", ppm), SD_BUS_NO_RESULT,
                method_set_max_update_skew, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetFrequency", SD_BUS_ARGS("d", ppm), SD_BUS_NO_RESULT, method_set_frequency,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("AdjustOffset", SD_BUS_ARGS("d", seconds), SD_BUS_NO_RESULT,
                method_adjust_offset, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetLocal", SD_BUS_ARGS("b", enabled, "a{sv}", options), SD_BUS_NO_RESULT,
                method_set_local, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable selection_calls_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("SetReselectDistance", SD_BUS_ARGS("d", seconds), SD_BUS_NO_RESULT,
                method_set_reselect_distance, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject clock_calls = { TIMEBALL_CLOCK_PATH, TIMEBALL_CLOCK_INTERFACE, clock_calls_vtable,
        bus_find_at_clock, NULL };
const BusObject selection_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, selection_calls_vtable,
        bus_find_at_manager, NULL };
