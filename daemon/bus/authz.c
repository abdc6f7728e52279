/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authz.h"

#include "base/cleanup.h"
#include "base/printable.h"
#include "bus/call-budget.h"
#include "bus/caller.h"
#include "bus/published.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        HELD_MAX = AUTHZ_WAITING_MAX + AUTHZ_CHECKS_MAX,
        METHOD_MAX = 128,
        CALL_MAX = METHOD_MAX + 2 * AUTHZ_ABOUT_MAX
};

typedef enum HeldState {
        HELD_FREE,
        HELD_FOR_USER,   /* the bus is to say whose user the sender is */
        HELD_FOR_POLKIT, /* polkit is to say whether that user may */
        HELD_RESUMED,    /* put back where it came from */
        HELD_ENTERED,    /* its handler is running, or was the last that ran */
} HeldState;

typedef struct HeldCall {
        Authz *authz;
        HeldState state;
        bool checked; /* polkit was asked at least once */
        bool paid;    /* counted: it is entered again and again, and is one call */
        Caller *caller;
        sd_bus_message *message;
        GateAction asked;
        PolkitQuestion *question;
        PolkitAnswer answers[GATE_ACTIONS];
} HeldCall;

struct Authz {
        sd_event *event;
        GateUsers users;
        Callers *callers;
        CallBudget budget;
        const sd_bus_message *paid; /* the call that is being entered, if it is counted already */
        uint64_t questions;
        sd_bus_slot *filter;
        AuthzLeave leave;
        void *leave_userdata;
        HeldCall held[HELD_MAX];
};

static const AuthzAbout nothing = { NULL, NULL };

static void on_known(void *userdata, Caller *c);
static void on_gone(void *userdata, Caller *c, const char *why);

static const CallerOps caller_ops = { on_known, on_gone };

Authz *authz_new(sd_event *event, const GateUsers *users) {
        Authz *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;
        a->event = sd_event_ref(event);
        a->users = *users;
        a->callers = callers_new(&caller_ops, a);
        return a->callers ? a : authz_free(a);
}

static void drop(HeldCall *h) {
        polkit_question_free(h->question);
        sd_bus_message_unref(h->message);
        h->caller->n_held--;
        *h = (HeldCall){ 0 };
}

void authz_reset(Authz *a) {
        for (HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->state != HELD_FREE)
                        drop(h);
        if (a->callers)
                callers_reset(a->callers);
        a->filter = sd_bus_slot_unref(a->filter);
}

Authz *authz_free(Authz *a) {
        if (!a)
                return NULL;
        authz_reset(a);
        callers_free(a->callers);
        sd_event_unref(a->event);
        free(a);
        return NULL;
}

/* "Server.Deny" */
static const char *method_text(sd_bus_message *m, char buffer[static METHOD_MAX]) {
        const char *interface = sd_bus_message_get_interface(m),
                   *dot = interface ? strrchr(interface, '.') : NULL;

        snprintf(buffer, METHOD_MAX, "%.60s%s%.60s", dot ? dot + 1 : "", dot ? "." : "",
                sd_bus_message_get_member(m));
        return buffer;
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
                drop(h);
        }
}

static void on_known(void *userdata, Caller *c) {
        Authz *a = userdata;

        for (HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->state == HELD_FOR_USER && h->caller == c)
                        resume(h);
}

/* Nothing was done, and the answer says so; a caller that has left gets none. */
static void on_gone(void *userdata, Caller *c, const char *why) {
        Authz *a = userdata;
        char method[METHOD_MAX];

        for (HeldCall *h = a->held; c->n_held > 0 && h < a->held + HELD_MAX; h++) {
                if (h->state == HELD_FREE || h->caller != c)
                        continue;
                if (why && (h->state == HELD_FOR_USER || h->state == HELD_FOR_POLKIT))
                        sd_bus_reply_method_errorf(h->message, SD_BUS_ERROR_ACCESS_DENIED,
                                "%s was not done: the bus did not say who calls (%s). Call again.",
                                method_text(h->message, method), why);
                drop(h);
        }
        if (c->n_kept > 0 && a->leave)
                a->leave(a->leave_userdata, c->name, why);
}

