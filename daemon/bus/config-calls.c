/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Manager: reading the configuration again, saving what was changed, and what concerns the daemon as a whole. */

#include "base/cleanup.h"
#include "bus/call-options.h"
#include "bus/object.h"
#include "bus/save-call.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a method works with, once it may. */
typedef struct Call {
        Bus *bus;
        const BusConfigOps *ops;
        void *userdata;
} Call;

/* As authz_admit(). */
static int admit(sd_bus_message *m, void *userdata, Call *ret, sd_bus_error *error) {
        const BusOps *ops = bus_ops(userdata, &ret->userdata);

        ret->bus = userdata;
        ret->ops = ops->config;
        if (!ret->ops)
                return sd_bus_error_set(
                        error, SD_BUS_ERROR_NOT_SUPPORTED, "This daemon's configuration can't be changed.");
        return authz_admit(bus_authz(userdata), m, NULL, error);
}

/* Of what the table says, in the words of the API. */
static int refuse(int r, const char *why, sd_bus_error *error) {
        switch (r) {
        case -EINVAL:
                return sd_bus_error_set(error, TIMEBALL_ERROR_CONFIG_INVALID, why);
        case -EROFS:
                return sd_bus_error_set(error, TIMEBALL_ERROR_READ_ONLY, why);
        case -EIO:
                return sd_bus_error_set(error, SD_BUS_ERROR_IO_ERROR, why);
        default:
                return r;
        }
}

static void free_texts(char **texts) {
        for (char **text = texts; text && *text; text++)
                free(*text);
        free(texts);
}

/* The texts are taken over. */
static int make_texts(sd_bus_message *m, char **texts, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        int r = texts ? sd_bus_message_new_method_return(m, &reply) : -ENOMEM;
        if (r >= 0)
                r = sd_bus_message_append_strv(reply, texts);
        free_texts(texts);
        if (r >= 0)
                *ret = TAKE_PTR(reply);
        return r;
}

static int reply_texts(sd_bus_message *m, char **texts) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        int r = make_texts(m, texts, &reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* Those that answer with texts. */
static int call_with_texts(sd_bus_message *m, void *userdata,
        int (*what)(const Call *c, char ***ret_texts, char why[static BUS_CONFIG_WHY_MAX]),
        sd_bus_error *error) {
        char why[BUS_CONFIG_WHY_MAX] = "";
        char **texts = NULL;
        Call c;

        int r = admit(m, userdata, &c, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = what(&c, &texts, why);
        bus_update(c.bus);
        return r < 0 ? refuse(r, why, error) : reply_texts(m, texts);
}

/* Those that answer with nothing. */
static int call_plain(sd_bus_message *m, void *userdata,
        int (*what)(const Call *c, char why[static BUS_CONFIG_WHY_MAX]), sd_bus_error *error) {
        char why[BUS_CONFIG_WHY_MAX] = "";
        Call c;

        int r = admit(m, userdata, &c, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = what(&c, why);
        bus_update(c.bus);
        return r < 0 ? refuse(r, why, error) : sd_bus_reply_method_return(m, NULL);
}

static int reload(const Call *c, char ***ret_texts, char why[static BUS_CONFIG_WHY_MAX]) {
        return c->ops->reload(c->userdata, ret_texts, why);
}

static int method_reload(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return call_with_texts(m, userdata, reload, error);
}

/* *ret: the answer, for when the disk has it. */
static int save(const Call *c, sd_bus_message *m, sd_bus_message **ret, sd_bus_error *error) {
        char why[BUS_CONFIG_WHY_MAX] = "";
        char **texts = NULL;
        int r = c->ops->save(c->userdata, &texts, why);

        return r < 0 ? refuse(r, why, error) : make_texts(m, texts, ret);
}

static int method_save(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        sd_bus_message *reply = NULL;
        uid_t user = 0;
        Call c;

        int r = admit(m, userdata, &c, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!authz_user(bus_authz(c.bus), m, &user))
                return -EACCES;
        SaveCall *call = save_call_keep(bus_save_calls(c.bus), m, user, error);
        if (!call)
                return -EBUSY;
        r = save(&c, m, &reply, error);
        bus_update(c.bus);
        if (r >= 0)
                save_call_wait(call, reply, "", c.ops, c.userdata);
        else
                save_call_drop(call);
        return r < 0 ? r : 1;
}

static int revert(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        return c->ops->revert(c->userdata, why);
}

static int method_revert(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return call_plain(m, userdata, revert, error);
}

static int reload_sources(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        return c->ops->reload_sources(c->userdata);
}

static int method_reload_sources(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return call_plain(m, userdata, reload_sources, error);
}

static int reload_keys(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        return c->ops->reload_keys(c->userdata, why);
}

static int method_reload_keys(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return call_plain(m, userdata, reload_keys, error);
}

static int cycle_logs(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        int r = c->ops->cycle_logs(c->userdata);

        /* What the daemon may not do is none of the caller's rights. */
        if (r == 0 || r == -ENOMEM)
                return r;
        snprintf(why, BUS_CONFIG_WHY_MAX, "The log file can't be opened anew: %s.", strerrordesc_np(-r));
        return -EIO;
}

static int method_cycle_logs(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return call_plain(m, userdata, cycle_logs, error);
}

static int dump(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        return c->ops->dump(c->userdata);
}

static int method_dump(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        int r = call_options_read_none(m, error);

        if (r >= 0)
                r = call_plain(m, userdata, dump, error);
        if (r == -ENOENT && !sd_bus_error_is_set(error))
                return sd_bus_error_set(error, TIMEBALL_ERROR_INVALID_STATE,
                        "There is no folder for it: the configuration needs a line 'dumpdir'.");
        return r;
}

static int shut_down(const Call *c, char why[static BUS_CONFIG_WHY_MAX]) {
        c->ops->shut_down(c->userdata);
        return 0;
}

static int method_shutdown(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        int r = call_options_read_none(m, error);

        return r < 0 ? r : call_plain(m, userdata, shut_down, error);
}

static int append_keys(sd_bus_message *reply, const KeyRing *ring) {
        int r = sd_bus_message_open_container(reply, 'a', "(usu)");

        for (size_t i = 0; r >= 0 && i < ring->n; i++) {
                const MacKey *key = &ring->keys[i];

                r = sd_bus_message_append(
                        reply, "(usu)", key->id, mac_type_to_string(key->type), (uint32_t)(8 * key->n));
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list_keys(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        Call c;

        int r = admit(m, userdata, &c, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_keys(reply, c.ops->keys(c.userdata));
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable config_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_RESULT("as", warnings), method_reload,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ReloadSources", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload_sources,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ReloadKeys", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload_keys,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListKeys", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(usu)", keys), method_list_keys,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SaveRuntimeChanges", SD_BUS_NO_ARGS, SD_BUS_RESULT("as", warnings),
                method_save, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RevertRuntimeChanges", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_revert,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Dump", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_dump,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "CycleLogs", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_cycle_logs, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Shutdown", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_shutdown,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Reloaded", SD_BUS_ARGS("u", generation), 0),
        SD_BUS_VTABLE_END,
};

const BusObject config_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, config_vtable,
        bus_find_at_manager, NULL };
