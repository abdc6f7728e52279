/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

/* What is wrong with one line, in full. */
static void errors(void **state) {
        static const char *const rows[][2] = {
                { "xyzzy 1", "command line:1: 'xyzzy': there is no such directive" },
                { "makesetp 1 3",
                        "command line:1: 'makesetp': there is no such directive; is 'makestep' meant?" },
                { "port abc", "command line:1: 'abc': port: port must be an integer from 0 to 65535" },
                { "port",
                        "command line:1: 'port': an argument is missing: port, an integer from 0 to 65535" },
                { "makestep 1",
                        "command line:1: 'makestep': an argument is missing: limit, an integer in updates" },
                { "port 1 2", "command line:1: 'port': too many arguments: 2, not more than 1 are allowed" },
                { "rtcsync yes", "command line:1: 'rtcsync': takes no argument" },
                { "tempcomp a 30 26 0", "command line:1: 'tempcomp': takes 3 or 6 arguments, not 4" },
                { "makestep one 3",
                        "command line:1: 'one': makestep: threshold must be a number of at least 0 s" },
                { "authselectmode any",
                        "command line:1: 'any': authselectmode: mode must be one of require, prefer, mix, ignore" },
                { "allow 10/33",
                        "command line:1: '10/33': allow: the prefix is longer than an address: 32 bits for IPv4, 128 for IPv6" },
                { "allow 1.2.3.4.5",
                        "command line:1: '1.2.3.4.5': allow: subnet must be an IP address with or without a prefix length, or a host name" },
                { "allow some 10/8", "command line:1: 'some': allow: only the word all can stand here" },
                { "local Orfan",
                        "command line:1: 'Orfan': local has no such option; is 'orphan' meant? it has: activate, distance, orphan, stratum, waitsynced, waitunsynced" },
                { "port 123 # ours", "command line:1: '#': a comment stands on a line of its own" },
                { "rtcsync #yes", "command line:1: '#yes': a comment stands on a line of its own" },
                { "server a iburst # ours", "command line:1: '#': a comment stands on a line of its own" },
                { "server a minpoll #4", "command line:1: '#4': a comment stands on a line of its own" },
                { "makestep 1 #3", "command line:1: '#3': a comment stands on a line of its own" },
                { "allow 10/8 #all", "command line:1: '#all': a comment stands on a line of its own" },
                { "bindaddress host", "command line:1: 'host': bindaddress: address must be an IP address" },
                { "server",
                        "command line:1: 'server': an argument is missing: host, a host name or an IP address" },
                { "server a minpoll",
                        "command line:1: 'minpoll': server: the value of minpoll is missing: an integer from -7 to 24 log2 s" },
                { "server a minpoll x",
                        "command line:1: 'x': server: minpoll must be an integer from -7 to 24 log2 s" },
                { "server a key 0", "command line:1: '0': server: key must be an integer of at least 1" },
                { "local stratum 16",
                        "command line:1: '16': local: stratum must be an integer from 1 to 15" },
                { "local faraway",
                        "command line:1: 'faraway': local has no such option; it has: activate, distance, orphan, stratum, waitsynced, waitunsynced" },
                { "refclock SHM 0:speed=9",
                        "command line:1: '0:speed=9': refclock: the driver SHM has no such option" },
                { "refclock XYZ 0",
                        "command line:1: 'XYZ': refclock: driver must be one of PHC, PPS, RTC, SHM, SOCK" },
                { "refclock SHM 0 refid ABCDE",
                        "command line:1: 'ABCDE': refclock: refid must be one to four characters" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_only_problem(rows[i][0], PROBLEM_ERROR, rows[i][1]);
}

static void warnings(void **state) {
        static const char *const rows[][2] = {
                { "port 70000",
                        "command line:1: '70000': port: port must be an integer from 0 to 65535: 65535 is used" },
                { "port 12abc", "command line:1: '12abc': port: port is read as 12" },
                { "maxdistance -1",
                        "command line:1: '-1': maxdistance: distance must be a number of at least 0 s: 0 is used" },
                { "server a minpoll 40 maxpoll 24",
                        "command line:1: '40': server: minpoll must be an integer from -7 to 24 log2 s: 24 is used" },
                { "server a minpoll 9 maxpoll 8",
                        "command line:1: 'a': minpoll is greater than maxpoll: maxpoll 9 is used" },
                { "linux_hz 100", "command line:1: 'linux_hz': this directive is obsolete: it is ignored" },
                { "include /nonexistent/*",
                        "command line:1: '/nonexistent/*': no file matches this pattern" },
                { "server ::1 ipv4",
                        "command line:1: '::1': this address is of the other family: the source is left out" },
                { "server a nts",
                        "command line:1: 'nts': a cannot be authenticated yet: it is measured, but not followed" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_only_problem(rows[i][0], PROBLEM_WARNING, rows[i][1]);
}

static void silent(void **state) {
        static const char *const lines[] = { "", "# x", "dumponexit", "DumpOnExit", "log", "sourcedir",
                "server a IBURST", "SERVER a", "allow ALL", "refclock shm 0", "server a minpoll 4iburst",
                "confdir /nonexistent" };

        for (size_t i = 0; i < ELEMENTS(lines); i++) {
                _cleanup_(config_freep)
                Config *c = config_of(lines[i]);

                assert_int_equal(c->problems.n, 0);
        }
}

static void normal_forms(void **state) {
        static const char *const rows[][2] = {
                { "  MakeStep\t1.0  +3 ", "makestep 1 3\n" },
                { "server a IBURST minpoll 4 MaxPoll 05", "server a iburst minpoll 4 maxpoll 5\n" },
                { "server a minpoll 3iburst", "server a minpoll 3 iburst\n" },
                { "server a minpoll 8 maxpoll 4", "server a minpoll 8 maxpoll 8\n" },
                { "allow host.example\nserver ::1 ipv4\nport 1", "allow host.example\nport 1\n" },
                { "deny host.example", "deny host.example\n" },
                { "server a minpoll 3 maxpoll 9 minpoll 4", "server a maxpoll 9 minpoll 4\n" },
                { "server a ipv6 ipv4", "server a ipv4\n" },
                { "server a prefer trust", "server a prefer trust\n" },
                { "server a extfield f323 extfield 0x10a", "server a extfield F323 extfield 10A\n" },
                { "allow 10.1/8", "allow 10.0.0.0/8\n" },
                { "allow ALL 10", "allow all 10.0.0.0/8\n" },
                { "allow", "allow\n" },
                { "ntscachedir /a", "ntsdumpdir /a\n" },
                { "ntstrustedcerts 5 /a", "ntstrustedcerts 5 /a\n" },
                { "ntstrustedcerts /a", "ntstrustedcerts /a\n" },
                { "log Tracking RTC", "log tracking rtc\n" },
                { "refclock pps /dev/pps0:clear lock GPS", "refclock PPS /dev/pps0:clear lock GPS\n" },
                { "port 70000", "port 65535\n" },
                { "smoothtime 400 0.01 LeapOnly", "smoothtime 400 0.01 leaponly\n" },
                { "bindaddress 2001:DB8::0", "bindaddress 2001:db8::\n" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(config_freep)
                Config *c = config_of(rows[i][0]);

                assert_int_equal(config_errors(c), 0);
                assert_lines(c, rows[i][1]);
        }
}

static void last_one_wins(void **state) {
        _cleanup_(config_freep)
        Config *c = config_of(
                "port 1\nallow 10\nmaxdistance 5\nport 2\nallow 11\nbindaddress 192.0.2.1\nbindaddress ::1\n"
                "bindaddress 192.0.2.2\nlocal stratum 5\nlocal orphan\n");

        assert_int_equal(c->problems.n, 0);
        assert_lines(c,
                "allow 10.0.0.0/8\nmaxdistance 5\nport 2\nallow 11.0.0.0/8\nbindaddress ::1\nbindaddress 192.0.2.2\n"
                "local orphan\n");
}

static void long_lines(void **state) {
        char line[LINE_MAX_BYTES + 2];

        memset(line, 'x', sizeof(line));
        memcpy(line, "logdir /", 8);
        line[LINE_MAX_BYTES] = '\0';
        _cleanup_(config_freep)
        Config *fits = config_of(line);
        assert_int_equal(fits->problems.n, 0);

        line[LINE_MAX_BYTES] = 'x';
        line[LINE_MAX_BYTES + 1] = '\0';
        assert_only_problem(line, PROBLEM_ERROR, "command line:1: the line is longer than 2047 bytes");
}

static void hostile_bytes(void **state) {
        assert_only_problem(
                "\x1b[31m\xff", PROBLEM_ERROR, "command line:1: '?[31m?': there is no such directive");
        assert_only_problem("\xef\xbb\xbfport 0", PROBLEM_ERROR,
                "command line:1: the line begins with a byte order mark (EF BB BF): save the file without it");
        _cleanup_(config_freep)
        Config *c = config_of("port 0\r\nlogdir /tmp/\xc3\xbc\xff\n");
        assert_int_equal(c->problems.n, 0);
        assert_lines(c, "port 0\nlogdir /tmp/\xc3\xbc\xff\n");
}

static void many_words(void **state) {
        char line[LINE_MAX_BYTES + 1] = "ntsaeads";
        size_t n = strlen(line);

        while (n + 3 < sizeof(line))
                n += (size_t)snprintf(line + n, sizeof(line) - n, " 15");
        _cleanup_(config_freep)
        Config *c = config_of(line);
        assert_int_equal(c->problems.n, 0);
        assert_int_equal(c->lines[0].n_values, (n - 8) / 3);
}

static void defaults_as_lines(void **state) {
        static const char *const rows[][2] = { { "maxdistance", "maxdistance 3" },
                { "authselectmode", "authselectmode mix" }, { "ntsaeads", "ntsaeads 30 15" },
                { "makestep", NULL }, { "rtcsync", NULL }, { "driftfile", NULL }, { "server", NULL },
                { "local", NULL }, { "log", NULL } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_free_ char *text = NULL;
                size_t size;
                ConfigLine l;
                int r = config_line_default(directive_find(rows[i][0]), &l);

                assert_int_equal(r, rows[i][1] ? LINE_READ : LINE_EMPTY);
                if (!rows[i][1])
                        continue;
                FILE *memory = open_memstream(&text, &size);
                config_line_write(&l, memory);
                fclose(memory);
                assert_string_equal(text, rows[i][1]);
                config_line_done(&l);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(errors),
                cmocka_unit_test(warnings),
                cmocka_unit_test(silent),
                cmocka_unit_test(normal_forms),
                cmocka_unit_test(last_one_wins),
                cmocka_unit_test(long_lines),
                cmocka_unit_test(hostile_bytes),
                cmocka_unit_test(many_words),
                cmocka_unit_test(defaults_as_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
