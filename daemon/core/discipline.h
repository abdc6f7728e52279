/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From a combined estimate to commands for the clock, and the tracking data that readers see. It decides; a clock
 * backend executes and tells with a ClockEvent what came of it.
 */

#include "base/net-address.h"
#include "core/clock-event.h"
#include "core/drift.h"
#include "core/estimator.h"

typedef struct DisciplineOptions {
        double make_step_threshold_s; /* 0 = never step */
        int make_step_limit;          /* updates in which a step is allowed; negative = always */
        double max_change_s;          /* maxchange: larger offsets are not corrected; 0 = there is no limit */
        int max_change_start;         /* updates before the limit holds */
        int max_change_ignore;        /* larger offsets that are ignored before giving up; negative = all */
        double max_slew_rate;         /* s/s */
        double corr_time_ratio;
        double max_update_skew;  /* s/s */
        double max_drift;        /* s/s */
        double max_clock_error;  /* s/s */
        double drift_interval_s; /* of updates between two times that the rate is to be saved */
        bool rtc_sync;           /* STA_UNSYNC may be cleared */
} DisciplineOptions;

/* The reference that an update comes from. */
typedef struct DisciplineReference {
        uint32_t source_id;
        uint32_t ref_id; /* as sent on the wire, host order */
        uint8_t stratum; /* of the source */
        LeapStatus leap;
        int n_combined;
        /* Of the estimate's offset and rate, at most, by what the majority of the sources leaves possible. */
        double agreed_error_s, agreed_skew;
} DisciplineReference;

typedef struct Tracking {
        bool synchronized;
        uint32_t source_id; /* 0 = none */
        uint32_t ref_id;
        uint8_t stratum; /* own: the source's + 1; 0 while unsynchronized */
        LeapStatus leap;
        Local ref_time; /* of the last update */
        Mono updated;
        Span update_interval;
        double last_offset_s; /* local ahead at the last update */
        double rms_offset_s;
        double freq_ppm;      /* of the uncorrected clock, > 0 = fast */
        double residual_freq; /* s/s: measured minus applied */
        double skew;          /* s/s */
        double root_delay_s;
        double root_dispersion_s; /* at ref_time */
        double offset_sd_s;
        double freq_sd;
        int n_combined;
        int n_updates;
        int n_steps;
} Tracking;

typedef enum DisciplineAct {
        DISCIPLINE_SLEW,
        DISCIPLINE_STEP,
        DISCIPLINE_IGNORE,  /* maxchange: nothing has changed */
        DISCIPLINE_GIVE_UP, /* likewise, and nothing shall any more */
} DisciplineAct;

/* What to do after an update: the new base frequency, then either a slew or a step of offset_s; or nothing of it. */
typedef struct DisciplineOrder {
        DisciplineAct act;
        double base_ppm;
        double offset_s;    /* to take away, > 0 = local is ahead */
        Span slew_duration; /* aim for the slew */
        bool save_drift;    /* it is time to save the rate: discipline_take_drift() */
} DisciplineOrder;

typedef struct Discipline {
        DisciplineOptions options;
        Tracking tracking;
        double rms_square; /* average of squared offsets, or the last one until they rise */
        bool rms_moving;
        double agreed_error_s, agreed_skew; /* of the last reference */
        bool has_bound;                     /* there has been an update since the clock was last thrown off */
        bool has_news;                      /* there has been an update since the rate was last saved */
        double unsaved_s;                   /* sum of the intervals between those updates */
        int n_ignored;                      /* offsets beyond max_change_s so far */
        /* Ordered and not yet told to be done: it is still an error of Local and of its rate. */
        double uncorrected_s;
        double uncorrected_freq; /* s/s */
        int steps_from;          /* updates before the rule of steps was set: its limit counts from then on */
} Discipline;

void discipline_init(Discipline *d, const DisciplineOptions *options);

/* The rate as an earlier run has learnt it, before the first update: its skew says how little it is expected to change, so that
 * the first, vague measurements do not throw it away (chrony does the same). Returns the base frequency to set, in ppm. */
double discipline_restore(Discipline *d, const Drift *drift);
/* What the next run should know, which counts as saved from then on. False if nothing was learnt since the last time. */
bool discipline_take_drift(Discipline *d, Drift *ret);

/* What happened to the clock. At start: its base frequency, which is kept until the first update. */
void discipline_on_clock(Discipline *d, const ClockEvent *event);

/* `estimate` refers to now.local; outstanding_s is what a slew in progress has still to take off Wall. */
DisciplineOrder discipline_update(Discipline *d, const DisciplineReference *reference,
        const Estimate *estimate, double outstanding_s, Now now);

/* What readers are told of leap seconds from now on; without effect while not synchronized. */
void discipline_set_leap(Discipline *d, LeapStatus leap);
/* A leap second has passed and the clock was not changed for it: it is ahead by offset_s until it is measured again. */
void discipline_miss_leap(Discipline *d, double offset_s);

/* Other rules from now on. If the rule of steps (makestep) is another one, its limit counts from now on. */
void discipline_set_options(Discipline *d, const DisciplineOptions *options);
/* The limit of the rule of steps counts from now on. */
void discipline_allow_steps(Discipline *d);

/* Nothing is known of the clock's offset any more; its rate is what it was. */
void discipline_void(Discipline *d);

/* No source is fit any more: the frequency is kept, the published error grows. */
void discipline_lose(Discipline *d);

/* Root dispersion and maximum error of Local at `now` (RFC 5905, 11.2 and 4): |offset| + dispersion + delay / 2, and at least
 * what the majority of the sources left possible at the last update. Infinite before the first one and after a foreign step,
 * until the next one. Outstanding slew is not in it: it concerns Wall, not Local. */
double discipline_root_dispersion(const Discipline *d, Now now);
/* How fast the root dispersion grows, s/s. */
double discipline_dispersion_rate(const Discipline *d);
/* How fast the maximum error grows: at least as fast, s/s. */
double discipline_error_rate(const Discipline *d);
double discipline_max_error(const Discipline *d, Now now);
