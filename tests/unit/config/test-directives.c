/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "config/config.h"
#include "config/directives.h"
#include "config/lines.h"
#include "config/source-options.h"

#include <ctype.h>

static const Param *const option_tables[] = { source_options, refclock_options, hwtimestamp_options,
        local_options, ntp_ratelimit_options, nts_ratelimit_options, command_ratelimit_options };

static void assert_lower_case(const char *name) {
        for (; *name; name++)
                assert_false(isupper((unsigned char)*name));
}

static void assert_line(const char *text) {
        assert_non_null(text);
        assert_true(strlen(text) > 5);
        assert_null(strchr(text, '\n'));
        assert_int_not_equal(text[strlen(text) - 1], '.');
}

/* The names that chrony 4.8 takes (its manual, and what it still accepts and ignores), and ours: a row that is lost or misspelt
 * shows here. */
static const char *const all_directives[] = { "acquisitionport", "allow", "authselectmode", "bindacqaddress",
        "bindacqdevice", "bindaddress", "bindcmdaddress", "bindcmddevice", "binddevice", "broadcast",
        "clientloglimit", "clockprecision", "cmdallow", "cmddeny", "cmdport", "cmdratelimit", "combinelimit",
        "commandkey", "confdir", "corrtimeratio", "deny", "driftfile", "dscp", "dumpdir", "dumponexit",
        "fallbackdrift", "generatecommandkey", "hwclockfile", "hwtimestamp", "hwtstimeout", "include",
        "initstepslew", "keyfile", "leapseclist", "leapsecmode", "leapsectz", "linux_freq_scale", "linux_hz",
        "local", "lock_all", "log", "logbanner", "logchange", "logdir", "mailonchange", "makestep", "manual",
        "maxchange", "maxclockerror", "maxdistance", "maxdrift", "maxjitter", "maxntsconnections",
        "maxsamples", "maxslewrate", "maxstratum", "maxtxbuffers", "maxupdateskew", "minsamples",
        "minsources", "minstratum", "nocerttimecheck", "noclientlog", "nosystemcert", "ntpsigndsocket",
        "ntsaeads", "ntscachedir", "ntsdumpdir", "ntsntpserver", "ntsport", "ntsprocesses", "ntsratelimit",
        "ntsrefresh", "ntsrotate", "ntsservercert", "ntsserverkey", "ntstrustedcerts", "opencommands", "peer",
        "pidfile", "pool", "port", "ptpdomain", "ptpport", "ratelimit", "refclock", "refresh", "reselectdist",
        "rtcautotrim", "rtcdevice", "rtcfile", "rtconutc", "rtcsync", "sched_priority", "server",
        "serverworkers", "smoothtime", "sourcedir", "stratumweight", "tempcomp", "user", NULL };
static const char *const source_names[] = { "asymmetry", "auto_offline", "burst", "certset", "copy",
        "extfield", "filter", "iburst", "ipv4", "ipv6", "key", "maxdelay", "maxdelaydevratio",
        "maxdelayquant", "maxdelayratio", "maxpoll", "maxsamples", "maxsources", "maxunreach", "mindelay",
        "minpoll", "minsamples", "minstratum", "noselect", "nts", "ntsport", "offline", "offset",
        "polltarget", "port", "prefer", "presend", "require", "trust", "version", "xleave", NULL };
static const char *const refclock_names[] = { "delay", "dpoll", "filter", "local", "lock", "maxdispersion",
        "maxlockage", "maxsamples", "maxunreach", "minsamples", "noselect", "offset", "poll", "pps",
        "precision", "prefer", "rate", "refid", "require", "stratum", "tai", "trust", "width", NULL };
static const char *const hwtimestamp_names[] = { "maxpoll", "maxsamples", "minpoll", "minsamples",
        "nocrossts", "precision", "rxcomp", "rxfilter", "txcomp", NULL };
static const char *const local_names[] = { "activate", "distance", "orphan", "stratum", "waitsynced",
        "waitunsynced", NULL };
static const char *const ntp_ratelimit_names[] = { "burst", "interval", "kod", "leak", NULL };
static const char *const nts_ratelimit_names[] = { "burst", "interval", "leak", NULL };
static const char *const command_ratelimit_names[] = { "burst", "interval", "leak", NULL };

