/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/amend.h"

#include "base/subnet.h"
#include "config/access-line.h"
#include "config/across.h"
#include "config/source-line.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What somebody is told who has no file to look into: no place, only the word and what is wrong with it. */
static void say(const Problem *p, char why[static AMEND_WHY_MAX]) {
        snprintf(why, AMEND_WHY_MAX, "%s%s%s%s", p->word[0] ? "'" : "", p->word, p->word[0] ? "': " : "",
                p->text);
}

/* Takes the contents of `problems`. True if there was one, and why says the first. */
static bool say_first(Problems *problems, ProblemLevel level, char why[static AMEND_WHY_MAX]) {
        bool any = false;

        for (size_t i = 0; !any && i < problems->n; i++) {
                any = problems->items[i].level >= level;
                if (any)
                        say(&problems->items[i], why);
        }
        problems_done(problems);
        return any;
}

static bool has_control_character(const char *line) {
        for (; *line; line++)
                if (iscntrl((unsigned char)*line) && *line != '\t')
                        return true;
        return false;
}

/* 0 and the line, -EINVAL or -ENOMEM. */
static int parse(const char *line, ConfigLine *ret, char why[static AMEND_WHY_MAX]) {
        Problems problems = { .refuses = true };
        int r;

        if (has_control_character(line)) {
                snprintf(why, AMEND_WHY_MAX, "a line has no control characters, and is one line");
                return -EINVAL;
        }
        r = config_line_parse(line, (Place){ "runtime", 0 }, &problems, ret);
        if (r == LINE_READ && problems.n > 0)
                config_line_done(ret);
        if (say_first(&problems, PROBLEM_WARNING, why))
                return r < 0 ? r : -EINVAL;
        if (r == LINE_READ)
                ret->origin = LINE_RUNTIME;
        else
                snprintf(why, AMEND_WHY_MAX, "there is no directive on the line");
        return r == LINE_READ ? 0 : r < 0 ? r : -EINVAL;
}

static bool is_plain_name(const char *name) {
        return name[0] &&
               strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:%_-") ==
                       strlen(name);
}

/* 0, -EINVAL or -ENOMEM. */
static int make_source(ConfigLine *l, const char *origin, SourceSpec *ret, char why[static AMEND_WHY_MAX]) {
        Problems problems = { 0 };
        int r = source_spec_make(l, origin, &problems, ret);

        /* Who asks for authentication at run time can do without a source that can't be followed. */
        if (r == 0 && !ret->nts) {
                problems_done(&problems); /* maxpoll follows minpoll */
                return 0;
        }
        say_first(&problems, PROBLEM_WARNING, why);
        return r < 0 ? r : -EINVAL;
}

int amend_read_source(const char *line, const char *origin, SourceSpec *ret, char **ret_text,
        char why[static AMEND_WHY_MAX]) {
        ConfigLine l;
        int r = parse(line, &l, why);

        if (r < 0)
                return r;
        if (!directive_makes_source(l.directive)) {
                snprintf(why, AMEND_WHY_MAX, "'%s': a source is a line of server, pool or peer",
                        l.directive->name);
                r = -EINVAL;
        } else if (!is_plain_name(l.values[0].text)) {
                snprintf(why, AMEND_WHY_MAX,
                        "a host name or an address has letters, digits, and .:%%_- in it, and nothing else");
                r = -EINVAL;
        } else
                r = make_source(&l, origin, ret, why);
        if (r == 0) {
                *ret_text = config_line_text(&l);
                r = *ret_text ? 0 : -ENOMEM;
        }
        config_line_done(&l);
        return r;
}

static bool is_access(const Directive *d) {
        return d->class == DIRECTIVE_ALLOW || d->class == DIRECTIVE_DENY;
}

/* Of rules that were given at run time the last one for a subnet is enough, or they would pile up. */
static bool is_superseded(const ConfigLine *old, const ConfigLine *new) {
        AccessRule a[ACCESS_LINE_RULES], b[ACCESS_LINE_RULES];
        bool old_all, new_all;

        if (old->origin < LINE_SAVED || !is_access(old->directive) || !is_access(new->directive))
                return false;
        size_t n = access_line_rules(old, a, &old_all), n_new = access_line_rules(new, b, &new_all);
        if (n == 0 || n_new == 0 || (old_all && !new_all))
                return false;
        if (new_all && n_new == ACCESS_LINE_RULES)
                return true;
        return n == n_new && a[0].prefix == b[0].prefix && net_address_equal(&a[0].address, &b[0].address);
}

int config_amend_copy(Config *c, const ConfigLine *l) {
        ConfigLine copy;
        int r = config_line_copy(l, &copy);

        if (r < 0)
                return r;
        /* A source's line is kept for what it says of the whole; sources themselves are carried over. */
        if (directive_makes_source(l->directive))
                return config_lines_add(&c->lines, &c->n_lines, &copy);
        return config_take_line(c, &copy);
}

/* All lines but those of `without`, or that `with` takes the place of. */
static int copy(const Config *from, const Directive *without, const ConfigLine *with, Config **ret) {
        _cleanup_(config_freep)
        Config *c = config_new();
        int r = c ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < from->n_lines; i++) {
                const ConfigLine *l = &from->lines[i];

                if (l->directive != without && !(with && is_superseded(l, with)))
                        r = config_amend_copy(c, l);
        }
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}

