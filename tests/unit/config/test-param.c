/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "config/param.h"

#include <math.h>

static const char *const colours[] = { "red", "Green", NULL };
static const char *const fields[] = { "F323", "10A", NULL };
static const Param port = INTEGER("port", 0, 65535, "123");
static const Param strict = INTEGER("stratum", 1, 15, "10", .beyond = BEYOND_REFUSE);
static const Param delay = REAL("delay", -0.5, 1000, "3", .unit = "s");
static const Param file = WORD("file", PARAM_TEXT, NULL);
static const Param address = WORD("address", PARAM_ADDRESS, NULL);
static const Param listen_on = WORD("address", PARAM_LISTEN, NULL);
static const Param subnet = WORD("subnet", PARAM_SUBNET, NULL);
static const Param host = WORD("host", PARAM_HOST, NULL);
static const Param refid = WORD("refid", PARAM_REFID, NULL);
static const Param colour = CHOICE("colour", colours, "red");
static const Param field = WORD("extfield", PARAM_HEX, NULL, .choices = fields);

/* Of a word that is accepted: its normal text, the bytes used, and the remark ("" = none). */
static void accepted(const Param *p, const char *word, const char *text, size_t used, const char *said) {
        Remark remark;
        Value value;
        size_t n;

        assert_int_equal(value_parse(p, word, &value, &n, &remark), 0);
        assert_ptr_equal(value.param, p);
        assert_string_equal(value.text, text);
        assert_int_equal(n, used);
        assert_string_equal(remark.text, said);
        assert_false(remark.refused);
        value_done(&value);
}

static void fine(const Param *p, const char *word, const char *text) {
        accepted(p, word, text, strlen(word), "");
}

static void refused(const Param *p, const char *word, const char *said) {
        Remark remark;
        Value value;
        size_t n;

        assert_int_equal(value_parse(p, word, &value, &n, &remark), 1);
        assert_true(remark.refused);
        assert_string_equal(remark.text, said);
        value_done(&value);
}

static void integers(void **state) {
        fine(&port, "0", "0");
        fine(&port, "65535", "65535");
        fine(&port, "+7", "7");
        fine(&port, "007", "7");
        fine(&port, "-0", "0");
        accepted(&port, "12abc", "12", 2, "");
        accepted(&port, "1.5", "1", 1, "");
        accepted(&port, "0x10", "0", 1, "");
        refused(&port, "abc", "port must be an integer from 0 to 65535");
        refused(&port, "", "port must be an integer from 0 to 65535");
        refused(&port, "-", "port must be an integer from 0 to 65535");
}

static void integers_out_of_range(void **state) {
        accepted(&port, "-1", "0", 2, "port must be an integer from 0 to 65535: 0 is used");
        accepted(&port, "65536", "65535", 5, "port must be an integer from 0 to 65535: 65535 is used");
        accepted(&port, "99999999999999999999999", "65535", 23,
                "port must be an integer from 0 to 65535: 65535 is used");
        accepted(&port, "-99999999999999999999999", "0", 24,
                "port must be an integer from 0 to 65535: 0 is used");
        refused(&strict, "0", "stratum must be an integer from 1 to 15");
        refused(&strict, "16", "stratum must be an integer from 1 to 15");
        fine(&strict, "15", "15");
}

static void reals(void **state) {
        fine(&delay, "3", "3");
        fine(&delay, "3.0", "3");
        fine(&delay, ".5", "0.5");
        fine(&delay, "1e-9", "1e-09");
        fine(&delay, "0x10", "16");
        fine(&delay, "-0.0", "0");
        fine(&delay, "0.1", "0.1");
        accepted(&delay, "1,5", "1", 1, "");
        accepted(&delay, "1e", "1", 1, "");
        refused(&delay, "e1", "delay must be a number from -0.5 to 1000 s");
        refused(&delay, ".", "delay must be a number from -0.5 to 1000 s");
}

