/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/source-line.h"

#include "config/source-options.h"

#include <errno.h>
#include <string.h>

static int put_defaults(SourceSpec *spec) {
        for (const Param *p = source_options; p->name; p++) {
                int r = param_put_default(p, spec);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* chronyd lets maxpoll follow. */
static int order_polls(SourceSpec *spec, ConfigLine *l, Problems *problems) {
        if (spec->assoc.min_poll <= spec->assoc.max_poll)
                return 0;
        spec->assoc.max_poll = spec->assoc.min_poll;
        int r = config_line_set_number(l, "maxpoll", spec->assoc.max_poll);
        if (r < 0)
                return r;
        return problems_add(problems, PROBLEM_WARNING, config_line_place(l), spec->name,
                "minpoll is greater than maxpoll: maxpoll %d is used", spec->assoc.max_poll);
}

/* Who asks for authentication must not get an unauthenticated source instead: it is measured, but not followed. */
static int hold_back_unauthenticated(SourceSpec *spec, const ConfigLine *l, Problems *problems) {
        const Value *v = config_line_value(l, "nts");

        if (!v || v->param->effect)
                return 0;
        spec->flags |= SELECT_NOSELECT;
        spec->nts = true;
        return problems_add(problems, PROBLEM_WARNING, config_line_place(l), v->param->name,
                "%s cannot be authenticated yet: it is measured, but not followed", spec->name);
}

bool source_spec_fits_family(const SourceSpec *spec) {
        NetAddress a;

        return spec->family == ADDRESS_NONE || net_address_parse(spec->name, &a) != 0 ||
               a.family == spec->family;
}

static SourceKind source_kind_of(const Directive *d) {
        if (d->class == DIRECTIVE_POOL)
                return SOURCE_POOL;
        return d->class == DIRECTIVE_PEER ? SOURCE_PEER : SOURCE_SERVER;
}

int source_spec_make(ConfigLine *l, const char *origin, Problems *problems, SourceSpec *ret) {
        SourceSpec spec = { .kind = source_kind_of(l->directive) };
        const char *name = l->values[0].text;
        int r;

        if (strlen(name) >= sizeof(spec.name)) {
                r = problems_add(problems, PROBLEM_WARNING, config_line_place(l), NULL,
                        "the name is longer than %zu bytes: the source is left out", sizeof(spec.name) - 1);
                return r < 0 ? r : 1;
        }
        strcpy(spec.name, name);
        strncpy(spec.origin, origin, sizeof(spec.origin) - 1);

        r = put_defaults(&spec);
        for (size_t i = 1; r >= 0 && i < l->n_values; i++) {
                const Value *v = &l->values[i];

                r = storage_put(&spec, &v->param->storage, v->number, v->text);
        }
        spec.asymmetry_known = config_line_value(l, "asymmetry");
        if (r >= 0)
                r = order_polls(&spec, l, problems);
        if (r >= 0)
                r = hold_back_unauthenticated(&spec, l, problems);
        if (r < 0)
                return r;
        if (!source_spec_fits_family(&spec)) {
                r = problems_add(problems, PROBLEM_WARNING, config_line_place(l), name,
                        "this address is of the other family: the source is left out");
                return r < 0 ? r : 1;
        }
        *ret = spec;
        return 0;
}

static bool driver_has_option(const RefclockDriver *driver, const char *option, size_t n) {
        for (const char *const *o = driver->options; *o; o++) {
                size_t length = strlen(*o);

                if ((*o)[length - 1] == '=' ? n >= length && strncmp(option, *o, length) == 0
                                            : n == length && strncmp(option, *o, n) == 0)
                        return true;
        }
        return false;
}

int refclock_line_check(const ConfigLine *l, Problems *problems) {
        const RefclockDriver *driver = &refclock_drivers[(size_t)l->values[0].number];

        for (const char *p = strchr(l->values[1].text, ':'); p;) {
                const char *option = p + 1;
                size_t n = strcspn(option, ":");

                if (!driver_has_option(driver, option, n)) {
                        int r = problems_add(problems, PROBLEM_ERROR, config_line_place(l), l->values[1].text,
                                "refclock: the driver %s has no such option", driver->name);
                        return r < 0 ? r : 1;
                }
                p = option[n] ? option + n : NULL;
        }
        return 0;
}