static void on_answered(void *userdata, PolkitAnswer answer) {
        HeldCall *h = userdata;

        h->question = polkit_question_free(h->question);
        h->answers[h->asked] = answer;
        resume(h);
}

static HeldCall *find_held(Authz *a, const sd_bus_message *m) {
        for (HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->state == HELD_ENTERED && h->message == m)
                        return h;
        return NULL;
}

static HeldCall *hold(Authz *a, Caller *c, sd_bus_message *m) {
        for (HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->state == HELD_FREE) {
                        *h = (HeldCall){ .authz = a,
                                .caller = c,
                                .message = sd_bus_message_ref(m),
                                .paid = a->paid == m };
                        c->n_held++;
                        return h;
                }
        return NULL;
}

static int refuse_waiting(sd_bus_error *error) {
        return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                "Too many calls wait to know who sent them (%d of one sender, %d of all). Call again later.",
                AUTHZ_WAITING_EACH, AUTHZ_WAITING_MAX);
}

static bool may_wait(const Authz *a) {
        size_t n = 0;

        for (const HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                n += h->state != HELD_FREE && !h->checked;
        return n < AUTHZ_WAITING_MAX;
}

static int wait_for_user(Authz *a, Caller *c, sd_bus_message *m, sd_bus_error *error) {
        HeldCall *h = may_wait(a) && c->n_held < AUTHZ_WAITING_EACH ? hold(a, c, m) : NULL;

        if (!h)
                return refuse_waiting(error);
        h->state = HELD_FOR_USER;
        return 0;
}

static int ask_for_user(Authz *a, sd_bus_message *m, const char *sender, sd_bus_error *error) {
        Caller *c;

        /* Whom nobody could wait for is not asked about either. */
        int r = may_wait(a) ? callers_ask(a->callers, sd_bus_message_get_bus(m), sender, &c) : -EBUSY;
        if (r == -EBUSY)
                return refuse_waiting(error);
        if (r < 0)
                return r;
        r = wait_for_user(a, c, m, error);
        if (r < 0)
                caller_forget(c);
        return r;
}

/* 1: *ret is known. Else as authz_admit(). */
static int find_caller(Authz *a, sd_bus_message *m, Caller **ret, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        char method[METHOD_MAX];

        if (!sender)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is done only for who is on the bus by a name.", method_text(m, method));
        Caller *c = callers_find(a->callers, sender);
        if (!c)
                return ask_for_user(a, m, sender, error);
        if (!c->known)
                return wait_for_user(a, c, m, error);
        *ret = c;
        return 1;
}

static bool may_check(const Authz *a, uid_t user, const HeldCall *but) {
        size_t n = 0, of_user = 0;

        for (const HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->checked && h != but) {
                        n++;
                        of_user += h->caller->user == user;
                }
        return n < AUTHZ_CHECKS_MAX && of_user < AUTHZ_CHECKS_EACH;
}

/* What does not fit ends in dots: whoever reads it is to know that there is more. */
static void mark_cut(char *text, size_t size, int length) {
        if ((size_t)length >= size)
                memcpy(text + size - sizeof("..."), "...", sizeof("..."));
}

/* "Server.Deny 192.0.2.0/24 all" */
static const char *call_text(const char *method, const AuthzAbout *about, char buffer[static CALL_MAX]) {
        const char *what = about->what ? about->what : "", *how = about->how ? about->how : "";

        int n = snprintf(
                buffer, CALL_MAX, "%s%s%s%s%s", method, *what ? " " : "", what, *how ? " " : "", how);
        mark_cut(buffer, CALL_MAX, n);
        printable_clean(buffer);
        return buffer;
}

static const char *what_text(const AuthzAbout *about, char buffer[static AUTHZ_ABOUT_MAX]) {
        int n = snprintf(buffer, AUTHZ_ABOUT_MAX, "%s", about->what ? about->what : "");

        mark_cut(buffer, AUTHZ_ABOUT_MAX, n);
        printable_clean(buffer);
        return buffer;
}

typedef struct Check {
        GateAction action;
        const AuthzAbout *about;
        bool dialog;
} Check;

static int send_question(HeldCall *h, const Check *check) {
        char method[METHOD_MAX], what[AUTHZ_ABOUT_MAX], call[CALL_MAX];
        const PolkitRequest request = {
                .sender = h->caller->name,
                .action = gate_action_to_string(check->action),
                .method = method_text(h->message, method),
                .call = call_text(method, check->about, call),
                .key = gate_action_detail(check->action),
                .about = what_text(check->about, what),
                .dialog = check->dialog,
                .number = ++h->authz->questions,
        };

        return polkit_ask(sd_bus_message_get_bus(h->message), &request, on_answered, h, &h->question);
}

/* 1: *ret is what polkit says. Else as authz_admit(). */
static int ask_polkit(
        Authz *a, Caller *c, sd_bus_message *m, const Check *check, PolkitAnswer *ret, sd_bus_error *error) {
        HeldCall *h = find_held(a, m);

        if (h && h->answers[check->action] != POLKIT_UNASKED) {
                *ret = h->answers[check->action];
                return 1;
        }
        if (!may_check(a, c->user, h))
                h = NULL;
        else if (!h)
                h = hold(a, c, m);
        if (!h)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "Too many calls wait for polkit (%d of one user, %d of all). Call again later.",
                        AUTHZ_CHECKS_EACH, AUTHZ_CHECKS_MAX);
        h->state = HELD_FOR_POLKIT;
        h->checked = true;
        h->asked = check->action;
        int r = send_question(h, check);
        if (r < 0)
                drop(h);
        return r;
}