static void reals_out_of_range(void **state) {
        accepted(&delay, "inf", "1000", 3, "delay must be a number from -0.5 to 1000 s: 1000 is used");
        accepted(&delay, "-inf", "-0.5", 4, "delay must be a number from -0.5 to 1000 s: -0.5 is used");
        accepted(&delay, "nan", "3", 3, "delay must be a number from -0.5 to 1000 s: 3 is used");
        accepted(&delay, "1e400", "1000", 5, "delay must be a number from -0.5 to 1000 s: 1000 is used");
        accepted(&delay, "-1", "-0.5", 2, "delay must be a number from -0.5 to 1000 s: -0.5 is used");
}

static void boundless_ranges(void **state) {
        static const Param at_least = REAL("width", 0, 1e9, "0", .unit = "s");
        static const Param any = INTEGER("limit", -2147483648.0, 2147483647, NULL, .unit = "updates");
        char allowed[PARAM_ALLOWED_MAX];

        assert_string_equal(param_allowed(&at_least, allowed), "a number of at least 0 s");
        assert_string_equal(param_allowed(&any, allowed), "an integer in updates");
        accepted(&any, "3000000000", "2147483647", 10,
                "limit must be an integer in updates: 2147483647 is used");
}

static void addresses(void **state) {
        fine(&address, "192.0.2.1", "192.0.2.1");
        fine(&address, "2001:DB8:0::1", "2001:db8::1");
        refused(&address, "192.0.2", "address must be an IP address");
        refused(&address, "192.0.2.1/24", "address must be an IP address");
        refused(&address, "fe80::1%1", "address must be an IP address");
        refused(&address, "host", "address must be an IP address");
        fine(&listen_on, "/run/a.sock", "/run/a.sock");
        fine(&listen_on, "/", "/");
        fine(&listen_on, "::1", "::1");
        refused(&listen_on, "run/a.sock", "address must be an IP address or the path of a socket");
}

static void subnets(void **state) {
        fine(&subnet, "10.1/8", "10.0.0.0/8");
        fine(&subnet, "host.example", "host.example");
        refused(&subnet, "10/33", "the prefix is longer than an address: 32 bits for IPv4, 128 for IPv6");
        refused(&subnet, "::1/129", "the prefix is longer than an address: 32 bits for IPv4, 128 for IPv6");
        refused(&subnet, "all",
                "subnet must be an IP address with or without a prefix length, or a host name");
        refused(&subnet, "1.2.3.4.5",
                "subnet must be an IP address with or without a prefix length, or a host name");
}

static void hosts(void **state) {
        fine(&host, "192.0.2.1", "192.0.2.1");
        fine(&host, "ntp.example.com", "ntp.example.com");
        fine(&host, "fe80::1%eth0", "fe80::1%eth0");
        accepted(&host, "10.0.0.0/8", "10.0.0.0/8", 10,
                "host is neither an IP address nor a host name: it cannot be found");
        accepted(&host, "256.1.1.1", "256.1.1.1", 9,
                "host is neither an IP address nor a host name: it cannot be found");
}

static void words(void **state) {
        fine(&file, "/a b", "/a b");
        fine(&refid, "GPS", "GPS");
        fine(&refid, "GPS1", "GPS1");
        refused(&refid, "GPS12", "refid must be one to four characters");
        fine(&colour, "GREEN", "Green");
        refused(&colour, "blue", "colour must be one of red, Green");
        fine(&field, "f323", "F323");
        fine(&field, "0x10a", "10A");
        refused(&field, "F324", "extfield must be one of F323, 10A");
        accepted(&field, "F323iburst", "F323", 4, "");
        refused(&field, "F323c", "extfield must be one of F323, 10A");
        refused(&field, "xF323", "extfield must be one of F323, 10A");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers),
                cmocka_unit_test(integers_out_of_range),
                cmocka_unit_test(reals),
                cmocka_unit_test(reals_out_of_range),
                cmocka_unit_test(boundless_ranges),
                cmocka_unit_test(addresses),
                cmocka_unit_test(subnets),
                cmocka_unit_test(hosts),
                cmocka_unit_test(words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
