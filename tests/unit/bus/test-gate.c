/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gates: every method of the vtables has one, every gate has its method, and users pass as the table says. */

#include "base/cleanup.h"
#include "bus/gate.h"
#include "bus/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { OWN = 997, HINTS = 998, SOMEBODY = 1000 };

static const BusObject *const objects[] = { &manager_object, &clock_object, &server_object, &source_object,
        &ntp_source_object };
static const GateUsers users = { .own = OWN, .services = { [SERVICE_HINTS] = HINTS } };

static size_t count_methods(const BusObject *o, const char *member) {
        size_t n = 0;

        for (const sd_bus_vtable *v = o->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                n += v->type == _SD_BUS_VTABLE_METHOD && (!member || strcmp(v->x.method.member, member) == 0);
        return n;
}

static void test_every_method_has_a_gate(void **state) {
        for (size_t i = 0; i < ELEMENTS(objects); i++)
                for (const sd_bus_vtable *v = objects[i]->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                        if (v->type == _SD_BUS_VTABLE_METHOD &&
                                !gate_find(objects[i]->interface, v->x.method.member, NULL))
                                fail_msg("%s.%s has no gate", objects[i]->interface, v->x.method.member);
}

static void test_every_gate_has_a_method(void **state) {
        const Gate *gate;

        for (size_t row = 0; (gate = gate_row(row)); row++) {
                size_t n = 0;
                for (size_t i = 0; i < ELEMENTS(objects); i++)
                        if (strcmp(objects[i]->interface, gate->interface) == 0)
                                n += count_methods(objects[i], gate->member);
                assert_int_equal(n, 1);
                assert_ptr_equal(
                        gate_find(gate->interface, gate->member, gate->variant), gate); /* no second one */
        }
        assert_null(gate_row(1000));
}

static void test_what_has_no_gate(void **state) {
        assert_null(gate_find("org.timeball1.Server", "Nonsense", NULL));
        assert_null(gate_find("org.timeball1.Clock", "Deny", NULL));
        assert_null(gate_find(NULL, "Deny", NULL));
        assert_null(gate_find("org.timeball1.Server", NULL, NULL));
        assert_null(gate_find("org.timeball1.Server", "Deny", "reset"));
}

static void test_who_passes(void **state) {
        const Gate everybody = { .action = GATE_EVERYBODY }, inspect = { .action = GATE_INSPECT },
                   hints = { .action = GATE_MANAGE_SERVER, .services = { [SERVICE_HINTS] = true } };
        static const uid_t callers[] = { 0, OWN, HINTS, SOMEBODY, (uid_t)-1 };
        static const GateAnswer by_inspect[] = { GATE_OPEN, GATE_SHUT_OWN, GATE_SHUT, GATE_SHUT, GATE_SHUT };
        static const GateAnswer by_hints[] = { GATE_OPEN, GATE_SHUT_OWN, GATE_OPEN, GATE_SHUT, GATE_SHUT };

        for (size_t i = 0; i < ELEMENTS(callers); i++) {
                assert_int_equal(gate_judge(&everybody, &users, callers[i]), GATE_OPEN);
                assert_int_equal(gate_judge(&inspect, &users, callers[i]), by_inspect[i]);
                assert_int_equal(gate_judge(&hints, &users, callers[i]), by_hints[i]);
        }
}

/* A daemon that runs as root has no user of its own that anybody else could be. */
static void test_users_that_there_are_not(void **state) {
        const Gate hints = { .action = GATE_INSPECT, .services = { [SERVICE_HINTS] = true } };
        const GateUsers none = { 0 };

        assert_int_equal(gate_judge(&hints, &none, SOMEBODY), GATE_SHUT);
        assert_int_equal(gate_judge(&hints, &none, 0), GATE_OPEN);
}

static void test_names(void **state) {
        for (int action = 0; action < GATE_ACTIONS; action++)
                assert_int_equal(gate_action_from_string(gate_action_to_string((GateAction)action)), action);
        assert_string_equal(gate_action_to_string(GATE_INSPECT), "org.timeball1.inspect");
        assert_string_equal(gate_action_to_string(GATE_MANAGE_SERVER), "org.timeball1.manage-server");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_method_has_a_gate),
                cmocka_unit_test(test_every_gate_has_a_method),
                cmocka_unit_test(test_what_has_no_gate),
                cmocka_unit_test(test_who_passes),
                cmocka_unit_test(test_users_that_there_are_not),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
