/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Methods of org.timeball1.Manager that add and remove sources, and list the pools that they belong to. */

#include "base/cleanup.h"
#include "bus/call-options.h"
#include "bus/option-line.h"
#include "bus/save-call.h"
#include "bus/source-orders.h"
#include "dbus/names.h"

#include <errno.h>
#include <string.h>

/* The object that a line has made: the pool, or the source. */
static const char *made_path(Bus *bus, uint32_t id, char buffer[static SOURCE_PATH_MAX]) {
        const SourceView *v = snapshot_find(bus_snapshot(bus), id);

        if (v && v->identity.pool_id)
                return pool_path(v->identity.pool_id, buffer);
        return source_path(id, buffer);
}

static const char *origin(bool persist) {
        return persist ? "saved" : "runtime";
}

static int check_line(Bus *bus, const char *line, bool persist, char **ret_text, sd_bus_error *error) {
        char why[BUS_WHY_MAX] = "";
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;

        return source_order_error(ops->check(userdata, line, origin(persist), ret_text, why), 0, why, error);
}

static int add_line(Bus *bus, const char *line, bool persist, uint32_t *ret_id, sd_bus_error *error) {
        char why[BUS_WHY_MAX] = "";
        void *userdata;
        const BusSourceOps *ops = bus_ops(bus, &userdata)->sources;

        return source_order_error(ops->add(userdata, line, origin(persist), why, ret_id), 0, why, error);
}

/* *ret: the answer, for when the disk has it. */
static int add_persistent(
        sd_bus_message *m, Bus *bus, const char *line, sd_bus_message **ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        char path[SOURCE_PATH_MAX];
        uint32_t id = 0;

        int r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = add_line(bus, line, true, &id, error);
        bus_update(bus);
        if (r >= 0)
                r = sd_bus_message_append(reply, "o", made_path(bus, id, path));
        if (r >= 0)
                *ret = TAKE_PTR(reply);
        return r;
}

static int add_saved(sd_bus_message *m, Bus *bus, const char *line, sd_bus_error *error) {
        sd_bus_message *reply = NULL;
        uid_t user = 0;
        void *userdata;
        const BusConfigOps *ops = bus_ops(bus, &userdata)->config;

        if (!ops)
                return sd_bus_error_set(error, TIMEBALL_ERROR_READ_ONLY, "There is no file to save it in.");
        if (!authz_user(bus_authz(bus), m, &user))
                return -EACCES;
        SaveCall *call = save_call_keep(bus_save_calls(bus), m, user, error);
        if (!call)
                return -EBUSY;
        int r = add_persistent(m, bus, line, &reply, error);
        if (r >= 0)
                save_call_wait(call, reply, "The source is there, but is not saved: ", ops, userdata);
        else
                save_call_drop(call);
        return r < 0 ? r : 1;
}

