/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One association with what a test of it needs around it, and a server half a millisecond away that is right. */

#include "fixture.h"

/* One association with what a test needs around it. */
typedef struct Fixture {
        AssocOptions options;
        AssocContext context;
        Cases cases;
        Rng rng;
        ActionQueue queue;
        Assoc a;
        ActionSend request; /* the last one */
        Now now;
} Fixture;

static inline void fixture_init(Fixture *f, const AssocOptions *options) {
        NetAddress remote = address_of("192.0.2.1");

        memset(f, 0, sizeof(*f));
        f->options = *options;
        f->cases.state = 1;
        f->rng = (Rng){ seeded_fill, &f->cases };
        f->context = (AssocContext){ .rng = &f->rng, .precision_s = 1e-7, .max_clock_error = 1e-6 };
        f->now = now_at(0);
        assoc_init(&f->a, 7, &f->options, &remote, f->now.mono);
}

static inline void advance(Fixture *f, double seconds) {
        f->now.mono = mono_add(f->now.mono, span_from_seconds(seconds));
        f->now.local = local_add(f->now.local, span_from_seconds(seconds));
}

static inline void advance_to_poll(Fixture *f) {
        advance(f, mono_seconds_since(f->a.next_poll, f->now.mono) + 1e-6);
}

/* Lets the next request leave. True if the one before was lost. */
static inline bool poll(Fixture *f) {
        advance_to_poll(f);
        bool lost = assoc_on_timer(&f->a, f->now, &f->context, &f->queue);
        f->request = expect_action(&f->queue, ACTION_SEND).send;
        assoc_on_sent(&f->a, &(AssocStamp){ .at = f->now.local });
        return lost;
}

static inline PacketReason deliver_bytes(Fixture *f, const uint8_t *bytes, size_t n, Sample *ret) {
        AssocReceipt receipt = { bytes, n, .at = f->now.local, .stamp = STAMP_KERNEL };

        return assoc_on_packet(&f->a, f->now, &receipt, &f->context, ret, &f->queue);
}

static inline PacketReason deliver(Fixture *f, const NtpPacket *reply, Sample *ret) {
        uint8_t bytes[NTP_HEADER_LENGTH];

        assert_int_equal(ntp_packet_emit(reply, bytes, sizeof(bytes)), sizeof(bytes));
        return deliver_bytes(f, bytes, sizeof(bytes), ret);
}

/* Half a millisecond each way; the server is `ahead_s` ahead of us. */
static inline NtpPacket answer(Fixture *f, double ahead_s) {
        Local received = local_add(f->now.local, span_from_seconds(0.0005 + ahead_s));

        advance(f, 0.00101);
        return honest_reply(&f->request, received);
}

static inline PacketReason exchange(Fixture *f, double ahead_s, Sample *ret) {
        NtpPacket reply = answer(f, ahead_s);
        return deliver(f, &reply, ret);
}

static inline NtpPacket kiss(Fixture *f, uint32_t code) {
        NtpPacket reply = answer(f, 0.0);

        reply.leap = 3;
        reply.stratum = 0;
        reply.ref_id = code;
        return reply;
}
