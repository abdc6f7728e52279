/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/published.h"

#include "base/printable.h"
#include "dbus/names.h"

#include <stdio.h>
#include <string.h>

const char *leap_text(LeapStatus leap) {
        switch (leap) {
        case LEAP_NORMAL:
                return "normal";
        case LEAP_INSERT:
                return "insert";
        case LEAP_DELETE:
                return "delete";
        case LEAP_UNSYNCHRONIZED:
                break;
        }
        return "unsynchronized";
}

const char *clean_copy(const char *text, char *buffer, size_t size) {
        snprintf(buffer, size, "%s", text);
        printable_clean(buffer);
        return buffer;
}

static uint32_t path_id(const char *path, const char *above) {
        size_t n = strlen(above);
        uint64_t id = 0;

        if (strncmp(path, above, n) != 0 || path[n] != '/' || path[n + 1] == '0')
                return 0;
        for (const char *p = path + n + 1; *p; p++) {
                if (*p < '0' || *p > '9')
                        return 0;
                id = id * 10 + (uint64_t)(*p - '0');
                if (id > UINT32_MAX)
                        return 0;
        }
        return (uint32_t)id;
}

const char *source_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]) {
        snprintf(buffer, SOURCE_PATH_MAX, TIMEBALL_SOURCES_PATH "/%u", id);
        return buffer;
}

uint32_t source_path_id(const char *path) {
        return path_id(path, TIMEBALL_SOURCES_PATH);
}

const char *pool_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]) {
        snprintf(buffer, SOURCE_PATH_MAX, TIMEBALL_POOLS_PATH "/%u", id);
        return buffer;
}

uint32_t pool_path_id(const char *path) {
        return path_id(path, TIMEBALL_POOLS_PATH);
}

const char *hint_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]) {
        snprintf(buffer, SOURCE_PATH_MAX, TIMEBALL_HINTS_PATH "/%u", id);
        return buffer;
}

uint32_t hint_path_id(const char *path) {
        return path_id(path, TIMEBALL_HINTS_PATH);
}

const char *source_name(const SourceIdentity *i, char buffer[static NAME_MAX_BYTES]) {
        return clean_copy(i->name, buffer, NAME_MAX_BYTES);
}

const char *source_origin(const SourceIdentity *i, char buffer[static NAME_MAX_BYTES]) {
        if (i->pool_id)
                snprintf(buffer, NAME_MAX_BYTES, "pool:%u", i->pool_id);
        else
                clean_copy(i->origin, buffer, NAME_MAX_BYTES);
        return buffer;
}

const char *source_ref_id(const SourceView *v, char buffer[static REF_ID_TEXT_MAX]) {
        buffer[0] = '\0';
        return v->link.exchange.version ? ref_id_format(v->link.exchange.ref_id, v->stratum, buffer) : buffer;
}

const char *source_tests(const AssocExchange *x, char buffer[static TESTS_TEXT_MAX]) {
        size_t n = 0;

        for (unsigned bit = 0; x->version && bit < 10; bit++) {
                if (bit == 3 || bit == 6)
                        buffer[n++] = ' ';
                buffer[n++] = x->tests & (UINT32_C(1) << bit) ? '1' : '0';
        }
        buffer[n] = '\0';
        return buffer;
}

static const char *following_reason(const Snapshot *s, char buffer[static PUBLISHED_TEXT_MAX]) {
        char address[NET_ADDRESS_TEXT_MAX];
        const SourceView *v = snapshot_find(s, s->selection.selected);

        if (!v)
                return "a source is selected";
        net_address_format(&v->identity.remote.address, address);
        if (strcmp(address, v->identity.name) == 0)
                snprintf(buffer, PUBLISHED_TEXT_MAX, "following %s", address);
        else
                snprintf(buffer, PUBLISHED_TEXT_MAX, "following %s (%s)", v->identity.name, address);
        printable_clean(buffer);
        return buffer;
}

static const char *selection_reason(const Snapshot *s, char buffer[static PUBLISHED_TEXT_MAX]) {
        if (s->n_sources == 0)
                return "no source is configured";
        if (s->selection.result == SELECTION_OK)
                return following_reason(s, buffer);
        return selection_result_format(
                s->selection.result, s->selection.n_agreeing, s->selection.n_voters, buffer);
}

const char *state_reason(const Snapshot *s, char buffer[static PUBLISHED_TEXT_MAX]) {
        char why[PUBLISHED_TEXT_MAX];

        if (!s->local_reference)
                return selection_reason(s, buffer);
        snprintf(buffer, PUBLISHED_TEXT_MAX, "%.400s; the local clock stands in as a reference of stratum %d",
                selection_reason(s, why), s->served.stratum);
        return buffer;
}
