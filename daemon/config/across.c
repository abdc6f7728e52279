/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/across.h"

#include "config/key-file.h"
#include "config/lines.h"

#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <string.h>

static const ConfigLine *find_line(const Config *c, const char *name) {
        for (size_t i = 0; i < c->n_lines; i++)
                if (strcmp(c->lines[i].directive->name, name) == 0)
                        return &c->lines[i];
        return NULL;
}

static size_t count_lines(const Config *c, const char *name) {
        size_t n = 0;

        for (size_t i = 0; i < c->n_lines; i++)
                n += strcmp(c->lines[i].directive->name, name) == 0;
        return n;
}

/* Pairs that chronyd does not start with. */
static int check_exclusions(Config *c) {
        static const char *const pairs[][2] = { { "rtcfile", "rtcsync" }, { "ratelimit", "noclientlog" } };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(pairs); i++) {
                const ConfigLine *l = find_line(c, pairs[i][0]);

                if (l && find_line(c, pairs[i][1]))
                        r = problems_add(&c->problems, PROBLEM_ERROR, config_line_place(l), pairs[i][0],
                                "this excludes %s", pairs[i][1]);
        }
        return r;
}

static int check_nts_pairs(Config *c) {
        size_t n_certificates = count_lines(c, "ntsservercert"), n_keys = count_lines(c, "ntsserverkey");

        const ConfigLine *l = find_line(c, n_certificates > n_keys ? "ntsservercert" : "ntsserverkey");
        if (n_certificates == n_keys || !l)
                return 0;
        return problems_add(&c->problems, PROBLEM_ERROR, config_line_place(l), l->directive->name,
                "there must be as many ntsservercert (%zu) as ntsserverkey (%zu)", n_certificates, n_keys);
}

static bool refid_exists(const Config *c, const char *refid) {
        for (size_t i = 0; i < c->n_lines; i++) {
                const ConfigLine *l = &c->lines[i];
                const Value *v =
                        l->directive->class == DIRECTIVE_REFCLOCK ? config_line_value(l, "refid") : NULL;

                if (v && strcmp(v->text, refid) == 0)
                        return true;
        }
        return false;
}

static int check_refclock(Config *c, const ConfigLine *l) {
        const Value *lock = config_line_value(l, "lock");

        if (config_line_value(l, "tai") && !find_line(c, "leapsectz") && !find_line(c, "leapseclist")) {
                int r = problems_add(&c->problems, PROBLEM_ERROR, config_line_place(l), "tai",
                        "this needs leapsectz or leapseclist");
                if (r < 0)
                        return r;
        }
        if (lock && !refid_exists(c, lock->text))
                return problems_add(&c->problems, PROBLEM_WARNING, config_line_place(l), lock->text,
                        "no refclock has this refid: the pulses are not locked to it");
        return 0;
}

static int check_refclocks(Config *c) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < c->n_lines; i++)
                if (c->lines[i].directive->class == DIRECTIVE_REFCLOCK)
                        r = check_refclock(c, &c->lines[i]);
        return r;
}

/* chronyd starts as well where a key is missing, so this is no error: the source stays unasked. */
static int check_key(Config *c, const ConfigLine *l) {
        const Value *key = l->directive->options ? config_line_value(l, "key") : NULL;

        if (!key || key_ring_find(&c->keys, (uint32_t)key->number))
                return 0;
        return problems_add(&c->problems, PROBLEM_WARNING, config_line_place(l), key->text,
                "%s has no key with this ID: %s is not asked",
                c->key_file ? c->key_file : "the configuration", l->values[0].text);
}

/* Reads the key file, and looks what there is in it for those who name a key. */
static int read_keys(Config *c) {
        const ConfigLine *l = find_line(c, "keyfile");

        int r = l ? key_file_read(c->key_file, c->pipes, config_line_place(l), &c->problems, &c->keys) : 0;
        for (size_t i = 0; r == 0 && i < c->n_lines; i++)
                r = check_key(c, &c->lines[i]);
        return r;
}

/* The kernel's names are short; what is cut might be another one's. */
static int check_devices(Config *c) {
        static const char *const names[] = { "binddevice", "bindacqdevice" };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(names); i++) {
                const ConfigLine *l = find_line(c, names[i]);

                if (l && strlen(l->values[0].text) >= IFNAMSIZ)
                        r = problems_add(&c->problems, PROBLEM_ERROR, config_line_place(l), l->values[0].text,
                                "no network interface has a name longer than %d octets", IFNAMSIZ - 1);
        }
        return r;
}

/* The smaller number may not be above the greater one; `directive` is blamed. */
static int check_order(Config *c, const char *directive, int *low, int high) {
        const ConfigLine *l = find_line(c, directive);

        if (*low <= high)
                return 0;
        int r = problems_add(&c->problems, PROBLEM_WARNING, l ? config_line_place(l) : (Place){ 0 },
                directive, "%d is above the maximum: %d is used", *low, high);
        *low = high;
        return r;
}

/* A group of orphans gives its members the time to find a source before it does without one. */
static const double orphan_wait_s = 300.0;

static void derive_serving(Config *c) {
        LocalReferenceOptions *local = &c->engine.local;
        const ConfigLine *l = find_line(c, "local");
        bool has_allow = access_has_allow(&c->access) || c->allow_unknown;

        if (c->deny_unknown) {
                c->access_known = c->access;
                c->access = (AccessRules){ 0 };
        }
        if (!find_line(c, "serverworkers"))
                c->server_workers = -1;
        if (l && !config_line_value(l, "waitunsynced"))
                local->wait_unsynced_s = local->orphan ? orphan_wait_s : 0.0;
        c->engine.select.orphan_stratum = local->orphan ? local->stratum : 0;
        c->engine.serving = c->port != 0 && (has_allow || find_line(c, "peer"));
}

