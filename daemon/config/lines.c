/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/lines.h"

#include "base/printable.h"
#include "config/words.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char *const origin_names[] = {
        [LINE_CONFIG] = "config",
        [LINE_SOURCE_DIR] = "sourcedir",
        [LINE_SAVED] = "saved",
        [LINE_RUNTIME] = "runtime",
};

DEFINE_STRTAB(LineOrigin, line_origin, origin_names);

/* What reading one line needs all the time. */
typedef struct LineReader {
        Words words;
        Place place;
        Problems *problems;
        ConfigLine line;
} LineReader;

static int refused(int r) {
        return r < 0 ? r : LINE_REFUSED;
}

/* Takes over `value`. */
static int add_value(ConfigLine *l, Value *value) {
        Value *values = reallocarray(l->values, l->n_values + 1, sizeof(*values));

        if (!values) {
                value_done(value);
                return -ENOMEM;
        }
        l->values = values;
        values[l->n_values++] = *value;
        return 0;
}

static void remove_option(ConfigLine *l, const Param *param) {
        for (size_t i = l->n_arguments; i < l->n_values; i++)
                if (l->values[i].param == param) {
                        value_done(&l->values[i]);
                        l->n_values--;
                        memmove(&l->values[i], &l->values[i + 1], (l->n_values - i) * sizeof(l->values[0]));
                        return;
                }
}

/* Options that set the same place (ipv4 and ipv6) exclude one another; those that add bits do not. */
static bool options_collide(const Param *a, const Param *b) {
        if (a == b)
                return !a->repeats;
        return a->kind == PARAM_FLAG && b->kind == PARAM_FLAG && a->storage.type == STORE_INT &&
               b->storage.type == STORE_INT && a->storage.offset == b->storage.offset;
}

static int add_option(ConfigLine *l, Value *value) {
        for (size_t i = l->n_arguments; i < l->n_values; i++)
                if (options_collide(l->values[i].param, value->param)) {
                        remove_option(l, l->values[i].param);
                        break;
                }
        return add_value(l, value);
}

/* Of a line that is wrong anyway: the word that was to begin a comment, at `word` or behind; NULL if there is none. */
static const char *find_comment(LineReader *r, const char *word) {
        while (word && word[0] != '#')
                word = words_next(&r->words);
        return word;
}

static int refuse_comment(LineReader *r, const char *word) {
        return refused(problems_add(
                r->problems, PROBLEM_ERROR, r->place, word, "a comment stands on a line of its own"));
}

/* Reads one value and reports what there is to say about it. *ret_used as in value_parse(). */
static int read_value(LineReader *r, const Param *param, const char *word, Value *ret, size_t *ret_used) {
        Remark remark;

        int result = value_parse(param, word, ret, ret_used, &remark);
        if (result < 0)
                return result;
        const char *comment = result > 0 ? find_comment(r, word) : NULL;
        if (comment)
                return refuse_comment(r, comment);
        if (remark.text[0]) {
                int k = problems_add(r->problems, remark.refused ? PROBLEM_ERROR : PROBLEM_WARNING, r->place,
                        word, "%s: %.*s", r->line.directive->name,
                        r->problems->refuses ? remark.wrong : (int)sizeof(remark.text), remark.text);
                if (k < 0) {
                        value_done(ret);
                        return k;
                }
        }
        return result == 0 ? LINE_READ : LINE_REFUSED;
}

static int read_argument(LineReader *r, const Param *param, const char *word) {
        Value value;
        size_t used;

        int k = read_value(r, param, word, &value, &used);
        if (k != LINE_READ)
                return k;
        if (word[used]) {
                k = problems_add(r->problems, PROBLEM_WARNING, r->place, word,
                        r->problems->refuses ? "%s: %s: nothing may stand behind the number %s"
                                             : "%s: %s is read as %s",
                        r->line.directive->name, param->name, value.text);
                if (k < 0) {
                        value_done(&value);
                        return k;
                }
        }
        k = add_value(&r->line, &value);
        r->line.n_arguments = r->line.n_values;
        return k < 0 ? k : LINE_READ;
}

static int wrong_count(LineReader *r, size_t n_words) {
        const Directive *d = r->line.directive;
        size_t min, max;

        directive_argument_range(d, &min, &max);
        const char *comment = n_words > min ? find_comment(r, words_next(&r->words)) : NULL;
        if (comment)
                return refuse_comment(r, comment);
        if (max == 0)
                return refused(
                        problems_add(r->problems, PROBLEM_ERROR, r->place, d->name, "takes no argument"));
        if (n_words > max)
                return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, d->name,
                        "too many arguments: %zu, not more than %zu are allowed", n_words, max));
        if (n_words < min) {
                const Param *missing = &d->forms[0].params[n_words];
                char allowed[PARAM_ALLOWED_MAX];

                return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, d->name,
                        "an argument is missing: %s, %s", missing->name, param_allowed(missing, allowed)));
        }
        return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, d->name,
                "takes %zu or %zu arguments, not %zu", min, max, n_words));
}