/* Takes over the line. */
static int add_line(const Config *from, ConfigLine *l, Config **ret, char why[static AMEND_WHY_MAX]) {
        _cleanup_(config_freep)
        Config *c = NULL;
        int r = copy(from, NULL, l, &c);

        if (r < 0) {
                config_line_done(l);
                return r;
        }
        r = config_take_line(c, l);
        if (r == 0)
                r = config_check_amended(c);
        if (r < 0)
                return r;
        if (config_errors(c) > 0) {
                say_first(&c->problems, PROBLEM_ERROR, why);
                return -EINVAL;
        }
        *ret = TAKE_PTR(c);
        return 0;
}

/* 0 and the line, of a directive that can be set; -EINVAL or -ENOMEM. */
static int parse_setting(const char *line, ConfigLine *ret, char why[static AMEND_WHY_MAX]) {
        int r = parse(line, ret, why);

        if (r < 0 || directive_can_be_set(ret->directive))
                return r;
        snprintf(why, AMEND_WHY_MAX, "'%s': this can't be changed while the daemon runs",
                ret->directive->name);
        config_line_done(ret);
        return -EINVAL;
}

int amend_check_line(const char *line, char why[static AMEND_WHY_MAX]) {
        ConfigLine l;
        int r = parse_setting(line, &l, why);

        if (r == 0)
                config_line_done(&l);
        return r;
}

int amend_with_line(const Config *c, const char *line, Config **ret, char why[static AMEND_WHY_MAX]) {
        ConfigLine l;
        int r = parse_setting(line, &l, why);

        return r < 0 ? r : add_line(c, &l, ret, why);
}

int amend_without(const Config *c, const Directive *d, Config **ret) {
        _cleanup_(config_freep)
        Config *made = NULL;
        int r = copy(c, d, NULL, &made);

        if (r == 0)
                r = config_check_amended(made);
        if (r == 0)
                *ret = TAKE_PTR(made);
        return r;
}

/* 0 and the line, or -ENOMEM. */
static int make_access_line(const AccessRule *rule, bool all, ConfigLine *ret) {
        const Subnet subnet = { rule->address, rule->prefix };
        char text[SUBNET_TEXT_MAX], line[SUBNET_TEXT_MAX + 16], why[AMEND_WHY_MAX];

        snprintf(line, sizeof(line), "%s%s %s", rule->allow ? "allow" : "deny", all ? " all" : "",
                subnet_format(&subnet, text));
        return parse(line, ret, why);
}

typedef struct AccessLines {
        ConfigLine *lines;
        size_t n;
} AccessLines;

static void access_lines_done(AccessLines *a) {
        for (size_t i = 0; i < a->n; i++)
                config_line_done(&a->lines[i]);
        free(a->lines);
}

static int make_access_lines(const AccessRule *rules, size_t n, bool all, bool replace, AccessLines *ret) {
        char why[AMEND_WHY_MAX];
        int r = 0;

        ret->lines = calloc(n + 1, sizeof(*ret->lines));
        if (!ret->lines)
                return -ENOMEM;
        if (replace)
                r = parse("deny all", &ret->lines[0], why);
        ret->n = r == 0 && replace;
        for (size_t i = 0; r == 0 && i < n; i++) {
                r = make_access_line(&rules[i], all, &ret->lines[ret->n]);
                ret->n += r == 0;
        }
        return r;
}

static int copy_with_access(const Config *c, AccessLines *a, Config *ret) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < c->n_lines; i++) {
                bool superseded = false;

                for (size_t k = 0; is_access(c->lines[i].directive) && !superseded && k < a->n; k++)
                        superseded = is_superseded(&c->lines[i], &a->lines[k]);
                r = superseded ? 0 : config_amend_copy(ret, &c->lines[i]);
        }
        for (size_t k = 0; r == 0 && k < a->n; k++)
                r = config_take_line(ret, &a->lines[k]);
        return r == 0 ? config_check_amended(ret) : r;
}

int amend_with_access(
        const Config *c, const AccessRule *rules, size_t n, bool all, bool replace, Config **ret) {
        _cleanup_(config_freep)
        Config *made = config_new();
        _cleanup_(access_lines_done)
        AccessLines lines = { 0 };
        int r = made ? make_access_lines(rules, n, all, replace, &lines) : -ENOMEM;

        if (r == 0)
                r = copy_with_access(c, &lines, made);
        if (r < 0)
                return r;
        if (config_errors(made) > 0)
                return -ENOSPC;
        *ret = TAKE_PTR(made);
        return 0;
}

#define EXCHANGE(a, b) \
        do { \
                __typeof__(a) _kept = (a); \
                (a) = (b); \
                (b) = _kept; \
        } while (false)

void amend_carry(Config *from, Config *to) {
        EXCHANGE(from->sources, to->sources);
        EXCHANGE(from->source_texts, to->source_texts);
        EXCHANGE(from->n_sources, to->n_sources);
        EXCHANGE(from->keys, to->keys);
        EXCHANGE(from->problems, to->problems);
        EXCHANGE(from->without_effect, to->without_effect);
}
