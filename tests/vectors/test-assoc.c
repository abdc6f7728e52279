/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an association makes of each vector, before it has asked, while it waits, and after it has its answer. Most
 * vectors are attacks by name: none may pass, and none may change anything but counters.
 */

#include "vector.h"

#include "core/assoc.h"

static const char *folder;

/* The request's transmit stamp is VECTOR_ORIGIN, so that a vector can match it. */
static void fill_with_origin(void *context, void *buffer, size_t n) {
        uint64_t origin = VECTOR_ORIGIN;

        for (size_t i = 0; i < n; i += sizeof(origin))
                memcpy((uint8_t *)buffer + i, &origin, n - i < sizeof(origin) ? n - i : sizeof(origin));
}

typedef struct Fixture {
        AssocOptions options;
        Rng rng;
        AssocContext context;
        ActionQueue queue;
        Assoc a;
        Now now;
} Fixture;

static void fixture_init(Fixture *f) {
        NetAddress remote = { .family = ADDRESS_INET4, .bytes = { 192, 0, 2, 1 } };

        memset(f, 0, sizeof(*f));
        f->options = (AssocOptions){
                .port = 123,
                .version = 4,
                .min_poll = 6,
                .max_poll = 10,
                .poll_target = 8,
                .presend = PRESEND_OFF,
                .max_delay_s = 3.0,
        };
        f->rng.fill = fill_with_origin;
        f->context = (AssocContext){ .rng = &f->rng, .precision_s = 1e-7, .max_clock_error = 1e-6 };
        f->now.mono.ns = 1000 * NS_PER_S;
        f->now.local.ns = INT64_C(1700000000) * NS_PER_S + 499500 * NS_PER_US;
        assoc_init(&f->a, 1, &f->options, &remote, f->now.mono);
}

static void ask(Fixture *f) {
        Action action;

        assoc_on_timer(&f->a, f->now, &f->context, &f->queue);
        assoc_on_sent(&f->a, &(AssocStamp){ .at = f->now.local });
        while (action_pop(&f->queue, &action))
                ;
        f->now.mono = mono_add(f->now.mono, SPAN_MS(1));
        f->now.local = local_add(f->now.local, SPAN_MS(1));
        assert_true(f->a.request.outstanding);
        assert_true(f->a.request.transmit.bits == VECTOR_ORIGIN);
}

static PacketReason receive(Fixture *f, const Vector *v) {
        uint8_t *bytes = malloc(v->n + (v->n == 0));
        AssocReceipt receipt = { bytes, v->n, .at = f->now.local, .stamp = STAMP_KERNEL };
        Sample sample;

        memcpy(bytes, v->bytes, v->n);
        PacketReason reason = assoc_on_packet(&f->a, f->now, &receipt, &f->context, &sample, &f->queue);
        free(bytes);
        return reason;
}

/* All but what may change: the counters and the last reason. */
static void assert_unmoved(const Vector *v, const Assoc *before, const Assoc *after) {
        Assoc a, b;

        memcpy(&a, before, sizeof(a));
        memcpy(&b, after, sizeof(b));
        memset(&a.counters, 0, sizeof(a.counters));
        memset(&b.counters, 0, sizeof(b.counters));
        a.last_reason = b.last_reason = PACKET_GOOD;
        if (memcmp(&a, &b, sizeof(a)) != 0)
                fail_msg("%s: a refused packet changed the association", v->name);
}

static void expect_refusal(Fixture *f, const Vector *v) {
        Assoc before;

        memcpy(&before, &f->a, sizeof(before));
        PacketReason reason = receive(f, v);
        if (reason != PACKET_MALFORMED && reason != PACKET_WRONG_MODE && reason != PACKET_NOT_ASKED)
                fail_msg("%s: %s", v->name, packet_reason_to_string(reason));
        assert_unmoved(v, &before, &f->a);
        assert_int_equal(f->queue.n, 0);
}

static void check_reply(const Vector *v) {
        Fixture f;

        fixture_init(&f);
        ask(&f);
        Assoc before;
        memcpy(&before, &f.a, sizeof(before));
        PacketReason reason = receive(&f, v);
        if (v->reply[0] != '\0' && strcmp(packet_reason_to_string(reason), v->reply) != 0)
                fail_msg("%s: %s", v->name, packet_reason_to_string(reason));
        if (reason == PACKET_MALFORMED || reason == PACKET_WRONG_MODE || reason == PACKET_BOGUS_ORIGIN ||
                reason == PACKET_ZERO_TIMESTAMP) {
                assert_unmoved(v, &before, &f.a);
                assert_int_equal(f.queue.n, 0);
        }
}

static void check_unasked(const Vector *v) {
        Fixture f;

        fixture_init(&f);
        expect_refusal(&f, v);
}

/* Whatever came first: once a reply was taken, no vector is another. */
static void check_second_reply(const Vector *v) {
        static const uint8_t good[NTP_HEADER_LENGTH] = {
                0x24, 0x01, 0x06, 0xe9, 0, 0, 0, 0, 0, 0, 0, 1, 'G', 'P', 'S', 0, /* stratum 1 */
                0xe8, 0xfe, 0x6f, 0x7c, 0, 0, 0, 0,                               /* reference */
                0xde, 0xad, 0xbe, 0xef, 0x12, 0x34, 0x56, 0x78,                   /* VECTOR_ORIGIN */
                0xe8, 0xfe, 0x6f, 0x80, 0x80, 0, 0, 0,                            /* receive */
                0xe8, 0xfe, 0x6f, 0x80, 0x80, 0, 0, 9,                            /* transmit */
        };
        Vector first = { .n = sizeof(good) };
        Fixture f;
        Action action;

        fixture_init(&f);
        ask(&f);
        memcpy(first.bytes, good, sizeof(good));
        assert_int_equal(receive(&f, &first), PACKET_GOOD);
        while (action_pop(&f.queue, &action))
                ;
        expect_refusal(&f, v);
}

static void while_it_waits(void **state) {
        vectors_each(folder, check_reply);
}

static void before_it_asks(void **state) {
        vectors_each(folder, check_unasked);
}

static void after_the_answer(void **state) {
        vectors_each(folder, check_second_reply);
}

int main(int argc, char **argv) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(while_it_waits),
                cmocka_unit_test(before_it_asks),
                cmocka_unit_test(after_the_answer),
        };
        if (argc != 2)
                return EXIT_FAILURE;
        folder = argv[1];
        return cmocka_run_group_tests(tests, NULL, NULL);
}
