/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/key-file.h"

/* The text of a key file with what became of it. */
typedef struct Reading {
        KeyRing ring;
        Problems problems;
} Reading;

static void read_text(Reading *r, const char *text, size_t n) {
        /* At its exact size, so that a sanitizer sees the first byte too many. */
        char *exact = malloc(n + (n == 0));

        *r = (Reading){ 0 };
        assert_non_null(exact);
        memcpy(exact, text, n);
        assert_int_equal(key_file_parse(exact, n, "/keys", &r->problems, &r->ring), 0);
        free(exact);
        assert_int_equal(problems_count(&r->problems, PROBLEM_ERROR), 0);
}

static void done(Reading *r) {
        problems_done(&r->problems);
        key_ring_done(&r->ring);
}

static void assert_key(const KeyRing *ring, uint32_t id, MacType type, const char *secret, size_t n) {
        const MacKey *key = key_ring_find(ring, id);

        assert_non_null(key);
        assert_int_equal(key->type, type);
        assert_int_equal(key->n, n);
        assert_memory_equal(key->secret, secret, n);
}

/* What chronyd 4.3 takes for a key, and the type and octets that it is. */
static void keys(void **state) {
        static const struct {
                const char *line;
                uint32_t id;
                MacType type;
                const char *secret;
                size_t n;
        } rows[] = {
                { "1 secretsecret", 1, MAC_MD5, "secretsecret", 12 },
                { "1 ASCII:secretsecret", 1, MAC_MD5, "secretsecret", 12 },
                { "1 HEX:00ff7F80a0B1c2D3e4F5", 1, MAC_MD5, "\0\xff\x7f\x80\xa0\xb1\xc2\xd3\xe4\xf5", 10 },
                { "1 MD5 secretsecret", 1, MAC_MD5, "secretsecret", 12 },
                { "2 SHA1 secretsecret", 2, MAC_SHA1, "secretsecret", 12 },
                { "3 SHA256 secretsecret", 3, MAC_SHA256, "secretsecret", 12 },
                { "4 SHA384 secretsecret", 4, MAC_SHA384, "secretsecret", 12 },
                { "5 SHA512 secretsecret", 5, MAC_SHA512, "secretsecret", 12 },
                { "6 SHA3-224 secretsecret", 6, MAC_SHA3_224, "secretsecret", 12 },
                { "7 SHA3-256 secretsecret", 7, MAC_SHA3_256, "secretsecret", 12 },
                { "8 SHA3-384 secretsecret", 8, MAC_SHA3_384, "secretsecret", 12 },
                { "9 SHA3-512 secretsecret", 9, MAC_SHA3_512, "secretsecret", 12 },
                { "10 AES128 HEX:00112233445566778899aabbccddeeff", 10, MAC_AES128,
                        "\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16 },
                { "11 AES256 ASCII:thirty-two-octets-of-no-secrecy!", 11, MAC_AES256,
                        "thirty-two-octets-of-no-secrecy!", 32 },
                { "  4294967295\t SHA1  secretsecret \r", 4294967295, MAC_SHA1, "secretsecret", 12 },
                { "+12 SHA1 secretsecret", 12, MAC_SHA1, "secretsecret", 12 },
                { "007 SHA1 secretsecret", 7, MAC_SHA1, "secretsecret", 12 },
                /* Other letters than chronyd's are the key itself. */
                { "1 SHA1 hex:00112233445566", 1, MAC_SHA1, "hex:00112233445566", 18 },
                { "1 SHA1 ascii:secretsecret", 1, MAC_SHA1, "ascii:secretsecret", 18 },
                /* Only we take the type in any letters. */
                { "1 sha3-224 secretsecret", 1, MAC_SHA3_224, "secretsecret", 12 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Reading r;

                read_text(&r, rows[i].line, strlen(rows[i].line));
                assert_int_equal(r.problems.n, 0);
                assert_int_equal(r.ring.n, 1);
                assert_key(&r.ring, rows[i].id, rows[i].type, rows[i].secret, rows[i].n);
                done(&r);
        }
}

static void lines_without_key(void **state) {
        static const char text[] =
                "\n# 1 MD5 secretsecret\n  ! 2 a\n;3 a\n%4 a\n   \n\t\r\n5 SHA1 secretsecret";
        Reading r;

        read_text(&r, text, strlen(text));
        assert_int_equal(r.problems.n, 0);
        assert_int_equal(r.ring.n, 1);
        assert_key(&r.ring, 5, MAC_SHA1, "secretsecret", 12);
        done(&r);
        read_text(&r, "", 0);
        assert_int_equal(r.ring.n, 0);
        done(&r);
}

#define WRITTEN_AS "a key is written as ID [TYPE] [ASCII:|HEX:]KEY, in two or three words, not "
#define NO_ID      "/keys:1: the line begins with no ID from 1 to 4294967295: it is left out"
#define NO_KEY     "/keys:1: '1': the key is empty, or HEX: without pairs of hexadecimal digits: it is left out"

/* None of them says anything of the key. */
static void lines_left_out(void **state) {
        static const struct {
                const char *line, *problem;
        } rows[] = {
                { "secretsecret", "/keys:1: " WRITTEN_AS "1: the line is left out" },
                { "1 SHA1 secretsecret #", "/keys:1: " WRITTEN_AS "4: the line is left out" },
                { "secretsecret SHA1", NO_ID },
                { "SHA1 secretsecret", NO_ID },
                { "0 SHA1 secretsecret", NO_ID },
                { "-1 SHA1 secretsecret", NO_ID },
                { "+-1 SHA1 secretsecret", NO_ID },
                { "+ SHA1 secretsecret", NO_ID },
                { "4294967296 SHA1 secretsecret", NO_ID },
                { "99999999999999999999999 SHA1 secretsecret", NO_ID },
                { "1 SHA1 HEX:", NO_KEY },
                { "1 SHA1 HEX:0", NO_KEY },
                { "1 SHA1 HEX:00112233445566778899a", NO_KEY },
                { "1 SHA1 HEX:secretsecret", NO_KEY },
                { "1 SHA1 HEX:0x112233445566778899", NO_KEY },
                { "1 SHA1 HEX:00 ", NULL },
                { "1 SHA1 ASCII:", NO_KEY },
                { "1 AES128 secretsecret",
                        "/keys:1: '1': a key of type AES128 has 128 bits, not 96: it is left out" },
                { "1 AES256 ASCII:secretsecretsecr",
                        "/keys:1: '1': a key of type AES256 has 256 bits, not 128: it is left out" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Reading r;

                read_text(&r, rows[i].line, strlen(rows[i].line));
                assert_int_equal(r.problems.n, 1);
                _cleanup_free_ char *text = problem_format(&r.problems.items[0]);
                if (rows[i].problem) {
                        assert_string_equal(text, rows[i].problem);
                        assert_int_equal(r.ring.n, 0);
                }
                assert_null(strstr(text, "secret"));
                done(&r);
        }
}

/* The key and its type may have changed places: no unknown type is shown. */
static void unknown_types(void **state) {
        static const char *const lines[] = { "1 TIGER secretsecret", "1 WHIRLPOOL secretsecret",
                "1 secretsecret SHA1", "1 AES-128 secretsecret", "1 M secretsecret" };

        for (size_t i = 0; i < ELEMENTS(lines); i++) {
                Reading r;

                read_text(&r, lines[i], strlen(lines[i]));
                assert_int_equal(r.ring.n, 0);
                _cleanup_free_ char *text = problem_format(&r.problems.items[0]);
                assert_string_equal(text,
                        "/keys:1: '1': the type of the key is none of MD5, SHA1, SHA256, SHA384, SHA512, SHA3-224, "
                        "SHA3-256, SHA3-384, SHA3-512, AES128, AES256: the key is left out");
                for (int type = 0; type < MAC_TYPES; type++)
                        assert_non_null(strstr(text, mac_type_to_string((MacType)type)));
                done(&r);
        }
}

static void keys_with_a_warning(void **state) {
        static const struct {
                const char *text, *problem;
                uint32_t id;
                size_t n;
        } rows[] = {
                { "3 SHA1 secret789",
                        "/keys:1: '3': the key has 72 bits, which can be guessed: it should have 80 at least",
                        3, 9 },
                { "\n\n3 SHA1 HEX:00112233445566778899\n4x SHA1 secretsecret",
                        "/keys:4: the ID is read as 4: something stands behind the number", 4, 12 },
                { "5 MD5 secretsecret\n5 SHA1 secretsecrets",
                        "/keys:2: '5': there is a key with this ID before it: this one counts", 5, 13 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Reading r;

                read_text(&r, rows[i].text, strlen(rows[i].text));
                assert_int_equal(r.problems.n, 1);
                _cleanup_free_ char *text = problem_format(&r.problems.items[0]);
                assert_string_equal(text, rows[i].problem);
                assert_null(strstr(text, "secret"));
                assert_int_equal(key_ring_find(&r.ring, rows[i].id)->type, MAC_SHA1);
                assert_int_equal(key_ring_find(&r.ring, rows[i].id)->n, rows[i].n);
                done(&r);
        }
}

static void nul_and_long_lines(void **state) {
        static const char nul[] = "1 SHA1 secretsecret\0and more\n2 SHA1 secretsecret";
        char line[LINE_MAX_BYTES + 40];
        Reading r;

        read_text(&r, nul, sizeof(nul) - 1);
        assert_int_equal(r.problems.n, 1);
        assert_string_equal(r.problems.items[0].text, "a NUL byte: the rest of the line is ignored");
        assert_key(&r.ring, 1, MAC_SHA1, "secretsecret", 12);
        assert_key(&r.ring, 2, MAC_SHA1, "secretsecret", 12);
        done(&r);

        memset(line, 's', sizeof(line));
        memcpy(line, "7 SHA1 ", 7);
        read_text(&r, line, LINE_MAX_BYTES);
        assert_int_equal(r.problems.n, 0);
        assert_int_equal(key_ring_find(&r.ring, 7)->n, LINE_MAX_BYTES - 7);
        done(&r);
        for (size_t n = LINE_MAX_BYTES + 1; n < sizeof(line); n++) {
                line[n - 1] = 's';
                read_text(&r, line, n);
                assert_int_equal(r.ring.n, 0);
                assert_string_equal(
                        r.problems.items[0].text, "the line is longer than 2047 bytes: it is left out");
                done(&r);
        }
}

static void too_many_keys(void **state) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        Reading r;

        for (unsigned id = 1; id <= KEY_RING_MAX + 1; id++)
                fprintf(out, "%u SHA1 secretsecret\n", id);
        assert_int_equal(fclose(out), 0);
        read_text(&r, text, size);
        assert_int_equal(r.ring.n, KEY_RING_MAX);
        assert_int_equal(r.problems.n, 1);
        _cleanup_free_ char *problem = problem_format(&r.problems.items[0]);
        assert_string_equal(problem, "/keys:16385: '16385': more than 16384 keys: this one is left out");
        done(&r);
        free(text);
}

/* By way of the directive. */
static void in_a_configuration(void **state) {
        Directory d;

        directory_make(&d);
        directory_write(&d, "keys", "1 SHA1 secretsecret\n2 SHA1 short\n");
        directory_write(&d, "conf", "keyfile @/keys\nserver a key 1\npool b key 3\nserver c\n");
        _cleanup_free_ char *keys_path = directory_file(&d, "keys");
        assert_int_equal(chmod(keys_path, 0640), 0);
        _cleanup_(config_freep)
        Config *c = directory_load(&d, "conf");

        assert_key(&c->keys, 1, MAC_SHA1, "secretsecret", 12);
        assert_int_equal(c->sources[0].assoc.key_id, 1);
        assert_int_equal(config_errors(c), 0);
        assert_int_equal(c->problems.n, 2);
        assert_string_equal(c->problems.items[0].file, keys_path);
        assert_int_equal(c->problems.items[0].line, 2);
        assert_int_equal(c->problems.items[1].line, 3);
        assert_string_equal(c->problems.items[1].word, "3");
        _cleanup_free_ char *expected = NULL;
        assert_true(asprintf(&expected, "%s has no key with this ID: b is not asked", keys_path) > 0);
        assert_string_equal(c->problems.items[1].text, expected);
        assert_null(c->without_effect[0]);
        directory_remove(&d);
}

static void a_lax_mode(void **state) {
        static const struct {
                mode_t mode;
                const char *text;
        } rows[] = { { 0600, NULL }, { 0640, NULL }, { 0660, NULL }, { 0644, "everybody may read the keys" },
                { 0602, "everybody may change the keys" }, { 0666, "everybody may change the keys" } };
        Directory d;

        directory_make(&d);
        directory_write(&d, "keys", "1 SHA1 secretsecret\n");
        _cleanup_free_ char *path = directory_file(&d, "keys");
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Reading r = { 0 };

                assert_int_equal(chmod(path, rows[i].mode), 0);
                assert_int_equal(key_file_read(path, false, (Place){ "conf", 3 }, &r.problems, &r.ring), 0);
                assert_int_equal(r.ring.n, 1);
                assert_int_equal(r.problems.n, rows[i].text != NULL);
                if (rows[i].text) {
                        assert_string_equal(r.problems.items[0].text, rows[i].text);
                        assert_string_equal(r.problems.items[0].file, path);
                }
                done(&r);
        }
        directory_remove(&d);
}

static void files_that_cannot_be_read(void **state) {
        Directory d;

        directory_make(&d);
        _cleanup_free_ char *path = directory_file(&d, "none");
        Reading r = { 0 };
        assert_int_equal(key_file_read(path, false, (Place){ "conf", 3 }, &r.problems, &r.ring), 0);
        assert_int_equal(key_file_read(d.path, false, (Place){ "conf", 3 }, &r.problems, &r.ring), 0);
        _cleanup_free_ char *fifo = directory_file(&d, "fifo");
        assert_int_equal(mkfifo(fifo, 0600), 0);
        assert_int_equal(key_file_read(fifo, false, (Place){ "conf", 3 }, &r.problems, &r.ring), 0);
        assert_int_equal(r.problems.n, 3);
        assert_string_equal(r.problems.items[2].text, "the keys can't be read: It is no plain file");
        assert_string_equal(r.problems.items[0].file, "conf");
        assert_int_equal(r.problems.items[0].line, 3);
        assert_string_equal(r.problems.items[0].text, "the keys can't be read: No such file or directory");
        assert_string_equal(r.problems.items[1].text, "the keys can't be read: Is a directory");
        assert_string_equal(r.problems.items[1].word, d.path);
        assert_int_equal(problems_count(&r.problems, PROBLEM_ERROR), 0);
        done(&r);
        directory_remove(&d);
}

static void an_endless_file(void **state) {
        Reading r = { 0 };

        assert_int_equal(key_file_read("/dev/zero", false, (Place){ "conf", 3 }, &r.problems, &r.ring), 0);
        assert_int_equal(r.ring.n, 0);
        assert_string_equal(r.problems.items[1].text,
                "the file is larger than 1048576 bytes: the rest of it is not read");
        done(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys),
                cmocka_unit_test(lines_without_key),
                cmocka_unit_test(lines_left_out),
                cmocka_unit_test(unknown_types),
                cmocka_unit_test(keys_with_a_warning),
                cmocka_unit_test(nul_and_long_lines),
                cmocka_unit_test(too_many_keys),
                cmocka_unit_test(in_a_configuration),
                cmocka_unit_test(a_lax_mode),
                cmocka_unit_test(files_that_cannot_be_read),
                cmocka_unit_test(an_endless_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
