/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/dump-files.h"

#include "base/cleanup.h"
#include "os/clock-reading.h"
#include "os/state-file.h"
#include "os/timex.h"
#include "run/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENDING ".dat"

static void take_moment(Parts *p, ClockMoment *ret) {
        ClockReading now;
        ClockState state;
        KernelState kernel;

        (void)parts_now(p); /* what others did to the clock is told to the engine first */
        (void)clock_read(p->clock, &state);
        timex_read(&kernel);
        clock_reading_take(&now);
        *ret = (ClockMoment){
                .mono = now.mono,
                .raw = now.raw,
                .kernel = now.wall,
                .local = clock_local(p->clock, now.wall),
                /* Who steers leaves the kernel with the base rate, in which Mono runs too. */
                .local_rate = state.steers ? 0.0 : -state.base_ppm * 1e-6,
                .kernel_ppm = state.steers || !kernel.known ? state.base_ppm : kernel.fast_ppm,
        };
}

static void warn_useless(Parts *p, const char *path, unsigned line, DumpFault fault) {
        log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                "dumpdir: %s, line %u: %s: its samples are not used", path, line,
                dump_fault_to_string(fault));
}

static void load(Parts *p, const char *path, const char *text, size_t n) {
        char address[NET_ADDRESS_TEXT_MAX];
        ClockMoment now;
        ClockShift shift;
        unsigned line;
        Dump dump;
        DumpFault fault = dump_parse(text, n, &dump, &line);

        if (fault == DUMP_FINE) {
                take_moment(p, &now);
                line = 1;
                fault = dump_shift(&dump.moment, &now, &shift);
        }
        if (fault != DUMP_FINE) {
                warn_useless(p, path, line, fault);
                return;
        }
        int r = engine_restore_samples(p->engine, &dump, &shift);
        if (r < 0)
                log_warning(p->log, "Could not use %s: %s", path, strerrordesc_np(-r));
        else
                log_info(p->log, "%zu samples of %s read from %s", dump.n,
                        net_address_format(&dump.remote.address, address), path);
}

static bool is_ours(const char *text, size_t n) {
        size_t n_header = sizeof(DUMP_HEADER) - 1;

        return n >= n_header && memcmp(text, DUMP_HEADER, n_header) == 0;
}

static void take(Parts *p, const char *path, bool want) {
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r = state_file_read(path, DUMP_TEXT_MAX, &text, &n);

        if (r == -EFBIG || (r >= 0 && !is_ours(text, n))) {
                if (want)
                        warn_useless(p, path, 1, DUMP_FOREIGN);
                return;
        }
        if (r >= 0) {
                if (want)
                        load(p, path, text, n);
                r = state_file_remove(path);
        }
        if (r < 0)
                log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                        "dumpdir: could not take %s away: %s", path, strerrordesc_np(-r));
}

void dump_files_take(Parts *p, bool want) {
        char **names;
        size_t n;
        int r;

        if (!p->dump_dir)
                return;
        r = state_folder_list(p->dump_dir, ENDING, SOURCES_MAX, &names, &n);
        if (r < 0) {
                if (r != -ENOENT)
                        log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                                "dumpdir: could not read %s: %s", p->dump_dir, strerrordesc_np(-r));
                return;
        }
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", p->dump_dir, names[i]) < 0)
                        path = NULL;
                else
                        take(p, path, want);
        }
        state_folder_list_free(names, n);
}

static void save(Parts *p, const Dump *dump) {
        char address[NET_ADDRESS_TEXT_MAX], bytes[DUMP_TEXT_MAX];
        StateText text = { .bytes = bytes, .n = dump_emit(dump, bytes) };
        _cleanup_free_ char *path = NULL;
        int r = -ENOMEM;

        if (asprintf(&path, "%s/%s" ENDING, p->dump_dir, net_address_format(&dump->remote.address, address)) <
                0)
                path = NULL;
        else
                r = state_writer_put(p->writer, path, &text);
        if (r < 0)
                log_error(p->log, "Could not write the samples of %s: %s", address, strerrordesc_np(-r));
}

static bool has_earlier(const Snapshot *s, size_t at) {
        for (size_t i = 0; i < at; i++)
                if (s->sources[i].identity.resolved &&
                        net_address_equal(&s->sources[i].identity.remote.address,
                                &s->sources[at].identity.remote.address))
                        return true;
        return false;
}

void dump_files_save(Parts *p) {
        const Snapshot *snapshot;
        Dump dump;

        if (!p->dump_dir)
                return;
        take_moment(p, &dump.moment);
        snapshot = parts_snapshot(p);
        for (size_t i = 0; i < snapshot->n_sources; i++) {
                const SourceIdentity *source = &snapshot->sources[i].identity;

                dump.n = engine_samples(p->engine, source->id, DUMP_SAMPLES_MAX, dump.samples);
                if (dump.n == 0 || has_earlier(snapshot, i))
                        continue;
                dump.remote = source->remote;
                save(p, &dump);
        }
}
