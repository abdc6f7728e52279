/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of alerts, in the code and where people and programs read of them. */

#include "core/alert-condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_words(void **state) {
        for (int i = 0; i < ALERTS; i++) {
                const char *word = alert_id_to_string((AlertId)i);
                assert_int_equal(alert_id_from_string(word), i);
                assert_true(i == 0 || strcmp(alert_id_to_string((AlertId)(i - 1)), word) < 0);
                assert_true(alert_severity((AlertId)i) < ALERT_SEVERITIES);
        }
}

/* The table that people read says what the other one does. */
static void test_documented(void **state) {
        FILE *f = fopen(DOCS_DBUS, "r");
        static char docs[131072];
        char row[128];

        assert_non_null(f);
        assert_true(fread(docs, 1, sizeof(docs) - 1, f) > 0);
        fclose(f);
        const char *place = strstr(docs, "\n## What is wrong\n");
        assert_non_null(place);
        for (int i = 0; i < ALERTS; i++) {
                const AlertCondition *condition = alert_condition((AlertId)i);
                snprintf(row, sizeof(row), "\n| `%s` | %s | %d | %d | ", alert_id_to_string((AlertId)i),
                        alert_severity_to_string(condition->severity), condition->patience_s,
                        condition->calm_s);
                place = strstr(place, row);
                if (!place)
                        fail_msg("docs/dbus.md lacks '%s' in its place", row + 1);
        }
        place = strchr(place + 1, '\n');
        assert_true(place[1] != '|');
}

static void test_in_the_contract(void **state) {
        FILE *f = fopen(XML_MANAGER, "r");
        static char xml[131072];
        char list[512] = "";

        assert_non_null(f);
        assert_true(fread(xml, 1, sizeof(xml) - 1, f) > 0);
        fclose(f);
        char *place = strstr(xml, "a word that stays the same: "), *end = strstr(place, "; more");
        assert_non_null(end);
        for (int i = 0; i < ALERTS; i++)
                snprintf(list + strlen(list), sizeof(list) - strlen(list), "\"%s\"",
                        alert_id_to_string((AlertId)i));
        const char *expected = list;
        for (place = strchr(place, '"'); place < end; place++)
                if (!strchr(" ,\n", *place))
                        assert_int_equal(*place, *expected++);
        assert_int_equal(*expected, '\0');
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_documented),
                cmocka_unit_test(test_in_the_contract),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
