/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/changes.h"

#include "bus/pace.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was last told of one object, and when it may be told about again. */
typedef struct Shown {
        uint32_t id; /* sources only */
        uint64_t next_usec;
        uint64_t fingerprints[WATCHED_MAX];
} Shown;

typedef struct ShownSources {
        Shown *items; /* by id, ascending */
        size_t n;
} ShownSources;

struct Changes {
        const ChangeSink *sink;
        void *userdata;
        const BusOptions *options;
        ManagerMemory *memory;
        Published scratch; /* not the Bus's: sending reads properties, which fills that one */
        Shown manager, clock, server;
        ShownSources sources;
        Pace pace;
        bool overflowed;
        uint64_t next_overflow_usec;
};

static const BusObject *const manager_aspects[] = { &manager_object, NULL };
static const BusObject *const clock_aspects[] = { &clock_object, NULL };
static const BusObject *const server_aspects[] = { &server_object, NULL };
static const BusObject *const source_aspects[] = { &source_object, &ntp_source_object, NULL };

Changes *changes_new(
        const ChangeSink *sink, void *userdata, const BusOptions *options, ManagerMemory *memory) {
        Changes *c = calloc(1, sizeof(*c));
        if (c) {
                c->sink = sink;
                c->userdata = userdata;
                c->options = options;
                c->memory = memory;
        }
        return c;
}

