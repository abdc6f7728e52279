/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The vtables: rules that hold for each of their rows, and the fingerprints that changes are seen by. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const BusObject *const objects[] = { &manager_object, &clock_object, &server_object, &source_object,
        &ntp_source_object, &timesync_object, &hint_object, &symmetric_auth_object, &pool_object,
        &activity_calls, &roster_calls, &selection_calls, &source_calls, &clock_calls };

/* The types that fingerprint() knows: what a getter makes has its own. */
static bool has_fingerprint(const char *signature) {
        return strcmp(signature, "as") == 0 || strcmp(signature, "ao") == 0 ||
               strcmp(signature, "a{sv}") == 0 || strncmp(signature, "a(", 2) == 0 || signature[0] == '(' ||
               (strlen(signature) == 1 && strchr("ynqbiuxtdso", signature[0]));
}

static void check_property(const sd_bus_vtable *v) {
        assert_int_equal(v->type, _SD_BUS_VTABLE_PROPERTY); /* never a writable one */
        assert_null(v->x.property.set);
        if (v->flags & ANNOUNCED)
                assert_true(has_fingerprint(v->x.property.signature));
        if (!v->x.property.get)
                assert_true(
                        strlen(v->x.property.signature) == 1 || strcmp(v->x.property.signature, "as") == 0);
}

static void test_rows(void **state) {
        for (size_t i = 0; i < ELEMENTS(objects); i++)
                for (const sd_bus_vtable *v = objects[i]->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                        if (v->type == _SD_BUS_VTABLE_METHOD)
                                assert_true(v->flags & SD_BUS_VTABLE_UNPRIVILEGED);
                        else if (v->type != _SD_BUS_VTABLE_SIGNAL)
                                check_property(v);
}

static void test_room_for_all_fingerprints(void **state) {
        static Published published;
        World w;

        world_init(&w, 1, 1);
        source_publish(&published.source, &w.snapshot, &w.sources[0]);
        assert_in_range(object_fingerprints(&source_object, &published, NULL, 0) +
                                object_fingerprints(&ntp_source_object, &published, NULL, 0),
                1, WATCHED_MAX);
        world_done(&w);
}

static void test_changed_names(void **state) {
        static Published published;
        uint64_t before[WATCHED_MAX], after[WATCHED_MAX];
        char *names[WATCHED_MAX + 1];
        World w;

        world_init(&w, 1, 1);
        source_publish(&published.source, &w.snapshot, &w.sources[0]);
        object_fingerprints(&source_object, &published, before, WATCHED_MAX);
        assert_int_equal(object_changed(&source_object, before, before, names), 0);
        assert_null(names[0]);

        w.sources[0].stratum = 9;
        w.sources[0].link.reach = 0x0f; /* polled, not announced */
        w.sources[0].identity.flags = SELECT_NOSELECT;
        w.sources[0].identity.effective = SELECT_NOSELECT | SELECT_REQUIRE;
        source_publish(&published.source, &w.snapshot, &w.sources[0]);
        object_fingerprints(&source_object, &published, after, WATCHED_MAX);
        assert_int_equal(object_changed(&source_object, before, after, names), 3);
        assert_string_equal(names[0], "Stratum");
        assert_string_equal(names[1], "Options");
        assert_string_equal(names[2], "EffectiveOptions");
        assert_null(names[3]);
        world_done(&w);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_room_for_all_fingerprints),
                cmocka_unit_test(test_changed_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
