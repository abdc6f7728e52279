/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gates: every method of the vtables has one, and users pass as the table says. */

#include "base/cleanup.h"
#include "bus/gate.h"
#include "bus/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { OWN = 997, HINTS = 998, SOMEBODY = 1000 };

static const GateUsers users = { .own = OWN, .services = { [SERVICE_HINTS] = HINTS } };

static size_t count_methods(const BusObject *o, const char *member) {
        size_t n = 0;

        for (const sd_bus_vtable *v = o->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                n += v->type == _SD_BUS_VTABLE_METHOD && (!member || strcmp(v->x.method.member, member) == 0);
        return n;
}

static void test_every_method_has_a_gate(void **state) {
        const BusObject *o;
        size_t n = 0;

        for (size_t i = 0; (o = bus_object(i)); i++)
                for (const sd_bus_vtable *v = o->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++) {
                        if (v->type != _SD_BUS_VTABLE_METHOD)
                                continue;
                        if (!gate_find(o->interface, v->x.method.member, NULL))
                                fail_msg("%s.%s has no gate", o->interface, v->x.method.member);
                        n++;
                }
        assert_in_range(n, 50, 200);
}

/* What is not live yet has its gate already; that each gate has its method in the XML is what tests/lint/gates.py looks at. */
static void test_no_gate_has_two_methods(void **state) {
        const BusObject *o;
        const Gate *gate;

        for (size_t row = 0; (gate = gate_row(row)); row++) {
                size_t n = 0;
                for (size_t i = 0; (o = bus_object(i)); i++)
                        if (strcmp(o->interface, gate->interface) == 0)
                                n += count_methods(o, gate->member);
                assert_in_range(n, 0, 1);
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
                   hints = { .action = GATE_SET_LINK_SERVERS, .services = { [SERVICE_HINTS] = true } };
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
        assert_string_equal(gate_action_to_string(GATE_PANEL), "org.timeball1.panel.administer");
}

/* One of our own services may do what it is there for, and nothing else. */
static void test_what_services_may(void **state) {
        static const char *const allowed[] = { "SetLinkServers", "RevertLinkServers" };
        const Gate *gate;
        size_t n = 0;

        for (size_t row = 0; (gate = gate_row(row)); row++) {
                if (!gate->services[SERVICE_HINTS])
                        continue;
                assert_in_range(n, 0, ELEMENTS(allowed) - 1);
                assert_string_equal(gate->interface, "org.timeball1.Manager");
                assert_string_equal(gate->member, allowed[n++]);
                assert_int_equal(gate->action, GATE_SET_LINK_SERVERS);
        }
        assert_int_equal(n, ELEMENTS(allowed));
}

static void test_what_is_expensive(void **state) {
        assert_true(gate_find("org.timeball1.Manager", "ListSources", NULL)->expensive);
        assert_true(gate_find("org.timeball1.Manager", "Describe", NULL)->expensive);
        assert_true(gate_find("org.timeball1.Manager", "GetHistory", NULL)->expensive);
        assert_true(gate_find("org.timeball1.Manager", "GetPermissions", NULL)->expensive);
        assert_true(gate_find("org.timeball1.Server", "ListClients", "reset")->expensive);
        assert_false(gate_find("org.timeball1.Manager", "GetSource", NULL)->expensive);
}

static void test_what_polkit_is_told(void **state) {
        assert_string_equal(gate_action_detail(GATE_MANAGE_SOURCES), "source");
        assert_string_equal(gate_action_detail(GATE_MANAGE_SERVER), "subnet");
        assert_null(gate_action_detail(GATE_CONFIGURE));
        assert_null(gate_action_detail(GATE_EVERYBODY));
        assert_null(gate_action_detail(GATE_ACTIONS));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_method_has_a_gate),
                cmocka_unit_test(test_no_gate_has_two_methods),
                cmocka_unit_test(test_what_has_no_gate),
                cmocka_unit_test(test_who_passes),
                cmocka_unit_test(test_users_that_there_are_not),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_what_services_may),
                cmocka_unit_test(test_what_is_expensive),
                cmocka_unit_test(test_what_polkit_is_told),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
