/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading the files again: all of them, the sources in directories, the keys. What is decided by them is run/runtime.c's. */

#include "base/cleanup.h"
#include "config/diff.h"
#include "config/key-file.h"
#include "config/plain-file.h"
#include "core/engine-orders.h"
#include "run/actions.h"
#include "run/runtime-state.h"
#include "run/serving.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Why the files do not come into effect: the first error, with its place. */
static int say_error(const Config *c, char why[static RUNTIME_WHY_MAX]) {
        size_t n = config_errors(c), at = 0;
        _cleanup_free_ char *text = NULL;

        while (at < c->problems.n && c->problems.items[at].level != PROBLEM_ERROR)
                at++;
        text = at < c->problems.n ? problem_format(&c->problems.items[at]) : NULL;
        if (n > 1)
                snprintf(why, RUNTIME_WHY_MAX, "%.400s (and %zu more)", text ? text : "", n - 1);
        else
                snprintf(why, RUNTIME_WHY_MAX, "%s", text ? text : "");
        return -EINVAL;
}

/* What is to take effect, whole or not at all: until then nothing of the Runtime is touched. */
typedef struct Reading {
        Config *config;
        uint8_t *dropped; /* as of Runtime: where the files now have lines of what stays taken back */
} Reading;

static void reading_done(Reading *read) {
        config_free(read->config);
        free(read->dropped);
}

/* Lines that were taken back stay so: the configuration is made anew without them, and has the sources, the keys and the problems of
 * before. */
static int leave_out_unset(const Runtime *r, Reading *read) {
        for (size_t i = 0; i < n_directives; i++) {
                Config *without = NULL;
                int result;

                read->dropped[i] = r->unset[i] ? runtime_file_lines(read->config, &directives[i]) : 0;
                if (read->dropped[i] == 0)
                        continue;
                result = amend_without(read->config, &directives[i], &without);
                if (result == 0)
                        result = command_line_override(r->line, without);
                if (result < 0) {
                        config_free(without);
                        return result;
                }
                amend_carry(read->config, without);
                config_free(read->config);
                read->config = without;
        }
        return 0;
}

/* What the files no longer have is not taken back from them any more. */
static void take_over_unset(Runtime *r, const uint8_t *dropped) {
        for (size_t i = 0; i < n_directives; i++) {
                r->dropped[i] = dropped[i];
                runtime_set_unset(r, &directives[i], dropped[i] != 0);
        }
}

/* `with_runtime`: what came at run time stays on top. The reading is the caller's, whatever the result is. */
static int load(const Runtime *r, bool with_runtime, Reading *read, char why[static RUNTIME_WHY_MAX]) {
        const char *saved = r->saved.writing ? saved_text_newest(&r->saved) : NULL;
        int result = command_line_load_again(r->line, with_runtime ? r->config : NULL, saved, &read->config);

        if (result == -ENOMEM)
                return result;
        if (result < 0) {
                snprintf(why, RUNTIME_WHY_MAX, "%s: the file can't be read: %s", r->line->config_file,
                        plain_file_error(result));
                return -EINVAL;
        }
        if (config_errors(read->config) > 0)
                return say_error(read->config, why);
        read->dropped = calloc(n_directives, sizeof(*read->dropped));
        if (!read->dropped)
                return -ENOMEM;
        return with_runtime ? leave_out_unset(r, read) : 0;
}

static Place place_of(const Config *c, const Directive *d) {
        for (size_t i = 0; i < c->n_lines; i++)
                if (c->lines[i].directive == d)
                        return config_line_place(&c->lines[i]);
        return (Place){ 0 };
}

static bool is_named(char *const *names, const char *name) {
        for (; names && *names; names++)
                if (strcmp(*names, name) == 0)
                        return true;
        return false;
}

/* What the new configuration has that does not come into effect. */
static int warn(const Runtime *r, const Config *next, Problems *warnings) {
        const Directive *d = diff_next(r->started, next, directives);
        int result = 0;

        for (; result == 0 && d; d = diff_next(r->started, next, d + 1))
                if (d->effect && !d->reloadable)
                        result = problems_add(warnings, PROBLEM_WARNING, place_of(next, d), d->name,
                                "this can't be changed while the daemon runs: it takes effect when the daemon is started anew");
        for (char **name = next->without_effect; result == 0 && name && *name; name++)
                if (!is_named(r->config->without_effect, *name))
                        result = problems_add(
                                warnings, PROBLEM_WARNING, (Place){ 0 }, NULL, "%s: no effect yet", *name);
        return result;
}