/* What is said to whom polkit has not let through, behind "Server.Deny needs org.timeball1.manage-server, ". */
static const char *const refusals[POLKIT_ANSWERS] = {
        [POLKIT_UNASKED] = "which nobody has said",
        [POLKIT_NO] = "which polkit does not let this user have",
        [POLKIT_CHALLENGE] = "for which a password is needed, and none was given",
        [POLKIT_DISMISSED] = "for which a password is needed, and the dialog was dismissed",
        [POLKIT_ABSENT] = "which only root has as long as there is no polkit to ask",
        [POLKIT_SILENT] = "and polkit did not answer in time whether this user has it",
        [POLKIT_FAILED] = "which only root has as long as polkit fails to answer",
};

static int refuse(sd_bus_message *m, GateAction action, uid_t user, const char *why, sd_bus_error *error) {
        char method[METHOD_MAX];

        return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                "%s needs %s, %s; this call came from user id %u.", method_text(m, method),
                gate_action_to_string(action), why, (unsigned)user);
}

static int ask_about(Authz *a, Caller *c, sd_bus_message *m, GateAction action, const AuthzAbout *about,
        sd_bus_error *error) {
        bool dialog = sd_bus_message_get_allow_interactive_authorization(m) > 0;
        char method[METHOD_MAX];
        PolkitAnswer answer;

        int r = ask_polkit(a, c, m, &(Check){ action, about, dialog }, &answer, error);
        if (r <= 0)
                return r;
        if (answer == POLKIT_YES)
                return 1;
        if (answer == POLKIT_CHALLENGE && !dialog)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                        "%s needs %s, for which a password is needed, and this call does not let anybody be asked for it.",
                        method_text(m, method), gate_action_to_string(action));
        return refuse(m, action, c->user, refusals[answer], error);
}

static int judge(Authz *a, Caller *c, sd_bus_message *m, const Gate *gate, const AuthzAbout *about,
        sd_bus_error *error) {
        switch (gate_judge(gate, &a->users, c->user)) {
        case GATE_OPEN:
                return 1;
        case GATE_SHUT:
                return ask_about(a, c, m, gate->action, about, error);
        case GATE_SHUT_OWN:
                return refuse(m, gate->action, c->user,
                        "which only root has: the daemon's own user is not allowed it either", error);
        }
        return -EACCES;
}

/* Root's own calls cost us nothing that it could not have anyway. */
static bool is_paid(Authz *a, const Caller *c, const sd_bus_message *m) {
        uint64_t now = 0;

        if (c->user == 0 || a->paid == m)
                return true;
        sd_event_now(a->event, CLOCK_MONOTONIC, &now);
        return call_budget_take(&a->budget, c->user, now);
}

