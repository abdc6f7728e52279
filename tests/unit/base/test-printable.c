/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whatever goes in, what comes out is valid UTF-8 without controls; what was so before stays as it was. */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <stdbool.h>
#include <stdio.h>

static void known_texts(void **state) {
        static const char *const rows[][2] = {
                { "", "" },
                { "plain ASCII ~ 100%", "plain ASCII ~ 100%" },
                { "J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x95\x90",
                        "J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x95\x90" },
                { "a\nb\rc\td\x1b[0m\x7f", "a?b?c?d?[0m?" },
                { "\xc2\x9b[2J", "??[2J" },              /* CSI as U+009B */
                { "\x9b[2J", "?[2J" },                   /* and as one octet */
                { "\xc2\xa0", "\xc2\xa0" },              /* the first after C1 */
                { "\xe2\x80\xaegnp.exe", "???gnp.exe" }, /* right-to-left override */
                { "\xe2\x81\xa6x", "???x" },             /* isolate */
                { "\xe2\x80\xa8x", "???x" },             /* line separator */
                { "\xc0\xaf", "??" },                    /* overlong '/' */
                { "\xe0\x80\xaf", "???" },
                { "\xf0\x80\x80\xaf", "????" },
                { "\xed\xa0\x80", "???" },      /* surrogate */
                { "\xf4\x90\x80\x80", "????" }, /* above U+10FFFF */
                { "\xf8\x88\x80\x80\x80", "?????" },
                { "\xe2\x82", "??" }, /* cut off by the end */
                { "\xe2\x82"
                  "a",
                        "??a" },
                { "\xc3", "?" },
                { "\x80", "?" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                char text[64];
                snprintf(text, sizeof(text), "%s", rows[i][0]);
                bool clean = printable_clean(text);
                assert_string_equal(text, rows[i][1]);
                assert_int_equal(clean, strcmp(rows[i][0], rows[i][1]) == 0);
        }
}

static void any_octets(void **state) {
        Cases c = { 5 };

        for (size_t i = cases_count(50000, 2000000); i > 0; i--) {
                char text[32], again[32];
                size_t n = cases_below(&c, sizeof(text));
                cases_fill(&c, text, n);
                text[n] = '\0';
                n = strlen(text);

                printable_clean(text);
                assert_int_equal(strlen(text), n);
                for (size_t k = 0; k < n; k++)
                        assert_true((unsigned char)text[k] >= 0x20 && text[k] != 0x7f);
                memcpy(again, text, sizeof(again));
                assert_true(printable_clean(again));
                assert_string_equal(again, text);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(known_texts),
                cmocka_unit_test(any_octets),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
