/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a leap second list: what is taken is a table in order, and written again it says the same. */

#include "fuzz-leap-table.h"
#include "fuzz.h"

#include "core/leap-list.h"

/* The plain form: no expiry, no hash. */
static void check_written_again(const LeapTable *t) {
        char text[LEAPS_MAX * 32], *end = text;
        unsigned line;
        LeapTable again;

        for (size_t i = 0; i < t->n; i++)
                end += snprintf(end, (size_t)(text + sizeof(text) - end), "%lld %d\n",
                        (long long)(t->entries[i].midnight_s + NTP_UNIX_EPOCH_S), t->entries[i].tai_offset_s);
        MUST(leap_list_parse((const uint8_t *)text, (size_t)(end - text), &again, &line) == LEAP_READ);
        MUST(again.n == t->n);
        for (size_t i = 0; i < t->n; i++)
                MUST(again.entries[i].midnight_s == t->entries[i].midnight_s &&
                        again.entries[i].tai_offset_s == t->entries[i].tai_offset_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        LeapTable t = { .n = LEAPS_MAX + 1 };
        unsigned line, lines = 1;
        LeapReading reading = leap_list_parse(data, size, &t, &line);

        for (size_t i = 0; i < size; i++)
                lines += data[i] == '\n';
        MUST(line <= lines);
        MUST((line > 0) == (reading == LEAP_READ_MALFORMED || reading == LEAP_READ_DISORDER));
        if (reading == LEAP_READ) {
                check_leap_table(&t);
                check_written_again(&t);
        } else {
                MUST(t.n == LEAPS_MAX + 1);
        }
        return 0;
}
