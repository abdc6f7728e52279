/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/service.h"

enum { REQUEST_MAX = 256, OCTETS = 65536 };

static const ServedTime good_time = {
        .leap = LEAP_NORMAL,
        .stratum = 3,
        .precision = -23,
        .ref_id = 0xc0000201,
        .root_delay_s = 0.25,
        .since = { 1000 * NS_PER_S },
};

typedef struct Fixture {
        Cases cases;
        Rng rng;
        ServeRules rules;
        NetEndpoint peer;
        Service *service;
        ResponderReply reply;
        uint64_t wish; /* of the last reply */
} Fixture;

static void start(Fixture *f, size_t octets) {
        const ServiceOptions options = { octets };

        service_free(f->service);
        f->service = service_new(&options, &f->rng);
        assert_non_null(f->service);
        service_set_rules(f->service, &f->rules);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        const AccessRule some = { address_of("192.0.2.0"), 24, true };

        assert_non_null(f);
        f->cases.state = 11;
        f->rng = (Rng){ seeded_fill, &f->cases };
        f->peer = (NetEndpoint){ address_of("203.0.113.9"), 123 };
        f->rules = (ServeRules){
                .peers = &f->peer, .n_peers = 1, .limit = { .interval = 3, .burst = 8, .leak = 2 }
        };
        assert_int_equal(access_add(&f->rules.access, &some, false), 0);
        start(f, OCTETS);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        service_free(f->service);
        access_done(&f->rules.access);
        free(f);
        return 0;
}

static ResponderVerdict judge_from(Fixture *f, NetEndpoint from, const NtpPacket *p, double at) {
        uint8_t bytes[NTP_HEADER_LENGTH];
        const ResponderRequest request = { bytes, sizeof(bytes), from, now_at(at).local };

        assert_int_equal(ntp_packet_emit(p, bytes, sizeof(bytes)), sizeof(bytes));
        return service_judge(f->service, &request, now_at(at).mono, &f->reply);
}

static ResponderVerdict judge(Fixture *f, const char *from, const NtpPacket *p, double at) {
        return judge_from(f, (NetEndpoint){ address_of(from), 123 }, p, at);
}

/* The reply, 1 ms after the request. */
static NtpPacket emit(Fixture *f, double at) {
        uint8_t bytes[RESPONDER_REPLY_MAX];
        NtpPacket p;
        size_t n = service_emit(f->service, &f->reply, &good_time, now_at(at + 0.001), &f->wish, bytes);

        assert_int_equal(n, NTP_HEADER_LENGTH);
        assert_int_equal(ntp_packet_parse(bytes, n, &p), NTP_PARSE_OK);
        return p;
}

static NtpPacket exchange(Fixture *f, const NtpPacket *request, double at) {
        assert_int_equal(judge(f, "192.0.2.7", request, at), RESPONDER_ANSWERED);
        return emit(f, at);
}

static NtpPacket request_after(const NtpPacket *reply, uint64_t transmit) {
        return (NtpPacket){ .version = 4,
                .mode = NTP_MODE_CLIENT,
                .origin = reply->receive,
                .receive = { transmit - 1 },
                .transmit = { transmit } };
}

static double seconds_at(NtpStamp stamp) {
        return local_seconds_since(ntp_stamp_near(stamp, now_at(0).local), now_at(0).local);
}

/* RFC 9769, 2: the third reply is the first that tells when the one before it left; as the kernel said, if it did. */
static void test_interleaved(void **state) {
        Fixture *f = *state;
        const NtpPacket first = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = { 1000 } };

        NtpPacket reply = exchange(f, &first, 0);
        assert_int_equal(reply.receive.bits & 1, 1);
        assert_int_equal(reply.transmit.bits & 1, 0);
        assert_true(f->wish == 0);
        NtpPacket second = request_after(&reply, 2000);
        reply = exchange(f, &second, 1);
        assert_true(reply.origin.bits == 2000); /* still basic */
        assert_near(seconds_at(reply.transmit), 1.001, 1e-6);
        assert_true(f->wish == reply.receive.bits);
        service_on_departed(f->service, f->wish, now_at(1.0012).local);

        NtpPacket third = request_after(&reply, 3000);
        reply = exchange(f, &third, 2);
        assert_true(reply.origin.bits == 2999); /* the client's receive stamp */
        assert_near(seconds_at(reply.receive), 2, 1e-6);
        assert_near(seconds_at(reply.transmit), 1.0012, 1e-6);
        assert_int_equal(reply.transmit.bits & 1, 0);
        NtpPacket fourth = request_after(&reply, 4000);
        reply = exchange(f, &fourth, 3);
        assert_near(seconds_at(reply.transmit), 2.001, 1e-6); /* ours: the kernel said nothing */

        double span_s;
        assert_int_equal(service_stamps(f->service, &span_s), 3);
        assert_near(span_s, 2, 1e-6);

        /* Its reply got lost, and it asks with the same stamp again: that is not told twice. */
        reply = exchange(f, &fourth, 4);
        assert_true(reply.origin.bits == 4000);
        assert_near(seconds_at(reply.transmit), 4.001, 1e-6);
}