static int spend(Authz *a, const Caller *c, sd_bus_message *m, sd_bus_error *error) {
        char method[METHOD_MAX];
        HeldCall *h = find_held(a, m);

        if (!is_paid(a, c, m))
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "%s and others that cost as much are done %d times in %d s for one user. Call again later.",
                        method_text(m, method), CALL_BUDGET_CALLS, CALL_BUDGET_SPAN_USEC / 1000000);
        a->paid = m;
        if (h)
                h->paid = true;
        return 1;
}

int authz_admit_about(
        Authz *a, sd_bus_message *m, const char *variant, const AuthzAbout *about, sd_bus_error *error) {
        const char *interface = sd_bus_message_get_interface(m), *member = sd_bus_message_get_member(m);
        const Gate *gate = gate_find(interface, member, NULL), *more = gate_find(interface, member, variant);
        char method[METHOD_MAX];
        Caller *c;

        if (!gate || !more)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is for nobody. A call has to name the interface.", method_text(m, method));
        if (more->action == GATE_EVERYBODY && !gate->expensive)
                return 1;
        int r = find_caller(a, m, &c, error);
        if (r > 0)
                r = judge(a, c, m, gate, about, error);
        if (r > 0 && variant)
                r = judge(a, c, m, more, about, error);
        return r > 0 && gate->expensive ? spend(a, c, m, error) : r;
}

int authz_admit(Authz *a, sd_bus_message *m, const char *variant, sd_bus_error *error) {
        return authz_admit_about(a, m, variant, &nothing, error);
}

int authz_permission(Authz *a, sd_bus_message *m, GateAction action, PolkitAnswer *ret, sd_bus_error *error) {
        const Gate gate = { .action = action };
        Caller *c;

        int r = find_caller(a, m, &c, error);
        if (r <= 0)
                return r;
        switch (gate_judge(&gate, &a->users, c->user)) {
        case GATE_OPEN:
                *ret = POLKIT_YES;
                return 1;
        case GATE_SHUT_OWN:
                *ret = POLKIT_NO;
                return 1;
        case GATE_SHUT:
                return ask_polkit(a, c, m, &(Check){ action, &nothing, false }, ret, error);
        }
        return -EACCES;
}

/* 1: it may be done. Else as authz_admit(). */
static int admit_expensive(Authz *a, sd_bus_message *m, sd_bus_error *error) {
        Caller *c;
        int r = find_caller(a, m, &c, error);

        return r > 0 ? spend(a, c, m, error) : r;
}

/* The handler that ran before has given its answer, and what polkit said to it is good for no other call. */
static void note_entered(Authz *a, const sd_bus_message *m) {
        a->paid = NULL;
        for (HeldCall *h = a->held; h < a->held + HELD_MAX; h++)
                if (h->state == HELD_RESUMED && h->message == m) {
                        h->state = HELD_ENTERED;
                        a->paid = h->paid ? m : NULL;
                } else if (h->state == HELD_ENTERED)
                        drop(h);
}

/* Before each handler, ours or sd-bus's own: of those, what tells everything of everything is counted here. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Authz *a = userdata;

        note_entered(a, m);
        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects") <= 0)
                return 0;
        int r = admit_expensive(a, m, error);
        return r > 0 ? 0 : r < 0 ? r : 1;
}

int authz_attach(Authz *a, sd_bus *connection) {
        authz_reset(a);
        return sd_bus_add_filter(connection, &a->filter, on_message, a);
}

bool authz_user(const Authz *a, sd_bus_message *m, uid_t *ret) {
        const char *sender = sd_bus_message_get_sender(m);
        const Caller *c = sender ? callers_find(a->callers, sender) : NULL;

        if (!c || !c->known)
                return false;
        *ret = c->user;
        return true;
}

int authz_sender(Authz *a, sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        Caller *c;
        int r = find_caller(a, m, &c, error);

        if (r > 0)
                *ret = c->user;
        return r;
}

void authz_keep(Authz *a, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);
        Caller *c = sender ? callers_find(a->callers, sender) : NULL;

        if (c)
                c->n_kept++;
}

void authz_let_go(Authz *a, const char *name) {
        Caller *c = callers_find(a->callers, name);

        if (c && c->n_kept > 0)
                c->n_kept--;
}

void authz_on_leave(Authz *a, AuthzLeave leave, void *userdata) {
        a->leave = leave;
        a->leave_userdata = userdata;
}
