/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/runtime.h"

#include "base/cleanup.h"
#include "config/words.h"
#include "core/engine-orders.h"
#include "run/actions.h"
#include "run/in-effect.h"
#include "run/messages.h"
#include "run/runtime-state.h"
#include "run/serving.h"

#include <errno.h>
#include <string.h>

DEFINE_CLEANUP(Runtime, runtime_free)

int runtime_new(Parts *parts, const CommandLine *line, Config *config, Runtime **ret) {
        _cleanup_(runtime_freep)
        Runtime *r = calloc(1, sizeof(*r));

        if (!r) {
                config_free(config);
                return -ENOMEM;
        }
        *r = (Runtime){ .parts = parts, .line = line, .config = config, .generation = 1 };
        r->unset = calloc(n_directives, sizeof(*r->unset));
        r->dropped = calloc(n_directives, sizeof(*r->dropped));
        if (!r->unset || !r->dropped || amend_without(config, NULL, &r->started) < 0)
                return -ENOMEM;
        r->saved = (SavedText){ .path = line->saved_file };
        saved_read(r);
        *ret = TAKE_PTR(r);
        return 0;
}

Runtime *runtime_free(Runtime *r) {
        if (!r)
                return NULL;
        source_list_done(&r->sources);
        config_free(r->config);
        config_free(r->started);
        free(r->unset);
        free(r->dropped);
        saved_text_done(&r->saved);
        free(r);
        return NULL;
}

const Config *runtime_config(const Runtime *r) {
        return r->config;
}

uint32_t runtime_generation(const Runtime *r) {
        return r->generation;
}

bool runtime_is_dirty(const Runtime *r) {
        for (size_t i = 0; i < r->config->n_lines; i++)
                if (r->config->lines[i].origin == LINE_RUNTIME)
                        return true;
        for (size_t i = 0; i < r->sources.n; i++)
                if (source_line_is_dirty(&r->sources.lines[i]))
                        return true;
        return r->n_unset > 0;
}

void runtime_changed(Runtime *r) {
        r->generation++;
        parts_settle_soon(r->parts);
}

void runtime_tell(const Runtime *r, Problems *warnings) {
        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_free_ char *text = problem_format(&warnings->items[i]);

                log_record(r->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL, "%s", text ? text : "");
        }
        problems_done(warnings);
}

/* Sources. */

int runtime_take_source(Runtime *r, const SourceSpec *spec, char *text, uint32_t *ret_id) {
        Parts *p = r->parts;
        SourceLine *l;
        uint32_t id;
        int result;

        if (r->sources.n >= SOURCE_LINES_MAX) {
                free(text);
                return -ENOSPC;
        }
        l = source_list_add(&r->sources, spec, text);
        if (!l)
                return -ENOMEM;
        result = engine_add_source(p->engine, parts_now(p), spec, &id);
        if (result < 0)
                return result;
        actions_execute(p);
        l->pool = engine_pool(p->engine, id);
        if (ret_id)
                *ret_id = id;
        return 0;
}

void runtime_left_out(const Runtime *r, const SourceSpec *spec, int result, Problems *warnings) {
        const char *why = result == -EEXIST ? "a source with that name or address is there already"
                                            : strerrordesc_np(-result);

        if (problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, spec->name, "this %s is left out: %s",
                    source_kind_to_string(spec->kind), why) < 0)
                log_error(r->parts->log, "%s is left out: %s", spec->name, why);
}

void runtime_take_sources(Runtime *r, Config *config, const bool *which, Problems *warnings) {
        for (size_t i = 0; i < config->n_sources; i++) {
                int result;

                if (which && !which[i])
                        continue;
                result = runtime_take_source(r, &config->sources[i], TAKE_PTR(config->source_texts[i]), NULL);
                if (result < 0)
                        runtime_left_out(r, &config->sources[i], result, warnings);
        }
}

void runtime_start(Runtime *r) {
        Problems warnings = { 0 };

        runtime_take_sources(r, r->config, NULL, &warnings);
        runtime_tell(r, &warnings);
}

static void want_server(Runtime *r, const SourceSpec *spec) {
        Problems warnings = { 0 };

        if (spec->kind != SOURCE_PEER)
                return;
        if (serving_want(r->parts->serving, r->config, &warnings) < 0)
                log_error(r->parts->log, "Out of memory for a server of peers");
        runtime_tell(r, &warnings);
}

static int check_origin(const Runtime *r, SourceSpec *spec, char why[static RUNTIME_WHY_MAX]) {
        if (!command_line_override_source(r->line, spec)) {
                snprintf(why, RUNTIME_WHY_MAX, "'%s': only addresses of the other family are used",
                        spec->name);
                return -EINVAL;
        }
        return strcmp(spec->origin, RUNTIME_ORIGIN_SAVED) == 0 ? saved_check(r, why) : 0;
}

