/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authz.h"

#include "bus/call-budget.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>

struct Authz {
        sd_event *event;
        GateUsers users;
        HeldCalls *calls;
        CallBudget budget;
        uint64_t questions;
        sd_bus_slot *filter;
};

static const CallAbout nothing = { NULL, NULL };

Authz *authz_new(sd_event *event, const GateUsers *users) {
        Authz *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;
        a->event = sd_event_ref(event);
        a->users = *users;
        a->calls = held_calls_new();
        return a->calls ? a : authz_free(a);
}

void authz_reset(Authz *a) {
        if (a->calls)
                held_calls_reset(a->calls);
        a->filter = sd_bus_slot_unref(a->filter);
}

Authz *authz_free(Authz *a) {
        if (!a)
                return NULL;
        authz_reset(a);
        held_calls_free(a->calls);
        sd_event_unref(a->event);
        free(a);
        return NULL;
}

typedef struct Check {
        GateAction action;
        const CallAbout *about;
        bool dialog;
} Check;

static void on_answered(void *userdata, PolkitAnswer answer) {
        held_call_answer(userdata, answer);
}

static int send_question(Authz *a, HeldCall *h, const Check *check) {
        char method[METHOD_TEXT_MAX], call[CALL_TEXT_MAX], about[CALL_ABOUT_MAX];
        const PolkitRequest request = {
                .sender = h->caller->name,
                .action = gate_action_to_string(check->action),
                .method = method_text(h->message, method),
                .call = call_text(h->message, check->about, call),
                .key = gate_action_detail(check->action),
                .about = call_about_text(check->about, about),
                .dialog = check->dialog,
                .number = ++a->questions,
        };

        return polkit_ask(sd_bus_message_get_bus(h->message), &request, on_answered, h, &h->question);
}

/* 1: *ret is what polkit says. Else as authz_admit(). */
static int ask_polkit(
        Authz *a, Caller *c, sd_bus_message *m, const Check *check, PolkitAnswer *ret, sd_bus_error *error) {
        HeldCall *h = held_calls_find(a->calls, m);

        if (h && h->answers[check->action] != POLKIT_UNASKED) {
                *ret = h->answers[check->action];
                return 1;
        }
        h = held_calls_wait_for_polkit(a->calls, c, m, check->action);
        if (!h)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "Too many calls wait for polkit (%d of one user, %d of all). Call again later.",
                        HELD_CHECKS_EACH, HELD_CHECKS_MAX);
        int r = send_question(a, h, check);
        if (r < 0)
                held_call_drop(h);
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
        char method[METHOD_TEXT_MAX];

        return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                "%s needs %s, %s; this call came from user id %u.", method_text(m, method),
                gate_action_to_string(action), why, (unsigned)user);
}

static int ask_about(Authz *a, Caller *c, sd_bus_message *m, GateAction action, const CallAbout *about,
        sd_bus_error *error) {
        bool dialog = sd_bus_message_get_allow_interactive_authorization(m) > 0;
        char method[METHOD_TEXT_MAX];
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

static int judge(Authz *a, Caller *c, sd_bus_message *m, const Gate *gate, const CallAbout *about,
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
static bool has_paid(Authz *a, const Caller *c, const sd_bus_message *m) {
        uint64_t now = 0;

        if (c->user == 0 || held_calls_is_paid(a->calls, m))
                return true;
        sd_event_now(a->event, CLOCK_MONOTONIC, &now);
        return call_budget_take(&a->budget, c->user, now);
}

static int spend(Authz *a, const Caller *c, sd_bus_message *m, sd_bus_error *error) {
        char method[METHOD_TEXT_MAX];

        if (!has_paid(a, c, m))
                return sd_bus_error_setf(error, TIMEBALL_ERROR_RATE_LIMITED,
                        "%s and others that cost as much are done %d times in %d s for one user. Call again later.",
                        method_text(m, method), CALL_BUDGET_CALLS, CALL_BUDGET_SPAN_USEC / 1000000);
        held_calls_pay(a->calls, m);
        return 1;
}

int authz_admit_about(
        Authz *a, sd_bus_message *m, const char *variant, const CallAbout *about, sd_bus_error *error) {
        const char *interface = sd_bus_message_get_interface(m), *member = sd_bus_message_get_member(m);
        const Gate *gate = gate_find(interface, member, NULL), *more = gate_find(interface, member, variant);
        char method[METHOD_TEXT_MAX];
        Caller *c;

        if (!gate || !more)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is for nobody. A call has to name the interface.", method_text(m, method));
        if (more->action == GATE_EVERYBODY && !gate->expensive)
                return 1;
        int r = held_calls_find_caller(a->calls, m, &c, error);
        /* First, so that nobody types a password for a call that is then one too many. */
        if (r > 0 && gate->expensive)
                r = spend(a, c, m, error);
        if (r > 0)
                r = judge(a, c, m, gate, about, error);
        return r > 0 && variant ? judge(a, c, m, more, about, error) : r;
}

int authz_admit(Authz *a, sd_bus_message *m, const char *variant, sd_bus_error *error) {
        return authz_admit_about(a, m, variant, &nothing, error);
}

int authz_permission(Authz *a, sd_bus_message *m, GateAction action, PolkitAnswer *ret, sd_bus_error *error) {
        const Gate gate = { .action = action };
        Caller *c;

        int r = held_calls_find_caller(a->calls, m, &c, error);
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
        int r = held_calls_find_caller(a->calls, m, &c, error);

        return r > 0 ? spend(a, c, m, error) : r;
}

/* Before each handler, ours or sd-bus's own: of those, what tells everything of everything is counted here. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Authz *a = userdata;

        held_calls_enter(a->calls, m);
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
        const Caller *c = sender ? held_calls_known(a->calls, sender) : NULL;

        if (!c || !c->known)
                return false;
        *ret = c->user;
        return true;
}

int authz_sender(Authz *a, sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        Caller *c;
        int r = held_calls_find_caller(a->calls, m, &c, error);

        if (r > 0)
                *ret = c->user;
        return r;
}

void authz_keep(Authz *a, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);
        Caller *c = sender ? held_calls_known(a->calls, sender) : NULL;

        if (c)
                c->n_kept++;
}

void authz_let_go(Authz *a, const char *name) {
        Caller *c = held_calls_known(a->calls, name);

        if (c && c->n_kept > 0)
                c->n_kept--;
}

void authz_on_leave(Authz *a, HeldLeave leave, void *userdata) {
        held_calls_on_leave(a->calls, leave, userdata);
}
