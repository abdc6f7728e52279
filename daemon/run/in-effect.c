/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/in-effect.h"

#include "config/diff.h"
#include "core/engine-orders.h"
#include "run/actions.h"
#include "run/column-logs.h"
#include "run/drift-file.h"
#include "run/serving.h"

#include <string.h>

EngineOptions in_effect_engine_options(const Parts *p, const Config *config) {
        EngineOptions options = config->engine;

        if (p->mode != RUN_DAEMON) { /* who only looks or sets once serves nobody */
                options.serving = options.local.enabled = false;
                options.select.orphan_stratum = 0;
        }
        options.once = p->mode != RUN_DAEMON;
        return options;
}

UdpOptions in_effect_requests(const Config *config) {
        UdpOptions options = {
                .bind4 = config->bind_acq_address[0],
                .bind6 = config->bind_acq_address[1],
                .fixed_port = config->fixed_acquisition_port,
                .port = config->acquisition_port,
                .dscp = config->dscp,
        };

        if (config->bind_acq_device)
                (void)snprintf(options.device, sizeof(options.device), "%s", config->bind_acq_device);
        return options;
}

static void swap_keys(Parts *p, Config *config) {
        KeyRing keys = p->keys;

        p->keys = config->keys;
        config->keys = keys;
}

static bool differs(const Config *a, const Config *b, const char *directive) {
        return diff_has(a, b, directive_find(directive));
}

static void change_clock(Parts *p, const Config *now) {
        const DisciplineOptions *d = &now->engine.discipline;

        clock_set_limits(p->clock, &(ClockLimits){ d->max_slew_rate, d->rtc_sync });
}

static void change_leap_files(Parts *p, const Config *before, const Config *now) {
        int r;

        if (!differs(before, now, "leapseclist") && !differs(before, now, "leapsectz")) {
                leap_files_look(p->leap_files); /* the same paths, with what is new in them */
                return;
        }
        r = leap_files_follow(p->leap_files, now);
        if (r < 0)
                log_error(p->log, "Could not watch the files of leap seconds: %s", strerrordesc_np(-r));
}

/* What can fail comes first. */
int in_effect_change(Parts *p, const Config *before, Config *now, bool with_keys, Problems *warnings) {
        EngineOptions options = in_effect_engine_options(p, now);
        int r;

        if (with_keys)
                swap_keys(p, now);
        r = serving_change(p->serving, before, now, warnings);
        if (r < 0) {
                if (with_keys)
                        swap_keys(p, now);
                return r;
        }
        engine_set_options(p->engine, parts_now(p), &options);
        actions_execute(p);
        change_clock(p, now);
        UdpOptions requests = in_effect_requests(now);
        exchanges_set_options(p->exchanges, &requests);
        change_leap_files(p, before, now);
        in_effect_point(p, now);
        return 0;
}

void in_effect_point(Parts *p, const Config *config) {
        drift_file_point(p, config->drift_file);
        p->dump_dir = config->dump_dir;
        if (p->column_logs)
                column_logs_follow(p->column_logs, &config->logs);
}
