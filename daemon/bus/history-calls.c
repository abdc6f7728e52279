/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GetHistory of org.timeball1.Manager and of org.timeball1.Source. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 48 }; /* of a caller's word in an error */

typedef struct Range {
        uint64_t since_usec, until_usec;
        uint32_t max_points;
} Range;

/* The clock has updates, not samples. */
static int series_read(const char *text, bool of_clock, HistorySeries *ret, sd_bus_error *error) {
        char shown[SHOWN_MAX];
        int series = history_series_from_string(text);

        if (series >= 0 && (!of_clock || series == HISTORY_OFFSET || series == HISTORY_FREQUENCY)) {
                *ret = (HistorySeries)series;
                return 0;
        }
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "There is no series '%s' of %s; there are %s.", clean_copy(text, shown, sizeof(shown)),
                of_clock ? "the clock" : "a source",
                of_clock ? "offset and frequency" : "offset, frequency, delay and jitter");
}

static int range_read(sd_bus_message *m, Range *ret, sd_bus_error *error) {
        int r = sd_bus_message_read(m, "ttu", &ret->since_usec, &ret->until_usec, &ret->max_points);

        if (r >= 0 && (ret->max_points < 1 || ret->max_points > HISTORY_POINTS_MAX))
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "%u points are not between 1 and %d.", ret->max_points, HISTORY_POINTS_MAX);
        return r;
}

static int append_points(sd_bus_message *reply, Now now, const HistoryPoint *points, size_t n) {
        int r = sd_bus_message_open_container(reply, 'a', "(tdddd)");

        for (size_t i = 0; r >= 0 && i < n; i++) {
                const HistoryPoint *p = &points[i];
                r = sd_bus_message_append(
                        reply, "(tdddd)", usec_from_mono(now, p->at), p->value, p->error, p->low, p->high);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_answer(sd_bus_message *reply, Bus *bus, const HistoryQuery *query) {
        _cleanup_free_ HistoryPoint *points = calloc(query->max_points, sizeof(*points));
        void *userdata;
        const BusHistoryOps *ops = bus_ops(bus, &userdata)->history;
        Now now = bus_snapshot(bus)->now;
        Span width;

        if (!points)
                return -ENOMEM;
        size_t n = history_points(ops->view(userdata), query, points, &width);
        int r = sd_bus_message_append(
                reply, "tu", usec_from_local(now.local), (uint32_t)(width.ns / NS_PER_S));
        return r < 0 ? r : append_points(reply, now, points, n);
}

static int answer(sd_bus_message *m, Bus *bus, const HistoryQuery *query) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        int r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_answer(reply, bus, query);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int admit_and_answer(
        sd_bus_message *m, Bus *bus, HistoryQuery *query, const Range *range, sd_bus_error *error) {
        int r = authz_admit(bus_authz(bus), m, NULL, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        Now now = bus_snapshot(bus)->now;
        query->since = range->since_usec > 0 ? mono_from_usec(now, range->since_usec) : (Mono){ INT64_MIN };
        query->until = range->until_usec > 0 ? mono_from_usec(now, range->until_usec) : MONO_NEVER;
        query->max_points = range->max_points;
        return answer(m, bus, query);
}

/* The clock, or a source that there is. */
static int object_read(Bus *bus, const char *path, uint32_t *ret_source, sd_bus_error *error) {
        uint32_t id = source_path_id(path);

        if (strcmp(path, TIMEBALL_CLOCK_PATH) != 0 && !snapshot_find(bus_snapshot(bus), id))
                return sd_bus_error_setf(error, TIMEBALL_ERROR_NO_SUCH_SOURCE,
                        "There is no source '%.100s'; the clock is " TIMEBALL_CLOCK_PATH ".", path);
        *ret_source = id;
        return 0;
}

static int method_get_history(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        HistoryQuery query = { 0 };
        const char *path, *series;
        Range range;

        int r = sd_bus_message_read(m, "os", &path, &series);
        if (r >= 0)
                r = range_read(m, &range, error);
        if (r >= 0)
                r = object_read(userdata, path, &query.source, error);
        if (r >= 0)
                r = series_read(series, query.source == 0, &query.series, error);
        return r < 0 ? r : admit_and_answer(m, userdata, &query, &range, error);
}

static int method_get_history_of_source(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        HistoryQuery query = { .source = source_path_id(sd_bus_message_get_path(m)) };
        const char *series;
        Range range;

        int r = sd_bus_message_read(m, "s", &series);
        if (r >= 0)
                r = range_read(m, &range, error);
        if (r >= 0)
                r = series_read(series, false, &query.series, error);
        return r < 0 ? r : admit_and_answer(m, userdata, &query, &range, error);
}

#define RANGE   "s", series, "t", since_usec, "t", until_usec, "u", max_points
#define RESULTS SD_BUS_RESULT("t", now_usec, "u", resolution_seconds, "a(tdddd)", points)

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetHistory", SD_BUS_ARGS("o", object, RANGE), RESULTS, method_get_history,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable source_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetHistory", SD_BUS_ARGS(RANGE), RESULTS, method_get_history_of_source,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject history_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, manager_vtable,
        bus_find_at_manager, NULL, NULL };
const BusObject source_history_calls = { TIMEBALL_SOURCES_PATH, TIMEBALL_SOURCE_INTERFACE, source_vtable,
        bus_find_at_source, NULL, NULL };
