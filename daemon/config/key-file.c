/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/key-file.h"

#include "config/plain-file.h"
#include "config/words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct KeyReader {
        Place place;
        Problems *problems;
        KeyRing *ring;
} KeyReader;

/* As chronyd reads it: digits with whatever behind them. 0: no ID. */
static uint32_t read_id(const char *word, const char **ret_rest) {
        char *rest;

        errno = 0;
        unsigned long long id = isdigit((unsigned char)word[word[0] == '+']) ? strtoull(word, &rest, 10) : 0;
        if (errno != 0 || id == 0 || id > UINT32_MAX)
                return 0;
        *ret_rest = rest;
        return (uint32_t)id;
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place: n digits become n / 2 octets. False if they are no pairs of digits. */
static bool decode_hex(char *text, size_t n) {
        for (size_t i = 0; i + 1 < n; i += 2) {
                int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

                if (high < 0 || low < 0)
                        return false;
                text[i / 2] = (char)(high << 4 | low);
        }
        return n % 2 == 0;
}

/* The octets that a word stands for, in place; false if it is no key. */
static bool decode_secret(char *word, MacKey *ret) {
        bool ok = true;

        if (strncmp(word, "HEX:", 4) == 0) {
                word += 4;
                ret->n = strlen(word) / 2;
                ok = decode_hex(word, strlen(word));
        } else {
                word += strncmp(word, "ASCII:", 6) == 0 ? 6 : 0;
                ret->n = strlen(word);
        }
        ret->secret = (const uint8_t *)word;
        return ok && ret->n > 0;
}

static int warn_weak(KeyReader *r, const MacKey *key, const char *id) {
        if (8 * key->n >= KEY_SECURE_BITS)
                return 0;
        return problems_add(r->problems, PROBLEM_WARNING, r->place, id,
                "the key has %zu bits, which can be guessed: it should have %d at least", 8 * key->n,
                KEY_SECURE_BITS);
}

static int add_key(KeyReader *r, const MacKey *key, const char *id) {
        int result = key_ring_add(r->ring, key);

        switch (result) {
        case KEY_RING_NEW:
                return warn_weak(r, key, id);
        case KEY_RING_REPLACED:
                result = problems_add(r->problems, PROBLEM_WARNING, r->place, id,
                        "there is a key with this ID before it: this one counts");
                return result < 0 ? result : warn_weak(r, key, id);
        case -ENOSPC:
                return problems_add(r->problems, PROBLEM_WARNING, r->place, id,
                        "more than %d keys: this one is left out", KEY_RING_MAX);
        default:
                return result;
        }
}

/* A key with an ID; `type` may be NULL. */
static int read_key(KeyReader *r, uint32_t id, const char *type, char *secret) {
        int found = type ? mac_type_from_string(type) : MAC_MD5;
        MacKey key = { .id = id, .type = (MacType)found };
        char text[16];

        snprintf(text, sizeof(text), "%" PRIu32, id);
        if (found < 0)
                return problems_add(r->problems, PROBLEM_WARNING, r->place, text,
                        "the type of the key is none of MD5, SHA1, SHA256, SHA384, SHA512, SHA3-224, SHA3-256, "
                        "SHA3-384, SHA3-512, AES128, AES256: the key is left out");
        if (!decode_secret(secret, &key))
                return problems_add(r->problems, PROBLEM_WARNING, r->place, text,
                        "the key is empty, or HEX: without pairs of hexadecimal digits: it is left out");
        size_t size = mac_secret_size(key.type);
        if (size > 0 && key.n != size)
                return problems_add(r->problems, PROBLEM_WARNING, r->place, text,
                        "a key of type %s has %zu bits, not %zu: it is left out",
                        mac_type_to_string(key.type), 8 * size, 8 * key.n);
        return add_key(r, &key, text);
}

static int read_words(KeyReader *r, Words *w) {
        size_t n = words_count(w);
        const char *rest;

        if (n < 2 || n > 3)
                return problems_add(r->problems, PROBLEM_WARNING, r->place, NULL,
                        "a key is written as ID [TYPE] [ASCII:|HEX:]KEY, in two or three words, not %zu: the line "
                        "is left out",
                        n);
        uint32_t id = read_id(words_next(w), &rest);
        if (id == 0)
                return problems_add(r->problems, PROBLEM_WARNING, r->place, NULL,
                        "the line begins with no ID from 1 to 4294967295: it is left out");
        if (rest[0]) {
                int result = problems_add(r->problems, PROBLEM_WARNING, r->place, NULL,
                        "the ID is read as %" PRIu32 ": something stands behind the number", id);
                if (result < 0)
                        return result;
        }
        const char *type = n == 3 ? words_next(w) : NULL;
        return read_key(r, id, type, words_next(w));
}

static int read_line(KeyReader *r, const char *text) {
        Words w;
        int result = 0;

        if (!words_init(&w, text))
                return problems_add(r->problems, PROBLEM_WARNING, r->place, NULL,
                        "the line is longer than %d bytes: it is left out", LINE_MAX_BYTES);
        if (!words_is_comment(&w))
                result = read_words(r, &w);
        explicit_bzero(&w, sizeof(w));
        return result;
}

/* The line's bytes as a string; too long a one stays too long. */
static int read_bytes(KeyReader *r, const char *bytes, size_t n) {
        char text[LINE_MAX_BYTES + 2];
        int result = 0;

        if (memchr(bytes, '\0', n))
                result = problems_add(r->problems, PROBLEM_WARNING, r->place, NULL,
                        "a NUL byte: the rest of the line is ignored");
        if (n >= sizeof(text))
                n = sizeof(text) - 1;
        memcpy(text, bytes, n);
        text[n] = '\0';
        if (result == 0)
                result = read_line(r, text);
        explicit_bzero(text, sizeof(text));
        return result;
}

int key_file_parse(const char *text, size_t n, const char *path, Problems *problems, KeyRing *ring) {
        KeyReader r = { .place = { path, 0 }, .problems = problems, .ring = ring };
        int result = 0;

        for (size_t at = 0; result == 0 && at < n;) {
                const char *end = memchr(text + at, '\n', n - at);
                size_t length = end ? (size_t)(end - text) - at : n - at;

                r.place.line++;
                result = read_bytes(&r, text + at, length);
                at += length + 1;
        }
        return result;
}

/* Up to `size` bytes. Their number, or a negative errno. */
static ssize_t read_all(int fd, char *buffer, size_t size) {
        size_t n = 0;

        while (n < size) {
                ssize_t k = read(fd, buffer + n, size - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                n += (size_t)k;
        }
        return (ssize_t)n;
}

static int warn_unreadable(int error, const char *path, Place place, Problems *problems) {
        return problems_add(problems, PROBLEM_WARNING, place, path, "the keys can't be read: %s",
                plain_file_error(error));
}

static int warn_lax(int fd, const char *path, Problems *problems) {
        struct stat s;

        if (fstat(fd, &s) < 0 || (s.st_mode & (S_IROTH | S_IWOTH)) == 0)
                return 0;
        return problems_add(problems, PROBLEM_WARNING, (Place){ path, 0 }, NULL, "everybody may %s the keys",
                s.st_mode & S_IWOTH ? "change" : "read");
}

static int read_open_file(int fd, const char *path, Place place, Problems *problems, KeyRing *ring) {
        _cleanup_free_ char *text = malloc(KEY_FILE_MAX_BYTES + 1);
        int result;

        if (!text)
                return -ENOMEM;
        ssize_t n = read_all(fd, text, KEY_FILE_MAX_BYTES + 1);
        if (n < 0)
                return warn_unreadable((int)-n, path, place, problems);
        result = warn_lax(fd, path, problems);
        if (result == 0 && n > KEY_FILE_MAX_BYTES)
                result = problems_add(problems, PROBLEM_WARNING, place, path,
                        "the file is larger than %d bytes: the rest of it is not read", KEY_FILE_MAX_BYTES);
        if (result == 0)
                result = key_file_parse(text, (size_t)n < KEY_FILE_MAX_BYTES ? (size_t)n : KEY_FILE_MAX_BYTES,
                        path, problems, ring);
        explicit_bzero(text, (size_t)n);
        return result;
}

int key_file_read(const char *path, bool pipes, Place place, Problems *problems, KeyRing *ring) {
        int fd = plain_file_open(path, pipes);

        if (fd < 0)
                return warn_unreadable(-fd, path, place, problems);
        int result = read_open_file(fd, path, place, problems, ring);
        (void)close(fd);
        return result;
}
