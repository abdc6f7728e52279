/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Associations with a symmetric key: what they send, and what they take. */

#include "assoc-fixture.h"

#include "core/packet-mac.h"

static const uint8_t secret[] = "sixteen octets, and another such";
static const MacKey sha1 = { 7, MAC_SHA1, secret, 20 };
static const MacKey sha512 = { 7, MAC_SHA512, secret, 20 };

/* The same with a key. */
static void keyed_init(Fixture *f, const MacKey *key) {
        AssocOptions options = *plain_options();

        options.version = 0;
        options.key_id = 7;
        fixture_init(f, &options);
        f->context.key = key;
}

/* A packet in the making. */
typedef struct Reply {
        uint8_t bytes[ACTION_PACKET_MAX];
        size_t n;
} Reply;

/* The honest reply to the last request, without MAC. */
static Reply bare(Fixture *f) {
        NtpPacket p = answer(f, 0.0);
        Reply r = { 0 };

        r.n = ntp_packet_emit(&p, r.bytes, sizeof(r.bytes));
        return r;
}

static void sign(Reply *r, const MacKey *key) {
        r->n = packet_mac_append(key, r->bytes, r->n, sizeof(r->bytes));
        assert_true(r->n > 0);
}

static PacketReason deliver_reply(Fixture *f, const Reply *r) {
        Sample sample;

        return deliver_bytes(f, r->bytes, r->n, &sample);
}

static void requests_are_signed(void **state) {
        static const struct {
                const MacKey *key;
                uint8_t asked, version;
                size_t n;
        } rows[] = { { &sha1, 0, 4, 72 }, { &sha1, 3, 3, 72 }, { &sha512, 0, 3, 48 + 68 },
                { &sha512, 4, 4, 72 }, { &sha512, 2, 2, 48 + 68 } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Fixture f;
                NtpPacket p;
                NtpLayout layout;

                keyed_init(&f, rows[i].key);
                f.options.version = rows[i].asked;
                poll(&f);
                assert_int_equal(f.request.n, rows[i].n);
                assert_int_equal(ntp_packet_parse(f.request.bytes, f.request.n, &p), NTP_PARSE_OK);
                assert_int_equal(p.version, rows[i].version);
                assert_int_equal(ntp_layout_parse(f.request.bytes, f.request.n, &layout), NTP_PARSE_OK);
                assert_int_equal(packet_mac_verify(rows[i].key, f.request.bytes, &layout), PACKET_MAC_RIGHT);
                Reply r = bare(&f);
                sign(&r, rows[i].key);
                assert_int_equal(deliver_reply(&f, &r), PACKET_GOOD);
                assert_int_equal(f.a.exchange.tests & 8, 8); /* test 5 */
        }
}

/* The version may be older than that of the request: then the MAC is longer. */
static void a_reply_in_another_version(void **state) {
        Fixture f;

        keyed_init(&f, &sha512);
        f.options.version = 4;
        poll(&f);
        Reply r = bare(&f);
        r.bytes[0] = (uint8_t)(3 << 3 | NTP_MODE_SERVER);
        sign(&r, &sha512);
        assert_int_equal(r.n, 48 + 68);
        assert_int_equal(deliver_reply(&f, &r), PACKET_GOOD);
}

static void leave(Reply *r) {}

static void sign_right(Reply *r) {
        sign(r, &sha1);
}

static void sign_by_other_key(Reply *r) {
        MacKey other = { 8, MAC_SHA1, secret, 20 };
        sign(r, &other);
}

static void sign_by_other_secret(Reply *r) {
        MacKey other = { 7, MAC_SHA1, secret + 1, 20 };
        sign(r, &other);
}

static void sign_by_other_type(Reply *r) {
        MacKey other = { 7, MAC_SHA256, secret, 20 };
        sign(r, &other);
}

static void deny(Reply *r) {
        memset(r->bytes + r->n, 0, 4);
        r->n += 4;
}

static void cut(Reply *r) {
        sign(r, &sha1);
        r->n -= 4;
}

static void tamper(Reply *r) {
        sign(r, &sha1);
        r->bytes[1] ^= 3; /* stratum 2 */
}

static void tamper_with_mac(Reply *r) {
        sign(r, &sha1);
        r->bytes[r->n - 1] ^= 1;
}

static void answer_another(Reply *r) {
        r->bytes[24] ^= 1;
        sign(r, &sha1);
}

/* None of these may change anything, and the right reply is taken after it. */
static void refused_replies(void **state) {
        static const struct {
                void (*spoil)(Reply *r);
                PacketReason reason;
        } rows[] = {
                { leave, PACKET_NO_MAC },
                { deny, PACKET_CRYPTO_NAK },
                { sign_by_other_key, PACKET_OTHER_KEY },
                { sign_by_other_secret, PACKET_BAD_MAC },
                { sign_by_other_type, PACKET_BAD_MAC },
                { cut, PACKET_BAD_MAC },
                { tamper, PACKET_BAD_MAC },
                { tamper_with_mac, PACKET_BAD_MAC },
                { answer_another, PACKET_BOGUS_ORIGIN },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Fixture f;
                Assoc before, after;

                keyed_init(&f, &sha1);
                poll(&f);
                Reply r = bare(&f), good = r;
                rows[i].spoil(&r);
                memcpy(&before, &f.a, sizeof(before));
                assert_int_equal(deliver_reply(&f, &r), rows[i].reason);
                assert_int_equal(f.a.counters.rejected[rows[i].reason], 1);
                memcpy(&after, &f.a, sizeof(after));
                after.counters = before.counters;
                after.last_reason = before.last_reason;
                assert_memory_equal(&after, &before, sizeof(after));
                assert_int_equal(f.queue.n, 0);

                sign_right(&good);
                assert_int_equal(deliver_reply(&f, &good), PACKET_GOOD);
        }
}

