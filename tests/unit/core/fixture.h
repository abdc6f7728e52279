/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of core share: cmocka, a seeded Rng, instants, and a server that answers requests truthfully. */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/rng.h"
#include "core/action.h"
#include "core/assoc.h"
#include "wire/ntp-packet.h"

#define EPOCH_NS INT64_C(1700000000000000000)

/* The filler of an Rng whose context is a Cases. */
static inline void seeded_fill(void *context, void *buffer, size_t n) {
        cases_fill(context, buffer, n);
}

/* Mono 1000 s + t, and a local clock that is right. */
static inline Now now_at(double t) {
        Span s = span_from_seconds(t);
        return (Now){ mono_add((Mono){ INT64_C(1000) * NS_PER_S }, s), local_add((Local){ EPOCH_NS }, s) };
}

static inline const AssocOptions *plain_options(void) {
        static const AssocOptions options = {
                .port = 123,
                .version = 4,
                .min_poll = 6,
                .max_poll = 10,
                .poll_target = 8,
                .presend = PRESEND_OFF,
                .max_delay_s = 3.0,
                .max_delay_dev_ratio = 10.0,
        };
        return &options;
}

static inline NetAddress address_of(const char *text) {
        NetAddress a;
        assert_int_equal(net_address_parse(text, &a), 0);
        return a;
}

/* Takes actions until one of that kind; fails without one. */
static inline Action expect_action(ActionQueue *q, ActionKind kind) {
        Action a;

        while (action_pop(q, &a))
                if (a.kind == kind)
                        return a;
        fail_msg("no action of kind %d", (int)kind);
        return a;
}

static inline bool has_action(ActionQueue *q, ActionKind kind) {
        Action a;
        bool found = false;

        while (action_pop(q, &a))
                found = found || a.kind == kind;
        return found;
}

/* The reply of a perfect stratum 1 server that got the request at `received` and took 10 us. */
static inline NtpPacket honest_reply(const ActionSend *request, Local received) {
        NtpPacket asked;

        assert_int_equal(ntp_packet_parse(request->bytes, request->n, &asked), NTP_PARSE_OK);
        return (NtpPacket){
                .version = asked.version,
                .mode = NTP_MODE_SERVER,
                .stratum = 1,
                .poll = 6,
                .precision = -25,
                .root_dispersion = ntp_short_from_seconds(0.0001),
                .ref_id = 0x47505300, /* GPS */
                .reference = ntp_stamp_from_local(local_add(received, SPAN_S(-3))),
                .origin = asked.transmit,
                .receive = ntp_stamp_from_local(received),
                .transmit = ntp_stamp_from_local(local_add(received, SPAN_US(10))),
        };
}