/* Who is asked for a password is shown the line as it is understood, and not as somebody has written it. */
static int add(sd_bus_message *m, Bus *bus, const char *line, bool persist, sd_bus_error *error) {
        _cleanup_free_ char *text = NULL;
        char path[SOURCE_PATH_MAX];
        uint32_t id = 0;

        int r = check_line(bus, line, persist, &text, error);
        if (r >= 0)
                r = authz_admit_about(
                        bus_authz(bus), m, persist ? "persist" : NULL, &(CallAbout){ .what = text }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (persist)
                return add_saved(m, bus, line, error);
        r = add_line(bus, line, false, &id, error);
        bus_update(bus);
        return r < 0 ? r : sd_bus_reply_method_return(m, "o", made_path(bus, id, path));
}

static int method_add_source(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        CallOption options[CALL_OPTIONS_MAX];
        char line[OPTION_LINE_MAX];
        const char *kind, *address;
        bool persist = false;
        size_t n = 0;

        int r = sd_bus_message_read(m, "ss", &kind, &address);
        if (r >= 0)
                r = call_options_read(m, options, &n, error);
        if (r >= 0)
                r = option_line_take_persist(options, &n, &persist, error);
        if (r >= 0)
                r = option_line_of_source(kind, address, options, n, line, error);
        return r < 0 ? r : add(m, userdata, line, persist, error);
}

static int method_add_source_from_line(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *line;
        int persist;

        int r = sd_bus_message_read(m, "sb", &line, &persist);
        if (r >= 0)
                r = option_line_check_source(line, error);
        return r < 0 ? r : add(m, userdata, line, persist, error);
}

static int refuse_unknown(const char *text, sd_bus_error *error) {
        char shown[CALL_OPTION_SHOWN_MAX];

        return sd_bus_error_setf(error, TIMEBALL_ERROR_NO_SUCH_SOURCE, "There is no source '%s'.",
                clean_copy(text, shown, sizeof(shown)));
}

/* Whether there is a source or a pool of that path. */
static int check_path(Bus *bus, const char *path, sd_bus_error *error) {
        const Snapshot *s = bus_snapshot(bus);
        uint32_t source = source_path_id(path), pool = pool_path_id(path);

        if ((source && snapshot_find(s, source)) || (pool && snapshot_find_pool(s, pool)))
                return 0;
        return refuse_unknown(path, error);
}

static int remove_pool(Bus *bus, uint32_t pool, sd_bus_error *error) {
        void *userdata;

        return source_order_error(
                bus_ops(bus, &userdata)->sources->remove_pool(userdata, pool), 0, NULL, error);
}

static int method_remove_source(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char name[SOURCE_SHOWN_MAX];
        const char *path;

        int r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r >= 0)
                r = check_path(userdata, path, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(userdata), m, NULL,
                        &(CallAbout){ source_orders_name(userdata, path, name) }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        uint32_t source = source_path_id(path);
        if (source)
                r = source_orders_remove(userdata, source, error);
        else
                r = remove_pool(userdata, pool_path_id(path), error);
        return source_order_finish(userdata, m, r);
}

/* Of a member of a pool of this name, the pool. */
static int remove_chosen(Bus *bus, uint32_t id, const SourceSelector *selector, sd_bus_error *error) {
        uint32_t pool = snapshot_find(bus_snapshot(bus), id)->identity.pool_id;
        return selector->by == SELECT_BY_NAME && pool ? remove_pool(bus, pool, error)
                                                      : source_orders_remove(bus, id, error);
}

static int method_remove_source_by_address(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char name[SOURCE_SHOWN_MAX];
        SourceSelector selector;
        const char *text;
        uint32_t id;

        int r = sd_bus_message_read(m, "s", &text);
        if (r >= 0)
                r = call_options_read_none(m, error);
        if (r >= 0)
                r = source_selector_read(text, &selector, error);
        if (r >= 0 && !source_selector_is_narrow(&selector))
                r = sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                        "That is not one source: give its address or its name.");
        if (r >= 0 && source_selector_ids(&selector, bus_snapshot(userdata), 1, &id) == 0)
                r = refuse_unknown(text, error);
        if (r >= 0)
                r = authz_admit_about(bus_authz(userdata), m, NULL,
                        &(CallAbout){ source_orders_name(userdata, text, name) }, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return source_order_finish(userdata, m, remove_chosen(userdata, id, &selector, error));
}

static int append_pools(sd_bus_message *reply, const Snapshot *s) {
        char path[SOURCE_PATH_MAX], name[NAME_MAX_BYTES];
        size_t n = source_pools_count(s);

        int r = sd_bus_message_open_container(reply, 'a', "(osuu)");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const PoolView *v = source_pools_at(s, i);
                r = sd_bus_message_append(reply, "(osuu)", pool_path(v->id, path),
                        clean_copy(v->name, name, sizeof(name)), v->resolved, v->confirmed);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list_pools(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        int r = authz_admit(bus_authz(userdata), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_pools(reply, bus_snapshot(userdata));
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable roster_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("AddSource", SD_BUS_ARGS("s", kind, "s", address, "a{sv}", options),
                SD_BUS_RESULT("o", path), method_add_source, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("AddSourceFromLine", SD_BUS_ARGS("s", line, "b", persist),
                SD_BUS_RESULT("o", path), method_add_source_from_line, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RemoveSource", SD_BUS_ARGS("o", source, "a{sv}", options), SD_BUS_NO_RESULT,
                method_remove_source, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RemoveSourceByAddress", SD_BUS_ARGS("s", address, "a{sv}", options),
                SD_BUS_NO_RESULT, method_remove_source_by_address, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListPools", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(osuu)", pools),
                method_list_pools, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject roster_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, roster_vtable,
        bus_find_at_manager, NULL };
