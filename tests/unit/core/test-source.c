/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/source.h"

/* One source with a first request on its way, over either address family if it has two. */
typedef struct Fixture {
        Pool pool;
        EngineOptions options;
        Cases cases;
        Rng rng;
        ActionQueue queue;
        SourceMeans means;
        Source *s;
} Fixture;

static void fixture_init(Fixture *f, const char *rival) {
        NetAddress address = address_of("192.0.2.1");

        memset(f, 0, sizeof(*f));
        f->pool.spec = (SourceSpec){
                .kind = SOURCE_SERVER, .assoc = *plain_options(), .min_samples = -1, .max_samples = -1
        };
        f->options = (EngineOptions){ .min_samples = 6, .precision_s = 1e-7 };
        f->cases.state = 1;
        f->rng = (Rng){ seeded_fill, &f->cases };
        f->means = (SourceMeans){ &f->options, &f->rng, &f->queue };
        f->s = source_new(1, &f->pool, &f->options);
        assert_non_null(f->s);
        source_assign(f->s, 7, &address, now_at(0).mono, &f->queue);
        if (rival) {
                address = address_of(rival);
                source_race(f->s, 8, &address, now_at(0).mono);
        }
        assert_false(source_on_timer(f->s, now_at(0), &f->means));
}

/* The sockets that were closed, as a sum of the associations' ids. */
static uint32_t closed(Fixture *f) {
        uint32_t sum = 0;
        Action a;

        while (action_pop(&f->queue, &a))
                sum += a.kind == ACTION_CLOSE ? a.assoc : 0;
        return sum;
}

/* A step voids a request, but its socket is still there and has to be given back, once. */
static void test_dropped_requests_have_sockets(void **state) {
        Fixture f;

        fixture_init(&f, "2001:db8::1");
        assert_int_equal(closed(&f), 0);
        source_drop_requests(f.s);
        assert_int_equal(closed(&f), 0);
        source_close(f.s, &f.queue);
        assert_int_equal(closed(&f), 7 + 8);
        source_close(f.s, &f.queue);
        assert_int_equal(closed(&f), 0);
        source_free(f.s);
}

static void test_dropped_request_of_the_old_address(void **state) {
        NetAddress other = address_of("192.0.2.2");
        Fixture f;

        fixture_init(&f, NULL);
        source_restart(f.s, now_at(1).mono);
        assert_int_equal(closed(&f), 0);
        source_assign(f.s, 9, &other, now_at(2).mono, &f.queue);
        assert_int_equal(closed(&f), 7);
        source_free(f.s);
}

/* Nobody asks again: the socket goes at the deadline, as it would have with the request. */
static void test_dropped_request_has_its_deadline(void **state) {
        Fixture f;

        fixture_init(&f, NULL);
        source_drop_requests(f.s);
        assoc_poll_at(&f.s->assoc, MONO_NEVER);
        assert_near(mono_seconds_since(source_next_deadline(f.s), now_at(0).mono), 3.0 + 4.0, 1e-9);
        assert_int_equal(closed(&f), 0);
        assert_false(source_on_timer(f.s, now_at(7), &f.means));
        assert_int_equal(closed(&f), 7);
        assert_int_equal(source_next_deadline(f.s).ns, MONO_NEVER.ns);
        source_free(f.s);
}

static SelectCandidate candidate_of(Fixture *f) {
        SelectCandidate c;

        source_fill_candidate(f->s, &f->means, now_at(0).local, &c);
        return c;
}

/* What it says of itself before any selection has looked at it. */
static Verdict shown(Fixture *f) {
        SourceView view;

        source_view(f->s, now_at(0), &view);
        assert_int_equal(view.authenticated, f->s->options.key_id != 0);
        return view.verdict;
}

static void poll_in_vain(Fixture *f, int times) {
        for (int i = 1; i <= times; i++)
                (void)source_on_timer(f->s, now_at(2000.0 * i), &f->means);
}

