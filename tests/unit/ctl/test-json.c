/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *emit(const Value *v, JsonStyle style) {
        char *text = NULL;
        size_t n;

        FILE *out = open_memstream(&text, &n);
        assert_non_null(out);
        json_emit(v, style, out);
        fclose(out);
        return text;
}

static void test_texts_that_come_back(void **state) {
        static const char *const texts[] = {
                "null\n",
                "true\n",
                "-5\n",
                "18446744073709551615\n",
                "0.1\n",
                "1e+300\n",
                "\"\"\n",
                "[]\n",
                "{}\n",
                "[[],{},[{}]]\n",
                "{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"}}\n",
                "\"\\\"\\\\\\u0001\\u001b\\u007f\"\n",
                "\"\u00b5\U0001f550\"\n",
                "-9223372036854775808\n",
        };

        for (size_t i = 0; i < ELEMENTS(texts); i++) {
                _cleanup_(value_freep)
                Value *v = NULL;
                assert_int_equal(json_parse(texts[i], &v), 0);
                _cleanup_free_ char *text = emit(v, JSON_SHORT);
                assert_string_equal(text, texts[i]);
        }
}

static void test_escapes(void **state) {
        _cleanup_(value_freep)
        Value *v = NULL;

        assert_int_equal(json_parse(" \"\\u00B5\\n\\/\\ud83d\\uDD50\" ", &v), 0);
        assert_string_equal(value_text(v, ""), "\u00b5\n/\U0001f550");
}

static void test_refused(void **state) {
        static const struct {
                const char *text;
                int line;
        } cases[] = {
                { "", 1 },
                { "nul", 1 },
                { "[1,]", 1 },
                { "[1 2]", 1 },
                { "{\"a\"}", 1 },
                { "{\"a\":1,}", 1 },
                { "{1:2}", 1 },
                { "[1}", 1 },
                { "\"", 1 },
                { "\"\\x\"", 1 },
                { "\"\\u12g4\"", 1 },
                { "\"\\ud800\"", 1 },
                { "\"\\udc00\"", 1 },
                { "\"\\u0000\"", 1 },
                { "\"a\nb\"", 1 },
                { "-", 1 },
                { "1 1", 1 },
                { "[\n1,\n\n?]", 4 },
                { "[", 1 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Value *v = NULL;
                assert_int_equal(json_parse(cases[i].text, &v), cases[i].line);
                assert_null(v);
        }
}

static void test_depth_is_bounded(void **state) {
        char text[2 * JSON_DEPTH_MAX + 3] = "";
        Value *v = NULL;

        memset(text, '[', JSON_DEPTH_MAX + 1);
        assert_int_equal(json_parse(text, &v), 1);
        assert_null(v);
}

static void test_breadth_is_not(void **state) {
        _cleanup_(value_freep)
        Value *v = NULL;
        char text[4 * 10 * JSON_DEPTH_MAX + 2];

        for (size_t i = 0; i < 10 * JSON_DEPTH_MAX; i++)
                memcpy(text + 4 * i, i > 0 ? ",[1]" : "[[1]", 4);
        memcpy(text + sizeof(text) - 2, "]", 2);
        assert_int_equal(json_parse(text, &v), 0);
        assert_int_equal(value_count(v), 10 * JSON_DEPTH_MAX);
}

static void test_every_truncation_is_refused(void **state) {
        static const char whole[] = "{\"a\":[1.5,-2,\"x\\u00e9\",null],\"b\":{\"c\":true}}";
        char text[sizeof(whole)];

        for (size_t n = 0; n < sizeof(whole) - 1; n++) {
                Value *v = NULL;
                memcpy(text, whole, n);
                text[n] = '\0';
                assert_int_equal(json_parse(text, &v), 1);
                assert_null(v);
        }
}

static void test_numbers(void **state) {
        char buffer[JSON_NUMBER_MAX];

        assert_string_equal(json_real(0.1, buffer), "0.1");
        assert_string_equal(json_real(1.0 / 3.0, buffer), "0.3333333333333333");
        assert_string_equal(json_real(-2.2250738585072014e-308, buffer), "-2.2250738585072014e-308");
        assert_string_equal(json_real((double)NAN, buffer), "null");
        assert_string_equal(json_real(-(double)INFINITY, buffer), "null");
}

static void test_pretty(void **state) {
        _cleanup_(value_freep)
        Value *v = NULL;

        assert_int_equal(json_parse("{\"a\":[1,{}],\"b\":\"c\"}", &v), 0);
        _cleanup_free_ char *text = emit(v, JSON_PRETTY);
        assert_string_equal(text,
                "{\n        \"a\": [\n                1,\n                {}\n        ],\n        \"b\": \"c\"\n}\n");
}

static void test_a_part_of_a_tree(void **state) {
        _cleanup_(value_freep)
        Value *v = NULL;

        assert_int_equal(json_parse("{\"a\":[1,2],\"b\":3}", &v), 0);
        _cleanup_free_ char *text = emit(value_get(v, "a"), JSON_SHORT);
        assert_string_equal(text, "[1,2]\n");
}

static void test_values(void **state) {
        _cleanup_(value_freep)
        Value *v = NULL, *other = NULL;

        assert_int_equal(
                json_parse("{\"s\":\"x\",\"n\":5,\"i\":-5,\"d\":1.5,\"b\":true,\"a\":[1,2,3]}", &v), 0);
        assert_int_equal(json_parse("{\"s2\":\"y\"}", &other), 0);
        value_merge(v, TAKE_PTR(other));
        assert_string_equal(member_text(v, "s2"), "y");
        assert_string_equal(member_text(v, "n"), "");
        assert_true(
                member_number(v, "n") == 5 && member_number(v, "i") == 0 && member_number(v, "absent") == 0);
        assert_true(fabs(member_real(v, "i") + 5.0) < 1e-9 && fabs(member_real(v, "d") - 1.5) < 1e-9);
        assert_true(isnan(member_real(v, "s")) && isnan(member_real(NULL, "s")));
        assert_true(member_true(v, "b") && !member_true(v, "n"));
        assert_int_equal(value_count(value_get(v, "a")), 3);
        assert_int_equal(value_count(NULL), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_texts_that_come_back),
                cmocka_unit_test(test_escapes),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_depth_is_bounded),
                cmocka_unit_test(test_breadth_is_not),
                cmocka_unit_test(test_every_truncation_is_refused),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_pretty),
                cmocka_unit_test(test_a_part_of_a_tree),
                cmocka_unit_test(test_values),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
