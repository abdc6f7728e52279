/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/reason.h"
#include "core/select.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h wants these above */
#include <cmocka.h>

static void test_packet_reasons(void **state) {
        for (int i = 0; i < PACKET_REASONS; i++) {
                assert_string_not_equal(packet_reason_to_string((PacketReason)i), "unknown");
                assert_int_equal(packet_reason_from_string(packet_reason_to_string((PacketReason)i)), i);
        }
        assert_string_equal(packet_reason_to_string(PACKET_REASONS), "unknown");
        assert_int_equal(packet_reason_from_string("nonsense"), -1);
        assert_string_equal(packet_reason_to_string(PACKET_BOGUS_ORIGIN), "bogus-origin");
        assert_string_equal(packet_reason_to_string(PACKET_BAD_MAC), "bad-mac");
}

static void test_reasons_of_authentication(void **state) {
        static const PacketReason reasons[] = { PACKET_UNAUTHENTICATED, PACKET_NO_MAC, PACKET_CRYPTO_NAK,
                PACKET_OTHER_KEY, PACKET_BAD_MAC };
        size_t n = 0;

        for (int i = 0; i < PACKET_REASONS; i++)
                n += packet_reason_is_authentication((PacketReason)i);
        assert_int_equal(n, ELEMENTS(reasons));
        for (size_t i = 0; i < ELEMENTS(reasons); i++)
                assert_true(packet_reason_is_authentication(reasons[i]));
}

static void test_source_states(void **state) {
        for (int i = 0; i < SOURCE_STATES; i++) {
                assert_string_not_equal(source_state_to_string((SourceState)i), "unknown");
                assert_int_equal(source_state_from_string(source_state_to_string((SourceState)i)), i);
        }
        assert_string_equal(source_state_to_string(SOURCE_STATES), "unknown");
        assert_int_equal(source_state_from_string("nonsense"), -1);
        assert_string_equal(source_state_to_string(SOURCE_FALSETICKER), "falseticker");
}

static void test_selection_results(void **state) {
        for (int i = SELECTION_NOT_RUN; i <= SELECTION_NOT_UPDATED; i++) {
                assert_string_not_equal(selection_result_to_string((SelectionResult)i), "unknown");
                assert_int_equal(
                        selection_result_from_string(selection_result_to_string((SelectionResult)i)), i);
        }
        assert_string_equal(selection_result_to_string(SELECTION_NOT_UPDATED + 1), "unknown");
        assert_int_equal(selection_result_from_string("nonsense"), -1);
}

