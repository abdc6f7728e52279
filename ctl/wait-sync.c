/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl wait-sync: returns when the clock is synchronized, and good enough. */

#include "base/cleanup.h"
#include "client.h"
#include "numeral.h"
#include "verbs.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* chronyc looks every 10 s; the answer's way takes at most so long on top of what is waited for. */
enum { INTERVAL_S = 10, ANSWER_S = 10, AGAIN_MS = 500 };

typedef struct Wanted {
        double correction_s, skew_ppm, max_error_s, timeout_s; /* 0, of max_error_s NaN: any */
} Wanted;

static double now_s(void) {
        struct timespec t;

        clock_gettime(CLOCK_BOOTTIME, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* As chronyc has them: TRIES CORRECTION SKEW INTERVAL, 0 for any. */
static ExitStatus read_wanted(const Invocation *invocation, Wanted *ret) {
        const Options *o = invocation->options;
        double numbers[4] = { 0, 0, 0, INTERVAL_S };

        for (int i = 0; i < invocation->n; i++)
                if (!numeral_real(invocation->arguments[i], &numbers[i]) || numbers[i] < 0)
                        return verb_refuse_word(invocation, invocation->arguments[i]);
        *ret = (Wanted){ numbers[1], numbers[2], o->max_error_s,
                isnan(o->timeout_s) ? numbers[0] * numbers[3] : o->timeout_s };
        return STATUS_OK;
}

/* One call, which waits; left_s 0: for ever. */
static ExitStatus wait_once(Client *c, const Wanted *w, double left_s, Value **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;

        int r = client_begin(c, target_manager, "WaitSync", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "ddda{sv}", w->correction_s, w->skew_ppm, left_s, 0);
        return client_finish_within(c, m, r, left_s > 0 ? left_s + ANSWER_S : 1e12, ret);
}

void wait_sync_draw(const Value *answer, const View *view, FILE *out) {
        char correction[FORMAT_MAX], skew[FORMAT_MAX], error[FORMAT_MAX];

        fprintf(out, "%s, offset %s, skew %s",
                member_true(answer, "Reached") ? "Synchronized" : "Not synchronized, or not well enough",
                format_direction(member_real(answer, "SystemOffsetSeconds"), view->unit, correction),
                format_ppm_bound(member_real(answer, "SkewPPM"), skew));
        if (value_get(answer, "MaxErrorSeconds"))
                fprintf(out, ", error at most %s",
                        format_span(member_real(answer, "MaxErrorSeconds"), view->unit, error));
        fputc('\n', out);
}

/* The clock's bound, for whom that was asked; the daemon does not wait for it itself. NaN: it was not asked for. */
static ExitStatus read_error(Client *c, const Wanted *w, double *ret) {
        _cleanup_(value_freep)
        Value *error = NULL;
        ExitStatus status = STATUS_OK;

        *ret = (double)NAN;
        if (isnan(w->max_error_s))
                return status;
        status = client_property(c, target_clock, "MaxErrorSeconds", &error);
        if (status == STATUS_OK)
                *ret = value_real(error);
        return status;
}

/* *ret: the answer as an object. */
static ExitStatus wait_for(Client *c, const Wanted *w, Value **ret) {
        double begin_s = now_s();

        for (;;) {
                _cleanup_(value_freep)
                Value *answer = NULL;
                double left_s = w->timeout_s > 0 ? fmax(w->timeout_s - (now_s() - begin_s), 0.001) : 0;
                double error_s;
                bool reached, over = w->timeout_s > 0 && now_s() - begin_s >= w->timeout_s;

                ExitStatus status = wait_once(c, w, left_s, &answer);
                if (status != STATUS_OK || !answer->first)
                        return status != STATUS_OK ? status : STATUS_FAILURE;
                status = read_error(c, w, &error_s);
                if (status != STATUS_OK)
                        return status;
                reached = value_true(answer->first) && (isnan(w->max_error_s) || error_s <= w->max_error_s);
                if (reached || over || (w->timeout_s > 0 && !value_true(answer->first))) {
                        *ret = value_new(VALUE_OBJECT);
                        value_add(*ret, "Reached", VALUE_BOOLEAN)->boolean = reached;
                        if (!isnan(w->max_error_s))
                                value_add(*ret, "MaxErrorSeconds", VALUE_DOUBLE)->real = error_s;
                        Value *last = answer->last;
                        answer->first->next = NULL;
                        answer->last = answer->first;
                        last->parent = NULL;
                        value_merge(*ret, last);
                        return STATUS_OK;
                }
                nanosleep(&(struct timespec){ 0, AGAIN_MS * 1000000L }, NULL);
        }
}

ExitStatus verb_wait_sync(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        Wanted wanted = { 0 };

        ExitStatus status = read_wanted(invocation, &wanted);
        if (status == STATUS_OK)
                status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = wait_for(c, &wanted, &answer);
        if (status != STATUS_OK)
                return status;
        verb_present(invocation, answer, wait_sync_draw);
        return member_true(answer, "Reached") ? STATUS_OK : STATUS_NOT_SYNCHRONIZED;
}
