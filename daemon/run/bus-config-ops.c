/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/bus-config-ops.h"

#include "base/cleanup.h"
#include "run/column-logs.h"
#include "run/drift-file.h"
#include "run/dump-files.h"
#include "run/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Runtime *runtime_of(void *userdata) {
        return ((Parts *)userdata)->runtime;
}

static int on_reload(void *userdata, char ***ret_warnings, char why[static BUS_CONFIG_WHY_MAX]) {
        return runtime_reload(runtime_of(userdata), ret_warnings, why);
}

static int on_revert(void *userdata, char why[static BUS_CONFIG_WHY_MAX]) {
        return runtime_revert(runtime_of(userdata), NULL, why);
}

static int on_reload_sources(void *userdata) {
        return runtime_reload_sources(runtime_of(userdata));
}

static int on_reload_keys(void *userdata, char why[static BUS_CONFIG_WHY_MAX]) {
        return runtime_reload_keys(runtime_of(userdata), why);
}

static int on_save(void *userdata, char ***ret_warnings, char why[static BUS_CONFIG_WHY_MAX]) {
        return runtime_save(runtime_of(userdata), ret_warnings, why);
}

/* Between the two who need not know one another. */
typedef struct Telling {
        SaveReply reply;
        void *userdata;
} Telling;

static void on_told(void *userdata, int error, const char *path) {
        _cleanup_free_ Telling *t = userdata;
        char why[BUS_CONFIG_WHY_MAX] = "";

        if (error < 0)
                snprintf(why, sizeof(why), "%s can't be written: %s", path, strerrordesc_np(-error));
        t->reply(t->userdata, error, why);
}

static void on_tell_saved(void *userdata, SaveReply reply, void *reply_userdata) {
        Telling *t = malloc(sizeof(*t));

        if (!t) {
                reply(reply_userdata, -ENOMEM, strerrordesc_np(ENOMEM));
                return;
        }
        *t = (Telling){ reply, reply_userdata };
        runtime_tell_saved(runtime_of(userdata), on_told, t);
}

static int on_dump(void *userdata) {
        Parts *p = userdata;

        if (!p->dump_dir)
                return -ENOENT;
        dump_files_save(p);
        drift_file_save(p);
        return 0;
}

static int on_cycle_logs(void *userdata) {
        Parts *p = userdata;

        if (p->column_logs)
                column_logs_cycle(p->column_logs);
        return p->sink ? log_sink_reopen(p->sink) : 0;
}

static void on_shut_down(void *userdata) {
        Parts *p = userdata;

        log_info(p->log, "Told to end over D-Bus");
        (void)sd_event_exit(p->event, EXIT_SUCCESS);
}

static const KeyRing *on_keys(void *userdata) {
        return &((Parts *)userdata)->keys;
}

static uint32_t on_generation(void *userdata) {
        return runtime_generation(runtime_of(userdata));
}

static bool on_is_dirty(void *userdata) {
        return runtime_is_dirty(runtime_of(userdata));
}

static bool on_is_read_only(void *userdata) {
        return !runtime_can_save(runtime_of(userdata));
}

const BusConfigOps bus_config_ops = {
        .reload = on_reload,
        .revert = on_revert,
        .reload_sources = on_reload_sources,
        .reload_keys = on_reload_keys,
        .save = on_save,
        .tell_saved = on_tell_saved,
        .dump = on_dump,
        .cycle_logs = on_cycle_logs,
        .shut_down = on_shut_down,
        .keys = on_keys,
        .generation = on_generation,
        .is_dirty = on_is_dirty,
        .is_read_only = on_is_read_only,
};

_Static_assert(
        (int)BUS_CONFIG_WHY_MAX == (int)RUNTIME_WHY_MAX, "what is said has the same room on both sides");
