/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine's side of a leap second: what follows from each of its turns. */

#include "core/engine-state.h"

static void tell_expiry(Engine *e, Now now) {
        if (e->expiry_told || !e->discipline.has_bound || !leap_table_expired(&e->leap.table, now.local))
                return;
        e->expiry_told = true;
        engine_push_notice(e, NOTICE_LEAPS_EXPIRED);
}

void engine_consider_leap(Engine *e, Now now) {
        LeapStatus before = e->leap.status;

        tell_expiry(e, now);
        if (leap_consider(&e->leap, now, e->leap_vote, e->discipline.has_bound))
                engine_push_quality(e, now);
        discipline_set_leap(&e->discipline, leap_announced(&e->leap));
        if (e->leap.status != before)
                engine_push_notice(e, NOTICE_LEAP_EXPECTED)->value = leap_offset(&e->leap);
}

/* A leap second has passed. */
static void end_leap(Engine *e, Now now) {
        double offset_s = leap_offset(&e->leap);

        e->leap.status = e->leap_vote = LEAP_NORMAL;
        if (!e->leap.done) {
                /* What was measured before says nothing of the offset now: some sources may have leapt, others not. */
                discipline_miss_leap(&e->discipline, offset_s);
                engine_restart_sources(e, now);
                engine_push_notice(e, NOTICE_LEAP_MISSED)->value = offset_s;
        }
        engine_consider_leap(e, now);
        engine_push_quality(e, now);
}

static void on_leap_turn(Engine *e, Now now, LeapTurn turn) {
        switch (turn) {
        case LEAP_TURN_NEW_DAY:
                engine_consider_leap(e, now);
                break;
        case LEAP_TURN_CLOSE:
                e->roster.means.void_before = e->leap.void_before;
                engine_push_quality(e, now); /* it may not be left to the kernel any more */
                break;
        case LEAP_TURN_LEAP:
                discipline_set_leap(&e->discipline, LEAP_UNSYNCHRONIZED);
                if (!e->leap.by_kernel && e->leap.mode != LEAP_MODE_IGNORE)
                        action_push(&e->out, ACTION_LEAP)->leap =
                                (ActionLeap){ leap_offset(&e->leap), e->leap.mode == LEAP_MODE_SLEW };
                break;
        case LEAP_TURN_OVER:
                end_leap(e, now);
                break;
        case LEAP_TURN_NONE:
                break;
        }
}

void engine_advance_leap(Engine *e, Now now) {
        LeapTurn turn;

        while ((turn = leap_advance(&e->leap, now, engine_outstanding(e, now))) != LEAP_TURN_NONE)
                on_leap_turn(e, now, turn);
}

void engine_set_leap_table(Engine *e, Now now, const LeapTable *table) {
        leap_set_table(&e->leap, table);
        e->expiry_told = false;
        if (!e->started)
                return;
        engine_consider_leap(e, now);
        engine_advance_leap(e, now);
}
