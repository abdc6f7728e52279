/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "completion.h"

#include "options.h"
#include "verbs.h"

#include <stdbool.h>
#include <string.h>

/* Text inside of '...', with a backslash before the characters of `special`. */
static void put_quoted(const char *text, const char *special, FILE *out) {
        for (; *text; text++) {
                if (*text == '\'') {
                        fputs("'\\''", out);
                        continue;
                }
                if (strchr(special, *text))
                        fputc('\\', out);
                fputc(*text, out);
        }
}

static size_t first_word(const char *name) {
        return strcspn(name, " ");
}

/* Whether an earlier verb begins with the same word. */
static bool is_repeated(size_t i) {
        size_t length = first_word(verb_row(i)->name);

        for (size_t k = 0; k < i; k++)
                if (first_word(verb_row(k)->name) == length &&
                        strncmp(verb_row(k)->name, verb_row(i)->name, length) == 0)
                        return true;
        return false;
}

static void put_first_words(FILE *out) {
        const Verb *v;

        for (size_t i = 0; (v = verb_row(i)); i++)
                if (!is_repeated(i))
                        fprintf(out, "%s%.*s", i > 0 ? " " : "", (int)first_word(v->name), v->name);
}

/* What follows the first word of verb i: one word or more, "" if it has none. */
static void put_second_words(size_t i, FILE *out) {
        const char *name = verb_row(i)->name;
        size_t length = first_word(name);
        const char *space = "";
        const Verb *v;

        for (; (v = verb_row(i)); i++)
                if (v->name[length] == ' ' && strncmp(v->name, name, length) == 0) {
                        fprintf(out, "%s%s", space, v->name + length + 1);
                        space = " ";
                }
}

static bool takes_argument(const OptionRow *r) {
        return r->argument && strcmp(r->argument, "[STYLE]") != 0;
}

/* "-i|--interval" */
static void put_names(const OptionRow *r, const char *between, FILE *out) {
        if (r->code < 256)
                fprintf(out, "-%c%s", r->code, r->name ? between : "");
        if (r->name)
                fprintf(out, "--%s", r->name);
}

static const char bash_head[] =
        "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
        "# Completion of timeballctl(1) in bash, made from its table of verbs.\n"
        "\n"
        "_timeballctl_sources() {\n"
        "    local name\n"
        "    timeballctl --no-pager --no-legend --color=never sources 2>/dev/null |\n"
        "        while read -r _ name _; do\n"
        "            # bash would run what stands in $(...)\n"
        "            [[ $name == *[!A-Za-z0-9.:%_-]* ]] || printf '%s\\n' \"$name\"\n"
        "        done\n"
        "}\n"
        "\n"
        "_timeballctl() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} option='' list='' i words=()\n"
        "    COMPREPLY=()\n"
        "    # --json=short comes as three words.\n"
        "    if [[ $cur == = ]]; then\n"
        "        option=$prev cur=''\n"
        "    elif [[ $prev == = ]]; then\n"
        "        option=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    else\n"
        "        option=$prev\n"
        "    fi\n";

static void put_bash_values(FILE *out) {
        const OptionRow *r;

        fputs("    case $option in\n", out);
        for (size_t i = 0; (r = option_row(i)); i++) {
                if (!r->words)
                        continue;
                fputs("        ", out);
                put_names(r, "|", out);
                fputs(takes_argument(r)
                                ? ")\n"
                                : ")\n            [[ $prev == = || ${COMP_WORDS[COMP_CWORD]} == = ]] &&\n    ",
                        out);
                fprintf(out,
                        "            { mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\"); return; } ;;\n",
                        r->words);
        }
        for (size_t i = 0; (r = option_row(i)); i++)
                if (takes_argument(r) && !r->words) {
                        fputs("        ", out);
                        put_names(r, "|", out);
                        fputs(") return ;;\n", out);
                }
        fputs("    esac\n", out);
}

/* Which words are the verb and its arguments. */
static void put_bash_words(FILE *out) {
        const OptionRow *r;
        bool more = false;

        fputs("    for (( i = 1; i < COMP_CWORD; i++ )); do\n        case ${COMP_WORDS[i]} in\n            ",
                out);
        for (size_t i = 0; (r = option_row(i)); i++)
                if (takes_argument(r)) {
                        fputs(more ? "|" : "", out);
                        put_names(r, "|", out);
                        more = true;
                }
        fputs(")\n                [[ ${COMP_WORDS[i+1]} == = ]] && (( i++ ))\n                (( i++ )) ;;\n"
              "            --json)\n                [[ ${COMP_WORDS[i+1]} == = ]] && (( i += 2 )) ;;\n"
              "            -*) ;;\n            *) words+=(\"${COMP_WORDS[i]}\") ;;\n        esac\n    done\n",
                out);
}