static void test_why_it_is_not_asked(void **state) {
        NetAddress other = address_of("192.0.2.2");
        Fixture f;

        fixture_init(&f, NULL);
        assert_false(candidate_of(&f).nts_missing);
        f.s->offline = f.pool.spec.nts = true;
        source_assign(f.s, 9, &other, now_at(2).mono, &f.queue);
        assert_int_equal(shown(&f).state, SOURCE_NO_SAMPLES);
        assert_int_equal(shown(&f).cause, CAUSE_OFFLINE);
        assert_int_equal(candidate_of(&f).silence, CAUSE_OFFLINE);
        assert_true(candidate_of(&f).nts_missing);
        source_free(f.s);
}

/* Without its key it is not asked: no other address would be either, so that none is looked for. */
static void test_missing_key(void **state) {
        static const MacKey key = { 5, MAC_SHA1, (const uint8_t *)"secret", 6 };
        KeyRing ring = { 0 };
        Fixture f;

        fixture_init(&f, NULL);
        f.s->options.key_id = 5;
        poll_in_vain(&f, 9);
        assert_int_equal(f.s->fruitless, 0);
        assert_int_equal(shown(&f).state, SOURCE_NO_SAMPLES);
        assert_int_equal(shown(&f).cause, CAUSE_NO_KEY);
        assert_near(shown(&f).value, 5, 0);
        assert_int_equal(candidate_of(&f).silence, CAUSE_NO_KEY);
        assert_true(candidate_of(&f).authenticated);

        assert_int_equal(key_ring_add(&ring, &key), KEY_RING_NEW);
        f.means.keys = &ring;
        poll_in_vain(&f, 20);
        assert_int_equal(shown(&f).cause, CAUSE_NO_ANSWER);
        assert_near(shown(&f).value, f.s->assoc.missed, 0);
        assert_int_equal(candidate_of(&f).silence, CAUSE_NO_ANSWER);
        assert_near(candidate_of(&f).silence_value, f.s->assoc.missed, 0);
        assert_true(f.s->fruitless > 5);
        key_ring_done(&ring);
        source_free(f.s);
}

static void test_replies_that_are_not_authentic(void **state) {
        static const MacKey key = { 5, MAC_SHA1, (const uint8_t *)"secret", 6 };
        uint8_t bytes[NTP_HEADER_LENGTH];
        AssocReceipt receipt = { bytes, sizeof(bytes), .at = now_at(0.001).local };
        KeyRing ring = { 0 };
        Fixture f;
        Action a;

        fixture_init(&f, NULL);
        assert_int_equal(candidate_of(&f).silence, CAUSE_PLAIN);
        assert_false(candidate_of(&f).authenticated);
        assert_int_equal(key_ring_add(&ring, &key), KEY_RING_NEW);
        f.means.keys = &ring;
        f.s->options.key_id = 5;
        a = expect_action(&f.queue, ACTION_SEND);
        assoc_on_sent(&f.s->assoc, &(AssocStamp){ .at = now_at(0).local });
        NtpPacket reply = honest_reply(&a.send, now_at(0.0005).local);
        assert_int_equal(ntp_packet_emit(&reply, bytes, sizeof(bytes)), sizeof(bytes));

        SourceEvent event = source_on_packet(f.s, &f.s->assoc, now_at(0.001), &receipt, &f.means);
        assert_int_equal(event.reason, PACKET_NO_MAC);
        assert_false(event.fruitless);
        assert_int_equal(shown(&f).cause, CAUSE_NOT_AUTHENTIC);
        assert_int_equal(candidate_of(&f).silence, CAUSE_NOT_AUTHENTIC);
        assert_near(candidate_of(&f).silence_value, 5, 0);
        key_ring_done(&ring);
        source_free(f.s);
}

/* The first reply came while a leap second was near: nothing is known of the server yet, not even that it has the time. */
static void test_near_leap(void **state) {
        Fixture f;
        uint8_t bytes[NTP_HEADER_LENGTH];
        AssocReceipt receipt = { bytes, sizeof(bytes), .at = now_at(0.00101).local };

        fixture_init(&f, NULL);
        ActionSend request = expect_action(&f.queue, ACTION_SEND).send;
        assoc_on_sent(&f.s->assoc, &(AssocStamp){ .at = now_at(0).local });
        NtpPacket reply = honest_reply(&request, now_at(0.0005).local);
        assert_int_equal(ntp_packet_emit(&reply, bytes, sizeof(bytes)), sizeof(bytes));
        f.means.void_before = now_at(5).mono;
        assert_int_equal(source_on_packet(f.s, &f.s->assoc, now_at(0.00101), &receipt, &f.means).reason,
                PACKET_NEAR_LEAP);
        assert_int_equal(f.s->leap, LEAP_UNSYNCHRONIZED);
        assert_null(estimator_last(f.s->estimator));
        source_free(f.s);
}

