/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One field after the other: which lengths are fields, and that what is written is read back. */

#include "../cases.h"

#include "base/cleanup.h"
#include "wire/ext-field.h"

/* Each of the 65536 lengths against buffers around it. */
static void each_length(void **state) {
        static uint8_t bytes[65536 + 4];
        static const size_t sizes[] = { 4, 12, 15, 16, 17, 20, 28, 64, 1024, 65532, 65535, 65536 };

        for (size_t length = 0; length <= UINT16_MAX; length++) {
                bytes[0] = 0x01;
                bytes[1] = 0x04;
                bytes[2] = (uint8_t)(length >> 8);
                bytes[3] = (uint8_t)length;
                for (size_t i = 0; i < ELEMENTS(sizes); i++) {
                        ByteReader r = byte_reader(bytes, sizes[i]);
                        ExtField field = { .n = 99 };
                        bool wanted = length >= 16 && length % 4 == 0 && length <= sizes[i];

                        assert_int_equal(ext_field_next(&r, &field), wanted);
                        assert_int_equal(r.failed, !wanted);
                        if (!wanted) {
                                assert_int_equal(field.n, 99);
                                continue;
                        }
                        assert_int_equal(field.type, 0x0104);
                        assert_ptr_equal(field.body, bytes + 4);
                        assert_int_equal(field.n, length - 4);
                        assert_int_equal(r.at, length);
                }
        }
}

static void truncated_headers(void **state) {
        static const uint8_t bytes[] = { 0x01, 0x04, 0x00, 0x10 };

        for (size_t n = 1; n <= sizeof(bytes); n++) {
                uint8_t *copy = malloc(n);
                memcpy(copy, bytes, n);
                ByteReader r = byte_reader(copy, n);
                ExtField field;
                assert_false(ext_field_next(&r, &field));
                assert_true(r.failed);
                free(copy);
        }
}

static void the_end_is_no_failure(void **state) {
        ByteReader r = byte_reader(NULL, 0);
        ExtField field;

        assert_false(ext_field_next(&r, &field));
        assert_false(r.failed);
}

static void put_pads_to_its_minimum(void **state) {
        static const struct {
                size_t body, min, length;
        } rows[] = {
                { 0, EXT_FIELD_MIN, 16 },
                { 0, EXT_FIELD_MIN_ALONE, 28 },
                { 12, EXT_FIELD_MIN, 16 },
                { 13, EXT_FIELD_MIN, 20 },
                { 16, EXT_FIELD_MIN, 20 },
                { 24, EXT_FIELD_MIN_ALONE, 28 },
                { 25, EXT_FIELD_MIN_ALONE, 32 },
                { 100, EXT_FIELD_MIN, 104 },
        };
        uint8_t body[100];

        memset(body, 0xbb, sizeof(body));
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                uint8_t bytes[128];
                ExtField field = { 0xf323, body, rows[i].body }, back;

                memset(bytes, 0xee, sizeof(bytes));
                ByteWriter w = byte_writer(bytes, sizeof(bytes));
                ext_field_put(&w, &field, rows[i].min);
                assert_int_equal(byte_writer_done(&w), rows[i].length);

                ByteReader r = byte_reader(bytes, w.n);
                assert_true(ext_field_next(&r, &back));
                assert_int_equal(back.type, 0xf323);
                assert_int_equal(back.n, rows[i].length - 4);
                assert_memory_equal(back.body, body, rows[i].body);
                for (size_t k = rows[i].body; k < back.n; k++)
                        assert_int_equal(back.body[k], 0);
                assert_int_equal(byte_reader_left(&r), 0);
        }
}

static void put_needs_room(void **state) {
        static uint8_t body[EXT_FIELD_BODY_MAX + 1], bytes[65536];
        ExtField field = { 0x0104, body, EXT_FIELD_BODY_MAX };

        ByteWriter w = byte_writer(bytes, sizeof(bytes));
        ext_field_put(&w, &field, EXT_FIELD_MIN);
        assert_int_equal(byte_writer_done(&w), 65532);
        w = byte_writer(bytes, 65531);
        ext_field_put(&w, &field, EXT_FIELD_MIN);
        assert_int_equal(byte_writer_done(&w), 0);
        field.n++;
        w = byte_writer(bytes, sizeof(bytes));
        ext_field_put(&w, &field, EXT_FIELD_MIN);
        assert_int_equal(byte_writer_done(&w), 0);
}

/* Random runs of fields come back in order, with their bodies. */
static void round_trip(void **state) {
        Cases c = { 11 };
        uint8_t bytes[4096], body[256];

        cases_fill(&c, body, sizeof(body));
        for (size_t i = cases_count(20000, 500000); i > 0; i--) {
                ByteWriter w = byte_writer(bytes, sizeof(bytes));
                ExtField fields[12];
                size_t n = cases_below(&c, ELEMENTS(fields) + 1), k = 0;

                for (; k < n; k++) {
                        fields[k] =
                                (ExtField){ (uint16_t)cases_u64(&c), body, cases_below(&c, sizeof(body)) };
                        ext_field_put(&w, &fields[k], EXT_FIELD_MIN);
                }
                assert_false(w.failed);

                ByteReader r = byte_reader(bytes, w.n);
                ExtField back;
                for (k = 0; ext_field_next(&r, &back); k++) {
                        assert_int_equal(back.type, fields[k].type);
                        assert_true(back.n >= fields[k].n && back.n % 4 == 0);
                        assert_memory_equal(back.body, body, fields[k].n);
                }
                assert_int_equal(k, n);
                assert_false(r.failed);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_length),
                cmocka_unit_test(truncated_headers),
                cmocka_unit_test(the_end_is_no_failure),
                cmocka_unit_test(put_pads_to_its_minimum),
                cmocka_unit_test(put_needs_room),
                cmocka_unit_test(round_trip),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