Changes *changes_free(Changes *c) {
        if (c)
                free(c->sources.items);
        free(c);
        return NULL;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

static void fingerprint_all(
        const BusObject *const *aspects, const void *published, uint64_t ret[static WATCHED_MAX]) {
        size_t n = 0;

        memset(ret, 0, sizeof(*ret) * WATCHED_MAX);
        for (; *aspects; aspects++)
                n += object_fingerprints(*aspects, published, ret + n, WATCHED_MAX - n);
}

static void tell_properties(Changes *c, const char *path, const BusObject *const *aspects,
        const uint64_t *before, const uint64_t *after) {
        char *names[WATCHED_MAX + 1];

        for (; *aspects; aspects++) {
                if (object_changed(*aspects, before, after, names) > 0)
                        c->sink->properties(c->userdata, path, (*aspects)->interface, names);
                size_t n = object_fingerprints(*aspects, &c->scratch, NULL, 0);
                before += n;
                after += n;
        }
}

/* Tells what changed in the object that stands in the scratch, or returns when it may. path NULL: it is a source. */
static uint64_t scan_object(
        Changes *c, const char *path, const BusObject *const *aspects, Shown *shown, uint64_t now_usec) {
        uint64_t fresh[WATCHED_MAX];
        char source[SOURCE_PATH_MAX];

        fingerprint_all(aspects, &c->scratch, fresh);
        if (memcmp(fresh, shown->fingerprints, sizeof(fresh)) == 0)
                return CHANGES_NEVER;
        if (now_usec < shown->next_usec)
                return shown->next_usec;
        if (pace_take(&c->pace, now_usec)) {
                tell_properties(
                        c, path ? path : source_path(shown->id, source), aspects, shown->fingerprints, fresh);
                shown->next_usec = now_usec + CHANGES_OBJECT_USEC;
        } else if (shown->id)
                c->overflowed = true; /* "read all sources again" covers it */
        else
                return now_usec + CHANGES_WINDOW_USEC;
        memcpy(shown->fingerprints, fresh, sizeof(fresh));
        return CHANGES_NEVER;
}

static uint64_t scan_singles(Changes *c, const Snapshot *s, const ServerView *server, uint64_t now_usec) {
        manager_publish(&c->scratch.manager, s, c->options, c->memory);
        uint64_t due = scan_object(c, TIMEBALL_PATH, manager_aspects, &c->manager, now_usec);
        clock_publish(&c->scratch.clock, s);
        due = earlier(due, scan_object(c, TIMEBALL_CLOCK_PATH, clock_aspects, &c->clock, now_usec));
        server_publish(&c->scratch.server, s, server);
        return earlier(due, scan_object(c, TIMEBALL_SERVER_PATH, server_aspects, &c->server, now_usec));
}

/* Those that everybody knows and that still are there; both lists ascend. */
static uint64_t scan_sources(Changes *c, const Snapshot *s, uint64_t now_usec) {
        uint64_t due = CHANGES_NEVER;
        size_t i = 0, j = 0;

        while (i < c->sources.n && j < s->n_sources) {
                Shown *shown = &c->sources.items[i];
                uint32_t id = s->sources[j].identity.id;
                if (shown->id == id) {
                        source_publish(&c->scratch.source, s, &s->sources[j]);
                        due = earlier(due, scan_object(c, NULL, source_aspects, shown, now_usec));
                }
                i += shown->id <= id;
                j += id <= shown->id;
        }
        return due;
}

static bool same_sources(const ShownSources *known, const Snapshot *s) {
        if (known->n != s->n_sources)
                return false;
        for (size_t i = 0; i < known->n; i++)
                if (known->items[i].id != s->sources[i].identity.id)
                        return false;
        return true;
}

static void show_source(Changes *c, const Snapshot *s, const SourceView *v, Shown *ret) {
        *ret = (Shown){ .id = v->identity.id };
        source_publish(&c->scratch.source, s, v);
        fingerprint_all(source_aspects, &c->scratch, ret->fingerprints);
}

/* Merges the sources that everybody knows with those that there are; both lists ascend. What exceeds the budget stays as
 * it is until the next scan. True if nothing is left over. */
static bool merge_sources(Changes *c, const Snapshot *s, Shown *merged, size_t *ret_n) {
        char path[SOURCE_PATH_MAX];
        size_t i = 0, j = 0, n = 0, budget = CHANGES_OBJECTS_PER_SCAN;
        bool complete = true;

        while (i < c->sources.n || j < s->n_sources) {
                const Shown *known = i < c->sources.n ? &c->sources.items[i] : NULL;
                const SourceView *v = j < s->n_sources ? &s->sources[j] : NULL;
                bool gone = known && (!v || known->id < v->identity.id);
                bool come = v && (!known || v->identity.id < known->id);

                if ((gone || come) && budget == 0)
                        complete = false;
                if (gone && budget > 0)
                        c->sink->removed(c->userdata, source_path(known->id, path));
                else if (come && budget > 0) {
                        show_source(c, s, v, &merged[n++]);
                        c->sink->added(c->userdata, source_path(v->identity.id, path));
                } else if (!come)
                        merged[n++] = *known;
                if ((gone || come) && budget > 0)
                        budget--;
                i += !come;
                j += !gone;
        }
        *ret_n = n;
        return complete;
}

static uint64_t scan_arrivals(Changes *c, const Snapshot *s, uint64_t now_usec) {
        if (same_sources(&c->sources, s))
                return CHANGES_NEVER;
        Shown *merged = calloc(c->sources.n + s->n_sources, sizeof(*merged));
        if (!merged)
                return now_usec + CHANGES_OBJECT_USEC;
        bool complete = merge_sources(c, s, merged, &c->sources.n);
        free(c->sources.items);
        c->sources.items = merged;
        return complete ? CHANGES_NEVER : now_usec + CHANGES_WINDOW_USEC;
}

static uint64_t scan_overflow(Changes *c, const Snapshot *s, uint64_t now_usec) {
        if (!c->overflowed)
                return CHANGES_NEVER;
        if (now_usec < c->next_overflow_usec)
                return c->next_overflow_usec;
        c->sink->overflow(c->userdata, s->generation);
        c->overflowed = false;
        c->next_overflow_usec = now_usec + CHANGES_OBJECT_USEC;
        return CHANGES_NEVER;
}

uint64_t changes_scan(Changes *c, const Snapshot *s, const ServerView *server, uint64_t now_usec) {
        uint64_t due = scan_arrivals(c, s, now_usec);

        due = earlier(due, scan_singles(c, s, server, now_usec));
        due = earlier(due, scan_sources(c, s, now_usec));
        return earlier(due, scan_overflow(c, s, now_usec));
}

int changes_reset(Changes *c, const Snapshot *s, const ServerView *server, uint64_t now_usec) {
        Shown *items = calloc(s->n_sources + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        free(c->sources.items);
        c->sources = (ShownSources){ items, s->n_sources };
        for (size_t i = 0; i < s->n_sources; i++)
                show_source(c, s, &s->sources[i], &items[i]);
        c->manager = c->clock = c->server = (Shown){ 0 };
        manager_publish(&c->scratch.manager, s, c->options, c->memory);
        fingerprint_all(manager_aspects, &c->scratch, c->manager.fingerprints);
        clock_publish(&c->scratch.clock, s);
        fingerprint_all(clock_aspects, &c->scratch, c->clock.fingerprints);
        server_publish(&c->scratch.server, s, server);
        fingerprint_all(server_aspects, &c->scratch, c->server.fingerprints);
        pace_init(&c->pace, now_usec);
        c->overflowed = false;
        return 0;
}