static const struct {
        Verdict verdict;
        char character;
        const char *text;
} sentences[] = {
        { { .state = SOURCE_UNRESOLVED }, '?', "its name has no address yet" },
        { { .state = SOURCE_NO_SELECT }, 'N', "excluded by its option noselect" },
        { { .state = SOURCE_NO_SELECT, .cause = CAUSE_UNAUTHENTICATED }, 'N',
                "not authenticated, which authselectmode asks for" },
        { { .state = SOURCE_NO_SELECT, .cause = CAUSE_NTS_MISSING }, 'N',
                "cannot be authenticated as its option nts asks: NTS is not in this version yet" },
        { { .state = SOURCE_NO_SAMPLES }, 'M', "no samples yet" },
        { { .state = SOURCE_NO_SAMPLES, .cause = CAUSE_OFFLINE }, 'M', "offline: not asked, by its option" },
        { { .state = SOURCE_NO_SAMPLES, .cause = CAUSE_NO_ANSWER, .value = 3 }, 'M',
                "3 requests, no answer" },
        { { .state = SOURCE_NO_SAMPLES, .cause = CAUSE_FEW_SAMPLES, .value = 2, .limit = 3 }, 'M',
                "too few samples yet: 2 of 3" },
        { { .state = SOURCE_NO_SAMPLES, .cause = CAUSE_NO_KEY, .value = 4294967295 }, 'M',
                "not asked: there is no key 4294967295" },
        { { .state = SOURCE_NO_SAMPLES, .cause = CAUSE_NOT_AUTHENTIC, .value = 5 }, 'M',
                "no samples yet: its replies under key 5 are not authentic" },
        { { .state = SOURCE_UNSYNCHRONIZED }, 's', "says of itself that it is not synchronized" },
        { { .state = SOURCE_BAD_STRATUM, .value = 12, .limit = 10 }, 'r',
                "stratum 12 exceeds maxstratum 10" },
        { { .state = SOURCE_BAD_STRATUM, .cause = CAUSE_STRATUM_LOW, .value = 1, .limit = 2 }, 'r',
                "stratum 1 is below minstratum 2" },
        { { .state = SOURCE_DISTANT, .value = 4.1, .limit = 3 }, 'd',
                "root distance 4.1 s exceeds maxdistance 3 s" },
        { { .state = SOURCE_JITTERY, .value = 1.234567, .limit = 1 }, '~',
                "jitter 1.23 s exceeds maxjitter 1 s" },
        { { .state = SOURCE_WAITING }, 'w', "waits at start for sources that have too few samples yet" },
        { { .state = SOURCE_UNREACHABLE, .value = 3400, .limit = 612.4 }, 'S',
                "does not answer, and its newest sample, 3400 s old, is older than all samples of the reachable "
                "sources, up to 612 s old" },
        { { .state = SOURCE_UNREACHABLE, .cause = CAUSE_UNREACHABLE_RUN, .value = 11, .limit = 10 }, 'S',
                "has not answered 11 polls, more than maxunreach 10" },
        { { .state = SOURCE_ORPHAN }, 'O',
                "has the orphan stratum, and another source was chosen to serve it" },
        { { .state = SOURCE_UNTRUSTED, .value = 0.0123, .agreeing = 2, .voters = 2, .trusted = true }, 'T',
                "its interval reaches 12.3 ms out of the one that 2 of 2 trusted sources agree on" },
        { { .state = SOURCE_FALSETICKER, .value = 0.09712, .agreeing = 3, .voters = 4 }, 'x',
                "its interval is 97.1 ms away from the one that 3 of 4 sources agree on" },
        { { .state = SOURCE_FALSETICKER, .value = 1e-5, .agreeing = 2, .voters = 3, .trusted = true }, 'x',
                "its interval is 10 us away from the one that 2 of 3 trusted sources agree on" },
        { { .state = SOURCE_FALSETICKER, .cause = CAUSE_PARTLY, .agreeing = 2, .voters = 3 }, 'x',
                "its interval covers only a part of the one that 2 of 3 sources agree on" },
        { { .state = SOURCE_FALSETICKER, .cause = CAUSE_NO_MAJORITY, .agreeing = 1, .voters = 2 }, 'x',
                "no majority: at most 1 of 2 sources agree" },
        { { .state = SOURCE_ORPHAN, .cause = CAUSE_ORPHAN_OURS }, 'O',
                "has the orphan stratum, and it is this machine that serves it" },
        { { .state = SOURCE_ORPHAN, .cause = CAUSE_ORPHAN_NEEDLESS }, 'O',
                "has the orphan stratum, and a source that has not is usable" },
        { { .state = SOURCE_WAITING_QUORUM, .value = 1, .limit = 3 }, 'W',
                "only 1 of the 3 sources that minsources asks for are usable" },
        { { .state = SOURCE_WAITING_QUORUM, .cause = CAUSE_NOT_REQUIRED }, 'W',
                "no source with the option require is usable" },
        { { .state = SOURCE_NOT_PREFERRED }, 'P', "a source with the option prefer is usable" },
        { { .state = SOURCE_NOT_UPDATED }, 'U',
                "waits for the next sample of the source that would be selected" },
        { { .state = SOURCE_NOT_COMBINED, .value = 31e-6, .limit = 12.4e-6 }, 'D',
                "root distance 31 us exceeds 12.4 us, the limit for combining" },
        { { .state = SOURCE_NOT_COMBINED, .cause = CAUSE_FREQUENCY, .value = 3.2e-6, .limit = 1.25e-6 }, 'D',
                "frequency differs by 3.2 ppm from that of the selected source, more than 1.25 ppm" },
        { { .state = SOURCE_NOT_COMBINED, .cause = CAUSE_PENALTY, .value = 31 }, 'D',
                "was too far from the selected source lately: stays out for 31 more updates" },
        { { .state = SOURCE_SELECTABLE }, '-', "usable, not used" },
        { { .state = SOURCE_COMBINED, .value = 0.257 }, '+',
                "agrees with the selected source and gives 26 % of the combined offset" },
        { { .state = SOURCE_SELECTED, .value = 1 }, '*', "followed" },
        { { .state = SOURCE_SELECTED, .cause = CAUSE_SHARED, .value = 0.743 }, '*',
                "followed, and gives 74 % of the combined offset" },
};