static void has_all_names(void **state) {
        assert_int_equal(ELEMENTS(all_directives) - 1, 101);
        assert_int_equal(n_directives, 101);
        for (size_t i = 0; i < n_directives; i++)
                assert_string_equal(directives[i].name, all_directives[i]);
}

static void has_all_options(void **state) {
        static const struct {
                const Param *table;
                const char *const *names;
        } rows[] = {
                { source_options, source_names },
                { refclock_options, refclock_names },
                { hwtimestamp_options, hwtimestamp_names },
                { local_options, local_names },
                { ntp_ratelimit_options, ntp_ratelimit_names },
                { nts_ratelimit_options, nts_ratelimit_names },
                { command_ratelimit_options, command_ratelimit_names },
        };

        assert_int_equal(ELEMENTS(rows), ELEMENTS(option_tables));
        for (size_t t = 0; t < ELEMENTS(rows); t++) {
                size_t n = 0;
                for (; rows[t].names[n] && rows[t].table[n].name; n++)
                        assert_string_equal(rows[t].table[n].name, rows[t].names[n]);
                assert_null(rows[t].names[n]);
                assert_null(rows[t].table[n].name);
        }
}

static void is_sorted(void **state) {
        for (size_t i = 1; i < n_directives; i++)
                assert_true(strcmp(directives[i - 1].name, directives[i].name) < 0);
        for (size_t t = 0; t < ELEMENTS(option_tables); t++)
                for (const Param *p = option_tables[t]; p->name && p[1].name; p++)
                        assert_true(strcmp(p[0].name, p[1].name) < 0);
}

static void every_name_is_found(void **state) {
        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];
                char upper[32];

                assert_lower_case(d->name);
                for (size_t k = 0; k <= strlen(d->name); k++)
                        upper[k] = (char)toupper((unsigned char)d->name[k]);
                assert_ptr_equal(directive_find(upper), directive_find(d->name));
                assert_ptr_equal(directive_find(d->name), d->alias_of ? directive_find(d->alias_of) : d);
        }
        assert_null(directive_find("serve"));
        assert_null(directive_find("servers"));
        assert_null(directive_find(""));
        assert_string_equal(directive_find("ntscachedir")->name, "ntsdumpdir");
}

static void every_row_has_help(void **state) {
        for (size_t i = 0; i < n_directives; i++)
                assert_line(directives[i].help);
        for (size_t t = 0; t < ELEMENTS(option_tables); t++)
                for (const Param *p = option_tables[t]; p->name; p++)
                        assert_line(p->help);
}

static void assert_param(const Param *p) {
        char allowed[PARAM_ALLOWED_MAX];
        Remark remark;
        Value value;
        size_t used;

        if (p->kind == PARAM_INTEGER || p->kind == PARAM_REAL)
                assert_true(p->min < p->max);
        if (p->kind == PARAM_CHOICE || p->kind == PARAM_HEX)
                assert_non_null(p->choices[0]);
        assert_true(p->kind == PARAM_FLAG || param_allowed(p, allowed)[0]);
        if (!p->fallback || p->repeats)
                return;
        assert_int_equal(value_parse(p, p->fallback, &value, &used, &remark), 0);
        assert_string_equal(remark.text, "");
        assert_int_equal(used, strlen(p->fallback));
        value_done(&value);
}

static void defaults_are_in_range(void **state) {
        for (size_t i = 0; i < n_directives; i++)
                for (size_t f = 0; f < DIRECTIVE_FORMS; f++)
                        for (size_t k = 0; k < directives[i].forms[f].n; k++)
                                assert_param(&directives[i].forms[f].params[k]);
        for (size_t t = 0; t < ELEMENTS(option_tables); t++)
                for (const Param *p = option_tables[t]; p->name; p++)
                        assert_param(p);
}

/* What is stored has an effect, and what is not stored has none. */
static void effect_is_stored(void **state) {
        for (const Param *p = source_options; p->name; p++)
                assert_int_equal(p->effect, p->storage.type != STORE_NOWHERE);
        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];
                const DirectiveForm *form = &d->forms[0];
                bool stored = d->flag.type != STORE_NOWHERE ||
                              (form->n > 0 && form->params[0].storage.type != STORE_NOWHERE);

                if (d->class == DIRECTIVE_PLAIN)
                        assert_int_equal(d->effect, stored);
                else
                        assert_false(stored);
        }
}