/* What one directive sets in more than one place, and what needs two of them. */
static int derive_values(Config *c) {
        DisciplineOptions *d = &c->engine.discipline;
        SelectOptions *s = &c->engine.select;

        s->max_clock_error = d->max_clock_error;
        derive_serving(c);
        /* In the configuration a limit of 0 updates means never, and a threshold of 0 means each time. */
        if (d->make_step_limit == 0)
                d->make_step_threshold_s = 0;
        else if (d->make_step_threshold_s <= 0)
                d->make_step_threshold_s = 1e-9;
        if (find_line(c, "maxchange"))
                d->max_change_s =
                        fmax(d->max_change_s, 1e-9); /* in the options 0 means that there is no limit */

        int r = check_order(c, "minstratum", &s->min_stratum, s->max_stratum);
        if (r == 0 && c->engine.max_samples > 0)
                r = check_order(c, "minsamples", &c->engine.min_samples, c->engine.max_samples);
        if (r == 0)
                r = check_order(
                        c, "fallbackdrift", &c->engine.fallback_drift.min, c->engine.fallback_drift.max);
        return r;
}

typedef struct NamedSource {
        const SourceSpec *spec;
        const ConfigLine *line;
} NamedSource;

static int compare_names(const void *a, const void *b) {
        const NamedSource *x = a, *y = b;
        int order = strcasecmp(x->spec->name, y->spec->name);

        if (order == 0)
                order = (x->spec->assoc.port > y->spec->assoc.port) -
                        (x->spec->assoc.port < y->spec->assoc.port);
        /* The same address: the first one given stays first. */
        return order ? order : (x->spec > y->spec) - (x->spec < y->spec);
}

/* Both orders are that of reading, and only a source that was left out has a line without a spec. */
static size_t match_lines(const Config *c, NamedSource *sources) {
        size_t n = 0;

        for (size_t i = 0; i < c->n_lines && n < c->n_sources; i++) {
                const ConfigLine *l = &c->lines[i];

                if (directive_makes_source(l->directive) &&
                        strcmp(l->values[0].text, c->sources[n].name) == 0) {
                        sources[n] = (NamedSource){ &c->sources[n], l };
                        n++;
                }
        }
        return n;
}

/* Another port is another server. */
static bool are_twins(const SourceSpec *a, const SourceSpec *b) {
        return strcasecmp(a->name, b->name) == 0 && a->assoc.port == b->assoc.port;
}

static int check_twins(Config *c) {
        _cleanup_free_ NamedSource *sources = NULL;
        int r = 0;

        if (c->n_sources < 2)
                return 0;
        sources = calloc(c->n_sources, sizeof(*sources));
        if (!sources)
                return -ENOMEM;
        size_t n = match_lines(c, sources);
        qsort(sources, n, sizeof(*sources), compare_names);
        for (size_t i = 1; r == 0 && i < n; i++)
                if (are_twins(sources[i - 1].spec, sources[i].spec))
                        r = problems_add(&c->problems, PROBLEM_WARNING, config_line_place(sources[i].line),
                                sources[i].spec->name,
                                "this source is given twice: only the first one is used");
        return r;
}

/* Files of the directive log that nothing is written to yet. */
static const struct {
        LogFile file;
        const char *name;
} idle_files[] = {
        { LOG_FILE_REFCLOCKS, "refclocks" },
        { LOG_FILE_RTC, "rtc" },
        { LOG_FILE_TEMPCOMP, "tempcomp" },
};

/* "server: nts, presend" or just the name; NULL: out of memory. Empty: nothing is without effect. */
static char *describe_without_effect(const Config *c, const Directive *d) {
        size_t size;
        char *text = NULL;
        bool any = false;

        FILE *out = open_memstream(&text, &size);
        if (!out)
                return NULL;
        for (const Param *p = d->options; p && p->name; p++) {
                bool given = false;

                for (size_t i = 0; i < c->n_lines && !given; i++)
                        given = c->lines[i].directive == d && config_line_value(&c->lines[i], p->name);
                if (d->effect && given && !p->effect) {
                        fprintf(out, "%s%s", any ? ", " : "", p->name);
                        any = true;
                }
        }
        for (size_t i = 0; i < ELEMENTS(idle_files) && d == directive_find("log"); i++)
                if (c->logs.files & 1U << idle_files[i].file) {
                        fprintf(out, "%s%s", any ? ", " : "", idle_files[i].name);
                        any = true;
                }
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static int list_without_effect(Config *c) {
        char **names = calloc(n_directives + 1, sizeof(*names));
        size_t n = 0;

        if (!names)
                return -ENOMEM;
        c->without_effect = names;
        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];

                if (d->alias_of || !find_line(c, d->name))
                        continue;
                _cleanup_free_ char *options = describe_without_effect(c, d);
                if (!options)
                        return -ENOMEM;
                if (d->effect && !options[0])
                        continue;
                if (asprintf(&names[n], "%s%s%s", d->name, options[0] ? ": " : "", options) < 0) {
                        names[n] = NULL;
                        return -ENOMEM;
                }
                n++;
        }
        return 0;
}

int config_check_amended(Config *c) {
        static int (*const checks[])(Config *) = { check_exclusions, check_nts_pairs, check_refclocks,
                check_devices, derive_values };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(checks); i++)
                r = checks[i](c);
        return r;
}

int config_check_across(Config *c) {
        static int (*const checks[])(Config *) = {
                check_exclusions,
                check_nts_pairs,
                check_refclocks,
                check_devices,
                read_keys,
                derive_values,
                check_twins,
                list_without_effect,
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(checks); i++)
                r = checks[i](c);
        return r;
}
