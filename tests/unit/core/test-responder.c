/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/responder.h"
#include "wire/ext-field.h"

enum { REQUEST_MAX = 1024 };

static const ServedTime good_time = {
        .leap = LEAP_INSERT,
        .stratum = 3,
        .precision = -23,
        .ref_id = 0xc0000201,
        .ref_time = { EPOCH_NS - 5 * NS_PER_S },
        .root_delay_s = 0.25,
        .root_dispersion_s = 0.125,
        .dispersion_rate = 1e-3,
        .since = { 1000 * NS_PER_S },
};

typedef struct Fixture {
        Cases cases;
        Rng rng;
        AccessRules access;
        KeyRing keys;
        ResponderRules rules;
        uint8_t bytes[REQUEST_MAX];
        ResponderRequest request;
        ResponderReply reply;
} Fixture;

/* 0xffffffff... from the random source shows which bits it gave. */
static void fill_ones(void *context, void *buffer, size_t n) {
        memset(buffer, 0xff, n);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        AccessRule everybody = { { .family = ADDRESS_INET4 }, 0, true };

        assert_non_null(f);
        f->cases.state = 7;
        f->rng = (Rng){ seeded_fill, &f->cases };
        assert_int_equal(access_add(&f->access, &everybody, false), 0);
        f->rules = (ResponderRules){ .access = &f->access };
        f->request = (ResponderRequest){
                .bytes = f->bytes,
                .n = NTP_HEADER_LENGTH,
                .from = { address_of("192.0.2.7"), 40000 },
                .at = { EPOCH_NS },
        };
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        access_done(&f->access);
        key_ring_done(&f->keys);
        free(f);
        return 0;
}

/* A client's request with a transmit stamp of its own. */
static void put_request(Fixture *f, uint8_t version, NtpMode mode) {
        NtpPacket p = { .version = version,
                .mode = (uint8_t)mode,
                .poll = 9,
                .precision = 32,
                .root_delay = { 0x11111111 },
                .ref_id = 0x22222222,
                .reference = { 0x3333333333333333 },
                .origin = { 0x4444444444444444 },
                .receive = { 0x5555555555555555 },
                .transmit = { 0xdeadbeef12345678 } };

        assert_int_equal(ntp_packet_emit(&p, f->bytes, sizeof(f->bytes)), NTP_HEADER_LENGTH);
        f->request.n = NTP_HEADER_LENGTH;
}

static ResponderVerdict judge(Fixture *f) {
        return responder_judge(&f->rules, &f->request, &f->reply);
}

static size_t emit_bytes(
        const Fixture *f, const ServedTime *served, Now now, uint8_t bytes[static RESPONDER_REPLY_MAX]) {
        const ResponderStamps stamps = responder_stamps(&f->reply, served->precision, now, &f->rng);

        return responder_emit(&f->reply, served, now, &stamps, bytes);
}

static NtpPacket emit(const Fixture *f, const ServedTime *served, Now now) {
        uint8_t bytes[RESPONDER_REPLY_MAX];
        NtpPacket p;

        assert_int_equal(emit_bytes(f, served, now, bytes), NTP_HEADER_LENGTH);
        assert_int_equal(ntp_packet_parse(bytes, NTP_HEADER_LENGTH, &p), NTP_PARSE_OK);
        return p;
}

static void test_reply(void **state) {
        Fixture *f = *state;

        put_request(f, 4, NTP_MODE_CLIENT);
        assert_int_equal(judge(f), RESPONDER_ANSWERED);
        /* 100 s after `since`, half a second after it came in */
        NtpPacket p = emit(f, &good_time, (Now){ { 1100 * NS_PER_S }, { EPOCH_NS + NS_PER_S / 2 } });
        assert_int_equal(p.leap, LEAP_INSERT);
        assert_int_equal(p.version, 4);
        assert_int_equal(p.mode, NTP_MODE_SERVER);
        assert_int_equal(p.stratum, 3);
        assert_int_equal(p.poll, 9);
        assert_int_equal(p.precision, -23);
        assert_int_equal(p.ref_id, 0xc0000201);
        assert_int_equal(p.root_delay.bits, 0x4000);
        assert_int_equal(p.root_dispersion.bits, 0x399a); /* 0.125 s + 100 s x 1e-3, rounded up */
        assert_true(p.reference.bits == ntp_stamp_from_local(good_time.ref_time).bits);
        assert_true(p.origin.bits == 0xdeadbeef12345678);
        assert_int_equal(p.receive.bits >> 32, 1700000000 + 2208988800);
        assert_int_equal(p.receive.bits & 0xfffffe00, 0);
        assert_int_equal(p.transmit.bits >> 32, 1700000000 + 2208988800);
        assert_int_equal(p.transmit.bits & 0xfffffe00, 0x80000000);
}

