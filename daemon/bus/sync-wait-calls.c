/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* WaitSync of org.timeball1.Manager: answered once the clock is right, which may be much later than it is called. */

#include "bus/call-options.h"
#include "bus/followers.h"
#include "dbus/names.h"

#include <math.h>

typedef struct Wish {
        SyncGoal goal;
        double timeout_s; /* 0: none */
} Wish;

static int reply(sd_bus_message *m, bool reached, const SyncFigures *last) {
        return sd_bus_reply_method_return(m, "ba{sv}", (int)reached, 3, "ReferenceID", "u",
                last->reference_id, "SystemOffsetSeconds", "d", last->system_offset_s, "SkewPPM", "d",
                last->skew_ppm);
}

static void forget(Bus *bus, sd_bus_message *m) {
        authz_let_go(bus_authz(bus), sd_bus_message_get_sender(m));
        sd_bus_message_unref(m);
}

static void sink_answer(void *userdata, void *call, bool reached, const SyncFigures *last) {
        int r = reply(call, reached, last);

        if (r < 0) /* or the caller would wait for nothing */
                sd_bus_reply_method_errno(call, r, NULL);
        forget(userdata, call);
}

static void sink_drop(void *userdata, void *call, const char *why) {
        if (why)
                sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED,
                        "The bus does not say when the caller leaves (%s). Call again.", why);
        forget(userdata, call);
}

const SyncWaitSink sync_wait_sink = { sink_answer, sink_drop };

/* Negative, and NaN, is no bound. */
static int check(double value, const char *name, sd_bus_error *error) {
        if (value >= 0.0)
                return 0;
        return sd_bus_error_setf(
                error, SD_BUS_ERROR_INVALID_ARGS, "%s is %g; it is 0 for any, or more.", name, value);
}

static int read_wish(sd_bus_message *m, Wish *ret, sd_bus_error *error) {
        Wish w;

        int r = sd_bus_message_read(m, "ddd", &w.goal.max_correction_s, &w.goal.max_skew_ppm, &w.timeout_s);
        if (r >= 0)
                r = check(w.goal.max_correction_s, "max_correction_seconds", error);
        if (r >= 0)
                r = check(w.goal.max_skew_ppm, "max_skew_ppm", error);
        if (r >= 0)
                r = check(w.timeout_s, "timeout_seconds", error);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r < 0)
                return r;
        *ret = w;
        return 0;
}

static uint64_t until_usec(double timeout_s, uint64_t now_usec) {
        const double long_s = 1e9; /* nobody waits so many years, and more would not fit */

        if (timeout_s <= 0.0 || timeout_s > long_s)
                return SYNC_WAIT_NEVER;
        return now_usec + (uint64_t)ceil(timeout_s * 1e6);
}

static int wait_for(sd_bus_message *m, Bus *bus, const Wish *wish, uid_t user, sd_bus_error *error) {
        uint64_t now_usec = bus_now_usec(bus);
        const SyncWait wait = {
                .call = m,
                .name = sd_bus_message_get_sender(m),
                .user = user,
                .goal = wish->goal,
                .until_usec = until_usec(wish->timeout_s, now_usec),
        };

        if (sync_waits_add(followers_sync_waits(bus_followers(bus)), &wait) < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "Too many calls wait for the clock (%d of one user, %d of all). Call again later.",
                        SYNC_WAITS_EACH, SYNC_WAITS_MAX);
        sd_bus_message_ref(m);
        authz_keep(bus_authz(bus), m);
        followers_look_by(bus_followers(bus), wait.until_usec);
        followers_look_by(bus_followers(bus), now_usec + SYNC_WAIT_LOOK_USEC);
        return 1;
}

static int method_wait_sync(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        SyncFigures now;
        uid_t user;
        Wish wish;

        int r = read_wish(m, &wish, error);
        if (r >= 0)
                r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        sync_figures_read(&now, bus_reading(userdata));
        if (sync_goal_is_reached(&wish.goal, &now))
                return reply(m, true, &now);
        r = authz_sender(bus_authz(userdata), m, &user, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return wait_for(m, userdata, &wish, user, error);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("WaitSync",
                SD_BUS_ARGS("d", max_correction_seconds, "d", max_skew_ppm, "d", timeout_seconds, "a{sv}",
                        options),
                SD_BUS_RESULT("b", reached, "a{sv}", last), method_wait_sync, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject sync_wait_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, vtable, bus_find_at_manager,
        NULL, NULL };
