/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/ref-id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint32_t of(const char *text) {
        NetAddress a;

        assert_int_equal(net_address_parse(text, &a), 0);
        return ref_id_of_address(&a);
}

static void test_of_address(void **state) {
        assert_int_equal(of("192.0.2.33"), 0xC0000221);
        assert_int_equal(of("255.255.255.255"), 0xFFFFFFFF);
        /* md5sum of the sixteen octets of each address */
        assert_int_equal(of("2001:db8::1"), 0x39AB9B37);
        assert_int_equal(of("::1"), 0xCF404DC8);
        assert_int_equal(ref_id_of_address(&(NetAddress){ 0 }), 0);
}

/* Whose interface it is reached by is no part of who it is. */
static void test_scope_does_not_count(void **state) {
        assert_int_equal(of("fe80::1%2"), of("fe80::1%3"));
        assert_int_equal(of("fe80::1%2"), of("fe80::1"));
}

static const struct {
        uint32_t ref_id;
        unsigned stratum;
        const char *text;
} texts[] = {
        { 0x47505300, 1, "GPS" },
        { 0x47505320, 1, "GPS" },
        { 0x50505330, 1, "PPS0" },
        { 0x52415445, 0, "RATE" },
        { 0x47505300, 2, "71.80.83.0" },
        { 0xC0000221, 2, "192.0.2.33" },
        { 0xC0000221, 1, "192.0.2.33" }, /* no name */
        { 0xFFFFFFFF, 15, "255.255.255.255" },
        { 0x00000000, 1, "0.0.0.0" },
        { 0x00000000, 16, "0.0.0.0" },
        { 0x47005053, 1, "71.0.80.83" },  /* nothing after the end of a name */
        { 0x1B5B334A, 1, "27.91.51.74" }, /* an escape sequence stays out of terminals */
        { 0x7F7F0101, 10, "127.127.1.1" },
};

static void test_format(void **state) {
        char buffer[REF_ID_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTS(texts); i++)
                assert_string_equal(ref_id_format(texts[i].ref_id, texts[i].stratum, buffer), texts[i].text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_of_address),
                cmocka_unit_test(test_scope_does_not_count),
                cmocka_unit_test(test_format),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
