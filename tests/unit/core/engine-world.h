/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An engine, a clock that obeys at once and has no error of rate, and servers whose error is in their address: 10.0.0.x is
 * x tenths of a second ahead; 10.0.1.x never answers. The simulator (tests/sim) does the same with realistic parts. */

#include "fixture.h"

#include "core/engine.h"

#include <stdio.h>

typedef struct World {
        Engine *engine;
        Cases cases;
        Rng rng;
        Now now;
        ClockState clock;
        double fast_ppm; /* an error of rate that stays whatever is set */
        double leaps_s, steps_s, slews_s;
        unsigned n_sent, notices[NOTICE_KINDS];
        unsigned n_told, told_as[NOTICE_KINDS]; /* in which order the last ones came, from 1 */
        Notice last[NOTICE_KINDS];
        ClockQuality quality;
        double worst_told_s; /* once synchronized */
        bool refuse;
        bool network_is_dead;
        double once_s; /* of ACTION_SET_ONCE */
        unsigned n_once, n_give_ups;
        GiveUpReason give_up;
} World;

static const EngineOptions options = {
        .select = {
                .combine_limit = 3.0,
                .max_distance_s = 3.0,
                .max_jitter_s = 1.0,
                .reselect_dist_s = 1e-4,
                .stratum_weight_s = 1e-3,
                .max_clock_error = 1e-6,
                .max_stratum = 15,
                .min_sources = 1,
                .auth_mode = AUTH_SELECT_MIX,
        },
        .discipline = {
                .make_step_threshold_s = 1.0,
                .make_step_limit = 3,
                .max_slew_rate = 0.083333,
                .corr_time_ratio = 3.0,
                .max_update_skew = 1e-3,
                .max_drift = 0.1,
                .max_clock_error = 1e-6,
        },
        .precision_s = 1e-7,
        .min_samples = 6,
};

static inline void world_init_with(World *w, const EngineOptions *with) {
        memset(w, 0, sizeof(*w));
        w->cases.state = 3;
        w->rng = (Rng){ seeded_fill, &w->cases };
        w->now = now_at(0);
        w->engine = engine_new(with, &w->rng);
        assert_non_null(w->engine);
}

static inline void world_init(World *w) {
        world_init_with(w, &options);
}

static inline void start(World *w) {
        w->clock = (ClockState){ .mono = w->now.mono, .local = w->now.local, .steers = true };
        engine_start(w->engine, w->now, &w->clock);
}

static inline void add(World *w, const char *name) {
        SourceSpec spec = {
                .kind = SOURCE_SERVER,
                .assoc = *plain_options(),
                .min_samples = -1,
                .max_samples = -1,
                .max_unreach = 100000,
        };
        spec.assoc.iburst = true;
        strcpy(spec.name, name);
        assert_int_equal(engine_add_source(w->engine, w->now, &spec, NULL), 0);
}

static inline void answer(World *w, const ActionSend *send) {
        const uint8_t *address = send->to.address.bytes;
        Span ahead = SPAN_MS(100 * (int64_t)address[3]);
        uint8_t bytes[NTP_HEADER_LENGTH];
        AssocReceipt receipt = { bytes, sizeof(bytes), .at = local_add(w->now.local, SPAN_US(1010)) };

        w->n_sent++;
        engine_on_sent(w->engine, send->assoc, &(AssocStamp){ w->now.local, 1e-6, STAMP_DAEMON });
        if (address[2] != 0 || w->network_is_dead)
                return;
        /* True time is what Mono says; Local may differ. */
        Local truth = local_add(now_at(0).local, mono_sub(w->now.mono, now_at(0).mono));
        NtpPacket reply = honest_reply(send, local_add(local_add(truth, SPAN_US(500)), ahead));
        ntp_packet_emit(&reply, bytes, sizeof(bytes));
        engine_on_packet(w->engine, w->now, send->assoc, &receipt);
}

static inline void obey(World *w, ClockEventKind kind, double base_ppm, double offset_s) {
        ClockEvent event = { .kind = kind, .at = w->now.local, .doffset_s = offset_s };

        if (w->refuse)
                event = (ClockEvent){ .kind = CLOCK_EVENT_REFUSED, .error = 1 };
        else
                w->clock.base_ppm = base_ppm;
        w->now.local = local_add(w->now.local, span_from_seconds(-event.doffset_s));
        w->clock.mono = w->now.mono;
        w->clock.local = w->now.local;
        event.state = w->clock;
        engine_on_clock(w->engine, w->now, &event);
}

static inline void execute(World *w) {
        Action a;

        while (engine_next_action(w->engine, &a)) {
                switch (a.kind) {
                case ACTION_SEND:
                        answer(w, &a.send);
                        break;
                case ACTION_SET_BASE:
                        obey(w, CLOCK_EVENT_ADJUSTED, a.base_ppm, 0.0);
                        break;
                case ACTION_SLEW:
                        w->slews_s += fabs(a.slew.offset_s);
                        obey(w, CLOCK_EVENT_ADJUSTED, w->clock.base_ppm, a.slew.offset_s);
                        break;
                case ACTION_STEP:
                        w->steps_s += a.slew.offset_s;
                        obey(w, CLOCK_EVENT_STEPPED, w->clock.base_ppm, a.slew.offset_s);
                        break;
                case ACTION_LEAP:
                        w->leaps_s += a.leap.offset_s;
                        obey(w, CLOCK_EVENT_LEAPT, w->clock.base_ppm, a.leap.offset_s);
                        break;
                case ACTION_QUALITY:
                        w->quality = a.quality;
                        if (a.quality.synchronized)
                                w->worst_told_s = fmax(w->worst_told_s, a.quality.max_error_s);
                        break;
                case ACTION_NOTICE:
                        w->notices[a.notice.kind]++;
                        w->told_as[a.notice.kind] = ++w->n_told;
                        w->last[a.notice.kind] = a.notice;
                        break;
                case ACTION_SET_ONCE:
                        w->once_s = a.slew.offset_s;
                        w->n_once++;
                        break;
                case ACTION_GIVE_UP:
                        w->give_up = a.give_up;
                        w->n_give_ups++;
                        break;
                case ACTION_SAVE_DRIFT:
                case ACTION_CLOSE:
                case ACTION_RESOLVE:
                        break;
                }
        }
}

static inline void advance_to(World *w, Mono when) {
        double gained_s = span_seconds(mono_sub(when, w->now.mono)) * w->fast_ppm * 1e-6;

        w->now.local = local_add(w->now.local, mono_sub(when, w->now.mono));
        w->now.local = local_add(w->now.local, span_from_seconds(gained_s));
        w->now.mono = when;
}

static inline void run(World *w, double until) {
        Mono end = now_at(until).mono;

        execute(w);
        while (mono_before(engine_next_deadline(w->engine), end)) {
                Mono next = engine_next_deadline(w->engine);
                advance_to(w, mono_before(next, w->now.mono) ? w->now.mono : next);
                engine_on_timer(w->engine, w->now);
                execute(w);
        }
        advance_to(w, end);
}

static inline const Snapshot *snapshot(World *w) {
        return engine_snapshot(w->engine, w->now, &w->clock);
}

static inline double true_error_s(const World *w) {
        return span_seconds(local_sub(w->now.local, now_at(0).local)) -
               mono_seconds_since(w->now.mono, now_at(0).mono);
}