static void put_bash_options(FILE *out) {
        const OptionRow *r;
        const Verb *v;

        fputs("    if [[ $cur == -* ]]; then\n        list='", out);
        for (size_t i = 0; (r = option_row(i)); i++)
                if (!r->verbs) {
                        put_names(r, " ", out);
                        fputc(' ', out);
                }
        fputs("'\n        case \"${words[0]:-status}\" in\n", out);
        for (size_t i = 0; (v = verb_row(i)); i++) {
                bool any = false;
                for (size_t k = 0; (r = option_row(k)); k++)
                        if (r->verbs && option_is_of(r, v->name)) {
                                if (!any)
                                        fprintf(out, "            %s) list+=' ", v->name);
                                any = true;
                                put_names(r, " ", out);
                                fputc(' ', out);
                        }
                if (any)
                        fputs("' ;;\n", out);
        }
        fputs("        esac\n        mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n        return\n    fi\n",
                out);
}

static void put_bash_kind(const Verb *v, FILE *out) {
        switch (v->completes) {
        case COMPLETES_NOTHING:
                break;
        case COMPLETES_SOURCE:
                fputs("; list+=\" $(_timeballctl_sources)\"", out);
                break;
        case COMPLETES_FILE:
                fputs("; compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return",
                        out);
                break;
        case COMPLETES_INTERFACE:
                fputs("; list+=\" $(cd /sys/class/net && echo *)\"", out);
                break;
        case COMPLETES_VERB:
                fputs("; list+=' ", out);
                put_first_words(out);
                fputc('\'', out);
                break;
        }
}

static void put_bash_arguments(FILE *out) {
        const Verb *v;

        fputs("    case \"${words[*]}\" in\n        '') list='", out);
        put_first_words(out);
        fputs("' ;;\n", out);
        for (size_t i = 0; (v = verb_row(i)); i++) {
                size_t length = first_word(v->name);
                if (v->name[length] && !is_repeated(i)) {
                        fprintf(out, "        '%.*s') list='", (int)length, v->name);
                        put_second_words(i, out);
                        fputs("' ;;\n", out);
                }
                if (!v->words && v->completes == COMPLETES_NOTHING)
                        continue;
                fprintf(out, "        '%s') list='%s'", v->name, v->words ? v->words : "");
                put_bash_kind(v, out);
                fputs(" ;;\n", out);
        }
        fputs("    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n}\n\n"
              "complete -F _timeballctl timeballctl\n",
                out);
}

void completion_write_bash(FILE *out) {
        fputs(bash_head, out);
        put_bash_values(out);
        put_bash_words(out);
        put_bash_options(out);
        put_bash_arguments(out);
}

static const char fish_head[] =
        "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
        "# Completion of timeballctl(1) in fish, made from its table of verbs.\n"
        "\n"
        "function __timeballctl_sources\n"
        "    timeballctl --no-pager --no-legend --color=never sources 2>/dev/null | string replace -r '^\\S+\\s+(\\S+).*' '$1'\n"
        "end\n"
        "\n"
        "# Whether the words in front of the cursor, options left out, are these.\n"
        "function __timeballctl_at\n"
        "    set -l words (commandline -opc | string match -v -- '-*')\n"
        "    test \"$words[2..]\" = \"$argv\"\n"
        "end\n"
        "\n"
        "function __timeballctl_verb\n"
        "    set -l words (commandline -opc | string match -v -- '-*')\n"
        "    contains -- \"$words[2]\" $argv\n"
        "end\n"
        "\n"
        "complete -c timeballctl -f\n";

static void put_fish_option(const OptionRow *r, FILE *out) {
        fputs("complete -c timeballctl", out);
        if (r->verbs)
                fprintf(out, " -n '__timeballctl_verb %s'", r->verbs);
        if (r->code < 256)
                fprintf(out, " -s %c", r->code);
        if (r->name)
                fprintf(out, " -l %s", r->name);
        if (takes_argument(r))
                fputs(" -x", out);
        if (r->words)
                fprintf(out, " -a '%s'", r->words);
        fputs(" -d '", out);
        put_quoted(r->help, "", out);
        fputs("'\n", out);
}

static void put_fish_arguments(const Verb *v, FILE *out) {
        size_t length = first_word(v->name);

        if (v->name[length])
                fprintf(out, "complete -c timeballctl -n '__timeballctl_at %.*s' -a '%s'\n", (int)length,
                        v->name, v->name + length + 1);
        if (v->words)
                fprintf(out, "complete -c timeballctl -n '__timeballctl_at %s' -a '%s'\n", v->name, v->words);
        switch (v->completes) {
        case COMPLETES_NOTHING:
                break;
        case COMPLETES_SOURCE:
                fprintf(out,
                        "complete -c timeballctl -n '__timeballctl_at %s' -a '(__timeballctl_sources)'\n",
                        v->name);
                break;
        case COMPLETES_FILE:
                fprintf(out, "complete -c timeballctl -n '__timeballctl_at %s' -F\n", v->name);
                break;
        case COMPLETES_INTERFACE:
                fprintf(out, "complete -c timeballctl -n '__timeballctl_at %s' -a '(ls /sys/class/net)'\n",
                        v->name);
                break;
        case COMPLETES_VERB:
                fprintf(out, "complete -c timeballctl -n '__timeballctl_at %s' -a '", v->name);
                put_first_words(out);
                fputs("'\n", out);
                break;
        }
}

