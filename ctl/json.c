/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *json_real(double d, char buffer[static JSON_NUMBER_MAX]) {
        if (!isfinite(d))
                return "null";
        for (int digits = 15; digits <= 17; digits++) {
                snprintf(buffer, JSON_NUMBER_MAX, "%.*g", digits, d);
                if (!(fabs(strtod(buffer, NULL) - d) > 0.0))
                        break;
        }
        return buffer;
}

static void emit_text(const char *text, FILE *out) {
        fputc('"', out);
        for (const unsigned char *p = (const unsigned char *)text; *p; p++)
                if (*p == '"' || *p == '\\')
                        fprintf(out, "\\%c", *p);
                else if (*p < 0x20 || *p == 0x7f)
                        fprintf(out, "\\u%04x", *p);
                else
                        fputc(*p, out);
        fputc('"', out);
}

/* The value itself, or the opening of one that has children. */
static void emit_head(const Value *v, FILE *out) {
        char buffer[JSON_NUMBER_MAX];

        switch (v->kind) {
        case VALUE_NULL:
                fputs("null", out);
                break;
        case VALUE_BOOLEAN:
                fputs(v->boolean ? "true" : "false", out);
                break;
        case VALUE_INTEGER:
                fprintf(out, "%" PRIi64, v->integer);
                break;
        case VALUE_UNSIGNED:
                fprintf(out, "%" PRIu64, v->number);
                break;
        case VALUE_DOUBLE:
                fputs(json_real(v->real, buffer), out);
                break;
        case VALUE_STRING:
                emit_text(v->text, out);
                break;
        case VALUE_ARRAY:
                fputs(v->first ? "[" : "[]", out);
                break;
        case VALUE_OBJECT:
                fputs(v->first ? "{" : "{}", out);
                break;
        }
}

static void emit_break(JsonStyle style, int depth, FILE *out) {
        if (style == JSON_PRETTY)
                fprintf(out, "\n%*s", depth * 8, "");
}

/* What follows a value: a comma, or the closings of all parents that end with it. */
static void emit_tail(const Value *root, const Value *v, JsonStyle style, int *depth, FILE *out) {
        for (; v != root && !v->next; v = v->parent) {
                emit_break(style, --*depth, out);
                fputc(v->parent->kind == VALUE_ARRAY ? ']' : '}', out);
        }
        if (v != root) {
                fputc(',', out);
                emit_break(style, *depth, out);
        }
}

void json_emit(const Value *root, JsonStyle style, FILE *out) {
        int depth = 0;

        for (const Value *v = root; v; v = value_walk(root, v)) {
                if (v->key && v != root) {
                        emit_text(v->key, out);
                        fputs(style == JSON_PRETTY ? ": " : ":", out);
                }
                emit_head(v, out);
                if (v->first)
                        emit_break(style, ++depth, out);
                else
                        emit_tail(root, v, style, &depth, out);
        }
        fputc('\n', out);
}

void json_emit_record(const Value *v, JsonStyle style, FILE *out) {
        fputc(JSON_RECORD, out);
        json_emit(v, style, out);
        fflush(out);
}

typedef struct Reader {
        const char *p;
        int line;
        int depth;
} Reader;

