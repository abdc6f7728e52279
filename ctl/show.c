/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl show: properties as they stand on the bus, NAME=VALUE. */

#include "show.h"

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "text.h"
#include "verbs.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 4096 };

static void show_scalar(const Value *v, FILE *out) {
        char buffer[SHOWN_MAX];

        switch (v->kind) {
        case VALUE_BOOLEAN:
                fputs(v->boolean ? "yes" : "no", out);
                break;
        case VALUE_INTEGER:
                fprintf(out, "%" PRIi64, v->integer);
                break;
        case VALUE_UNSIGNED:
                fprintf(out, "%" PRIu64, v->number);
                break;
        case VALUE_DOUBLE:
                fputs(isnan(v->real) ? "nan" : json_real(v->real, buffer), out);
                break;
        case VALUE_STRING:
                fputs(text_clean(v->text, buffer, sizeof(buffer)), out);
                break;
        case VALUE_NULL:
        case VALUE_ARRAY:
        case VALUE_OBJECT:
                break;
        }
}

static void show_nested(const Value *v, FILE *out) {
        char *text = NULL;
        size_t n;

        FILE *memory = open_memstream(&text, &n);
        if (!memory)
                abort();
        json_emit(v, JSON_SHORT, memory);
        fclose(memory);
        fwrite(text, 1, n - 1, out); /* without its newline */
        free(text);
}

void show_value(const Value *v, FILE *out) {
        char buffer[SHOWN_MAX];

        if (v->kind != VALUE_ARRAY && v->kind != VALUE_OBJECT) {
                show_scalar(v, out);
                return;
        }
        value_foreach(child, v)
                if (child->first) {
                        show_nested(v, out);
                        return;
                }
        value_foreach(child, v) {
                fputs(child == v->first ? "" : " ", out);
                if (child->key)
                        fprintf(out, "%s=", text_clean(child->key, buffer, sizeof(buffer)));
                show_scalar(child, out);
        }
}

static void show_property(const Value *property, const Options *o, FILE *out) {
        char name[SHOWN_MAX];

        if (!o->values_only)
                fprintf(out, "%s=", text_clean(property->key, name, sizeof(name)));
        show_value(property, out);
        fputc('\n', out);
}

static bool is_known(const Value *v) {
        switch (v->kind) {
        case VALUE_NULL:
                return false;
        case VALUE_DOUBLE:
                return !isnan(v->real);
        case VALUE_STRING:
                return v->text[0] != '\0';
        case VALUE_ARRAY:
        case VALUE_OBJECT:
                return v->first;
        case VALUE_BOOLEAN:
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
                return true;
        }
        return true;
}

void show_draw(const Value *properties, const Options *o, FILE *out) {
        for (size_t i = 0; i < o->n_properties; i++)
                show_property(value_get(properties, o->properties[i]), o, out);
        if (o->n_properties == 0)
                value_foreach(property, properties)
                        if (o->all_properties || is_known(property))
                                show_property(property, o, out);
}

static ExitStatus find_path(Client *c, const char *object, char **ret) {
        static const struct {
                const char *word, *path;
        } singles[] = { { "manager", TIMEBALL_PATH }, { "clock", TIMEBALL_CLOCK_PATH },
                { "server", TIMEBALL_SERVER_PATH } };

        for (size_t i = 0; i < ELEMENTS(singles); i++)
                if (strcmp(singles[i].word, object) == 0 || strcmp(singles[i].path, object) == 0) {
                        *ret = strdup(singles[i].path);
                        if (!*ret)
                                abort();
                        return STATUS_OK;
                }
        return client_find_source(c, object, ret);
}

/* Without an object: manager and clock together; no property of theirs has the same name. */
static ExitStatus fetch_both(Client *c, Value **ret) {
        Value *clock = NULL;

        ExitStatus status = client_properties(c, TIMEBALL_PATH, ret);
        if (status == STATUS_OK)
                status = client_properties(c, TIMEBALL_CLOCK_PATH, &clock);
        if (status == STATUS_OK)
                value_merge(*ret, clock);
        return status;
}

static ExitStatus fetch(const Invocation *invocation, const char *object, Value **ret) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_free_ char *path = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status != STATUS_OK)
                return status;
        if (!object)
                return fetch_both(c, ret);
        status = find_path(c, object, &path);
        return status == STATUS_OK ? client_properties(c, path, ret) : status;
}

static bool is_asked_for(const Value *property, const Options *o) {
        for (size_t i = 0; i < o->n_properties; i++)
                if (strcmp(property->key, o->properties[i]) == 0)
                        return true;
        return o->n_properties == 0;
}

/* What was not asked for goes. */
static void keep_asked_for(Value *properties, const Options *o) {
        Value *next, *last = NULL;

        for (Value *v = properties->first; v; v = next) {
                next = v->next;
                if (is_asked_for(v, o)) {
                        last = v;
                        continue;
                }
                *(last ? &last->next : &properties->first) = next;
                v->parent = v->next = NULL;
                value_free(v);
        }
        properties->last = last;
}

/* All that were asked for are there. */
static ExitStatus check_properties(const Value *properties, const Options *o) {
        for (size_t i = 0; i < o->n_properties; i++)
                if (!value_get(properties, o->properties[i])) {
                        fprintf(stderr, "timeballctl: there is no property '%s'\n", o->properties[i]);
                        return STATUS_FAILURE;
                }
        return STATUS_OK;
}

ExitStatus verb_show(const Invocation *invocation) {
        _cleanup_(value_freep)
        Value *properties = NULL;
        const Options *o = invocation->options;

        ExitStatus status =
                fetch(invocation, invocation->n > 0 ? invocation->arguments[0] : NULL, &properties);
        if (status == STATUS_OK)
                status = check_properties(properties, o);
        if (status != STATUS_OK)
                return status;
        if (o->json == JSON_OFF) {
                show_draw(properties, o, invocation->out);
                return STATUS_OK;
        }
        keep_asked_for(properties, o);
        json_emit(properties, o->json, invocation->out);
        return STATUS_OK;
}
