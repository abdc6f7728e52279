/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/changes.h"

#include "base/cleanup.h"
#include "bus/pace.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was last told of one object, and when it may be told about again. */
typedef struct Shown {
        uint32_t id;      /* of one of many */
        unsigned applies; /* bit i: aspect i of its kind */
        uint64_t next_usec;
        uint64_t fingerprints[WATCHED_MAX];
} Shown;

typedef struct ShownList {
        Shown *items; /* by id, ascending */
        size_t n;
} ShownList;

static const BusObject *const manager_aspects[] = { &manager_object, NULL };
static const BusObject *const clock_aspects[] = { &clock_object, NULL };
static const BusObject *const server_aspects[] = { &server_object, NULL };
static const BusObject *const timesync_aspects[] = { &timesync_object, NULL };

static const struct {
        const char *path;
        const BusObject *const *aspects;
        void (*publish)(Published *p, const BusReading *r);
} singles[] = {
        { TIMEBALL_PATH, manager_aspects, manager_publish },
        { TIMEBALL_CLOCK_PATH, clock_aspects, clock_publish },
        { TIMEBALL_SERVER_PATH, server_aspects, server_publish },
        { TIMESYNC_PATH, timesync_aspects, timesync_publish },
};

static const ObjectKind *const kinds[] = { &source_kind, &pool_kind, &hint_kind };

/* The clock's steps since the last one that was told of. */
typedef struct StepToTell {
        double seconds;
        uint64_t at_usec;
        const char *reason; /* NULL: there was none */
} StepToTell;

struct Changes {
        const ChangeSink *sink;
        void *userdata;
        Published scratch; /* not the Bus's: sending reads properties, which fills that one */
        Shown singles[ELEMENTS(singles)];
        ShownList lists[ELEMENTS(kinds)];
        uint32_t selected;
        StepToTell step;
        bool reloaded;
        bool alerts[ALERTS]; /* AlertRaised was the last that was told of it */
        Pace pace;
        bool overflowed;
        uint64_t next_overflow_usec;
};

Changes *changes_new(const ChangeSink *sink, void *userdata) {
        Changes *c = calloc(1, sizeof(*c));
        if (c) {
                c->sink = sink;
                c->userdata = userdata;
        }
        return c;
}

Changes *changes_free(Changes *c) {
        for (size_t i = 0; c && i < ELEMENTS(kinds); i++)
                free(c->lists[i].items);
        free(c);
        return NULL;
}

void changes_note_step(Changes *c, double seconds, uint64_t at_usec, const char *reason) {
        c->step = (StepToTell){ c->step.seconds + seconds, at_usec, reason };
}