static int read_arguments(LineReader *r) {
        size_t n_words = words_count(&r->words);
        const DirectiveForm *form = directive_form(r->line.directive, n_words);

        if (!form)
                return wrong_count(r, n_words);
        for (size_t i = 0; i < form->n || (form->n > 0 && form->params[form->n - 1].repeats); i++) {
                const Param *param = &form->params[i < form->n ? i : form->n - 1];
                const char *word = words_next(&r->words);

                if (!word)
                        break;
                int k = read_argument(r, param, word);
                if (k != LINE_READ)
                        return k;
        }
        return LINE_READ;
}

static int unknown_option(LineReader *r, const char *word) {
        const char *guess = param_guess(r->line.directive->options, word);
        char names[700] = "";
        size_t n = 0;

        if (word[0] == '#')
                return refuse_comment(r, word);
        for (const Param *p = r->line.directive->options; p->name && n < sizeof(names); p++)
                n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n > 0 ? ", " : "", p->name);
        return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, word,
                "%s has no such option; %s%s%sit has: %s", r->line.directive->name, guess ? "is '" : "",
                guess ? guess : "", guess ? "' meant? " : "", names));
}

static int read_option(LineReader *r, const char *name) {
        const Param *param = param_find(r->line.directive->options, name);
        char allowed[PARAM_ALLOWED_MAX];
        char *word = NULL;
        Value value;
        size_t used;

        if (!param)
                return unknown_option(r, name);
        if (param->kind != PARAM_FLAG) {
                word = words_next(&r->words);
                if (!word)
                        return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, name,
                                "%s: the value of %s is missing: %s", r->line.directive->name, param->name,
                                param_allowed(param, allowed)));
        }

        int k = read_value(r, param, word ? word : "", &value, &used);
        if (k != LINE_READ)
                return k;
        if (word && word[used])
                words_give_back(&r->words, word + used);
        k = add_option(&r->line, &value);
        return k < 0 ? k : LINE_READ;
}

static int read_options(LineReader *r) {
        const char *name;

        if (!r->line.directive->options)
                return LINE_READ;
        while ((name = words_next(&r->words))) {
                int k = read_option(r, name);
                if (k != LINE_READ)
                        return k;
        }
        return LINE_READ;
}

static int unknown_directive(LineReader *r, const char *name) {
        static const char mark[] = "\xef\xbb\xbf"; /* U+FEFF as some editors begin a file */

        if (strncmp(name, mark, strlen(mark)) == 0)
                return refused(problems_add(r->problems, PROBLEM_ERROR, r->place, NULL,
                        "the line begins with a byte order mark (EF BB BF): save the file without it"));
        const char *guess = directive_guess(name);

        return refused(
                problems_add(r->problems, PROBLEM_ERROR, r->place, name, "there is no such directive%s%s%s",
                        guess ? "; is '" : "", guess ? guess : "", guess ? "' meant?" : ""));
}

static int read_line(LineReader *r) {
        const char *name = words_next(&r->words);

        r->line.directive = directive_find(name);
        if (!r->line.directive)
                return unknown_directive(r, name);
        if (r->line.directive->class == DIRECTIVE_IGNORED)
                return LINE_EMPTY;
        if (r->line.directive->class == DIRECTIVE_OBSOLETE) {
                int k = problems_add(r->problems, PROBLEM_WARNING, r->place, name,
                        "this directive is obsolete: it is ignored");
                return k < 0 ? k : LINE_EMPTY;
        }
        int k = read_arguments(r);
        return k == LINE_READ ? read_options(r) : k;
}

int config_line_parse(const char *text, Place place, Problems *problems, ConfigLine *ret_line) {
        LineReader r = { .place = place, .problems = problems, .line.line = place.line };

        if (!words_init(&r.words, text))
                return refused(problems_add(problems, PROBLEM_ERROR, place, NULL,
                        "the line is longer than %d bytes", LINE_MAX_BYTES));
        if (words_is_comment(&r.words))
                return LINE_EMPTY;

        int result = read_line(&r);
        if (result == LINE_READ) {
                r.line.file = strdup(place.file ? place.file : "");
                if (!r.line.file)
                        result = -ENOMEM;
        }
        if (result != LINE_READ)
                config_line_done(&r.line);
        *ret_line = r.line;
        return result;
}

