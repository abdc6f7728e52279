/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the table of directives as JSON, for the tests that make cases of every row. */

#include "config/directives.h"
#include "config/source-options.h"

#include <stdio.h>

static void print_text(const char *name, const char *text) {
        printf("\"%s\":", name);
        if (text)
                printf("\"%s\"", text);
        else
                printf("null");
}

static void print_param(const Param *p) {
        printf("{\"name\":\"%s\",\"kind\":\"%s\",\"beyond\":\"%s\",\"source\":\"%s\",\"min\":%.17g,\"max\":%.17g,",
                p->name, param_kind_to_string(p->kind), beyond_range_to_string(p->beyond),
                row_source_to_string(p->source), p->min, p->max);
        print_text("default", p->fallback);
        printf(",\"optional\":%s,\"repeats\":%s,\"effect\":%s,\"choices\":[", p->optional ? "true" : "false",
                p->repeats ? "true" : "false", p->effect ? "true" : "false");
        for (size_t i = 0; p->choices && p->choices[i]; i++)
                printf("%s\"%s\"", i > 0 ? "," : "", p->choices[i]);
        printf("]}");
}

static void print_form(const DirectiveForm *form) {
        printf("[");
        for (size_t i = 0; i < form->n; i++) {
                printf(i > 0 ? ",\n" : "\n");
                print_param(&form->params[i]);
        }
        printf("]");
}

static void print_options(const Param *options) {
        printf("[");
        for (const Param *p = options; p && p->name; p++) {
                printf(p > options ? ",\n" : "\n");
                print_param(p);
        }
        printf("]");
}

static void print_directive(const Directive *d) {
        bool ignored = d->class == DIRECTIVE_OBSOLETE || d->class == DIRECTIVE_IGNORED;

        printf("{\"name\":\"%s\",\"ignored\":%s,\"source\":\"%s\",\"effect\":%s,", d->name,
                ignored ? "true" : "false", row_source_to_string(d->source), d->effect ? "true" : "false");
        print_text("group", directive_group_to_string(d->group));
        printf(",");
        print_text("alias_of", d->alias_of);
        printf(",\"forms\":[");
        for (size_t i = 0; i < DIRECTIVE_FORMS && (i == 0 || d->forms[i].n > 0); i++) {
                printf(i > 0 ? "," : "");
                print_form(&d->forms[i]);
        }
        printf("],\"options\":");
        print_options(d->options);
        printf("}");
}

int main(void) {
        printf("[");
        for (size_t i = 0; i < n_directives; i++) {
                printf(i > 0 ? ",\n" : "\n");
                print_directive(&directives[i]);
        }
        printf("]\n");
        return 0;
}