/* Sources. */

static bool is_of(const SourceLine *l, LineOrigin origin) {
        const char *name = line_origin_to_string(origin);

        return strncmp(l->spec.origin, name, strlen(name)) == 0;
}

static bool is_of_source_dir(const SourceLine *l) {
        return is_of(l, LINE_SOURCE_DIR);
}

bool source_is_of_files(const SourceLine *l) {
        return is_of(l, LINE_CONFIG) || is_of(l, LINE_SAVED) || is_of_source_dir(l);
}

static bool is_of_files_or_runtime(const SourceLine *l) {
        return source_is_of_files(l) || is_of(l, LINE_RUNTIME);
}

static void remove_gone(Runtime *r, const bool *stays) {
        Parts *p = r->parts;

        for (size_t i = r->sources.n; i-- > 0;) {
                SourceLine *l = &r->sources.lines[i];

                if (stays[i])
                        continue;
                if (l->pool != 0)
                        (void)engine_remove_pool(p->engine, parts_now(p), l->pool);
                actions_execute(p);
                log_info(p->log, "Source removed: %s", l->text);
                source_list_remove(&r->sources, i);
        }
}

/* One that was left out since another one of its name was there may find its place now. */
static void add_left_out(Runtime *r, Problems *warnings) {
        Parts *p = r->parts;

        for (size_t i = 0; i < r->sources.n; i++) {
                SourceLine *l = &r->sources.lines[i];
                uint32_t id;

                if (l->pool != 0 || l->removed)
                        continue;
                int result = engine_add_source(p->engine, parts_now(p), &l->spec, &id);
                if (result < 0) {
                        runtime_left_out(r, &l->spec, result, warnings);
                        continue;
                }
                actions_execute(p);
                l->pool = engine_pool(p->engine, id);
        }
}

static void exchange(Runtime *r, Config *next, const SourceDiff *d, Problems *warnings) {
        remove_gone(r, d->stays);
        add_left_out(r, warnings);
        runtime_take_sources(r, next, d->comes, warnings);
}

/* Asked before anything is exchanged. A line that is left out as the twin of another one counts: that one may go. */
static int check_room(const Runtime *r, const Config *next, const SourceDiff *d, bool with_runtime,
        char why[static RUNTIME_WHY_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < r->sources.n; i++) {
                const SourceLine *l = &r->sources.lines[i];

                if (d->stays[i] && l->pool != 0)
                        n += engine_pool_sources(r->parts->engine, l->pool);
                else
                        n += d->stays[i] && !(l->removed && with_runtime);
        }
        for (size_t i = 0; i < next->n_sources; i++)
                n += d->comes[i];
        if (n <= SOURCES_MAX)
                return 0;
        snprintf(why, RUNTIME_WHY_MAX, "%zu sources with those that came at run time: %d are the most", n,
                SOURCES_MAX);
        return -EINVAL;
}

/* Back to what their lines say. */

static SourceChange change_to(const SourceSpec *s) {
        const SelectFlags all = SELECT_NOSELECT | SELECT_PREFER | SELECT_REQUIRE | SELECT_TRUST;

        return (SourceChange){
                .fields = SOURCE_FIELD_MIN_POLL | SOURCE_FIELD_MAX_POLL | SOURCE_FIELD_POLL_TARGET |
                          SOURCE_FIELD_MAX_DELAY | SOURCE_FIELD_MAX_DELAY_RATIO |
                          SOURCE_FIELD_MAX_DELAY_DEV_RATIO | SOURCE_FIELD_MIN_STRATUM | SOURCE_FIELD_OFFSET |
                          SOURCE_FIELD_MAX_UNREACH,
                .min_poll = s->assoc.min_poll,
                .max_poll = s->assoc.max_poll,
                .poll_target = s->assoc.poll_target,
                .max_delay_s = s->assoc.max_delay_s,
                .max_delay_ratio = s->assoc.max_delay_ratio,
                .max_delay_dev_ratio = s->assoc.max_delay_dev_ratio,
                .min_stratum = s->assoc.min_stratum,
                .offset_s = s->assoc.offset_s,
                .max_unreach = s->max_unreach,
                .flags_set = s->flags,
                .flags_cleared = all & ~s->flags,
        };
}

