/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/source-orders.h"

#include "base/cleanup.h"
#include "bus/call-options.h"
#include "dbus/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BURST_MAX = 255 };

int source_selector_read(const char *text, SourceSelector *ret, sd_bus_error *error) {
        char shown[CALL_OPTION_SHOWN_MAX];

        switch (source_selector_parse(text, ret)) {
        case SELECTOR_OK:
                return 0;
        case SELECTOR_INTERFACE:
                return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED,
                        "Sources cannot be chosen by interface yet: give a subnet.");
        case SELECTOR_MALFORMED:
                break;
        }
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "'%s' cannot be a source: give an id, an object path, a name, an address or a subnet such as "
                "192.0.2.0/24, or nothing for all.",
                clean_copy(text, shown, sizeof(shown)));
}

int source_orders_choose(
        Bus *bus, const char *text, const SourceSelector *selector, ChosenSources *ret, sd_bus_error *error) {
        char shown[CALL_OPTION_SHOWN_MAX];

        ret->every = selector->by == SELECT_EVERY;
        ret->n = source_selector_ids(selector, bus_snapshot(bus), ELEMENTS(ret->ids), ret->ids);
        if (ret->n > 0 || ret->every)
                return 0;
        return sd_bus_error_setf(error, TIMEBALL_ERROR_NO_SUCH_SOURCE, "There is no source '%s'.",
                clean_copy(text, shown, sizeof(shown)));
}

const char *source_orders_name(Bus *bus, const char *text, char buffer[static SOURCE_SHOWN_MAX]) {
        const Snapshot *s = bus_snapshot(bus);
        SourceSelector selector;
        uint32_t id;

        snprintf(buffer, SOURCE_SHOWN_MAX, "%s", text);
        if (source_selector_parse(text, &selector) != SELECTOR_OK)
                return buffer;
        const PoolView *pool = selector.by == SELECT_BY_POOL ? snapshot_find_pool(s, selector.id) : NULL;
        if (pool)
                snprintf(buffer, SOURCE_SHOWN_MAX, "%s", pool->name);
        if (selector.by != SELECT_BY_ID || source_selector_ids(&selector, s, 1, &id) == 0)
                return buffer;
        const SourceIdentity *i = &snapshot_find(s, id)->identity;
        char path[SOURCE_PATH_MAX];
        snprintf(buffer, SOURCE_SHOWN_MAX, "%s%s%s", i->name, i->pool_id ? " " : "",
                i->pool_id ? source_path(id, path) : "");
        return buffer;
}

void source_orders_choose_one(uint32_t id, ChosenSources *ret) {
        ret->ids[0] = id;
        ret->n = 1;
        ret->every = false;
}

int source_order_error(int r, uint32_t source, const char *why, sd_bus_error *error) {
        static const struct {
                int error;
                const char *name, *text;
        } rows[] = {
                { ENOENT, TIMEBALL_ERROR_NO_SUCH_SOURCE, "There is no such source any more." },
                { EEXIST, TIMEBALL_ERROR_SOURCE_EXISTS,
                        "There is a source with that name or address already." },
                { ENOSPC, TIMEBALL_ERROR_TOO_MANY_SOURCES, "There are as many sources as there can be." },
                { EINVAL, TIMEBALL_ERROR_INVALID_OPTION, "That cannot be done with this source." },
                { EROFS, TIMEBALL_ERROR_READ_ONLY, "There is no file to save it in." },
                { EOPNOTSUPP, SD_BUS_ERROR_NOT_SUPPORTED, "This kind of source is not supported." },
                { EBUSY, TIMEBALL_ERROR_BUSY, "Too much is being done at the moment. Call again." },
        };
        char shown[BUS_WHY_MAX];

        for (size_t i = 0; r < 0 && i < ELEMENTS(rows); i++) {
                if (rows[i].error != -r)
                        continue;
                if (why && why[0])
                        return sd_bus_error_set(error, rows[i].name, clean_copy(why, shown, sizeof(shown)));
                if (source == 0)
                        return sd_bus_error_set(error, rows[i].name, rows[i].text);
                return sd_bus_error_setf(error, rows[i].name, "Source %" PRIu32 ": %s", source, rows[i].text);
        }
        return r;
}

int source_order_finish(Bus *bus, sd_bus_message *m, int r) {
        bus_update(bus);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

int source_orders_check_burst(uint32_t good, uint32_t max, sd_bus_error *error) {
        if (good >= 1 && good <= max && max <= BURST_MAX)
                return 0;
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "%" PRIu32 " good ones of %" PRIu32 " requests cannot be: 1 <= good <= max <= %d.", good, max,
                BURST_MAX);
}

