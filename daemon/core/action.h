/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the pure layer wants done. The engine queues actions while it handles an event; the shell (run/ or the
 * simulator) takes them out one by one with engine_next_action() and executes them. Executing one may feed an event
 * back at once (SEND is answered by engine_on_sent): the queue makes that safe.
 */

#include "base/net-address.h"
#include "base/time.h"
#include "core/clock-event.h"
#include "core/notice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        ACTION_PACKET_MAX = 128, /* the longest request that the client sends */
        ACTIONS_MAX =
                256, /* the engine stops starting polls when fewer than ACTIONS_RESERVE places are left */
        ACTIONS_RESERVE = 64,
        NAME_MAX_BYTES = 256, /* longest host name with its NUL */
};

typedef enum ActionKind {
        ACTION_SEND, /* send a request from a new socket of association `assoc` (an old one of it is closed first), or a peer's from
                      * the server's */
        ACTION_CLOSE,      /* close the socket of association `assoc` */
        ACTION_RESOLVE,    /* look a name up; answer with engine_on_resolved(query) */
        ACTION_SET_BASE,   /* clock: base frequency */
        ACTION_SLEW,       /* clock: take offset_s away in about `duration` */
        ACTION_STEP,       /* clock: take offset_s away at once */
        ACTION_LEAP,       /* clock: take a leap second's offset_s away, as UTC does now */
        ACTION_QUALITY,    /* clock: what to tell the kernel */
        ACTION_SET_ONCE,   /* slew.offset_s is what was measured; the engine has no more to say */
        ACTION_GIVE_UP,    /* likewise: the process is to end, for `give_up` */
        ACTION_SAVE_DRIFT, /* write engine_take_drift() to the drift file */
        ACTION_NOTICE,     /* something that people want to know */
} ActionKind;

typedef enum GiveUpReason {
        GIVE_UP_CHANGE,    /* maxchange; NOTICE_CHANGE_TOO_LARGE says more */
        GIVE_UP_NO_SOURCE, /* nothing was measured that the clock could be set by; NOTICE_NO_SOURCE */
} GiveUpReason;

typedef struct ActionSend {
        uint32_t assoc;
        NetEndpoint to;
        bool symmetric; /* from the server's socket, where the peer's packets arrive */
        size_t n;
        uint8_t bytes[ACTION_PACKET_MAX];
} ActionSend;

typedef struct ActionResolve {
        uint32_t query;
        AddressFamily family; /* ADDRESS_NONE = any */
        char name[NAME_MAX_BYTES];
} ActionResolve;

typedef struct ActionSlew {
        double offset_s;
        Span duration;
} ActionSlew;

typedef struct ActionLeap {
        double offset_s; /* 1 = a second is inserted, -1 = deleted */
        bool slewed;     /* as fast as a slew may be; otherwise at once */
} ActionLeap;

typedef struct Action {
        ActionKind kind;
        union {
                ActionSend send;
                uint32_t assoc; /* CLOSE */
                ActionResolve resolve;
                double base_ppm; /* SET_BASE */
                ActionSlew slew; /* SLEW; STEP and SET_ONCE use its offset_s */
                ActionLeap leap;
                GiveUpReason give_up;
                ClockQuality quality;
                Notice notice;
        };
} Action;

typedef struct ActionQueue {
        Action actions[ACTIONS_MAX];
        size_t first, n;
} ActionQueue;

/* The next free place, already queued with that kind and zeroed; never NULL: the engine keeps ACTIONS_RESERVE places, and
 * an overrun aborts, since it is our own arithmetic that would be wrong. */
Action *action_push(ActionQueue *q, ActionKind kind);
/* False if there is none. */
bool action_pop(ActionQueue *q, Action *ret);
static inline size_t action_room(const ActionQueue *q) {
        return ACTIONS_MAX - q->n;
}
