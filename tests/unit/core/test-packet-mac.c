/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "core/packet-mac.h"

static const uint8_t secret[] = "sixteen octets, and another such";

static MacKey key_of(MacType type) {
        size_t n = mac_secret_size(type);

        return (MacKey){ 0x01020304, type, secret, n ? n : 20 };
}

typedef struct Message {
        uint8_t bytes[200];
        size_t n;
} Message;

static Message signed_message(MacType type, uint8_t version) {
        NtpPacket packet = {
                .version = version, .mode = NTP_MODE_CLIENT, .transmit = { 0x1122334455667788 }
        };
        MacKey key = key_of(type);
        Message m = { 0 };

        m.n = ntp_packet_emit(&packet, m.bytes, sizeof(m.bytes));
        m.n = packet_mac_append(&key, m.bytes, m.n, sizeof(m.bytes));
        assert_true(m.n > NTP_HEADER_LENGTH);
        return m;
}

/* The form is right, and that is its verdict. */
static void assert_verdict(const MacKey *key, const Message *m, PacketMac wanted) {
        NtpLayout layout;

        assert_int_equal(ntp_layout_parse(m->bytes, m->n, &layout), NTP_PARSE_OK);
        assert_int_equal(packet_mac_verify(key, m->bytes, &layout), wanted);
}

/* Octets that the MAC adds, its key id included. */
static const struct {
        MacType type;
        size_t version_3, version_4;
} lengths[] = {
        { MAC_MD5, 20, 20 },
        { MAC_SHA1, 24, 24 },
        { MAC_SHA256, 36, 24 },
        { MAC_SHA384, 52, 24 },
        { MAC_SHA512, 68, 24 },
        { MAC_SHA3_224, 32, 24 },
        { MAC_SHA3_256, 36, 24 },
        { MAC_SHA3_384, 52, 24 },
        { MAC_SHA3_512, 68, 24 },
        { MAC_AES128, 20, 20 },
        { MAC_AES256, 20, 20 },
};

_Static_assert(sizeof(lengths) / sizeof(lengths[0]) == MAC_TYPES, "all types are here");

static void every_type_in_every_version(void **state) {
        for (size_t i = 0; i < MAC_TYPES; i++)
                for (uint8_t version = 1; version <= 4; version++) {
                        MacKey key = key_of(lengths[i].type);
                        Message m = signed_message(lengths[i].type, version);
                        size_t n = version < 4 ? lengths[i].version_3 : lengths[i].version_4;

                        assert_int_equal(m.n, NTP_HEADER_LENGTH + n);
                        assert_verdict(&key, &m, PACKET_MAC_RIGHT);
                        assert_true(n <= PACKET_MAC_MAX);
                }
}

/* The key id in network order, then the first 20 octets of the code of the header. */
static void what_stands_in_the_packet(void **state) {
        MacKey key = key_of(MAC_SHA256);
        Message m = signed_message(MAC_SHA256, 4);
        static const uint8_t id[] = { 1, 2, 3, 4 };
        uint8_t code[MAC_DIGEST_MAX];

        mac_digest(&key, m.bytes, NTP_HEADER_LENGTH, code);
        assert_memory_equal(m.bytes + NTP_HEADER_LENGTH, id, 4);
        assert_memory_equal(m.bytes + NTP_HEADER_LENGTH + 4, code, 20);
}

/* Fields stand before the MAC and are covered by it. */
static void extension_fields_are_covered(void **state) {
        static const uint8_t body[20] = { 7 };
        ExtField field = { .type = 0xf323, .body = body, .n = sizeof(body) };
        NtpPacket packet = { .version = 4, .mode = NTP_MODE_CLIENT };
        MacKey key = key_of(MAC_AES128);
        Message m = { 0 };
        ByteWriter w = byte_writer(m.bytes + NTP_HEADER_LENGTH, sizeof(m.bytes) - NTP_HEADER_LENGTH);

        ext_field_put(&w, &field, EXT_FIELD_MIN);
        m.n = ntp_packet_emit(&packet, m.bytes, sizeof(m.bytes)) + byte_writer_done(&w);
        m.n = packet_mac_append(&key, m.bytes, m.n, sizeof(m.bytes));
        assert_int_equal(m.n, NTP_HEADER_LENGTH + 24 + 20);
        assert_verdict(&key, &m, PACKET_MAC_RIGHT);
        m.bytes[NTP_HEADER_LENGTH + 8] ^= 1;
        assert_verdict(&key, &m, PACKET_MAC_WRONG);
}