/* 0, -EINVAL, -EROFS or -ENOMEM. */
static int read_source(const Runtime *r, const char *line, const char *origin, SourceSpec *ret,
        char **ret_text, char why[static RUNTIME_WHY_MAX]) {
        _cleanup_free_ char *text = NULL;
        SourceSpec spec;
        int result = amend_read_source(line, origin, &spec, &text, why);

        if (result == 0)
                result = check_origin(r, &spec, why);
        if (result < 0)
                return result;
        *ret = spec;
        *ret_text = TAKE_PTR(text);
        return 0;
}

int runtime_check_source(const Runtime *r, const char *line, const char *origin, char **ret_text,
        char why[static RUNTIME_WHY_MAX]) {
        SourceSpec spec;

        return read_source(r, line, origin, &spec, ret_text, why);
}

static int check_key(const Runtime *r, const SourceSpec *spec, char why[static RUNTIME_WHY_MAX]) {
        if (spec->assoc.key_id == 0 || key_ring_find(&r->parts->keys, spec->assoc.key_id))
                return 0;
        snprintf(why, RUNTIME_WHY_MAX, "'key %u': there is no key with this ID", spec->assoc.key_id);
        return -EINVAL;
}

/* A line that the files have comes back as it was: neither they nor what is saved need to say it once more. */
static int revive(Runtime *r, SourceLine *l, uint32_t *ret_id) {
        Parts *p = r->parts;
        uint32_t id;
        int result = engine_add_source(p->engine, parts_now(p), &l->spec, &id);

        if (result < 0)
                return result;
        actions_execute(p);
        l->pool = engine_pool(p->engine, id);
        l->removed = l->changed = false;
        if (ret_id)
                *ret_id = id;
        return 0;
}

/* Takes over the text. */
static int take_new(Runtime *r, const SourceSpec *spec, char *text, uint32_t *ret_id) {
        size_t n = r->sources.n;
        int result = runtime_take_source(r, spec, text, ret_id);

        if (result < 0 && r->sources.n > n)
                source_list_remove(&r->sources, n);
        return result;
}

/* Takes over the text. *ret: the line. */
static int add_source(Runtime *r, const SourceSpec *spec, char *text, char why[static RUNTIME_WHY_MAX],
        uint32_t *ret_id, SourceLine **ret) {
        bool is_asked_for = strcmp(spec->origin, RUNTIME_ORIGIN) == 0;
        SourceLine *l = is_asked_for ? source_list_find_removed(&r->sources, text) : NULL;
        int result;

        if (l) {
                free(text);
                result = revive(r, l, ret_id);
        } else
                result = take_new(r, spec, text, ret_id);
        if (result == -EEXIST)
                snprintf(why, RUNTIME_WHY_MAX, "'%s': there is a source with that name or address already",
                        spec->name);
        if (result == -ENOSPC && r->sources.n >= SOURCE_LINES_MAX)
                snprintf(why, RUNTIME_WHY_MAX,
                        "so many sources were removed that no more can be remembered: SaveRuntimeChanges forgets those that were saved");
        if (result < 0)
                return result;
        *ret = l ? l : &r->sources.lines[r->sources.n - 1];
        return 0;
}

int runtime_add_source(Runtime *r, const char *line, const char *origin, char why[static RUNTIME_WHY_MAX],
        uint32_t *ret_id) {
        bool persist = strcmp(origin, RUNTIME_ORIGIN_SAVED) == 0;
        SourceLine *l;
        SourceSpec spec;
        char *text;
        int result = read_source(r, line, origin, &spec, &text, why);

        if (result < 0)
                return result;
        result = check_key(r, &spec, why);
        if (result < 0) {
                free(text);
                return result;
        }
        if (persist) /* it becomes what it is to be once the disk has it */
                strcpy(spec.origin, RUNTIME_ORIGIN);
        result = add_source(r, &spec, text, why, ret_id, &l);
        if (result < 0)
                return result;
        want_server(r, &spec);
        log_info(r->parts->log, "Source added: %s", l->text);
        runtime_changed(r);
        if (persist)
                saved_append(r, l);
        return 0;
}

/* The engine has it no longer. Of the files' lines it is remembered, so that reading them again does not bring it back. */
static void forget(Runtime *r, SourceLine *l) {
        log_info(r->parts->log, "Source removed: %s", l->text);
        l->pool = 0;
        l->removed = true;
        if (!source_is_of_files(l))
                source_list_remove(&r->sources, (size_t)(l - r->sources.lines));
        runtime_changed(r);
}

int runtime_remove_source(Runtime *r, uint32_t source) {
        Parts *p = r->parts;
        uint32_t pool = engine_pool(p->engine, source);
        SourceLine *l = source_list_find(&r->sources, pool);
        int result = engine_remove_source(p->engine, parts_now(p), source);

        if (result < 0)
                return result;
        actions_execute(p);
        if (!l)
                return 0;
        if (engine_pool_sources(p->engine, pool) == 0) {
                forget(r, l);
                return 0;
        }
        l->changed = true;
        runtime_changed(r);
        return 0;
}

