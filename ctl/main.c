/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl: shows what timeballd publishes on D-Bus, and hands orders to it. */

#include "options.h"
#include "pager.h"
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print_help(void) {
        puts("timeballctl [OPTION...] [VERB] [ARGUMENT...]\n\nThe time service: its state, and orders to it."
             "\n\nVerbs:");
        verbs_help(stdout);
        puts("\nOptions:");
        options_help(stdout);
        puts("\nSee timeballctl(1).");
}

/* The verb with its arguments; *ret_status says what is wrong with them. */
static ExitStatus understand(const Options *options, char **words, int n, Invocation *ret) {
        const char *called;
        int used;

        const Verb *verb = verb_find(words, n, &used, &called);
        if (!verb) {
                verbs_explain(words[0], stderr);
                return STATUS_USAGE;
        }
        *ret = (Invocation){ verb, called, options, words + used, n - used, stdout };
        if (ret->n < verb->min || ret->n > verb->max) {
                verb_explain_arguments(verb, ret->arguments, ret->n, stderr);
                return STATUS_USAGE;
        }
        return options_check(options, verb->name);
}

/* -q: what is drawn goes where nobody looks. */
static void silence(void) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (nowhere >= 0) {
                dup2(nowhere, STDOUT_FILENO);
                close(nowhere);
        }
}

/* 0, or the errno that a write of the output has failed with. A reader who has left is no failure. */
static int finish_output(pid_t pager) {
        errno = 0;
        int failed = fflush(stdout) != 0 || ferror(stdout) ? (errno ? errno : EIO) : 0;

        pager_stop(pager);
        return pager > 0 ? 0 : failed;
}

/* All that is drawn is collected first: while polkit asks for a password, no pager must have the terminal. */
static ExitStatus run_paged(Invocation *invocation, pid_t *ret_pager) {
        char *text = NULL;
        size_t n = 0;

        invocation->out = open_memstream(&text, &n);
        if (!invocation->out)
                abort();
        ExitStatus status = invocation->verb->run(invocation);
        fclose(invocation->out);
        if (n > 0) {
                *ret_pager = pager_start();
                fwrite(text, 1, n, stdout);
        }
        free(text);
        return status;
}

static ExitStatus run(const Options *options, char **words, int n) {
        Invocation invocation;
        pid_t pager = 0;

        ExitStatus status = understand(options, words, n, &invocation);
        if (status != STATUS_OK)
                return status;
        if (options->quiet)
                silence();
        bool paged = invocation.verb->flags & VERB_PAGED && !options->no_pager && isatty(STDOUT_FILENO);
        status = paged ? run_paged(&invocation, &pager) : invocation.verb->run(&invocation);
        int failed = finish_output(pager);
        if (failed != 0) {
                errno = failed;
                perror("timeballctl: writing the output");
                return STATUS_FAILURE;
        }
        return status;
}

int main(int argc, char **argv) {
        Options options;
        int first;

        ExitStatus status = options_parse(argc, argv, &options, &first);
        if (status != STATUS_OK)
                return status;
        if (!options.help && !options.version)
                return run(&options, argv + first, argc - first);
        if (options.help)
                print_help();
        else
                puts("timeball " TIMEBALL_VERSION);
        if (finish_output(0) != 0) {
                perror("timeballctl: writing the output");
                return STATUS_FAILURE;
        }
        return STATUS_OK;
}