/* Only the last parameter may be left out or repeated, and forms differ in their number of words. */
static void forms_are_distinct(void **state) {
        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];

                for (size_t f = 0; f < DIRECTIVE_FORMS; f++)
                        for (size_t k = 0; k + 1 < d->forms[f].n; k++) {
                                assert_false(d->forms[f].params[k].repeats);
                                assert_false(d->forms[f].params[k].optional &&
                                             !d->forms[f].params[k + 1].optional);
                        }
                if (d->forms[1].n > 0) {
                        assert_ptr_equal(directive_form(d, d->forms[0].n), &d->forms[0]);
                        assert_ptr_equal(directive_form(d, d->forms[1].n), &d->forms[1]);
                }
        }
}

static void argument_counts(void **state) {
        static const struct {
                const char *name;
                size_t min, max;
        } rows[] = {
                { "port", 1, 1 },
                { "rtcsync", 0, 0 },
                { "server", 1, SIZE_MAX },
                { "allow", 0, 2 },
                { "makestep", 2, 2 },
                { "ntstrustedcerts", 1, 2 },
                { "tempcomp", 3, 6 },
                { "driftfile", 1, 2 },
                { "log", 0, SIZE_MAX },
                { "confdir", 1, SIZE_MAX },
                { "local", 0, SIZE_MAX },
                { "initstepslew", 1, SIZE_MAX },
                { "broadcast", 2, 3 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                const Directive *d = directive_find(rows[i].name);
                size_t min, max;

                directive_argument_range(d, &min, &max);
                assert_int_equal(min, rows[i].min);
                assert_int_equal(max, rows[i].max);
                if (min > 0)
                        assert_null(directive_form(d, min - 1));
                assert_non_null(directive_form(d, min));
        }
        assert_null(directive_form(directive_find("tempcomp"), 4));
}

static void examples_are_right(void **state) {
        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];
                Problems problems = { 0 };
                char text[256];
                ConfigLine l;

                if (!d->example)
                        continue;
                snprintf(text, sizeof(text), "%s %s", d->name, d->example);
                assert_int_equal(config_line_parse(text, (Place){ "", 1 }, &problems, &l), LINE_READ);
                assert_int_equal(problems.n, 0);
                config_line_done(&l);
        }
}

static void drivers_are_the_choices(void **state) {
        for (size_t i = 0; i < n_refclock_drivers; i++)
                assert_string_equal(refclock_drivers[i].name, refclock_driver_names[i]);
        assert_null(refclock_driver_names[n_refclock_drivers]);
}

static void guesses(void **state) {
        assert_string_equal(directive_guess("makesetp"), "makestep");
        assert_string_equal(directive_guess("Servr"), "server");
        assert_string_equal(directive_guess("rtc-sync"), "rtcsync");
        assert_null(directive_guess("completely"));
        assert_null(directive_guess("x"));
        assert_null(directive_guess("a-word-that-is-longer-than-any-directive"));
}

static void strings(void **state) {
        for (int i = 0; i < DIRECTIVE_GROUPS; i++)
                assert_int_equal(
                        directive_group_from_string(directive_group_to_string((DirectiveGroup)i)), i);
        for (int i = 0; i <= PARAM_HEX; i++)
                assert_int_equal(param_kind_from_string(param_kind_to_string((ParamKind)i)), i);
        for (int i = 0; i <= BEYOND_REFUSE; i++)
                assert_int_equal(beyond_range_from_string(beyond_range_to_string((BeyondRange)i)), i);
        for (int i = 0; i <= TIMEBALL; i++)
                assert_int_equal(row_source_from_string(row_source_to_string((RowSource)i)), i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(has_all_names),
                cmocka_unit_test(has_all_options),
                cmocka_unit_test(is_sorted),
                cmocka_unit_test(every_name_is_found),
                cmocka_unit_test(every_row_has_help),
                cmocka_unit_test(defaults_are_in_range),
                cmocka_unit_test(effect_is_stored),
                cmocka_unit_test(forms_are_distinct),
                cmocka_unit_test(argument_counts),
                cmocka_unit_test(examples_are_right),
                cmocka_unit_test(drivers_are_the_choices),
                cmocka_unit_test(guesses),
                cmocka_unit_test(strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