/* By version and mode: the mode of the reply, "-" for none; from port 40000, then from port 123. */
static void test_modes(void **state) {
        static const char *const expected[2][5] = {
                { "--------", "42-4----", "-2-4----", "-2-4----", "-2-4----" },
                { "--------", "-2-4----", "-2-4----", "-2-4----", "-2-4----" },
        };
        Fixture *f = *state;

        for (size_t at_123 = 0; at_123 < 2; at_123++)
                for (uint8_t version = 0; version < 8; version++)
                        for (uint8_t mode = 0; mode < 8; mode++) {
                                char wanted = version < 5 ? expected[at_123][version][mode] : '-';
                                f->request.from.port = at_123 ? 123 : 40000;
                                put_request(f, version, mode);
                                ResponderVerdict verdict = judge(f);
                                if (version < 1 || version > 4)
                                        assert_int_equal(verdict, RESPONDER_MALFORMED);
                                else if (wanted == '-')
                                        assert_int_equal(verdict, RESPONDER_NOT_A_REQUEST);
                                else
                                        assert_int_equal(f->reply.mode, wanted - '0');
                                assert_int_equal(verdict == RESPONDER_ANSWERED, wanted != '-');
                                if (verdict == RESPONDER_ANSWERED)
                                        assert_int_equal(f->reply.version, version);
                        }
}

static void test_access(void **state) {
        Fixture *f = *state;

        put_request(f, 4, NTP_MODE_CLIENT);
        f->request.from.address = address_of("2001:db8::7");
        f->bytes[0] = 0; /* it is not even looked at */
        assert_int_equal(judge(f), RESPONDER_NOT_ALLOWED);
}

/* Extension fields are skipped: the reply has none, and is not longer for them. What is no field and no MAC is refused. */
static void test_tails(void **state) {
        Fixture *f = *state;
        ByteWriter w = byte_writer(f->bytes + NTP_HEADER_LENGTH, REQUEST_MAX - NTP_HEADER_LENGTH);
        ExtField field = { 0x0104, (const uint8_t *)"0123456789abcdef0123456789abcdef", 32 };

        put_request(f, 4, NTP_MODE_CLIENT);
        ext_field_put(&w, &field, EXT_FIELD_MIN_ALONE);
        f->request.n = NTP_HEADER_LENGTH + byte_writer_done(&w);
        assert_int_equal(judge(f), RESPONDER_ANSWERED);
        f->request.n--;
        assert_int_equal(judge(f), RESPONDER_MALFORMED);
        f->request.n = NTP_HEADER_LENGTH - 1;
        assert_int_equal(judge(f), RESPONDER_MALFORMED);
        f->request.n = 0;
        assert_int_equal(judge(f), RESPONDER_MALFORMED);

        put_request(f, 4, NTP_MODE_CLIENT);
        memset(f->bytes + NTP_HEADER_LENGTH, 1, 20);
        f->request.n = NTP_HEADER_LENGTH + 20;
        assert_int_equal(judge(f), RESPONDER_UNAUTHENTICATED);
        memset(f->bytes + NTP_HEADER_LENGTH, 0, 4); /* a crypto-NAK */
        f->request.n = NTP_HEADER_LENGTH + 4;
        assert_int_equal(judge(f), RESPONDER_UNAUTHENTICATED);
}

static const uint8_t secret[64] = "not to be guessed by trying all the keys that there could be";

/* A request under a key of the ring is answered under that key, by a packet of the same length; one under no key of ours or with a
 * wrong code is not. */
