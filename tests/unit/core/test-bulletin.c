/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/bulletin.h"

static const Bulletin bulletin = {
        .wall = { 1767225600 * NS_PER_S },
        .mono = { 5000 * NS_PER_S },
        .epoch = 1,
};

/* When it is so old, and Wall has run ahead of Mono by so much since. */
static BulletinUse use_after(const Bulletin *b, Span age, Span apart) {
        return bulletin_use(b, wall_add(b->wall, (Span){ age.ns + apart.ns }), mono_add(b->mono, age));
}

static void test_age(void **state) {
        static const struct {
                int64_t age_ns;
                BulletinUse expected;
        } cases[] = {
                { 0, BULLETIN_GOOD },
                { -1000, BULLETIN_GOOD }, /* read by another processor just before it was made */
                { 32 * NS_PER_S, BULLETIN_GOOD },
                { 300 * NS_PER_S, BULLETIN_GOOD },
                { 300 * NS_PER_S + 1, BULLETIN_STALE },
                { 86400 * NS_PER_S, BULLETIN_STALE },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(
                        use_after(&bulletin, (Span){ cases[i].age_ns }, SPAN_ZERO), cases[i].expected);
}

/* A step in either direction voids it, however small the step that can still be told from a lost processor. */
static void test_apart(void **state) {
        static const struct {
                int64_t apart_ns;
                BulletinUse expected;
        } cases[] = {
                { 999999, BULLETIN_GOOD },
                { -999999, BULLETIN_GOOD },
                { NS_PER_MS, BULLETIN_GOOD },
                { NS_PER_MS + 1, BULLETIN_VOID },
                { -NS_PER_MS - 1, BULLETIN_VOID },
                { NS_PER_S, BULLETIN_VOID }, /* the kernel deleted a second */
                { -NS_PER_S, BULLETIN_VOID },
                { 36500 * (86400 * NS_PER_S), BULLETIN_VOID },
                { INT64_MIN, BULLETIN_VOID },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(
                        use_after(&bulletin, SPAN_S(7), (Span){ cases[i].apart_ns }), cases[i].expected);
        assert_int_equal(use_after(&bulletin, SPAN_S(400), SPAN_S(-1)), BULLETIN_VOID);
}

static void test_nothing_to_say(void **state) {
        Bulletin b = bulletin;

        b.closed = true;
        assert_int_equal(use_after(&b, SPAN_ZERO, SPAN_ZERO), BULLETIN_VOID);
        b = (Bulletin){ 0 };
        assert_int_equal(use_after(&b, SPAN_ZERO, SPAN_ZERO), BULLETIN_VOID);
}

/* Clock map: 3 us a second, on both sides of the anchor. */
static void test_map(void **state) {
        const ClockMap map = { { 1000 * NS_PER_S }, { 2000 * NS_PER_S + 5 }, 3e-6 };

        assert_int_equal(clock_map_local(&map, (Wall){ 1000 * NS_PER_S }).ns, 2000 * NS_PER_S + 5);
        assert_int_equal(clock_map_local(&map, (Wall){ 1001 * NS_PER_S }).ns, 2001 * NS_PER_S + 3005);
        assert_int_equal(clock_map_local(&map, (Wall){ 900 * NS_PER_S }).ns, 1900 * NS_PER_S + 5 - 300000);
}

static void test_strings(void **state) {
        assert_string_equal(bulletin_use_to_string(BULLETIN_STALE), "stale");
        for (int i = 0; i < BULLETIN_USES; i++)
                assert_int_equal(bulletin_use_from_string(bulletin_use_to_string((BulletinUse)i)), i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_age),
                cmocka_unit_test(test_apart),
                cmocka_unit_test(test_nothing_to_say),
                cmocka_unit_test(test_map),
                cmocka_unit_test(test_strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