/* Off while a request is on its way: its socket goes, and nobody asks until it is on again. */
static void test_offline(void **state) {
        Fixture f;

        fixture_init(&f, "2001:db8::1");
        source_set_online(f.s, now_at(1).mono, false, &f.means);
        assert_int_equal(closed(&f), 7 + 8);
        assert_int_equal(source_next_deadline(f.s).ns, MONO_NEVER.ns);
        assert_int_equal(shown(&f).cause, CAUSE_OFFLINE);
        source_hurry(f.s, now_at(2).mono);
        source_restart(f.s, now_at(3).mono);
        assert_int_equal(source_next_deadline(f.s).ns, MONO_NEVER.ns);
        source_set_online(f.s, now_at(100).mono, true, &f.means);
        assert_int_equal(source_next_deadline(f.s).ns, now_at(100).mono.ns);
        assert_int_equal(shown(&f).cause, CAUSE_PLAIN);
        source_free(f.s);
}

/* The last request of a burst has its time for an answer; then the source rests, and what was lost is told. */
static void test_rest_after_a_burst(void **state) {
        Fixture f;

        fixture_init(&f, NULL);
        source_set_online(f.s, now_at(1).mono, false, &f.means);
        assert_true(source_can_burst(f.s));
        source_burst(f.s, now_at(10).mono, 1, 1);
        assert_int_equal(source_next_deadline(f.s).ns, now_at(10).mono.ns);
        assert_false(source_on_timer(f.s, now_at(10), &f.means));
        assert_true(f.s->assoc.request.outstanding);
        assert_false(source_on_timer(f.s, now_at(17), &f.means)); /* the end of the socket */
        assert_false(f.s->assoc.request.outstanding);
        assert_true(source_on_timer(f.s, now_at(80), &f.means));
        assert_int_equal(source_next_deadline(f.s).ns, MONO_NEVER.ns);
        assert_int_equal(f.s->assoc.counters.sent, 2);
        f.s->options.symmetric = true;
        assert_false(source_can_burst(f.s));
        source_free(f.s);
}

static bool modify(Fixture *f, SourceChange change) {
        assert_true(source_change_is_valid(&change));
        return source_modify(f->s, now_at(0), &change);
}

static void test_other_limits_of_polls(void **state) {
        Fixture f;

        fixture_init(&f, NULL);
        assert_true(modify(&f, (SourceChange){ .fields = SOURCE_FIELD_MIN_POLL, .min_poll = 12 }));
        assert_int_equal(f.s->options.max_poll, 12);
        assert_int_equal(f.s->assoc.poll.current, 12);
        assert_true(modify(&f, (SourceChange){ .fields = SOURCE_FIELD_MAX_POLL, .max_poll = 3 }));
        assert_int_equal(f.s->options.min_poll, 3);
        assert_int_equal(f.s->assoc.poll.current, 3);
        assert_true(modify(&f,
                (SourceChange){
                        .fields = SOURCE_FIELD_MIN_POLL | SOURCE_FIELD_MAX_POLL | SOURCE_FIELD_POLL_TARGET,
                        .min_poll = 7,
                        .max_poll = 8,
                        .poll_target = 30,
                }));
        assert_int_equal(f.s->options.min_poll, 7);
        assert_int_equal(f.s->options.max_poll, 8);
        assert_int_equal(f.s->assoc.poll.target, 30);
        assert_int_equal(f.pool.spec.assoc.min_poll, 6); /* the line stays what it is */
        source_free(f.s);
}