static void test_keys(void **state) {
        Fixture *f = *state;
        uint8_t bytes[RESPONDER_REPLY_MAX];
        NtpLayout layout;

        for (uint8_t version = 3; version <= 4; version++)
                for (MacType type = 0; type < MAC_TYPES; type++) {
                        size_t n = mac_secret_size(type);
                        MacKey key = { 1 + type, type, secret, n ? n : 20 };
                        assert_true(key_ring_add(&f->keys, &key) >= 0);
                        put_request(f, version, NTP_MODE_CLIENT);
                        f->request.n = packet_mac_append(&key, f->bytes, f->request.n, sizeof(f->bytes));
                        f->rules.keys = NULL;
                        assert_int_equal(judge(f), RESPONDER_UNAUTHENTICATED);
                        f->rules.keys = &f->keys;
                        assert_int_equal(judge(f), RESPONDER_ANSWERED);
                        Now now = { good_time.since, { EPOCH_NS } };
                        size_t length = emit_bytes(f, &good_time, now, bytes);
                        assert_int_equal(length, f->request.n);
                        assert_int_equal(ntp_layout_parse(bytes, length, &layout), NTP_PARSE_OK);
                        assert_int_equal(packet_mac_verify(&key, bytes, &layout), PACKET_MAC_RIGHT);
                        f->bytes[f->request.n - 1] ^= 1;
                        assert_int_equal(judge(f), RESPONDER_UNAUTHENTICATED);
                }
}

static void expect_unsynchronized(const Fixture *f, const ServedTime *served, double after_s) {
        NtpPacket p =
                emit(f, served, (Now){ mono_add(good_time.since, span_from_seconds(after_s)), { EPOCH_NS } });
        char code[NTP_KISS_CODE_MAX];

        assert_int_equal(p.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(p.stratum, 0);
        assert_int_equal(p.ref_id, 0);
        assert_true(p.reference.bits == 0);
        assert_int_equal(p.root_delay.bits, 0x10000);
        assert_int_equal(p.root_dispersion.bits, 0x10000);
        assert_true(p.origin.bits == 0xdeadbeef12345678 && p.receive.bits != 0 && p.transmit.bits != 0);
        assert_false(ntp_packet_kiss_code(&p, code));
}

/* Who does not know the time says so; likewise who once did, when the distance has grown to 16 s. */
static void test_unsynchronized(void **state) {
        Fixture *f = *state;
        ServedTime t = good_time;

        put_request(f, 3, NTP_MODE_CLIENT);
        assert_int_equal(judge(f), RESPONDER_ANSWERED);
        expect_unsynchronized(f, &good_time, 15750.0);
        assert_int_equal(
                emit(f, &good_time, (Now){ { (1000 + 15749) * NS_PER_S }, { EPOCH_NS } }).leap, LEAP_INSERT);
        t.dispersion_rate = nan("");
        expect_unsynchronized(f, &t, 1.0);
        t = good_time;
        t.leap = LEAP_UNSYNCHRONIZED;
        expect_unsynchronized(f, &t, 0.0);
}

/* The clock went back between: the dispersion does not shrink for it. */
static void test_before_since(void **state) {
        Fixture *f = *state;

        put_request(f, 4, NTP_MODE_CLIENT);
        assert_int_equal(judge(f), RESPONDER_ANSWERED);
        assert_int_equal(emit(f, &good_time, (Now){ { 0 }, { EPOCH_NS } }).root_dispersion.bits, 0x2000);
}

static void test_noise(void **state) {
        static const struct {
                int8_t precision;
                uint32_t noise;
        } cases[] = { { -23, 0x1ff }, { -32, 0 }, { -128, 0 }, { -31, 1 }, { -1, 0x7fffffff },
                { 0, UINT32_MAX }, { 5, UINT32_MAX } };
        Fixture *f = *state;
        ServedTime t = good_time;

        put_request(f, 4, NTP_MODE_CLIENT);
        assert_int_equal(judge(f), RESPONDER_ANSWERED);
        f->rng.fill = fill_ones;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                t.precision = cases[i].precision;
                NtpPacket p = emit(f, &t, (Now){ good_time.since, { EPOCH_NS } });
                assert_int_equal((uint32_t)p.receive.bits, cases[i].noise | 1); /* which of the two it is */
                assert_int_equal((uint32_t)p.transmit.bits, cases[i].noise & ~1U);
        }
        /* Both draw their own. */
        f->rng.fill = seeded_fill;
        t.precision = -20;
        NtpPacket p = emit(f, &t, (Now){ good_time.since, { EPOCH_NS } });
        assert_true(p.receive.bits != p.transmit.bits);
}

