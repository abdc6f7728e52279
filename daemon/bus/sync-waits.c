/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/sync-waits.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct SyncWaits {
        const SyncWaitSink *sink;
        void *userdata;
        SyncWait all[SYNC_WAITS_MAX];
};

void sync_figures_read(SyncFigures *ret, const BusReading *r) {
        Published published;
        const ClockPublished *clock = &published.clock;

        clock_publish(&published, r);
        *ret = (SyncFigures){
                .synchronized = r->snapshot->state == ENGINE_SYNCHRONIZED,
                .reference_id = clock->reference.id,
                .system_offset_s = clock->tracking.system_offset_s,
                .skew_ppm = clock->tracking.skew_ppm,
        };
}

bool sync_goal_is_reached(const SyncGoal *goal, const SyncFigures *f) {
        return f->synchronized &&
               (goal->max_correction_s <= 0.0 || fabs(f->system_offset_s) <= goal->max_correction_s) &&
               (goal->max_skew_ppm <= 0.0 || f->skew_ppm <= goal->max_skew_ppm);
}

SyncWaits *sync_waits_new(const SyncWaitSink *sink, void *userdata) {
        SyncWaits *w = calloc(1, sizeof(*w));

        if (w) {
                w->sink = sink;
                w->userdata = userdata;
        }
        return w;
}

/* The place is free before the sink is called. */
static void drop(SyncWaits *w, SyncWait *wait, const char *why) {
        void *call = wait->call;

        *wait = (SyncWait){ 0 };
        w->sink->drop(w->userdata, call, why);
}

void sync_waits_clear(SyncWaits *w) {
        for (SyncWait *wait = w->all; wait < w->all + SYNC_WAITS_MAX; wait++)
                if (wait->call)
                        drop(w, wait, NULL);
}

SyncWaits *sync_waits_free(SyncWaits *w) {
        if (w)
                sync_waits_clear(w);
        free(w);
        return NULL;
}

int sync_waits_add(SyncWaits *w, const SyncWait *wait) {
        SyncWait *place = NULL;
        size_t of_user = 0;

        for (size_t i = SYNC_WAITS_MAX; i-- > 0;)
                if (!w->all[i].call)
                        place = &w->all[i];
                else
                        of_user += w->all[i].user == wait->user;
        if (wait->user != 0 && of_user >= SYNC_WAITS_EACH)
                return -EDQUOT;
        if (!place)
                return -ENOSPC;
        *place = *wait;
        return 0;
}

void sync_waits_drop(SyncWaits *w, const char *name, const char *why) {
        for (SyncWait *wait = w->all; wait < w->all + SYNC_WAITS_MAX; wait++)
                if (wait->call && strcmp(wait->name, name) == 0)
                        drop(w, wait, why);
}

size_t sync_waits_count(const SyncWaits *w) {
        size_t n = 0;

        for (const SyncWait *wait = w->all; wait < w->all + SYNC_WAITS_MAX; wait++)
                n += wait->call != NULL;
        return n;
}

/* Whether it still waits. */
static bool look(SyncWaits *w, SyncWait *wait, const SyncFigures *figures, uint64_t now_usec) {
        bool reached = sync_goal_is_reached(&wait->goal, figures);
        void *call = wait->call;

        if (!reached && now_usec < wait->until_usec)
                return true;
        *wait = (SyncWait){ 0 };
        w->sink->answer(w->userdata, call, reached, figures);
        return false;
}

uint64_t sync_waits_look(SyncWaits *w, const SyncFigures *figures, uint64_t now_usec) {
        uint64_t due = SYNC_WAIT_NEVER;

        for (SyncWait *wait = w->all; wait < w->all + SYNC_WAITS_MAX; wait++) {
                if (!wait->call || !look(w, wait, figures, now_usec))
                        continue;
                if (due == SYNC_WAIT_NEVER)
                        due = now_usec + SYNC_WAIT_LOOK_USEC;
                if (wait->until_usec < due)
                        due = wait->until_usec;
        }
        return due;
}
