/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Method calls that wait to be allowed: until the bus has said whose user the sender is, or polkit whether that user may. A call
 * that was held goes through its handler once more, with the same message. Of a sender that leaves nothing is kept, and its
 * calls go undone. Knows its senders (bus/caller.h) and nothing of gates; belongs to bus/authz.h, which decides.
 */

#include "bus/caller.h"
#include "bus/gate.h"
#include "bus/polkit.h"

enum {
        HELD_WAITING_MAX = 64, /* calls that wait to know their sender's user */
        HELD_WAITING_EACH = 8, /* of one sender: whose user it is, is not known by then */
        HELD_CHECKS_MAX = 64,  /* calls that polkit is asked about */
        HELD_CHECKS_EACH = 8,  /* of one user */
};

typedef struct HeldCalls HeldCalls;

typedef enum HeldState {
        HELD_FREE,
        HELD_FOR_USER,   /* the bus is to say whose user the sender is */
        HELD_FOR_POLKIT, /* polkit is to say whether that user may */
        HELD_RESUMED,    /* put back where it came from */
        HELD_ENTERED,    /* its handler is running, or was the last that ran */
} HeldState;

/* One whose handler is running, as it is handed out. */
typedef struct HeldCall {
        HeldState state;
        bool checked; /* polkit was asked at least once */
        bool paid;    /* counted: it is entered again and again, and is one call */
        Caller *caller;
        sd_bus_message *message;
        GateAction asked;
        PolkitQuestion *question;
        PolkitAnswer answers[GATE_ACTIONS];
} HeldCall;

/* Told of senders that leave the bus, or (why) that the bus says no more of, and that were to be kept (Caller.n_kept). */
typedef void (*HeldLeave)(void *userdata, const char *name, const char *why);

/* NULL: out of memory. */
HeldCalls *held_calls_new(void);
HeldCalls *held_calls_free(HeldCalls *calls);
/* Nobody is known, and what is held is dropped unanswered and undone. */
void held_calls_reset(HeldCalls *calls);
void held_calls_on_leave(HeldCalls *calls, HeldLeave leave, void *userdata);

/* Before the handler of each message: the one that ran before has given its answer, and is not held any more. */
void held_calls_enter(HeldCalls *calls, const sd_bus_message *m);
/* The call that the message is, if it was held before; NULL. */
HeldCall *held_calls_find(HeldCalls *calls, const sd_bus_message *m);

/* Who has sent it. 1: *ret is known. 0: held until it is; the handler is entered again. Negative with *error set: no. */
int held_calls_find_caller(HeldCalls *calls, sd_bus_message *m, Caller **ret, sd_bus_error *error);
/* Whoever has that name, NULL: not remembered. */
Caller *held_calls_known(const HeldCalls *calls, const char *name);

/* Counted: it is entered again and again, and is one call. */
void held_calls_pay(HeldCalls *calls, const sd_bus_message *m);
bool held_calls_is_paid(const HeldCalls *calls, const sd_bus_message *m);

/* Holds the call of that sender until held_call_answer(). NULL: as many are held as there may be. */
HeldCall *held_calls_wait_for_polkit(HeldCalls *calls, Caller *c, sd_bus_message *m, GateAction action);
void held_call_answer(HeldCall *h, PolkitAnswer answer);
/* Unanswered: what goes wrong after that is for its handler to tell. */
void held_call_drop(HeldCall *h);
