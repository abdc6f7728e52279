/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a server that knows the time tells of it. */

#include "core/served-time.h"

static const ServedTime good_time = {
        .leap = LEAP_NORMAL,
        .stratum = 3,
        .precision = -23,
        .ref_id = 0xc0000201,
        .root_delay_s = 0.25,
        .since = { 1000 * NS_PER_S },
};
