/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl: shows what timeballd publishes on D-Bus, and nothing else. */

#include "options.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>

static void print_help(void) {
        puts("timeballctl [OPTION...] [VERB] [ARGUMENT...]\n\nShow the state of the time service.\n\nVerbs:");
        verbs_help(stdout);
        puts("\nOptions:");
        options_help(stdout);
        puts("\nSee timeballctl(1).");
}

static ExitStatus run_verb(const Options *options, char **words, int n) {
        int used;

        const Verb *verb = verb_find(words, n, &used);
        if (!verb) {
                verbs_explain(words[0], stderr);
                return STATUS_USAGE;
        }
        Invocation invocation = { options, words + used, n - used, stdout };
        if (invocation.n < verb->min || invocation.n > verb->max) {
                verb_explain_arguments(verb, invocation.arguments, invocation.n, stderr);
                return STATUS_USAGE;
        }
        return verb->run(&invocation);
}

int main(int argc, char **argv) {
        Options options;
        int first;

        ExitStatus status = options_parse(argc, argv, &options, &first);
        if (status != STATUS_OK)
                return status;
        if (options.help)
                print_help();
        else if (options.version)
                puts("timeball " TIMEBALL_VERSION);
        else
                status = run_verb(&options, argv + first, argc - first);
        if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("timeballctl: writing the output");
                return STATUS_FAILURE;
        }
        return status;
}