void completion_write_fish(FILE *out) {
        const OptionRow *r;
        const Verb *v;

        fputs(fish_head, out);
        for (size_t i = 0; (r = option_row(i)); i++)
                put_fish_option(r, out);
        for (size_t i = 0; (v = verb_row(i)); i++) {
                if (!is_repeated(i)) {
                        fprintf(out, "complete -c timeballctl -n __timeballctl_at -a %.*s -d '",
                                (int)first_word(v->name), v->name);
                        put_quoted(v->help, "", out);
                        fputs("'\n", out);
                }
                put_fish_arguments(v, out);
        }
}

static const char zsh_head[] = "#compdef timeballctl\n"
                               "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
                               "# Completion of timeballctl(1) in zsh, made from its table of verbs.\n"
                               "\n"
                               "_timeballctl_sources() {\n"
                               "    local name\n"
                               "    local -a names\n"
                               "    timeballctl --no-pager --no-legend --color=never sources 2>/dev/null |\n"
                               "        while read -r _ name _; do names+=($name); done\n"
                               "    compadd -- $names\n"
                               "}\n"
                               "\n";

static void put_zsh_option(const OptionRow *r, FILE *out) {
        fputs("        ", out);
        if (r->code < 256 && r->name)
                fprintf(out, "'(-%c --%s)'{-%c,--%s%s}'", r->code, r->name, r->code, r->name,
                        takes_argument(r) ? "=" : "");
        else if (r->name)
                fprintf(out, "'--%s%s", r->name, takes_argument(r) ? "=" : r->argument ? "=-" : "");
        else
                fprintf(out, "'-%c", r->code);
        fputc('[', out);
        put_quoted(r->help, ":[]", out);
        fputc(']', out);
        if (r->argument)
                fprintf(out, "%s:", takes_argument(r) ? "" : ":");
        if (r->argument) {
                put_quoted(r->argument, ":[]", out);
                fprintf(out, ":(%s)", r->words ? r->words : "");
        }
        fputs("' \\\n", out);
}

static void put_zsh_kind(const Verb *v, FILE *out) {
        switch (v->completes) {
        case COMPLETES_NOTHING:
                break;
        case COMPLETES_SOURCE:
                fputs(" _timeballctl_sources;", out);
                break;
        case COMPLETES_FILE:
                fputs(" _files;", out);
                break;
        case COMPLETES_INTERFACE:
                fputs(" compadd -- /sys/class/net/*(:t);", out);
                break;
        case COMPLETES_VERB:
                fputs(" compadd --", out);
                for (size_t i = 0; verb_row(i); i++)
                        if (!is_repeated(i))
                                fprintf(out, " %.*s", (int)first_word(verb_row(i)->name), verb_row(i)->name);
                fputc(';', out);
                break;
        }
}

static void put_zsh_arguments(FILE *out) {
        const Verb *v;

        fputs("            case \"${words[1,CURRENT-1]}\" in\n", out);
        for (size_t i = 0; (v = verb_row(i)); i++) {
                size_t length = first_word(v->name);
                if (v->name[length] && !is_repeated(i)) {
                        fprintf(out, "                '%.*s') compadd -- ", (int)length, v->name);
                        put_second_words(i, out);
                        fputs(" ;;\n", out);
                }
                if (!v->words && v->completes == COMPLETES_NOTHING)
                        continue;
                fprintf(out, "                '%s')", v->name);
                if (v->words)
                        fprintf(out, " compadd -- %s;", v->words);
                put_zsh_kind(v, out);
                fputs(" ;;\n", out);
        }
        fputs("            esac ;;\n", out);
}

void completion_write_zsh(FILE *out) {
        const OptionRow *r;
        const Verb *v;

        fputs(zsh_head, out);
        fputs("_timeballctl() {\n    local curcontext=$curcontext state line\n    local -a verbs\n    typeset -A opt_args\n"
              "    verbs=(\n",
                out);
        for (size_t i = 0; (v = verb_row(i)); i++)
                if (!is_repeated(i)) {
                        fprintf(out, "        '%.*s:", (int)first_word(v->name), v->name);
                        put_quoted(v->help, ":", out);
                        fputs("'\n", out);
                }
        fputs("    )\n    _arguments -C \\\n", out);
        for (size_t i = 0; (r = option_row(i)); i++)
                put_zsh_option(r, out);
        fputs("        '1: :->verb' '*:: :->argument' && return\n    case $state in\n"
              "        verb) _describe -t verbs verb verbs ;;\n        argument)\n",
                out);
        put_zsh_arguments(out);
        fputs("    esac\n}\n\n_timeballctl \"$@\"\n", out);
}