/* Test 5 comes before what a kiss is let off. */
static void forged_kisses(void **state) {
        static void (*const forgeries[])(
                Reply * r) = { leave, deny, sign_by_other_key, sign_by_other_secret };

        for (size_t i = 0; i < ELEMENTS(forgeries); i++)
                for (int zero = 0; zero < 2; zero++) {
                        Fixture f;

                        keyed_init(&f, &sha1);
                        poll(&f);
                        Reply r = bare(&f);
                        r.bytes[1] = 0;
                        memcpy(r.bytes + 12, "RATE", 4);
                        if (zero)
                                memset(r.bytes + 32, 0, 16);
                        Reply real = r;
                        forgeries[i](&r);
                        assert_true(packet_reason_is_authentication(deliver_reply(&f, &r)));
                        assert_string_equal(f.a.kiss_code, "");
                        sign_right(&real);
                        assert_int_equal(deliver_reply(&f, &real), PACKET_KISS_OF_DEATH);
                }
}

static void without_a_key_no_mac_is_taken(void **state) {
        static void (*const forms[])(Reply * r) = { deny, sign_right, sign_by_other_key };

        for (size_t i = 0; i < ELEMENTS(forms); i++) {
                Fixture f;

                keyed_init(&f, NULL);
                f.options.key_id = 0;
                poll(&f);
                assert_int_equal(f.request.n, NTP_HEADER_LENGTH);
                Reply r = bare(&f), good = r;
                forms[i](&r);
                assert_int_equal(deliver_reply(&f, &r), PACKET_UNAUTHENTICATED);
                assert_int_equal(deliver_reply(&f, &good), PACKET_GOOD);
        }
}

/* The key is not there: nothing is sent, each poll counts as lost, and no packet is taken; later it is there. */
static void a_missing_key(void **state) {
        Fixture f;
        Reply r;

        keyed_init(&f, NULL);
        for (int i = 0; i < 10; i++) {
                advance_to_poll(&f);
                assert_int_equal(assoc_on_timer(&f.a, f.now, &f.context, &f.queue), i > 0);
                assert_int_equal(f.queue.n, 0);
        }
        assert_int_equal(f.a.counters.sent, 0);
        assert_int_equal(f.a.reach, 0);
        assert_int_equal(f.a.reach_size, 8);
        assert_false(f.a.request.outstanding);
        memset(&r, 0, sizeof(r));
        r.n = NTP_HEADER_LENGTH;
        r.bytes[0] = (uint8_t)(4 << 3 | NTP_MODE_SERVER);
        assert_int_equal(deliver_reply(&f, &r), PACKET_NOT_ASKED);

        f.context.key = &sha1;
        poll(&f);
        r = bare(&f);
        sign_right(&r);
        /* In the midst of an exchange the key goes: the right reply is not taken any more. */
        f.context.key = NULL;
        assert_int_equal(deliver_reply(&f, &r), PACKET_OTHER_KEY);
        f.context.key = &sha1;
        assert_int_equal(deliver_reply(&f, &r), PACKET_GOOD);
        assert_int_equal(f.a.reach, 1);
}

/* The socket of the last request is closed all the same. */
static void a_key_that_goes(void **state) {
        Fixture f;

        keyed_init(&f, &sha1);
        f.options.min_poll = f.options.max_poll = f.a.poll.min = f.a.poll.max = f.a.poll.current = 0;
        poll(&f);
        f.context.key = NULL;
        advance_to_poll(&f);
        assert_true(assoc_on_timer(&f.a, f.now, &f.context, &f.queue));
        assert_int_equal(expect_action(&f.queue, ACTION_CLOSE).assoc, 7);
        assert_int_equal(f.queue.n, 0);
        assert_false(f.a.request.outstanding);
}

/* Whoever knows another key of the ring is nobody here: only the source's own key opens (CVE-2016-1567). */
static void any_other_key_of_many(void **state) {
        Cases cases = { 11 };
        size_t n = cases_count(2000, 10000);

        for (size_t i = 0; i < n; i++) {
                uint8_t octets[32];
                Fixture f;

                cases_fill(&cases, octets, sizeof(octets));
                MacKey other = { 1 + (uint32_t)cases_below(&cases, 20),
                        (MacType)cases_below(&cases, MAC_TYPES), octets, 20 };
                other.n = mac_secret_size(other.type) ? mac_secret_size(other.type) : other.n;
                keyed_init(&f, &sha1);
                poll(&f);
                Reply r = bare(&f);
                sign(&r, &other);
                assert_int_equal(deliver_reply(&f, &r), other.id == 7 ? PACKET_BAD_MAC : PACKET_OTHER_KEY);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_are_signed),
                cmocka_unit_test(a_reply_in_another_version),
                cmocka_unit_test(refused_replies),
                cmocka_unit_test(forged_kisses),
                cmocka_unit_test(without_a_key_no_mac_is_taken),
                cmocka_unit_test(a_missing_key),
                cmocka_unit_test(a_key_that_goes),
                cmocka_unit_test(any_other_key_of_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
