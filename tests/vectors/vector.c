/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vector.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <stdio.h>

enum { VECTORS_EXPECTED = 100, LINE_MAX_BYTES = 2048 };

static void close_file(FILE **f) {
        if (*f)
                fclose(*f);
}

static void close_folder(DIR **d) {
        if (*d)
                closedir(*d);
}

static void read_fields(Vector *v, const char *text) {
        VectorField field;
        int used;

        for (; sscanf(text, "%x/%u%n", &field.type, &field.length, &used) == 2; text += used) {
                assert_true(v->n_fields < VECTOR_FIELDS_MAX);
                v->fields[v->n_fields++] = field;
        }
}

static void read_key(Vector *v, const char *key, const char *value) {
        const struct {
                const char *key;
                char *word;
        } words[] = {
                { "result", v->result },
                { "mac", v->mac },
                { "kiss", v->kiss },
                { "reply", v->reply },
        };

        for (size_t i = 0; i < ELEMENTS(words); i++)
                if (strcmp(key, words[i].key) == 0) {
                        snprintf(words[i].word, VECTOR_WORD_MAX, "%s", value);
                        return;
                }
        if (strcmp(key, "fields") == 0)
                read_fields(v, value);
        else if (strcmp(key, "header") != 0 || sscanf(value, "%u %63s", &v->version, v->mode) != 2)
                fail_msg("%s: %s", v->name, key);
}

static void read_octets(Vector *v, const char *text) {
        unsigned octet;
        int used;

        for (; sscanf(text, "%2x%n", &octet, &used) == 1; text += used) {
                assert_true(v->n < VECTOR_BYTES_MAX);
                v->bytes[v->n++] = (uint8_t)octet;
        }
        if (text[strspn(text, " \n")] != '\0')
                fail_msg("%s: no octets: %s", v->name, text);
}

static void load(const char *folder, const char *file, Vector *v) {
        char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES];

        memset(v, 0, sizeof(*v));
        snprintf(v->name, sizeof(v->name), "%.*s", (int)strcspn(file, "."), file);
        snprintf(path, sizeof(path), "%s/%s", folder, file);
        _cleanup_(close_file)
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("cannot open %s", path);

        while (fgets(line, sizeof(line), f)) {
                char *colon = strchr(line, ':');
                line[strcspn(line, "\n")] = '\0';
                if (line[0] == '#')
                        continue;
                if (!colon) {
                        read_octets(v, line);
                        continue;
                }
                *colon = '\0';
                read_key(v, line, colon + 1 + strspn(colon + 1, " "));
        }
}

void vectors_each(const char *folder, void (*check)(const Vector *v)) {
        _cleanup_(close_folder)
        DIR *d = opendir(folder);
        size_t n = 0;

        if (!d)
                fail_msg("cannot open %s", folder);
        for (struct dirent *entry; (entry = readdir(d));) {
                const char *suffix = strrchr(entry->d_name, '.');
                Vector v;
                if (!suffix || strcmp(suffix, ".hex") != 0)
                        continue;
                load(folder, entry->d_name, &v);
                check(&v);
                n++;
        }
        assert_true(n >= VECTORS_EXPECTED);
}
