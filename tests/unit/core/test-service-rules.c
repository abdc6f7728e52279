/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What holds for every packet that reaches a server, whatever is in it: random ones, and good ones with something changed.
 *
 * There are two services with the same random numbers. One gets all packets, the other only those that may change something; they
 * write into buffers that were filled differently. As long as all their replies are the same, what was turned down changed nothing,
 * and no octet of a reply is one that nobody wrote. Under valgrind, which knows of each octet whether it was ever written, the same
 * comparison finds one that came from elsewhere.
 */

#include "fixture.h"

#include "core/service.h"

enum { PACKET_MAX = 200, OCTETS = 3 * 1024 };

static const ServedTime good_time = {
        .leap = LEAP_NORMAL,
        .stratum = 3,
        .precision = -23,
        .ref_id = 0xc0000201,
        .root_delay_s = 0.25,
        .since = { 1000 * NS_PER_S },
};

typedef struct Twin {
        Cases cases;
        Service *service;
        uint8_t bytes[RESPONDER_REPLY_MAX];
        size_t n;
} Twin;

typedef struct Fixture {
        Cases cases;
        ServeRules rules;
        NetEndpoint peer;
        Twin all, accepted;
        double now;
        uint8_t packet[PACKET_MAX];
        ResponderRequest request;
        uint64_t last_told; /* a receive stamp of an earlier reply */
        unsigned verdicts[RESPONDER_VERDICTS];
} Fixture;

static void twin_start(Twin *t, const ServeRules *rules, uint8_t fill) {
        const Rng rng = { seeded_fill, &t->cases };

        t->cases.state = 12;
        t->service = service_new(&(ServiceOptions){ OCTETS }, &rng);
        assert_non_null(t->service);
        service_set_rules(t->service, rules);
        memset(t->bytes, fill, sizeof(t->bytes));
}

static int setup(void **state) {
        static const uint8_t secret[20] = "twenty known octets";
        static const MacKey keys[] = { { 1, MAC_MD5, secret, 20 }, { 2, MAC_AES128, secret, 16 },
                { 3, MAC_SHA512, secret, 20 } };
        Fixture *f = calloc(1, sizeof(*f));
        const AccessRule some[] = { { address_of("192.0.2.0"), 24, true },
                { address_of("2001:db8::"), 32, true } };

        assert_non_null(f);
        f->cases.state = 13;
        f->peer = (NetEndpoint){ address_of("192.0.2.9"), 123 };
        f->rules = (ServeRules){ .peers = &f->peer, .n_peers = 1, .limit = { true, -4, 8, 2, 2 } };
        for (size_t i = 0; i < ELEMENTS(some); i++)
                assert_int_equal(access_add(&f->rules.access, &some[i], false), 0);
        for (size_t i = 0; i < ELEMENTS(keys); i++)
                assert_true(key_ring_add(&f->rules.keys, &keys[i]) >= 0);
        twin_start(&f->all, &f->rules, 0x00);
        twin_start(&f->accepted, &f->rules, 0xff);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        service_free(f->all.service);
        service_free(f->accepted.service);
        access_done(&f->rules.access);
        key_ring_done(&f->rules.keys);
        free(f);
        return 0;
}

/* A request as clients and peers send it: of any version, in either mode, now and then with a MAC. */
static void make_good(Fixture *f) {
        const NtpPacket p = {
                .version = (uint8_t)(1 + cases_below(&f->cases, 4)),
                .mode = cases_below(&f->cases, 4) ? NTP_MODE_CLIENT : NTP_MODE_SYMMETRIC_ACTIVE,
                .poll = 6,
                .origin = { cases_below(&f->cases, 2) ? f->last_told : 0 },
                .receive = { cases_u64(&f->cases) },
                .transmit = { cases_u64(&f->cases) },
        };
        uint32_t id = (uint32_t)cases_below(&f->cases, 12);
        const MacKey *key = key_ring_find(&f->rules.keys, id);

        f->request.n = ntp_packet_emit(&p, f->packet, PACKET_MAX);
        if (key)
                f->request.n = packet_mac_append(key, f->packet, f->request.n, PACKET_MAX);
}

static void make_random(Fixture *f) {
        f->request.n = cases_below(&f->cases, PACKET_MAX + 1);
        cases_fill(&f->cases, f->packet, f->request.n);
}

/* A few bits turned over, or another length, or both. */
static void mutate(Fixture *f) {
        for (size_t i = cases_below(&f->cases, 4); i > 0 && f->request.n > 0; i--)
                f->packet[cases_below(&f->cases, cases_below(&f->cases, 2) ? f->request.n : 1)] ^=
                        (uint8_t)(1 << cases_below(&f->cases, 8));
        if (cases_below(&f->cases, 4) == 0) {
                size_t n = cases_below(&f->cases, PACKET_MAX + 1);
                if (n > f->request.n)
                        cases_fill(&f->cases, f->packet + f->request.n, n - f->request.n);
                f->request.n = n;
        }
}

static void make_packet(Fixture *f) {
        static const char *const senders[] = { "192.0.2.1", "192.0.2.2", "192.0.2.9", "192.0.3.1",
                "2001:db8::1", "2001:db8:0:1::1", "2001:db9::1" };

        f->now += 0.002;
        if (cases_below(&f->cases, 4) == 0)
                make_random(f);
        else
                make_good(f);
        if (cases_below(&f->cases, 2))
                mutate(f);
        f->request.bytes = f->packet;
        f->request.at = now_at(f->now).local;
        f->request.from = (NetEndpoint){ address_of(senders[cases_below(&f->cases, ELEMENTS(senders))]),
                cases_below(&f->cases, 2) ? 123 : 40123 };
}

