/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Subscribe and Unsubscribe of org.timeball1.Manager, and the signal that subscribers alone get. */

#include "base/cleanup.h"
#include "bus/call-options.h"
#include "bus/followers.h"
#include "bus/source-row.h"
#include "dbus/names.h"

#include <errno.h>
#include <string.h>

static bool sink_has_room(void *userdata) {
        return bus_is_clear(userdata);
}

static int append_changed(sd_bus_message *m, Bus *bus, const SourcesUpdate *u) {
        const SourceFilter columns = { .aspects = u->aspects };
        SourcePublished *p = &bus_published(bus)->source;

        int r = sd_bus_message_open_container(m, 'a', TIMEBALL_SOURCE_ROW);
        for (size_t i = 0; r >= 0 && i < u->n_changed; i++) {
                const SourceView *v = &u->reading->snapshot->sources[u->changed[i]];

                source_publish(p, u->reading->snapshot, v);
                symmetric_auth_publish(p, u->reading, v);
                r = source_row_append(m, &columns, p);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_removed(sd_bus_message *m, const SourcesUpdate *u) {
        char path[SOURCE_PATH_MAX];

        int r = sd_bus_message_open_container(m, 'a', "o");
        for (size_t i = 0; r >= 0 && i < u->n_removed; i++)
                r = sd_bus_message_append_basic(m, 'o', source_path(u->removed[i], path));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int sink_send(void *userdata, const char *name, const SourcesUpdate *u) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        sd_bus *connection = bus_connection(userdata);

        if (!connection)
                return -ENOTCONN;
        int r = sd_bus_message_new_signal(
                connection, &m, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "SourcesUpdated");
        if (r >= 0)
                r = sd_bus_message_set_destination(m, name);
        if (r >= 0)
                r = sd_bus_message_append(m, "u", u->reading->snapshot->generation);
        if (r >= 0)
                r = append_changed(m, userdata, u);
        if (r >= 0)
                r = append_removed(m, u);
        return r < 0 ? r : sd_bus_send(connection, m, NULL);
}

const SubscriptionSink subscription_sink = { sink_has_room, sink_send };

static int read_option(sd_bus_message *m, unsigned *aspects, sd_bus_error *error) {
        const char *key;

        int r = sd_bus_message_read_basic(m, 's', &key);
        if (r < 0)
                return r;
        if (strcmp(key, "what") != 0)
                return call_options_refuse_key(key, "what", error);
        if (*aspects != 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "Option 'what' is there twice.");
        if (source_aspects_read(m, aspects) < 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                        "Option 'what' takes a list of stats, select, auth, ntp and refclock.");
        return 0;
}

static int read_options(sd_bus_message *m, unsigned *ret_aspects, sd_bus_error *error) {
        unsigned aspects = 0;

        int r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_option(m, &aspects, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret_aspects = aspects;
        return 0;
}

static int subscribe(sd_bus_message *m, Bus *bus, const SubscriptionRequest *request, sd_bus_error *error) {
        Subscriptions *subscriptions = followers_subscriptions(bus_followers(bus));
        bool again = subscriptions_has(subscriptions, request->name);

        int r = subscriptions_put(subscriptions, request, bus_reading(bus), bus_now_usec(bus));
        if (r == -EDQUOT || r == -ENOSPC)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There are too many subscribers (%d of one user, %d of all).", SUBSCRIPTIONS_EACH,
                        SUBSCRIPTIONS_MAX);
        if (r < 0)
                return r;
        if (!again)
                authz_keep(bus_authz(bus), m);
        followers_update(bus_followers(bus));
        return sd_bus_reply_method_return(m, NULL);
}

static int method_subscribe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        SubscriptionRequest request = { 0 };

        int r = sd_bus_message_read(m, "u", &request.interval_ms);
        if (r >= 0)
                r = read_options(m, &request.aspects, error);
        if (r >= 0)
                r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r > 0)
                r = authz_sender(bus_authz(userdata), m, &request.user, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        request.name = sd_bus_message_get_sender(m);
        return subscribe(m, userdata, &request, error);
}

static int method_unsubscribe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);

        int r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (sender && subscriptions_remove(followers_subscriptions(bus_followers(userdata)), sender))
                authz_let_go(bus_authz(userdata), sender);
        return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Subscribe", SD_BUS_ARGS("u", interval_ms, "a{sv}", options),
                SD_BUS_NO_RESULT, method_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Unsubscribe", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_unsubscribe,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("SourcesUpdated",
                SD_BUS_ARGS("u", generation, "a" TIMEBALL_SOURCE_ROW, sources, "ao", removed), 0),
        SD_BUS_VTABLE_END,
};

const BusObject subscription_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, vtable, bus_find_at_manager,
        NULL, NULL };
