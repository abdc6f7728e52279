/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which signals the difference between two readings is worth: what has come, gone and changed since it was last told.
 * Per object only a fingerprint of each announced property is kept. Decides; a sink sends. Knows no connection.
 *
 * The rates are those of the API's update policy: a scan takes in what changed within CHANGES_WINDOW_USEC, one object is
 * told about at most every CHANGES_OBJECT_USEC, all messages together as bus/pace.h says; what does not fit in waits, or is
 * replaced by one "everything may have changed". Objects come and go CHANGES_OBJECTS_PER_SCAN at a time.
 */

#include "bus/object.h"

enum {
        CHANGES_WINDOW_USEC = 200 * 1000,
        CHANGES_OBJECT_USEC = 1000 * 1000,
        CHANGES_OBJECTS_PER_SCAN = 40,
        ASPECTS_MAX = 8, /* interfaces of one object */
};

#define CHANGES_NEVER UINT64_MAX

/* Each call is one message. */
typedef struct ChangeSink {
        void (*properties)(void *userdata, const char *path, const char *interface, char **names);
        void (*added)(void *userdata, const char *path);
        void (*removed)(
                void *userdata, const char *path, const char *const *interfaces); /* NULL at the end */
        void (*selected)(void *userdata, uint32_t old, uint32_t new);             /* 0: none */
        void (*stepped)(void *userdata, double seconds, uint64_t at_usec, const char *reason);
        void (*reloaded)(void *userdata);
        void (*alert)(void *userdata, AlertId id, const Alert *raised); /* NULL: it is over */
        void (*overflow)(void *userdata, uint32_t generation);
} ChangeSink;

typedef struct Changes Changes;

/* NULL: out of memory. */
Changes *changes_new(const ChangeSink *sink, void *userdata);
Changes *changes_free(Changes *c);

/* Takes all as known to everybody: there was nobody to tell before. 0 or -ENOMEM. */
int changes_reset(Changes *c, const BusReading *r, uint64_t now_usec);
/* Tells what is due. Returns when to scan again even if nothing else happens, or CHANGES_NEVER. */
uint64_t changes_scan(Changes *c, const BusReading *r, uint64_t now_usec);
/* What happens rather than is: the next scan tells it, as soon as there is room. Steps that had to wait are told as one, their sum
 * with what was last said of them. `reason` outlives it. */
void changes_note_step(Changes *c, double seconds, uint64_t at_usec, const char *reason);
void changes_note_reload(Changes *c);
