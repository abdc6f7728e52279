/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may call what: one row for each method of the contract (dbus/), the same action as the XML names. A method
 * without a row is for nobody; those that only read what everybody may know stand here too. Of users only root is let
 * through by its number, and one of our own service users by its column; polkit says it of all others. Decides; whoever
 * asks finds out the caller's number (bus/authz.h). Pure.
 */

#include "base/strtab.h"

#include <stdbool.h>
#include <sys/types.h>

/* What a method is allowed by; the strings are the names of polkit actions (polkit/org.timeball1.policy). */
typedef enum GateAction {
        GATE_EVERYBODY,
        GATE_INSPECT, /* clients, access rules, key ids: who asks us is nobody else's business */
        GATE_MEASURE, /* more packets than the poll intervals ask for */
        GATE_SET_ONLINE,
        GATE_SET_LINK_SERVERS,
        GATE_SET_RUNTIME_SERVERS, /* timesync1's */
        GATE_MANAGE_SOURCES,
        GATE_MANAGE_SERVER, /* changes whom we serve, and what is counted of it */
        GATE_MANAGE_RTC,
        GATE_STEP_CLOCK,
        GATE_CONFIGURE,
        GATE_MANAGE_KEYS,
        GATE_CONTROL, /* ends the daemon */
        GATE_PANEL,   /* gates nothing: what a panel unlocks at once implies others */
        GATE_ACTIONS
} GateAction;

DECLARE_STRTAB(GateAction, gate_action);

/* Our own processes that have a user each. */
typedef enum ServiceUser {
        SERVICE_HINTS, /* tells which servers the network offers */
        SERVICE_USERS
} ServiceUser;

typedef struct Gate {
        const char *interface, *member;
        const char *
                variant; /* an option that takes this besides what the method takes; NULL: the method itself */
        GateAction action;
        bool expensive;               /* counted by user: see bus/call-budget.h */
        bool services[SERVICE_USERS]; /* who of them may call it */
} Gate;

/* Zero stands for "no such user": that one is root, who may do everything anyway. */
typedef struct GateUsers {
        uid_t own; /* the daemon's */
        uid_t services[SERVICE_USERS];
} GateUsers;

typedef enum GateAnswer {
        GATE_OPEN,
        GATE_SHUT,     /* not by the caller's user id */
        GATE_SHUT_OWN, /* another process under the daemon's own user: never asked for a password either */
} GateAnswer;

/* NULL: there is no such method. interface NULL (D-Bus lets callers leave it out) is none either. */
const Gate *gate_find(const char *interface, const char *member, const char *variant);
GateAnswer gate_judge(const Gate *gate, const GateUsers *users, uid_t caller);
/* Row `i`, NULL behind the last one. */
const Gate *gate_row(size_t i);

/* By what name polkit is told what a call of this action is about ("source"); NULL: nothing is told. */
const char *gate_action_detail(GateAction action);
