/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cursors never leave their buffer and never recover from a failure. */

#include "../cases.h"

#include "base/bytes.h"

static void numbers_are_big_endian(void **state) {
        static const uint8_t bytes[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6,
                7 };
        ByteReader r = byte_reader(bytes, sizeof(bytes));

        assert_true(byte_reader_u64(&r) == UINT64_C(0x0123456789abcdef));
        assert_int_equal(byte_reader_u8(&r), 1);
        assert_int_equal(byte_reader_u16(&r), 0x0203);
        assert_int_equal(byte_reader_u32(&r), 0x04050607);
        assert_int_equal(byte_reader_left(&r), 0);
        assert_false(r.failed);

        uint8_t written[sizeof(bytes)];
        ByteWriter w = byte_writer(written, sizeof(written));
        byte_writer_u64(&w, UINT64_C(0x0123456789abcdef));
        byte_writer_u8(&w, 1);
        byte_writer_u16(&w, 0x0203);
        byte_writer_u32(&w, 0x04050607);
        assert_int_equal(byte_writer_done(&w), sizeof(written));
        assert_memory_equal(written, bytes, sizeof(bytes));
}

static void a_short_reader_fails_for_good(void **state) {
        static const uint8_t bytes[] = { 1, 2, 3 };
        uint8_t copy[4] = { 9, 9, 9, 9 };
        ByteReader r = byte_reader(bytes, sizeof(bytes));

        assert_int_equal(byte_reader_u32(&r), 0);
        assert_true(r.failed);
        assert_int_equal(byte_reader_left(&r), 0);
        assert_int_equal(byte_reader_u8(&r), 0); /* though there are three */
        assert_null(byte_reader_take(&r, 0));
        byte_reader_copy(&r, copy, sizeof(copy));
        assert_memory_equal(copy, "\0\0\0\0", 4);
        assert_true(r.failed);
}

static void views_lie_inside(void **state) {
        static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
        uint8_t copy[2];
        ByteReader r = byte_reader(bytes, sizeof(bytes));

        byte_reader_skip(&r, 1);
        assert_ptr_equal(byte_reader_take(&r, 2), bytes + 1);
        byte_reader_copy(&r, copy, sizeof(copy));
        assert_memory_equal(copy, bytes + 3, 2);
        assert_int_equal(byte_reader_left(&r), 0);
        assert_non_null(byte_reader_take(&r, 0));
        assert_false(r.failed);
        assert_null(byte_reader_take(&r, SIZE_MAX)); /* at + n would wrap */
        assert_true(r.failed);
}

static void a_full_writer_fails_for_good(void **state) {
        uint8_t room[5] = { 9, 9, 9, 9, 9 };
        ByteWriter w = byte_writer(room, 4);

        byte_writer_u16(&w, 0x0102);
        byte_writer_u32(&w, 0xffffffff);
        byte_writer_u8(&w, 7); /* would fit */
        byte_writer_put(&w, "x", 1);
        byte_writer_zeros(&w, SIZE_MAX);
        assert_int_equal(byte_writer_done(&w), 0);
        assert_memory_equal(room, "\1\2\t\t\t", 5);
}

static void empty_buffers(void **state) {
        ByteReader r = byte_reader(NULL, 0);
        assert_int_equal(byte_reader_left(&r), 0);
        byte_reader_skip(&r, 0);
        byte_reader_copy(&r, NULL, 0);
        assert_false(r.failed);
        assert_int_equal(byte_reader_u8(&r), 0);
        assert_true(r.failed);

        ByteWriter w = byte_writer(NULL, 0);
        byte_writer_put(&w, NULL, 0);
        byte_writer_zeros(&w, 0);
        assert_false(w.failed);
        byte_writer_u8(&w, 1);
        assert_true(w.failed);
        assert_int_equal(byte_writer_done(&w), 0);
}

typedef enum Step { STEP_U8, STEP_U16, STEP_U32, STEP_U64, STEP_BLOCK, STEPS } Step;

static void write_step(ByteWriter *w, Step step, uint64_t value) {
        switch (step) {
        case STEP_U8:
                byte_writer_u8(w, (uint8_t)value);
                break;
        case STEP_U16:
                byte_writer_u16(w, (uint16_t)value);
                break;
        case STEP_U32:
                byte_writer_u32(w, (uint32_t)value);
                break;
        case STEP_U64:
                byte_writer_u64(w, value);
                break;
        case STEP_BLOCK:
                byte_writer_put(w, &value, sizeof(value));
                break;
        case STEPS:
                break;
        }
}

static uint64_t read_step(ByteReader *r, Step step) {
        uint64_t value = 0;

        switch (step) {
        case STEP_U8:
                return byte_reader_u8(r);
        case STEP_U16:
                return byte_reader_u16(r);
        case STEP_U32:
                return byte_reader_u32(r);
        case STEP_U64:
                return byte_reader_u64(r);
        case STEP_BLOCK:
                byte_reader_copy(r, &value, sizeof(value));
                return value;
        case STEPS:
                break;
        }
        return value;
}

static uint64_t step_mask(Step step) {
        static const uint64_t masks[STEPS] = { UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX };
        return masks[step];
}

/* Any sequence that fits is read back; of one that does not fit, the part before the failure is. */
static void random_sequences(void **state) {
        Cases c = { 4 };

        for (size_t i = cases_count(20000, 500000); i > 0; i--) {
                uint8_t buffer[64];
                Step steps[16];
                uint64_t values[16];
                size_t size = cases_below(&c, sizeof(buffer) + 1), n_good = 0;
                ByteWriter w = byte_writer(buffer, size);

                for (size_t k = 0; k < 16; k++) {
                        steps[k] = (Step)cases_below(&c, STEPS);
                        values[k] = cases_u64(&c);
                        write_step(&w, steps[k], values[k]);
                        if (!w.failed)
                                n_good = k + 1;
                        assert_true(w.n <= size);
                }
                assert_int_equal(byte_writer_done(&w), w.failed ? 0 : w.n);

                ByteReader r = byte_reader(buffer, w.n);
                for (size_t k = 0; k < n_good; k++)
                        assert_true(read_step(&r, steps[k]) == (values[k] & step_mask(steps[k])));
                assert_false(r.failed);
                assert_int_equal(byte_reader_left(&r), 0);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(numbers_are_big_endian),
                cmocka_unit_test(a_short_reader_fails_for_good),
                cmocka_unit_test(views_lie_inside),
                cmocka_unit_test(a_full_writer_fails_for_good),
                cmocka_unit_test(empty_buffers),
                cmocka_unit_test(random_sequences),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
