/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * timeballctl watch: another verb again and again. In a terminal it has the screen, and keys: q leaves, n names or
 * addresses, u the next unit, v more or fewer columns, any other looks at once. Elsewhere it prints one after the other.
 */

#include "base/cleanup.h"
#include "screen.h"
#include "text.h"
#include "verbs.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Watch {
        Invocation inner;
        Options options; /* keys change them */
        FILE *out;
        double begin_s;
        bool on_screen;
} Watch;

static double now_s(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void show(const Watch *w, const char *text) {
        if (w->on_screen)
                screen_show(text, w->out);
        else {
                if (w->options.json != JSON_OFF)
                        fputc(JSON_RECORD, w->out);
                fputs(text, w->out);
                if (w->options.json == JSON_OFF)
                        fputc('\n', w->out);
        }
        fflush(w->out);
}

static ExitStatus look(Watch *w) {
        char *text = NULL;
        size_t n;

        w->inner.out = open_memstream(&text, &n);
        if (!w->inner.out)
                abort();
        ExitStatus status = w->inner.verb->run(&w->inner);
        fclose(w->inner.out);
        show(w, text);
        free(text);
        return status;
}

/* Whether to go on. */
static bool heed(Watch *w, char key) {
        View *view = &w->options.view;

        switch (key) {
        case 'q':
        case 'Q':
        case 0x03: /* ^C */
                return false;
        case 'n':
                view->numeric = !view->numeric;
                break;
        case 'u':
                view->unit = view->unit == UNIT_S ? UNIT_AUTO : view->unit + 1;
                break;
        case 'v':
                view->verbose = !view->verbose;
                break;
        default:
                break;
        }
        return true;
}

/* Whether to go on, when it is time to look again. */
static bool pause_for(Watch *w) {
        double until = now_s() + w->options.interval_s, end = w->begin_s + w->options.timeout_s;
        struct pollfd keys = { .fd = w->on_screen ? STDIN_FILENO : -1, .events = POLLIN };
        char key;

        if (!isnan(end) && end < until)
                until = end;
        for (double left = until - now_s(); left > 0; left = until - now_s()) {
                int r = poll(&keys, 1, (int)fmin(ceil(left * 1e3), 1e9));
                if (r < 0 && errno != EINTR)
                        return false;
                if (r > 0)
                        return read(STDIN_FILENO, &key, 1) == 1 && heed(w, key);
        }
        return isnan(end) || now_s() < end;
}

static ExitStatus understand(const Invocation *invocation, Watch *w) {
        static const char *const usual[] = { "sources" };
        const char *called;
        char clean[256];
        int used;

        char **words = invocation->n > 0 ? invocation->arguments : (char **)usual;
        int n = invocation->n > 0 ? invocation->n : 1;
        const Verb *verb = verb_find(words, n, &used, &called);
        if (!verb || !(verb->flags & VERB_PAGED)) {
                fprintf(stderr, "timeballctl: '%s' cannot be watched\n",
                        text_clean(words[0], clean, sizeof(clean)));
                return STATUS_USAGE;
        }
        w->inner = (Invocation){ verb, called, &w->options, words + used, n - used, invocation->out };
        if (w->inner.n >= verb->min && w->inner.n <= verb->max)
                return STATUS_OK;
        verb_explain_arguments(verb, w->inner.arguments, w->inner.n, stderr);
        return STATUS_USAGE;
}

ExitStatus verb_watch(const Invocation *invocation) {
        _cleanup_(screen_leavep)
        Screen *screen = NULL;
        Watch w = { .options = *invocation->options, .out = invocation->out, .begin_s = now_s() };

        ExitStatus status = understand(invocation, &w);
        if (status != STATUS_OK)
                return status;
        if (w.options.json == JSON_OFF && !w.options.quiet)
                screen = screen_enter();
        w.on_screen = screen;
        w.options.timeout_s = (double)NAN; /* of one look: as usual */
        status = look(&w);
        w.options.timeout_s = invocation->options->timeout_s;
        while (status == STATUS_OK && pause_for(&w)) {
                w.options.timeout_s = (double)NAN;
                status = look(&w);
                w.options.timeout_s = invocation->options->timeout_s;
        }
        return status;
}