/* Who returns a transmit stamp, or sends stamps that no client in interleaved mode has, asks in basic mode. */
static void test_basic(void **state) {
        Fixture *f = *state;
        const NtpPacket first = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = { 1000 } };
        NtpPacket reply = exchange(f, &first, 0);
        double span_s;

        for (int i = 1; i < 5; i++) {
                NtpPacket next = request_after(&reply, (uint64_t)(i + 1) * 1000);

                if (i % 2)
                        next.origin = reply.transmit;
                else
                        next.receive = next.transmit;
                reply = exchange(f, &next, i);
                assert_true(reply.origin.bits == next.transmit.bits);
                assert_true(f->wish == 0);
        }
        NtpPacket peer = request_after(&reply, 9000);
        peer.mode = NTP_MODE_SYMMETRIC_ACTIVE;
        assert_true(exchange(f, &peer, 9).origin.bits == 9000);
        assert_int_equal(service_stamps(f->service, &span_s), 0);
}

/* After a jump, and without memory, all is basic. */
static void test_forgotten(void **state) {
        Fixture *f = *state;
        const NtpPacket first = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = { 1000 } };
        NtpPacket reply = exchange(f, &first, 0), next = request_after(&reply, 2000);

        reply = exchange(f, &next, 1);
        service_on_jump(f->service);
        next = request_after(&reply, 3000);
        assert_true(exchange(f, &next, 2).origin.bits == 3000);

        start(f, 0);
        assert_null(service_clients(f->service));
        reply = exchange(f, &first, 0);
        for (int i = 1; i < 4; i++) {
                next = request_after(&reply, (uint64_t)i * 10000);
                reply = exchange(f, &next, i);
                assert_true(reply.origin.bits == next.transmit.bits);
        }
        service_on_jump(f->service);
}

static const NtpPacket plain = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = { 5 } };

static void count_verdicts(
        Fixture *f, const char *from, unsigned n, unsigned counts[static RESPONDER_VERDICTS]) {
        memset(counts, 0, RESPONDER_VERDICTS * sizeof(counts[0]));
        for (unsigned i = 0; i < n; i++)
                counts[judge(f, from, &plain, 100 + i * 1e-3)]++;
}

/* Eight in a row, then one in four; other clients do not pay for it. */
static void test_rate_limit(void **state) {
        Fixture *f = *state;
        unsigned counts[RESPONDER_VERDICTS];

        count_verdicts(f, "192.0.2.7", 2000, counts);
        assert_int_equal(counts[RESPONDER_ANSWERED], 2000); /* it is not switched on */
        start(f, OCTETS);
        f->rules.limit.enabled = true;
        count_verdicts(f, "192.0.2.7", 2008, counts);
        assert_in_range(counts[RESPONDER_ANSWERED], 8 + 400, 8 + 600);
        assert_int_equal(counts[RESPONDER_ANSWERED] + counts[RESPONDER_RATE_LIMITED], 2008);
        count_verdicts(f, "192.0.2.8", 8, counts);
        assert_int_equal(counts[RESPONDER_ANSWERED], 8);
}

static void test_kiss(void **state) {
        Fixture *f = *state;
        unsigned counts[RESPONDER_VERDICTS];
        char code[NTP_KISS_CODE_MAX];

        f->rules.limit.enabled = true;
        f->rules.limit.kod = 1;
        count_verdicts(f, "192.0.2.7", 2008, counts);
        assert_in_range(counts[RESPONDER_KISSED], 500, 1000); /* half of three quarters */
        while (judge(f, "192.0.2.7", &plain, 103) != RESPONDER_KISSED)
                ;
        NtpPacket reply = emit(f, 103);
        assert_true(ntp_packet_kiss_code(&reply, code));
        assert_string_equal(code, "RATE");
        assert_int_equal(reply.poll, 3); /* the interval of the limit; the request had a shorter one */
        assert_int_equal(reply.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(reply.stratum, 0);
        assert_int_equal(reply.root_delay.bits, 0);
        assert_true(reply.origin.bits == 5);

        /* When it left is told to nobody, even if the request asked for that. */
        const NtpPacket asking = request_after(&reply, 5000);
        double span_s;
        while (judge(f, "192.0.2.7", &asking, 103) != RESPONDER_KISSED)
                ;
        emit(f, 103);
        assert_true(f->wish == 0);
        assert_int_equal(service_stamps(f->service, &span_s), 0);
}

/* Peers' packets are nobody else's business, be they allowed or not; of strangers only those who are allowed leave a trace. */
static void test_order(void **state) {
        Fixture *f = *state;
        NtpPacket p = { .version = 4, .mode = NTP_MODE_SYMMETRIC_ACTIVE, .transmit = { 5 } };

        assert_int_equal(judge(f, "203.0.113.9", &p, 0), RESPONDER_PEER);
        p.mode = NTP_MODE_SYMMETRIC_PASSIVE;
        assert_int_equal(judge(f, "203.0.113.9", &p, 0), RESPONDER_PEER);
        p.mode = NTP_MODE_SYMMETRIC_ACTIVE;
        /* Another port of its host is another program. */
        assert_int_equal(
                judge_from(f, (NetEndpoint){ f->peer.address, 40000 }, &p, 0), RESPONDER_NOT_ALLOWED);
        p.mode = NTP_MODE_CLIENT;
        assert_int_equal(judge(f, "203.0.113.9", &p, 0), RESPONDER_NOT_ALLOWED);
        p.mode = NTP_MODE_SERVER;
        assert_int_equal(judge(f, "192.0.2.7", &p, 0), RESPONDER_NOT_A_REQUEST);
        assert_int_equal(client_table_used(service_clients(f->service)), 0);
        assert_int_equal(judge(f, "192.0.2.7", &plain, 0), RESPONDER_ANSWERED);
        assert_int_equal(client_table_used(service_clients(f->service)), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_interleaved),
                TEST(test_basic),
                TEST(test_forgotten),
                TEST(test_rate_limit),
                TEST(test_kiss),
                TEST(test_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