static void test_other_values(void **state) {
        Fixture f;
        SourceView view;

        fixture_init(&f, NULL);
        assert_true(modify(&f, (SourceChange){
                                       .fields = SOURCE_FIELD_MAX_DELAY | SOURCE_FIELD_MAX_DELAY_RATIO |
                                                 SOURCE_FIELD_MAX_DELAY_DEV_RATIO | SOURCE_FIELD_MAX_UNREACH |
                                                 SOURCE_FIELD_MIN_STRATUM,
                                       .max_delay_s = 0.5,
                                       .max_delay_ratio = 2.0,
                                       .max_delay_dev_ratio = 3.0,
                                       .max_unreach = 9,
                                       .min_stratum = 4,
                                       .flags_set = SELECT_PREFER | SELECT_REQUIRE,
                               }));
        source_view(f.s, now_at(0), &view);
        assert_near(view.identity.options->max_delay_s, 0.5, 0.0);
        assert_near(view.identity.options->max_delay_ratio, 2.0, 0.0);
        assert_near(view.identity.options->max_delay_dev_ratio, 3.0, 0.0);
        assert_int_equal(view.identity.options->min_stratum, 4);
        assert_int_equal(view.identity.max_unreach, 9);
        assert_int_equal(view.identity.flags, SELECT_PREFER | SELECT_REQUIRE);
        assert_int_equal(candidate_of(&f).flags, SELECT_PREFER | SELECT_REQUIRE);
        assert_int_equal(candidate_of(&f).max_unreach, 9);
        assert_true(modify(&f, (SourceChange){ .flags_set = SELECT_TRUST, .flags_cleared = SELECT_PREFER }));
        assert_int_equal(candidate_of(&f).flags, SELECT_TRUST | SELECT_REQUIRE);
        source_free(f.s);
}

/* What it has no means for yet must not be followed as if it had. */
static void test_noselect_of_nts_stays(void **state) {
        Fixture f;

        fixture_init(&f, NULL);
        f.pool.spec.nts = true;
        f.s->flags = SELECT_NOSELECT;
        assert_false(modify(
                &f, (SourceChange){ .fields = SOURCE_FIELD_MAX_UNREACH, .flags_cleared = SELECT_NOSELECT }));
        assert_int_equal(f.s->flags, SELECT_NOSELECT);
        assert_int_equal(f.s->max_unreach, 0);
        assert_true(modify(&f, (SourceChange){ .flags_set = SELECT_PREFER }));
        source_free(f.s);
}

/* Samples keep their times and move by the difference. */
static void test_other_offset(void **state) {
        Fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 10; i++) {
                Sample sample = { .at = now_at(-64.0 * (10 - i)).local, .offset_s = 0.25, .delay_s = 1e-3 };
                estimator_add(f.s->estimator, &sample);
        }
        f.s->measured_s = 0.25;
        assert_true(modify(&f, (SourceChange){ .fields = SOURCE_FIELD_OFFSET, .offset_s = 0.1 }));
        Sample samples[10];
        assert_int_equal(estimator_samples(f.s->estimator, 10, samples), 10);
        for (int i = 0; i < 10; i++) {
                assert_near(samples[i].offset_s, 0.15, 1e-9);
                assert_int_equal(samples[i].at.ns, now_at(-64.0 * (10 - i)).local.ns);
        }
        assert_near(f.s->measured_s, 0.15, 1e-9);
        assert_near(estimator_predict_offset(f.s->estimator, now_at(0).local), 0.15, 1e-6);
        assert_true(modify(&f, (SourceChange){ .fields = SOURCE_FIELD_OFFSET, .offset_s = -0.1 }));
        assert_near(estimator_predict_offset(f.s->estimator, now_at(0).local), 0.35, 1e-6);
        source_free(f.s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dropped_requests_have_sockets),
                cmocka_unit_test(test_dropped_request_of_the_old_address),
                cmocka_unit_test(test_dropped_request_has_its_deadline),
                cmocka_unit_test(test_why_it_is_not_asked),
                cmocka_unit_test(test_missing_key),
                cmocka_unit_test(test_replies_that_are_not_authentic),
                cmocka_unit_test(test_near_leap),
                cmocka_unit_test(test_offline),
                cmocka_unit_test(test_rest_after_a_burst),
                cmocka_unit_test(test_other_limits_of_polls),
                cmocka_unit_test(test_other_values),
                cmocka_unit_test(test_noselect_of_nts_stays),
                cmocka_unit_test(test_other_offset),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