/* Of any datagram: the reply is no longer, answers this request, asks for nothing, and depends on nothing but the arguments. */
static void check_any(Fixture *f, const ServedTime *served) {
        uint8_t first[RESPONDER_REPLY_MAX], second[RESPONDER_REPLY_MAX];
        ResponderReply untouched;
        NtpPacket asked, p;

        memset(&f->reply, 0xa5, sizeof(f->reply));
        memset(&untouched, 0xa5, sizeof(untouched));
        if (judge(f) != RESPONDER_ANSWERED) {
                assert_memory_equal(&f->reply, &untouched, sizeof(untouched));
                return;
        }
        Cases before = f->cases;
        memset(first, 0x00, sizeof(first));
        memset(second, 0xff, sizeof(second));
        size_t n = emit_bytes(f, served, now_at(1.0), first);
        f->cases = before;
        assert_int_equal(emit_bytes(f, served, now_at(1.0), second), n);
        assert_memory_equal(first, second, n);

        assert_true(n <= f->request.n);
        assert_int_equal(ntp_packet_parse(f->request.bytes, f->request.n, &asked), NTP_PARSE_OK);
        assert_int_equal(ntp_packet_parse(first, n, &p), NTP_PARSE_OK);
        assert_true(p.origin.bits == asked.transmit.bits);
        assert_int_equal(p.version, asked.version);
        assert_true(p.mode == NTP_MODE_SERVER || p.mode == NTP_MODE_SYMMETRIC_PASSIVE);
        ResponderRequest again = { first, n, f->request.from, f->request.at };
        assert_int_equal(responder_judge(&f->rules, &again, &untouched), RESPONDER_NOT_A_REQUEST);
}

static void test_any_datagram(void **state) {
        Fixture *f = *state;

        for (size_t i = 0; i < cases_count(100000, 100000000); i++) {
                cases_fill(&f->cases, f->bytes, 64);
                f->request.n =
                        cases_below(&f->cases, 4) == 0 ? cases_below(&f->cases, 65) : NTP_HEADER_LENGTH;
                f->request.from.port = (uint16_t)(cases_below(&f->cases, 2) ? 123 : cases_u64(&f->cases));
                check_any(f, &good_time);
        }
}

/* The same of requests that are nearly right. */
static void test_any_mutation(void **state) {
        Fixture *f = *state;

        for (size_t i = 0; i < cases_count(100000, 100000000); i++) {
                ServedTime t = good_time;
                put_request(f, 4, NTP_MODE_CLIENT);
                for (size_t k = cases_below(&f->cases, 4); k > 0; k--)
                        f->bytes[cases_below(&f->cases, NTP_HEADER_LENGTH)] ^= (uint8_t)cases_u64(&f->cases);
                memset(f->bytes + NTP_HEADER_LENGTH, 0, 256);
                f->bytes[NTP_HEADER_LENGTH + 3] = (uint8_t)(4 * cases_below(&f->cases, 40));
                if (cases_below(&f->cases, 2))
                        f->request.n += 4 * cases_below(&f->cases, 40);
                t.precision = (int8_t)cases_u64(&f->cases);
                t.root_delay_s = ldexp(1.0, (int)cases_below(&f->cases, 100) - 50);
                check_any(f, &t);
        }
}

static void test_names(void **state) {
        for (int i = 0; i < RESPONDER_VERDICTS; i++)
                assert_int_equal(responder_verdict_from_string(responder_verdict_to_string(i)), i);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        static const struct CMUnitTest tests[] = {
                TEST(test_reply),
                TEST(test_modes),
                TEST(test_access),
                TEST(test_tails),
                TEST(test_keys),
                TEST(test_unsynchronized),
                TEST(test_before_since),
                TEST(test_noise),
                TEST(test_any_datagram),
                TEST(test_any_mutation),
                TEST(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