static ResponderVerdict give(Fixture *f, Twin *t, ResponderReply *ret) {
        return service_judge(t->service, &f->request, now_at(f->now).mono, ret);
}

static void reply(Fixture *f, Twin *t, const ResponderReply *r) {
        uint64_t wish;

        t->n = service_emit(t->service, r, &good_time, now_at(f->now + 0.0001), &wish, t->bytes);
}

static void check_reply(Fixture *f, const ResponderReply *r) {
        NtpPacket asked, answer;
        NtpLayout layout;
        ResponderReply none;

        assert_int_equal(f->all.n, f->accepted.n);
        assert_memory_equal(f->all.bytes, f->accepted.bytes, f->all.n);
        assert_true(f->all.n >= NTP_HEADER_LENGTH && f->all.n <= f->request.n);
        assert_int_equal(ntp_packet_parse(f->packet, f->request.n, &asked), NTP_PARSE_OK);
        assert_int_equal(ntp_packet_parse(f->all.bytes, f->all.n, &answer), NTP_PARSE_OK);
        assert_int_equal(ntp_layout_parse(f->all.bytes, f->all.n, &layout), NTP_PARSE_OK);
        assert_int_equal(answer.version, asked.version);
        assert_true(asked.mode == NTP_MODE_SYMMETRIC_ACTIVE ? answer.mode == NTP_MODE_SYMMETRIC_PASSIVE
                                                            : answer.mode == NTP_MODE_SERVER);
        assert_true(asked.mode == NTP_MODE_SYMMETRIC_ACTIVE || asked.mode == NTP_MODE_CLIENT ||
                    (asked.mode == NTP_MODE_RESERVED && asked.version == 1));
        assert_true(answer.origin.bits == (r->interleaved ? asked.receive.bits : asked.transmit.bits));
        assert_int_equal(layout.has_mac, r->key != NULL);
        assert_true(!r->key || packet_mac_verify(r->key, f->all.bytes, &layout) == PACKET_MAC_RIGHT);
        if (!r->kiss)
                f->last_told = answer.receive.bits;

        /* What we say is not answered, not by our like either; and it changes nothing, as the next replies show. */
        uint8_t echo[RESPONDER_REPLY_MAX];
        memcpy(echo, f->all.bytes, f->all.n);
        f->request.bytes = echo;
        f->request.n = f->all.n;
        ResponderVerdict again = give(f, &f->all, &none);
        assert_true(again == RESPONDER_NOT_A_REQUEST || again == RESPONDER_PEER);
}

static void check_packet(Fixture *f) {
        ResponderReply r, twin, untouched;

        make_packet(f);
        memset(&r, 0x5a, sizeof(r));
        memset(&untouched, 0x5a, sizeof(untouched));
        ResponderVerdict verdict = give(f, &f->all, &r);
        f->verdicts[verdict]++;
        switch (verdict) {
        case RESPONDER_ANSWERED:
        case RESPONDER_KISSED:
                assert_int_equal(give(f, &f->accepted, &twin), verdict);
                reply(f, &f->all, &r);
                reply(f, &f->accepted, &twin);
                check_reply(f, &r);
                break;
        case RESPONDER_RATE_LIMITED: /* its client's record counts it */
                assert_int_equal(give(f, &f->accepted, &twin), verdict);
                break;
        case RESPONDER_NOT_ALLOWED:
        case RESPONDER_MALFORMED:
        case RESPONDER_NOT_A_REQUEST:
        case RESPONDER_UNAUTHENTICATED:
        case RESPONDER_PEER:
        case RESPONDER_VERDICTS:
                assert_memory_equal(&r, &untouched, sizeof(r));
                break;
        }
}

/* All that the tables hold. */
static uint64_t hash_of(Service *s, double now) {
        ClientRow rows[64];
        uint32_t cursor = 0;
        double span_s;
        uint64_t hash = service_stamps(s, &span_s);
        size_t n = client_table_list(
                service_clients(s), &(ClientQuery){ 0 }, now_at(now).mono, &cursor, 64, rows);

        assert_int_equal(cursor, client_table_size(service_clients(s)));
        for (size_t i = 0; i < n; i++)
                hash = (hash ^ rows[i].hits ^ rows[i].drops << 20 ^ (uint64_t)rows[i].ago_s << 40 ^
                               (uint64_t)(uint8_t)rows[i].interval_log2 << 48 ^
                               (uint64_t)(uint8_t)rows[i].limited_interval_log2 << 56) *
                       UINT64_C(0x100000001b3);
        return hash ^ (uint64_t)(span_s * 0x1p32) ^ client_table_used(service_clients(s));
}

static void test_rules_hold_for_every_packet(void **state) {
        Fixture *f = *state;

        for (size_t i = 0; i < cases_count(200000, 200000000); i++) {
                check_packet(f);
                if (i % 1000 == 0)
                        assert_true(hash_of(f->all.service, f->now) == hash_of(f->accepted.service, f->now));
        }
        /* All that can become of a packet has become of many. */
        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                assert_true(f->verdicts[i] > 100);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_rules_hold_for_every_packet, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