static void skip_space(Reader *r) {
        for (; *r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'; r->p++)
                r->line += *r->p == '\n';
}

static bool take(Reader *r, const char *word) {
        size_t n = strlen(word);

        if (strncmp(r->p, word, n) != 0)
                return false;
        r->p += n;
        return true;
}

static size_t put_utf8(uint32_t c, char *to) {
        if (c < 0x80) {
                to[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                to[0] = (char)(0xc0 | c >> 6);
                to[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                to[0] = (char)(0xe0 | c >> 12);
                to[1] = (char)(0x80 | (c >> 6 & 0x3f));
                to[2] = (char)(0x80 | (c & 0x3f));
                return 3;
        }
        to[0] = (char)(0xf0 | c >> 18);
        to[1] = (char)(0x80 | (c >> 12 & 0x3f));
        to[2] = (char)(0x80 | (c >> 6 & 0x3f));
        to[3] = (char)(0x80 | (c & 0x3f));
        return 4;
}

static bool read_hex4(Reader *r, uint32_t *ret) {
        uint32_t c = 0;

        for (int i = 0; i < 4; i++, r->p++) {
                static const char digits[] = "0123456789abcdef";
                char lower = *r->p >= 'A' && *r->p <= 'F' ? (char)(*r->p + 'a' - 'A') : *r->p;
                const char *digit = lower ? strchr(digits, lower) : NULL;
                if (!digit)
                        return false;
                c = c << 4 | (uint32_t)(digit - digits);
        }
        *ret = c;
        return true;
}

/* After the backslash. A NUL could not stand in a C string and is refused. */
static bool read_escape(Reader *r, char **to) {
        static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
        uint32_t c, low;

        const char *simple = *r->p ? strchr(from, *r->p) : NULL;
        if (simple) {
                r->p++;
                *(*to)++ = into[simple - from];
                return true;
        }
        if (!take(r, "u") || !read_hex4(r, &c) || c == 0)
                return false;
        if (c >= 0xd800 && c < 0xdc00) {
                if (!take(r, "\\u") || !read_hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
                        return false;
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        } else if (c >= 0xdc00 && c < 0xe000)
                return false;
        *to += put_utf8(c, *to);
        return true;
}

/* After the opening quote. The caller frees. */
static char *read_text(Reader *r) {
        char *text = malloc(strlen(r->p) + 1), *to = text; /* escapes only ever get shorter */

        if (!text)
                abort();
        while (*r->p != '"') {
                bool good = (unsigned char)*r->p >= 0x20;
                if (take(r, "\\"))
                        good = read_escape(r, &to);
                else if (good)
                        *to++ = *r->p++;
                if (!good) {
                        free(text);
                        return NULL;
                }
        }
        r->p++;
        *to = '\0';
        return text;
}

static bool read_number(Reader *r, Value *v) {
        size_t digits = strspn(r->p + (*r->p == '-'), "0123456789");
        size_t n = (size_t)(*r->p == '-') + digits;
        char *end;

        if (digits == 0)
                return false;
        if (strchr(".eE", r->p[n]) && r->p[n]) {
                v->kind = VALUE_DOUBLE;
                v->real = strtod(r->p, &end);
        } else if (*r->p == '-') {
                v->kind = VALUE_INTEGER;
                v->integer = strtoll(r->p, &end, 10);
        } else {
                v->kind = VALUE_UNSIGNED;
                v->number = strtoull(r->p, &end, 10);
        }
        r->p = end;
        return true;
}

/* Fills a new value; one that has children is only opened. */
static bool read_value(Reader *r, Value *v) {
        if (take(r, "{"))
                v->kind = VALUE_OBJECT;
        else if (take(r, "["))
                v->kind = VALUE_ARRAY;
        else if (take(r, "null"))
                v->kind = VALUE_NULL;
        else if (take(r, "true")) {
                v->kind = VALUE_BOOLEAN;
                v->boolean = true;
        } else if (take(r, "false"))
                v->kind = VALUE_BOOLEAN;
        else if (take(r, "\"")) {
                char *text = read_text(r);
                if (!text)
                        return false;
                v->kind = VALUE_STRING;
                v->text = text;
        } else
                return read_number(r, v);
        return true;
}

static bool is_container(const Value *v) {
        return v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT;
}

static bool take_close(Reader *r, const Value *container) {
        skip_space(r);
        return take(r, container->kind == VALUE_ARRAY ? "]" : "}");
}

static bool read_key(Reader *r, char **ret) {
        skip_space(r);
        if (!take(r, "\""))
                return false;
        *ret = read_text(r);
        skip_space(r);
        return *ret && take(r, ":");
}

/* After a value: closes all that end here. *parent becomes what the next value belongs to, NULL at the end. */
static bool read_tail(Reader *r, Value **parent) {
        while (*parent) {
                if (!take_close(r, *parent))
                        return take(r, ",");
                *parent = (*parent)->parent;
                r->depth--;
        }
        return true;
}

/* One value with its key, added to *parent (or made *root); *parent becomes what the next one belongs to. */
static bool read_member(Reader *r, Value **root, Value **parent) {
        _cleanup_free_ char *key = NULL;

        if (*parent && (*parent)->kind == VALUE_OBJECT && !read_key(r, &key))
                return false;
        skip_space(r);
        Value *v = *parent ? value_add(*parent, key, VALUE_NULL) : (*root = value_new(VALUE_NULL));
        if (!read_value(r, v))
                return false;
        if (is_container(v) && !take_close(r, v)) {
                *parent = v;
                return ++r->depth <= JSON_DEPTH_MAX;
        }
        return read_tail(r, parent);
}

int json_parse(const char *text, Value **ret) {
        _cleanup_(value_freep)
        Value *root = NULL;
        Reader r = { .p = text, .line = 1 };
        Value *parent = NULL;

        do {
                if (!read_member(&r, &root, &parent))
                        return r.line;
        } while (parent);
        skip_space(&r);
        if (*r.p)
                return r.line;
        *ret = TAKE_PTR(root);
        return 0;
}