int runtime_remove_pool(Runtime *r, uint32_t pool) {
        Parts *p = r->parts;
        SourceLine *l = source_list_find(&r->sources, pool);
        int result = engine_remove_pool(p->engine, parts_now(p), pool);

        if (result < 0)
                return result;
        actions_execute(p);
        if (l)
                forget(r, l);
        return 0;
}

const char *runtime_line(Runtime *r, uint32_t pool) {
        const SourceLine *l = source_list_find(&r->sources, pool);

        return l ? l->text : NULL;
}

int runtime_modify_source(Runtime *r, uint32_t source, const SourceChange *change) {
        Parts *p = r->parts;
        int result = engine_modify_source(p->engine, parts_now(p), source, change);
        SourceLine *l;

        if (result < 0)
                return result;
        actions_execute(p);
        l = source_list_find(&r->sources, engine_pool(p->engine, source));
        if (l)
                l->changed = true;
        runtime_changed(r);
        return 0;
}

/* Settings. */

int runtime_switch(Runtime *r, Config *next, bool with_keys, Problems *warnings) {
        int result = in_effect_change(r->parts, r->config, next, with_keys, warnings);

        if (result < 0) {
                config_free(next);
                return result;
        }
        config_free(r->config);
        r->config = next;
        runtime_changed(r);
        return 0;
}

/* Takes over what was made of the configuration in effect. */
static int amend(Runtime *r, Config *next) {
        Problems warnings = { 0 };
        int result = command_line_override(r->line, next);

        if (result == 0)
                result = runtime_switch(r, next, false, &warnings);
        else
                config_free(next);
        runtime_tell(r, &warnings);
        return result;
}

void runtime_set_unset(Runtime *r, const Directive *d, bool unset) {
        bool *at = &r->unset[d - directives];

        r->n_unset += (size_t)unset - (size_t)*at;
        *at = unset;
}

/* "local off": the directive, if one that can be set is to be as if it had not been given. */
static const Directive *find_taken_back(const char *line) {
        const Directive *d;
        Words words;
        const char *name;

        if (!words_init(&words, line) || words_count(&words) != 2)
                return NULL;
        name = words_next(&words);
        d = directive_find(name);
        return d && d->class == DIRECTIVE_PLAIN && directive_can_be_set(d) &&
                               strcasecmp(words_next(&words), "off") == 0
                       ? d
                       : NULL;
}

uint8_t runtime_file_lines(const Config *c, const Directive *d) {
        uint8_t origins = 0;

        for (size_t i = 0; i < c->n_lines; i++)
                if (c->lines[i].directive == d && c->lines[i].origin != LINE_RUNTIME)
                        origins |= (uint8_t)(1 << c->lines[i].origin);
        return origins;
}

/* What stands in no file is gone with that, and does not come back. */
static int take_back(Runtime *r, const Directive *d) {
        uint8_t *dropped = &r->dropped[d - directives], stands = runtime_file_lines(r->config, d);
        Config *next;
        int result;

        result = amend_without(r->config, d, &next);
        if (result == 0)
                result = amend(r, next);
        if (result < 0)
                return result;
        *dropped |= stands;
        runtime_set_unset(r, d, *dropped != 0);
        log_info(r->parts->log, "Taken back: %s", d->name);
        return 0;
}

int runtime_check_setting(const char *line, char why[static RUNTIME_WHY_MAX]) {
        return find_taken_back(line) ? 0 : amend_check_line(line, why);
}

int runtime_set(Runtime *r, const char *line, char why[static RUNTIME_WHY_MAX]) {
        const Directive *off = find_taken_back(line);
        const ConfigLine *l;
        Config *next;
        int result;

        if (off)
                return take_back(r, off);
        result = amend_with_line(r->config, line, &next, why);
        if (result == 0)
                result = amend(r, next);
        if (result < 0)
                return result;
        l = &r->config->lines[r->config->n_lines - 1];
        runtime_set_unset(r, l->directive, false);
        if (strcmp(l->directive->name, "makestep") == 0) /* the same limit once more counts from now on */
                engine_allow_steps(r->parts->engine);
        _cleanup_free_ char *text = config_line_text(l);
        log_info(r->parts->log, "Set: %s", text ? text : l->directive->name);
        return 0;
}

/* Nothing but the lines: the server has the rules already. */
static void remember(Runtime *r, Config *next) {
        in_effect_point(r->parts, next);
        config_free(r->config);
        r->config = next;
        runtime_changed(r);
}

int runtime_set_access(Runtime *r, const AccessRule *rules, size_t n, bool all, bool replace) {
        Config *next;
        int result;

        if (!r->parts->server)
                return -ENODEV;
        result = amend_with_access(r->config, rules, n, all, replace, &next);
        if (result < 0)
                return result;
        result = command_line_override(r->line, next);
        if (result == 0)
                result = server_set_access(r->parts->server, rules, n, all, replace);
        if (result == 0)
                remember(r, next);
        else
                config_free(next);
        return result;
}

bool runtime_can_save(const Runtime *r) {
        return r->line->saved_file;
}
