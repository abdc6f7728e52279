/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What people want to know about: a kind with its figures. run/messages.c gives each kind its level, MESSAGE_ID and text. */

#include "base/net-address.h"
#include "core/reason.h"

#include <stdint.h>

typedef enum NoticeKind {
        NOTICE_SYNCHRONIZED, /* for the first time, or again */
        NOTICE_LOST,         /* nothing is fit to follow any more; `selection` says why */
        NOTICE_UNABLE,       /* sources answer, but nothing can be followed: likewise; once per change */
        NOTICE_SELECTED,     /* source is the new reference */
        NOTICE_VERDICT, /* source was turned down: falseticker, distant, jittery, bad stratum; once per change */
        NOTICE_REACHABLE,   /* source answers */
        NOTICE_UNREACHABLE, /* source has not answered eight times */
        NOTICE_OFFLINE, /* source is not asked any more: a request could not be sent (option auto_offline) */
        NOTICE_KISS_OF_DEATH,  /* source sent `text` */
        NOTICE_RESOLVE_FAILED, /* name `text` could not be looked up; value = seconds to the next try */
        NOTICE_REPLACED,       /* source moved from one address of its name to another (address) */
        NOTICE_STEPPED,        /* we stepped the clock by value seconds */
        NOTICE_LEAP_EXPECTED, /* the clock will be set back value seconds (1, -1) by a leap second today; 0: will not */
        NOTICE_LEAPT,          /* the clock was set back value seconds by a leap second */
        NOTICE_LEAP_SLEWED,    /* it will be, by a slew that has begun */
        NOTICE_LEAP_MISSED,    /* it was not, since that is ignored or failed: it is ahead by value seconds */
        NOTICE_LEAPS_EXPIRED,  /* the table of leap seconds has expired */
        NOTICE_CHANGE_IGNORED, /* maxchange: an offset of value seconds is not corrected */
        NOTICE_CHANGE_TOO_LARGE,  /* likewise, and we give up */
        NOTICE_NO_SOURCE,         /* no source can give an offset in time */
        NOTICE_CLOCK_REFUSED,     /* the kernel refused our command; value = errno */
        NOTICE_FOREIGN_STEP,      /* somebody else stepped the clock by value seconds */
        NOTICE_FOREIGN_FREQUENCY, /* somebody else changed the clock's rate */
        NOTICE_RESUMED,           /* the machine slept value seconds */
        NOTICE_FALLBACK_DRIFT, /* nothing is followed: the clock's rate is taken to be value ppm, an average */
        NOTICE_LOCAL_REFERENCE, /* the local clock stands in as a reference of stratum value; 0 = no longer */
        NOTICE_KINDS
} NoticeKind;

enum { NOTICE_TEXT_MAX = 256 };

typedef struct Notice {
        NoticeKind kind;
        uint32_t source_id; /* 0 = none */
        NetAddress address; /* of the source */
        Verdict verdict;    /* with LOST and UNABLE: how many agree */
        int selection;      /* SelectionResult */
        double value;
        char text[NOTICE_TEXT_MAX];
} Notice;