static void test_sentences(void **state) {
        bool states[SOURCE_STATES] = { 0 }, causes[VERDICT_CAUSES] = { 0 };
        char buffer[VERDICT_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTS(sentences); i++) {
                const Verdict *v = &sentences[i].verdict;
                assert_string_equal(verdict_format(v, buffer), sentences[i].text);
                assert_int_equal(source_state_char(v->state), sentences[i].character);
                states[v->state] = causes[v->cause] = true;
        }
        for (size_t i = 0; i < SOURCE_STATES; i++)
                assert_true(states[i]);
        for (size_t i = 0; i < VERDICT_CAUSES; i++)
                assert_true(causes[i]);
        assert_int_equal(source_state_char(SOURCE_STATES), '?');
}

/* No figure makes a sentence longer than its buffer. */
static void test_long_figures_fit(void **state) {
        static const double figures[] = { 1e308, -1e308, 1e-308, -1.0, HUGE_VAL, (double)NAN };

        for (size_t i = 0; i < ELEMENTS(sentences); i++)
                for (size_t k = 0; k < ELEMENTS(figures); k++) {
                        char buffer[VERDICT_TEXT_MAX + 8];
                        Verdict v = sentences[i].verdict;
                        v.value = v.limit = figures[k];
                        v.agreeing = v.voters = INT32_MAX;
                        memset(buffer, '#', sizeof(buffer));
                        assert_ptr_equal(verdict_format(&v, buffer), buffer);
                        assert_true(strlen(buffer) < VERDICT_TEXT_MAX);
                        assert_int_equal(buffer[VERDICT_TEXT_MAX], '#');
                }
}

static void test_spans_are_readable(void **state) {
        static const struct {
                double seconds;
                const char *text;
        } spans[] = {
                { 0.0, "0 ns" },
                { 1e-9, "1 ns" },
                { 999.4e-9, "999 ns" },
                { 999.6e-9, "1 us" },
                { 1.5e-6, "1.5 us" },
                { 999.6e-6, "1 ms" },
                { 0.0251, "25.1 ms" },
                { 0.9996, "1 s" },
                { 3.0, "3 s" },
                { 999.4, "999 s" },
                { 1234.5, "1234 s" },
                { 86400.0, "86400 s" },
        };
        char buffer[VERDICT_TEXT_MAX], expected[VERDICT_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTS(spans); i++) {
                Verdict v = { .state = SOURCE_JITTERY, .value = spans[i].seconds, .limit = 1 };
                (void)snprintf(expected, sizeof(expected), "jitter %s exceeds maxjitter 1 s", spans[i].text);
                assert_string_equal(verdict_format(&v, buffer), expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_packet_reasons),
                cmocka_unit_test(test_reasons_of_authentication),
                cmocka_unit_test(test_source_states),
                cmocka_unit_test(test_selection_results),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_long_figures_fit),
                cmocka_unit_test(test_spans_are_readable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