static void no_mac_and_crypto_nak(void **state) {
        MacKey key = key_of(MAC_SHA1);
        Message m = signed_message(MAC_SHA1, 4);

        m.n = NTP_HEADER_LENGTH;
        assert_verdict(&key, &m, PACKET_MAC_NONE);
        assert_verdict(NULL, &m, PACKET_MAC_NONE);
        memset(m.bytes + NTP_HEADER_LENGTH, 0, 4);
        m.n += 4;
        assert_verdict(&key, &m, PACKET_MAC_NAK);
        assert_verdict(NULL, &m, PACKET_MAC_NAK);
}

/* A code under a key that is right elsewhere proves nothing here (CVE-2016-1567, CVE-2015-7974). */
static void another_key(void **state) {
        MacKey key = key_of(MAC_SHA1), other = key_of(MAC_SHA1);
        Message m = signed_message(MAC_SHA1, 4);

        other.id++;
        assert_verdict(&other, &m, PACKET_MAC_OTHER_KEY);
        assert_verdict(NULL, &m, PACKET_MAC_OTHER_KEY);
        other = key;
        other.n--;
        assert_verdict(&other, &m, PACKET_MAC_WRONG);
        other = key_of(MAC_SHA256);
        assert_verdict(&other, &m, PACKET_MAC_WRONG);
}

/* No bit of it may change. What is no MAC any more by its form was refused before. */
static void every_bit_counts(void **state) {
        for (int type = 0; type < MAC_TYPES; type++)
                for (uint8_t version = 3; version <= 4; version++) {
                        MacKey key = key_of((MacType)type);
                        Message m = signed_message((MacType)type, version);

                        for (size_t bit = 0; bit < 8 * m.n; bit++) {
                                NtpLayout layout;

                                m.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                                if (ntp_layout_parse(m.bytes, m.n, &layout) == NTP_PARSE_OK)
                                        assert_int_not_equal(
                                                packet_mac_verify(&key, m.bytes, &layout), PACKET_MAC_RIGHT);
                                m.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                        }
                        assert_verdict(&key, &m, PACKET_MAC_RIGHT);
                }
}

/* A code that is cut further than the version asks for is easier to guess: it is none. */
static void a_code_of_another_length(void **state) {
        MacKey key = key_of(MAC_SHA512);
        Message m = signed_message(MAC_SHA512, 3);

        for (size_t n = MAC_TAIL_V3_MIN; n < 68; n += 4) {
                m.n = NTP_HEADER_LENGTH + n;
                assert_verdict(&key, &m, PACKET_MAC_WRONG);
        }
        m = signed_message(MAC_SHA512, 4);
        m.n -= 4;
        assert_verdict(&key, &m, PACKET_MAC_WRONG);
        m = signed_message(MAC_MD5, 4);
        m.n += 4; /* four octets more than MD5 has */
        key = key_of(MAC_MD5);
        assert_verdict(&key, &m, PACKET_MAC_WRONG);
}

static void no_room(void **state) {
        NtpPacket packet = { .version = 4, .mode = NTP_MODE_SERVER };
        MacKey key = key_of(MAC_SHA1);
        uint8_t bytes[NTP_HEADER_LENGTH + 24], before[sizeof(bytes)];

        memset(bytes, 0x5a, sizeof(bytes));
        ntp_packet_emit(&packet, bytes, sizeof(bytes));
        memcpy(before, bytes, sizeof(bytes));
        for (size_t size = NTP_HEADER_LENGTH; size < sizeof(bytes); size++) {
                assert_int_equal(packet_mac_append(&key, bytes, NTP_HEADER_LENGTH, size), 0);
                assert_memory_equal(bytes, before, sizeof(bytes));
        }
        assert_int_equal(packet_mac_append(&key, bytes, NTP_HEADER_LENGTH, sizeof(bytes)), sizeof(bytes));
}

static void version_of_requests(void **state) {
        assert_int_equal(packet_mac_version(NULL), 4);
        for (size_t i = 0; i < MAC_TYPES; i++) {
                MacKey key = key_of(lengths[i].type);
                bool cut = lengths[i].version_4 < lengths[i].version_3;
                assert_int_equal(packet_mac_version(&key), cut ? 3 : 4);
        }
}

static void names(void **state) {
        for (int i = 0; i < PACKET_MACS; i++)
                assert_int_equal(packet_mac_from_string(packet_mac_to_string((PacketMac)i)), i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_type_in_every_version),
                cmocka_unit_test(what_stands_in_the_packet),
                cmocka_unit_test(extension_fields_are_covered),
                cmocka_unit_test(no_mac_and_crypto_nak),
                cmocka_unit_test(another_key),
                cmocka_unit_test(every_bit_counts),
                cmocka_unit_test(a_code_of_another_length),
                cmocka_unit_test(no_room),
                cmocka_unit_test(version_of_requests),
                cmocka_unit_test(names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
