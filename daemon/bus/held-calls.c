/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/held-calls.h"

#include "bus/call-text.h"

#include <errno.h>
#include <stdlib.h>

enum { HELD_MAX = HELD_WAITING_MAX + HELD_CHECKS_MAX };

struct HeldCalls {
        Callers *callers;
        const sd_bus_message *paid; /* the call that is being entered, if it is counted already */
        HeldLeave leave;
        void *leave_userdata;
        HeldCall held[HELD_MAX];
};

static void on_known(void *userdata, Caller *c);
static void on_gone(void *userdata, Caller *c, const char *why);

static const CallerOps caller_ops = { on_known, on_gone };

HeldCalls *held_calls_new(void) {
        HeldCalls *calls = calloc(1, sizeof(*calls));

        if (!calls)
                return NULL;
        calls->callers = callers_new(&caller_ops, calls);
        return calls->callers ? calls : held_calls_free(calls);
}

void held_call_drop(HeldCall *h) {
        polkit_question_free(h->question);
        sd_bus_message_unref(h->message);
        h->caller->n_held--;
        *h = (HeldCall){ 0 };
}

void held_calls_reset(HeldCalls *calls) {
        for (HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->state != HELD_FREE)
                        held_call_drop(h);
        if (calls->callers)
                callers_reset(calls->callers);
}

HeldCalls *held_calls_free(HeldCalls *calls) {
        if (!calls)
                return NULL;
        held_calls_reset(calls);
        callers_free(calls->callers);
        free(calls);
        return NULL;
}

void held_calls_on_leave(HeldCalls *calls, HeldLeave leave, void *userdata) {
        calls->leave = leave;
        calls->leave_userdata = userdata;
}

/* What polkit said to the last one is good for no other call. */
void held_calls_enter(HeldCalls *calls, const sd_bus_message *m) {
        calls->paid = NULL;
        for (HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->state == HELD_RESUMED && h->message == m) {
                        h->state = HELD_ENTERED;
                        calls->paid = h->paid ? m : NULL;
                } else if (h->state == HELD_ENTERED)
                        held_call_drop(h);
}

/* Goes through its handler once more. */
static void resume(HeldCall *h) {
        sd_bus_message *m = h->message;

        h->state = HELD_RESUMED;
        int r = sd_bus_message_rewind(m, true);
        if (r >= 0)
                r = sd_bus_enqueue_for_read(sd_bus_message_get_bus(m), m);
        if (r < 0) {
                sd_bus_reply_method_errno(m, r, NULL);
                held_call_drop(h);
        }
}

static void on_known(void *userdata, Caller *c) {
        HeldCalls *calls = userdata;

        for (HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->state == HELD_FOR_USER && h->caller == c)
                        resume(h);
}

/* Nothing was done, and the answer says so; a caller that has left gets none. */
static void on_gone(void *userdata, Caller *c, const char *why) {
        HeldCalls *calls = userdata;
        char method[METHOD_TEXT_MAX];

        for (HeldCall *h = calls->held; c->n_held > 0 && h < calls->held + HELD_MAX; h++) {
                if (h->state == HELD_FREE || h->caller != c)
                        continue;
                if (why && (h->state == HELD_FOR_USER || h->state == HELD_FOR_POLKIT))
                        sd_bus_reply_method_errorf(h->message, SD_BUS_ERROR_ACCESS_DENIED,
                                "%s was not done: the bus did not say who calls (%s). Call again.",
                                method_text(h->message, method), why);
                held_call_drop(h);
        }
        if (c->n_kept > 0 && calls->leave)
                calls->leave(calls->leave_userdata, c->name, why);
}

void held_call_answer(HeldCall *h, PolkitAnswer answer) {
        h->question = polkit_question_free(h->question);
        h->answers[h->asked] = answer;
        resume(h);
}

HeldCall *held_calls_find(HeldCalls *calls, const sd_bus_message *m) {
        for (HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->state == HELD_ENTERED && h->message == m)
                        return h;
        return NULL;
}

static HeldCall *hold(HeldCalls *calls, Caller *c, sd_bus_message *m) {
        for (HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->state == HELD_FREE) {
                        *h = (HeldCall){
                                .caller = c, .message = sd_bus_message_ref(m), .paid = calls->paid == m
                        };
                        c->n_held++;
                        return h;
                }
        return NULL;
}

static int refuse_waiting(sd_bus_error *error) {
        return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                "Too many calls wait to know who sent them (%d of one sender, %d of all). Call again later.",
                HELD_WAITING_EACH, HELD_WAITING_MAX);
}

static bool may_wait(const HeldCalls *calls) {
        size_t n = 0;

        for (const HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                n += h->state != HELD_FREE && !h->checked;
        return n < HELD_WAITING_MAX;
}

static int wait_for_user(HeldCalls *calls, Caller *c, sd_bus_message *m, sd_bus_error *error) {
        HeldCall *h = may_wait(calls) && c->n_held < HELD_WAITING_EACH ? hold(calls, c, m) : NULL;

        if (!h)
                return refuse_waiting(error);
        h->state = HELD_FOR_USER;
        return 0;
}

static int ask_for_user(HeldCalls *calls, sd_bus_message *m, const char *sender, sd_bus_error *error) {
        Caller *c;

        /* Whom nobody could wait for is not asked about either. */
        int r = may_wait(calls) ? callers_ask(calls->callers, sd_bus_message_get_bus(m), sender, &c) : -EBUSY;
        if (r == -EBUSY)
                return refuse_waiting(error);
        if (r < 0)
                return r;
        r = wait_for_user(calls, c, m, error);
        if (r < 0)
                caller_forget(c);
        return r;
}

int held_calls_find_caller(HeldCalls *calls, sd_bus_message *m, Caller **ret, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        char method[METHOD_TEXT_MAX];

        if (!sender)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is done only for who is on the bus by a name.", method_text(m, method));
        Caller *c = callers_find(calls->callers, sender);
        if (!c)
                return ask_for_user(calls, m, sender, error);
        if (!c->known)
                return wait_for_user(calls, c, m, error);
        *ret = c;
        return 1;
}

Caller *held_calls_known(const HeldCalls *calls, const char *name) {
        return callers_find(calls->callers, name);
}

void held_calls_pay(HeldCalls *calls, const sd_bus_message *m) {
        HeldCall *h = held_calls_find(calls, m);

        calls->paid = m;
        if (h)
                h->paid = true;
}

bool held_calls_is_paid(const HeldCalls *calls, const sd_bus_message *m) {
        return calls->paid == m;
}

static bool may_check(const HeldCalls *calls, uid_t user, const HeldCall *but) {
        size_t n = 0, of_user = 0;

        for (const HeldCall *h = calls->held; h < calls->held + HELD_MAX; h++)
                if (h->checked && h != but) {
                        n++;
                        of_user += h->caller->user == user;
                }
        return n < HELD_CHECKS_MAX && of_user < HELD_CHECKS_EACH;
}

HeldCall *held_calls_wait_for_polkit(HeldCalls *calls, Caller *c, sd_bus_message *m, GateAction action) {
        HeldCall *h = held_calls_find(calls, m);

        if (!may_check(calls, c->user, h))
                return NULL;
        if (!h)
                h = hold(calls, c, m);
        if (!h)
                return NULL;
        h->state = HELD_FOR_POLKIT;
        h->checked = true;
        h->asked = action;
        return h;
}
