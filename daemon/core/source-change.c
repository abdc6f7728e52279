/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/source-change.h"

#include "core/poll.h"

static const double max_delay_limit_s = 1000.0, ratio_limit = 1e6, offset_limit_s = 1e9;
enum { POLL_TARGET_MAX = 1000, MIN_STRATUM_MAX = 16 };

/* False for what is no number, too. */
static bool is_within(double value, double low, double high) {
        return value >= low && value <= high;
}

static bool are_polls_valid(const SourceChange *c) {
        bool has_min = c->fields & SOURCE_FIELD_MIN_POLL, has_max = c->fields & SOURCE_FIELD_MAX_POLL;

        return (!has_min || is_within(c->min_poll, POLL_MIN, POLL_MAX)) &&
               (!has_max || is_within(c->max_poll, POLL_MIN, POLL_MAX)) &&
               (!has_min || !has_max || c->min_poll <= c->max_poll) &&
               (!(c->fields & SOURCE_FIELD_POLL_TARGET) || is_within(c->poll_target, 1, POLL_TARGET_MAX));
}

static bool are_delays_valid(const SourceChange *c) {
        return (!(c->fields & SOURCE_FIELD_MAX_DELAY) || is_within(c->max_delay_s, 0.0, max_delay_limit_s)) &&
               (!(c->fields & SOURCE_FIELD_MAX_DELAY_RATIO) ||
                       is_within(c->max_delay_ratio, 0.0, ratio_limit)) &&
               (!(c->fields & SOURCE_FIELD_MAX_DELAY_DEV_RATIO) ||
                       is_within(c->max_delay_dev_ratio, 0.0, ratio_limit));
}

bool source_change_is_valid(const SourceChange *c) {
        return are_polls_valid(c) && are_delays_valid(c) &&
               (!(c->fields & SOURCE_FIELD_MIN_STRATUM) || is_within(c->min_stratum, 0, MIN_STRATUM_MAX)) &&
               (!(c->fields & SOURCE_FIELD_OFFSET) ||
                       is_within(c->offset_s, -offset_limit_s, offset_limit_s)) &&
               (!(c->fields & SOURCE_FIELD_MAX_UNREACH) || c->max_unreach >= 0) &&
               (c->flags_set & c->flags_cleared) == 0;
}
