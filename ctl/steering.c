/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl make-step, max-update-skew, reselect, reselect-dist, adjust-...: the clock, and who leads it. */

#include "client.h"
#include "numeral.h"
#include "verbs.h"

static ExitStatus refuse_number(const Invocation *invocation, const char *text) {
        fprintf(stderr, "timeballctl: %s: '%s' is not a number as it has to be\n", invocation->verb->name,
                text);
        return STATUS_USAGE;
}

/* Without numbers at once; with them, when it is done from now on. */
ExitStatus verb_make_step(const Invocation *invocation) {
        double threshold_s;
        int64_t limit;

        if (invocation->n == 0)
                return client_order_once(invocation, target_clock, "MakeStep", "a{sv}", 0);
        if (!numeral_real(invocation->arguments[0], &threshold_s))
                return refuse_number(invocation, invocation->arguments[0]);
        if (invocation->n < 2) {
                fputs("timeballctl: make-step: the limit is missing: how many updates may step, -1 for all\n",
                        stderr);
                return STATUS_USAGE;
        }
        if (!numeral_whole(invocation->arguments[1], INT32_MIN, INT32_MAX, &limit))
                return refuse_number(invocation, invocation->arguments[1]);
        return client_order_once(invocation, target_clock, "SetMakeStep", "di", threshold_s, (int32_t)limit);
}

/* A method with one number. */
static ExitStatus order_number(const Invocation *invocation, Target target, const char *member) {
        double number;

        if (!numeral_real(invocation->arguments[0], &number))
                return refuse_number(invocation, invocation->arguments[0]);
        return client_order_once(invocation, target, member, "d", number);
}

ExitStatus verb_max_update_skew(const Invocation *invocation) {
        return order_number(invocation, target_clock, "SetMaxUpdateSkew");
}

ExitStatus verb_adjust_frequency(const Invocation *invocation) {
        return order_number(invocation, target_clock, "SetFrequency");
}

ExitStatus verb_adjust_offset(const Invocation *invocation) {
        return order_number(invocation, target_clock, "AdjustOffset");
}

ExitStatus verb_reselect_dist(const Invocation *invocation) {
        return order_number(invocation, target_manager, "SetReselectDistance");
}

ExitStatus verb_reselect(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "Reselect", "");
}