void changes_note_reload(Changes *c) {
        c->reloaded = true;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

static const char *path_of(const ObjectKind *kind, uint32_t id, char buffer[static SOURCE_PATH_MAX]) {
        snprintf(buffer, SOURCE_PATH_MAX, "%s/%u", kind->aspects[0]->path, id);
        return buffer;
}

/* Takes down what the object in the scratch shows. */
static void take_down(const Changes *c, const BusObject *const *aspects, Shown *shown) {
        size_t n = 0;

        shown->applies = 0;
        memset(shown->fingerprints, 0, sizeof(shown->fingerprints));
        for (size_t i = 0; aspects[i]; i++)
                if (!aspects[i]->applies || aspects[i]->applies(&c->scratch)) {
                        shown->applies |= 1u << i;
                        n += object_fingerprints(
                                aspects[i], &c->scratch, shown->fingerprints + n, WATCHED_MAX - n);
                }
}

/* What changed of the object in the scratch, as messages. path NULL: they are only counted. */
static uint32_t tell_properties(Changes *c, const char *path, const BusObject *const *aspects,
        const Shown *before, const Shown *after) {
        const uint64_t *old = before->fingerprints, *new = after->fingerprints;
        char *names[WATCHED_MAX + 1];
        uint32_t messages = 0;

        for (size_t i = 0; aspects[i]; i++) {
                if (!(after->applies & (1u << i)))
                        continue;
                if (object_changed(aspects[i], old, new, names) > 0) {
                        messages++;
                        if (path)
                                c->sink->properties(c->userdata, path, aspects[i]->interface, names);
                }
                size_t n = object_fingerprints(aspects[i], &c->scratch, NULL, 0);
                old += n;
                new += n;
        }
        return messages;
}

/* Tells what changed in the object that stands in the scratch, or returns when it may. */
static uint64_t scan_object(Changes *c, const char *path, const BusObject *const *aspects, bool listed,
        Shown *shown, uint64_t now_usec) {
        Shown fresh = { .id = shown->id, .next_usec = shown->next_usec };

        take_down(c, aspects, &fresh);
        if (memcmp(fresh.fingerprints, shown->fingerprints, sizeof(fresh.fingerprints)) == 0)
                return CHANGES_NEVER;
        if (now_usec < shown->next_usec)
                return shown->next_usec;
        if (pace_take(&c->pace, tell_properties(c, NULL, aspects, shown, &fresh), now_usec)) {
                tell_properties(c, path, aspects, shown, &fresh);
                fresh.next_usec = now_usec + CHANGES_OBJECT_USEC;
        } else if (listed)
                c->overflowed = true;
        else
                return now_usec + CHANGES_WINDOW_USEC;
        *shown = fresh;
        return CHANGES_NEVER;
}

static uint64_t scan_singles(Changes *c, const BusReading *r, uint64_t now_usec) {
        uint64_t due = CHANGES_NEVER;

        for (size_t i = 0; i < ELEMENTS(singles); i++) {
                singles[i].publish(&c->scratch, r);
                due = earlier(due,
                        scan_object(c, singles[i].path, singles[i].aspects, false, &c->singles[i], now_usec));
        }
        return due;
}

/* Those that everybody knows and that still are there; both lists ascend. */
static uint64_t scan_list(
        Changes *c, const ObjectKind *kind, ShownList *list, const BusReading *r, uint64_t now_usec) {
        uint64_t due = CHANGES_NEVER;
        size_t i = 0, j = 0, n = kind->count(r);
        char path[SOURCE_PATH_MAX];

        while (i < list->n && j < n) {
                Shown *shown = &list->items[i];
                uint32_t id = kind->id(r, j);
                if (shown->id == id) {
                        kind->publish(&c->scratch, r, j);
                        due = earlier(due, scan_object(c, path_of(kind, id, path), kind->aspects,
                                                   kind->listed, shown, now_usec));
                }
                i += shown->id <= id;
                j += id <= shown->id;
        }
        return due;
}

static bool same_objects(const ObjectKind *kind, const ShownList *known, const BusReading *r) {
        if (known->n != kind->count(r))
                return false;
        for (size_t i = 0; i < known->n; i++)
                if (known->items[i].id != kind->id(r, i))
                        return false;
        return true;
}

static void show(Changes *c, const ObjectKind *kind, const BusReading *r, size_t i, Shown *ret) {
        *ret = (Shown){ .id = kind->id(r, i) };
        kind->publish(&c->scratch, r, i);
        take_down(c, kind->aspects, ret);
}

static void tell_removed(Changes *c, const ObjectKind *kind, const Shown *shown) {
        const char *interfaces[ASPECTS_MAX + 1];
        char path[SOURCE_PATH_MAX];
        size_t n = 0;

        for (size_t i = 0; kind->aspects[i] && n < ASPECTS_MAX; i++)
                if (shown->applies & (1u << i))
                        interfaces[n++] = kind->aspects[i]->interface;
        interfaces[n] = NULL;
        c->sink->removed(c->userdata, path_of(kind, shown->id, path), interfaces);
}

/* Merges the objects that everybody knows with those that there are; both lists ascend. What exceeds the budget stays as
 * it is until the next scan. True if nothing is left over. */
static bool merge(Changes *c, const ObjectKind *kind, ShownList *list, const BusReading *r, size_t *budget) {
        Shown *merged = calloc(list->n + kind->count(r) + 1, sizeof(*merged));
        size_t i = 0, j = 0, n = 0, n_now = kind->count(r);
        char path[SOURCE_PATH_MAX];
        bool complete = true;

        if (!merged)
                return false;
        while (i < list->n || j < n_now) {
                const Shown *known = i < list->n ? &list->items[i] : NULL;
                uint32_t id = j < n_now ? kind->id(r, j) : 0;
                bool gone = known && (id == 0 || known->id < id);
                bool come = id != 0 && (!known || id < known->id);

                if ((gone || come) && *budget == 0)
                        complete = false;
                if (gone && *budget > 0)
                        tell_removed(c, kind, known);
                else if (come && *budget > 0) {
                        show(c, kind, r, j, &merged[n++]);
                        c->sink->added(c->userdata, path_of(kind, id, path));
                } else if (known && !come)
                        merged[n++] = *known;
                if ((gone || come) && *budget > 0)
                        --*budget;
                i += !come;
                j += !gone;
        }
        free(list->items);
        *list = (ShownList){ merged, n };
        return complete;
}

static uint64_t scan_arrivals(Changes *c, const BusReading *r, uint64_t now_usec) {
        size_t budget = CHANGES_OBJECTS_PER_SCAN;
        bool complete = true;

        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                if (!same_objects(kinds[i], &c->lists[i], r) && !merge(c, kinds[i], &c->lists[i], r, &budget))
                        complete = false;
        return complete ? CHANGES_NEVER : now_usec + CHANGES_WINDOW_USEC;
}

static uint64_t scan_selection(Changes *c, const Snapshot *s, uint64_t now_usec) {
        if (c->selected == s->selection.selected)
                return CHANGES_NEVER;
        if (!pace_take(&c->pace, 1, now_usec))
                return now_usec + CHANGES_WINDOW_USEC;
        c->sink->selected(c->userdata, c->selected, s->selection.selected);
        c->selected = s->selection.selected;
        return CHANGES_NEVER;
}

static uint64_t scan_happened(Changes *c, uint64_t now_usec) {
        if (c->step.reason) {
                if (!pace_take(&c->pace, 1, now_usec))
                        return now_usec + CHANGES_WINDOW_USEC;
                c->sink->stepped(c->userdata, c->step.seconds, c->step.at_usec, c->step.reason);
                c->step = (StepToTell){ 0 };
        }
        if (c->reloaded) {
                if (!pace_take(&c->pace, 1, now_usec))
                        return now_usec + CHANGES_WINDOW_USEC;
                c->sink->reloaded(c->userdata);
                c->reloaded = false;
        }
        return CHANGES_NEVER;
}

/* A token for each. What finds none waits, and is told only if it is still so. */
static uint64_t scan_alerts(Changes *c, const Alerts *alerts, uint64_t now_usec) {
        for (int i = 0; alerts && i < ALERTS; i++) {
                const Alert *alert = &alerts->items[i];
                if (alert->raised == c->alerts[i])
                        continue;
                if (!pace_take(&c->pace, 1, now_usec))
                        return now_usec + CHANGES_WINDOW_USEC;
                c->sink->alert(c->userdata, (AlertId)i, alert->raised ? alert : NULL);
                c->alerts[i] = alert->raised;
        }
        return CHANGES_NEVER;
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

uint64_t changes_scan(Changes *c, const BusReading *r, uint64_t now_usec) {
        uint64_t due = scan_arrivals(c, r, now_usec);

        due = earlier(due, scan_happened(c, now_usec));
        due = earlier(due, scan_selection(c, r->snapshot, now_usec));
        due = earlier(due, scan_alerts(c, r->alerts, now_usec));
        due = earlier(due, scan_singles(c, r, now_usec));
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                due = earlier(due, scan_list(c, kinds[i], &c->lists[i], r, now_usec));
        return earlier(due, scan_overflow(c, r->snapshot, now_usec));
}

static int show_all(Changes *c, const ObjectKind *kind, const BusReading *r, ShownList *list) {
        size_t n = kind->count(r);

        Shown *items = calloc(n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        free(list->items);
        *list = (ShownList){ items, n };
        for (size_t i = 0; i < n; i++)
                show(c, kind, r, i, &items[i]);
        return 0;
}

int changes_reset(Changes *c, const BusReading *r, uint64_t now_usec) {
        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                int error = show_all(c, kinds[i], r, &c->lists[i]);
                if (error < 0)
                        return error;
        }
        for (size_t i = 0; i < ELEMENTS(singles); i++) {
                c->singles[i].next_usec = 0;
                singles[i].publish(&c->scratch, r);
                take_down(c, singles[i].aspects, &c->singles[i]);
        }
        c->selected = r->snapshot->selection.selected;
        c->step = (StepToTell){ 0 };
        c->reloaded = false;
        for (int i = 0; i < ALERTS; i++)
                c->alerts[i] = r->alerts && r->alerts->items[i].raised;
        pace_init(&c->pace, now_usec);
        c->overflowed = false;
        return 0;
}