/* A pool may have fewer members than its line says: it begins anew. */
static void restore_line(Runtime *r, SourceLine *l) {
        Parts *p = r->parts;
        uint32_t source = engine_pool_first(p->engine, l->pool);
        SourceChange change = change_to(&l->spec);

        if (l->spec.kind == SOURCE_POOL) {
                (void)engine_remove_pool(p->engine, parts_now(p), l->pool);
                l->pool = 0;
        } else if (source != 0 && engine_modify_source(p->engine, parts_now(p), source, &change) < 0)
                log_warning(p->log, "%s could not be made as its line says", l->spec.name);
        actions_execute(p);
}

static void restore_lines(Runtime *r) {
        for (size_t i = 0; i < r->sources.n; i++) {
                SourceLine *l = &r->sources.lines[i];

                if (l->changed && l->pool != 0)
                        restore_line(r, l);
                l->changed = l->removed = false;
        }
}

/* All of it. */

/* Takes over the configuration. */
static int take(
        Runtime *r, Reading *read, bool with_runtime, Problems *warnings, char why[static RUNTIME_WHY_MAX]) {
        SourceDiff d;
        Config *next = read->config;
        int result = source_diff_make(
                &r->sources, next, with_runtime ? source_is_of_files : is_of_files_or_runtime, &d);

        if (result < 0)
                return result;
        result = check_room(r, next, &d, with_runtime, why);
        if (result == 0)
                result = runtime_switch(r, TAKE_PTR(read->config), true, warnings);
        if (result == 0) {
                take_over_unset(r, read->dropped);
                if (!with_runtime)
                        restore_lines(r);
                exchange(r, next, &d, warnings);
                saved_read(r);
        }
        source_diff_done(&d);
        return result;
}

static int read_again(Runtime *r, bool with_runtime, Problems *warnings, char why[static RUNTIME_WHY_MAX]) {
        _cleanup_(reading_done)
        Reading read = { 0 };
        int result;

        saved_foresee(r);
        result = load(r, with_runtime, &read, why);

        if (result < 0)
                return result;
        *warnings = read.config->problems;
        read.config->problems = (Problems){ 0 };
        result = warn(r, read.config, warnings);
        return result < 0 ? result : take(r, &read, with_runtime, warnings, why);
}

static int reload(Runtime *r, bool with_runtime, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]) {
        Problems warnings = { 0 };
        int result = read_again(r, with_runtime, &warnings, why);

        if (result < 0) {
                problems_done(&warnings);
                log_warning(r->parts->log, "The configuration stays as it is: %s",
                        result == -EINVAL ? why : strerrordesc_np(-result));
                return result;
        }
        log_info(r->parts->log, "The configuration has been read again");
        if (ret_warnings)
                *ret_warnings = problems_texts(&warnings);
        runtime_tell(r, &warnings);
        if (r->parts->bus)
                bus_reloaded(r->parts->bus);
        return 0;
}

int runtime_reload(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]) {
        return reload(r, true, ret_warnings, why);
}

int runtime_revert(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]) {
        return reload(r, false, ret_warnings, why);
}

int runtime_reload_sources(Runtime *r) {
        _cleanup_(config_freep)
        Config *read = NULL;
        SourceDiff d;
        int result = command_line_load_sources(r->line, r->config, &read);

        if (result == 0)
                result = source_diff_make(&r->sources, read, is_of_source_dir, &d);
        if (result < 0)
                return result;
        exchange(r, read, &d, &read->problems);
        source_diff_done(&d);
        runtime_tell(r, &read->problems);
        runtime_changed(r);
        return 0;
}

int runtime_reload_keys(Runtime *r, char why[static RUNTIME_WHY_MAX]) {
        const char *path = r->config->key_file;
        Problems problems = { 0 };
        KeyRing before = r->parts->keys, keys = { 0 };
        int result;

        if (!path)
                return 0;
        /* What is only warned of at start would leave us without any key here. */
        result = plain_file_open(path, false);
        if (result < 0) {
                snprintf(why, RUNTIME_WHY_MAX, "%s: the file can't be read: %s", path,
                        plain_file_error(result));
                return -EINVAL;
        }
        (void)close(result);
        result = key_file_read(path, false, place_of(r->config, directive_find("keyfile")), &problems, &keys);
        r->parts->keys = keys;
        if (result == 0)
                result = serving_change_keys(r->parts->serving);
        if (result < 0) {
                r->parts->keys = before;
                key_ring_done(&keys);
        } else {
                key_ring_done(&before);
                log_info(r->parts->log, "%zu keys read from %s", keys.n, path);
                runtime_changed(r);
        }
        runtime_tell(r, &problems);
        return result;
}