int config_line_default(const Directive *d, ConfigLine *ret_line) {
        const DirectiveForm *form = &d->forms[0];
        Problems problems = { 0 };
        char text[LINE_MAX_BYTES];
        size_t n = (size_t)snprintf(text, sizeof(text), "%s", d->name);
        bool any = false;

        *ret_line = (ConfigLine){ 0 };
        for (size_t i = 0; i < form->n; i++) {
                if (form->params[i].fallback) {
                        n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", form->params[i].fallback);
                        any = true;
                } else if (!form->params[i].optional)
                        return LINE_EMPTY;
        }
        if (!any)
                return LINE_EMPTY;
        int r = config_line_parse(text, (Place){ 0 }, &problems, ret_line);
        problems_done(&problems);
        return r;
}

void config_line_done(ConfigLine *l) {
        for (size_t i = 0; i < l->n_values; i++)
                value_done(&l->values[i]);
        free(l->values);
        free(l->file);
        *l = (ConfigLine){ 0 };
}

int config_line_copy(const ConfigLine *l, ConfigLine *ret) {
        ConfigLine copy = *l;

        copy.values = calloc(l->n_values > 0 ? l->n_values : 1, sizeof(*copy.values));
        copy.file = strdup(l->file);
        copy.n_values = 0;
        if (!copy.values || !copy.file) {
                config_line_done(&copy);
                return -ENOMEM;
        }
        for (size_t i = 0; i < l->n_values; i++) {
                copy.values[i] = l->values[i];
                copy.values[i].text = strdup(l->values[i].text);
                if (!copy.values[i].text) {
                        config_line_done(&copy);
                        return -ENOMEM;
                }
                copy.n_values++;
        }
        *ret = copy;
        return 0;
}

const Value *config_line_value(const ConfigLine *l, const char *name) {
        for (size_t i = 0; i < l->n_values; i++)
                if (strcmp(l->values[i].param->name, name) == 0)
                        return &l->values[i];
        return NULL;
}

int config_line_set_number(ConfigLine *l, const char *name, double number) {
        char text[NUMBER_TEXT_MAX];

        for (size_t i = 0; i < l->n_values; i++) {
                Value *v = &l->values[i];

                if (strcmp(v->param->name, name) != 0)
                        continue;
                char *copy = strdup(number_format(number, text));
                if (!copy)
                        return -ENOMEM;
                free(v->text);
                v->text = copy;
                v->number = number;
        }
        return 0;
}

void config_line_write(const ConfigLine *l, FILE *out) {
        fputs(l->directive->name, out);
        for (size_t i = 0; i < l->n_values; i++) {
                const Value *v = &l->values[i];

                if (i >= l->n_arguments)
                        fprintf(out, " %s", v->param->name);
                if (v->param->kind != PARAM_FLAG)
                        fprintf(out, " %s", v->text);
        }
}

char *config_line_text(const ConfigLine *l) {
        char *text = NULL;
        size_t size;

        FILE *memory = open_memstream(&text, &size);
        if (!memory)
                return NULL;
        config_line_write(l, memory);
        if (fclose(memory) != 0) {
                free(text);
                return NULL;
        }
        printable_clean(text);
        return text;
}

static bool line_replaces(const ConfigLine *new, const ConfigLine *old) {
        if (new->directive != old->directive)
                return false;
        switch (new->directive->merge) {
        case MERGE_LAST:
                return true;
        case MERGE_ALL:
                return false;
        case MERGE_BY_FAMILY:
                return !strchr(new->values[0].text, ':') == !strchr(old->values[0].text, ':');
        }
        return false;
}

int config_lines_add(ConfigLine **lines, size_t *n_lines, ConfigLine *l) {
        ConfigLine *all = *lines;

        for (size_t i = 0; l->directive->merge != MERGE_ALL && i < *n_lines; i++)
                if (line_replaces(l, &all[i])) {
                        config_line_done(&all[i]);
                        (*n_lines)--;
                        memmove(&all[i], &all[i + 1], (*n_lines - i) * sizeof(all[0]));
                        break;
                }

        all = reallocarray(*lines, *n_lines + 1, sizeof(*all));
        if (!all) {
                config_line_done(l);
                return -ENOMEM;
        }
        all[(*n_lines)++] = *l;
        *l = (ConfigLine){ 0 };
        *lines = all;
        return 0;
}

bool config_lines_have(const ConfigLine *lines, size_t n_lines, const Directive *d) {
        for (size_t i = 0; i < n_lines; i++)
                if (lines[i].directive == d)
                        return true;
        return false;
}