/* What is of no use for one source is no error where every source was meant. */
static int judge(const ChosenSources *chosen, size_t i, int r, sd_bus_error *error) {
        return r == -EINVAL && chosen->every ? 0 : source_order_error(r, chosen->ids[i], NULL, error);
}

int source_orders_set_online(Bus *bus, const ChosenSources *chosen, bool online, sd_bus_error *error) {
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < chosen->n; i++)
                r = judge(chosen, i, ops->set_online(userdata, chosen->ids[i], online), error);
        return r;
}

int source_orders_follow_routes(Bus *bus, sd_bus_error *error) {
        static const SourceSelector all = { .by = SELECT_EVERY };
        ChosenSources chosen;
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;

        int r = source_orders_choose(bus, "", &all, &chosen, error);
        for (size_t i = 0; r >= 0 && i < chosen.n; i++) {
                const SourceView *v = snapshot_find(bus_snapshot(bus), chosen.ids[i]);
                if (!v || !v->identity.resolved)
                        continue;
                bool online = ops->has_route(userdata, &v->identity.remote);
                r = judge(&chosen, i, ops->set_online(userdata, chosen.ids[i], online), error);
        }
        return r;
}

/* Those that may be asked now; what is left out of several is no error, as long as one is left. */
static int keep_within_rate(
        Bus *bus, sd_bus_message *m, const BurstLimit *limit, ChosenSources *chosen, sd_bus_error *error) {
        uint64_t soonest = UINT64_MAX;
        size_t n = 0;
        uid_t user;

        if (authz_user(bus_authz(bus), m, &user) && user == 0)
                return 0;
        for (size_t i = 0; i < chosen->n; i++) {
                uint64_t left = burst_limit_left(limit, chosen->ids[i], bus_now_usec(bus));
                if (left == 0)
                        chosen->ids[n++] = chosen->ids[i];
                else if (left < soonest)
                        soonest = left;
        }
        if (n == 0 && chosen->n > 0)
                return sd_bus_error_setf(error, TIMEBALL_ERROR_RATE_LIMITED,
                        "That was done less than a minute ago. Call again in %" PRIu64 " s.",
                        soonest / 1000000 + 1);
        chosen->n = n;
        return 0;
}

int source_orders_burst(
        Bus *bus, sd_bus_message *m, ChosenSources *chosen, int good, int max, sd_bus_error *error) {
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;

        int r = keep_within_rate(bus, m, bus_burst_limit(bus), chosen, error);
        for (size_t i = 0; r >= 0 && i < chosen->n; i++) {
                r = ops->burst(userdata, chosen->ids[i], good, max);
                if (r >= 0)
                        burst_limit_note(bus_burst_limit(bus), chosen->ids[i], bus_now_usec(bus));
                r = judge(chosen, i, r, error);
        }
        return r;
}

int source_orders_refresh(Bus *bus, sd_bus_message *m, ChosenSources *chosen, sd_bus_error *error) {
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;
        size_t n_named = 0;

        int r = keep_within_rate(bus, m, bus_refresh_limit(bus), chosen, error);
        for (size_t i = 0; r >= 0 && i < chosen->n; i++) {
                r = ops->refresh(userdata, chosen->ids[i]);
                if (r >= 0)
                        burst_limit_note(bus_refresh_limit(bus), chosen->ids[i], bus_now_usec(bus));
                n_named += r >= 0;
                if (r == -EINVAL)
                        r = 0; /* given by address: others may have a name */
                else
                        r = source_order_error(r, chosen->ids[i], NULL, error);
        }
        if (r >= 0 && n_named == 0 && !chosen->every)
                return sd_bus_error_set(error, TIMEBALL_ERROR_UNRESOLVABLE,
                        "That is given by its address: there is no name to look up.");
        return r;
}

int source_orders_remove(Bus *bus, uint32_t source, sd_bus_error *error) {
        void *userdata;

        return source_order_error(
                bus_ops(bus, &userdata)->sources->remove(userdata, source), source, NULL, error);
}

int source_orders_modify(Bus *bus, uint32_t source, const SourceChange *change, sd_bus_error *error) {
        void *userdata;

        return source_order_error(
                bus_ops(bus, &userdata)->sources->modify(userdata, source, change), source, NULL, error);
}
