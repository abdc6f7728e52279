/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/subscriptions.h"

#include "bus/source-row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
        uint32_t id;
        uint64_t fingerprint;
} Row;

typedef struct RowList {
        Row *items; /* by id, ascending */
        size_t n;
} RowList;

typedef struct Subscription {
        char *name; /* NULL: a free place */
        uid_t user;
        uint64_t interval_usec, next_usec;
        unsigned aspects;
        uint32_t last; /* the row that was told last: the next message begins behind it */
        RowList known;
} Subscription;

struct Subscriptions {
        const SubscriptionSink *sink;
        void *userdata;
        SourcePublished scratch;
        RowList now; /* what there is, by the aspects of whom it was made for last */
        unsigned now_aspects;
        Subscription all[SUBSCRIPTIONS_MAX];
};

Subscriptions *subscriptions_new(const SubscriptionSink *sink, void *userdata) {
        Subscriptions *s = calloc(1, sizeof(*s));

        if (s) {
                s->sink = sink;
                s->userdata = userdata;
        }
        return s;
}

static void end(Subscription *sub) {
        free(sub->name);
        free(sub->known.items);
        *sub = (Subscription){ 0 };
}

void subscriptions_clear(Subscriptions *s) {
        for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
                end(&s->all[i]);
}

Subscriptions *subscriptions_free(Subscriptions *s) {
        if (!s)
                return NULL;
        subscriptions_clear(s);
        free(s->now.items);
        free(s);
        return NULL;
}

static Subscription *find(const Subscriptions *s, const char *name) {
        for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
                if (s->all[i].name && strcmp(s->all[i].name, name) == 0)
                        return (Subscription *)&s->all[i];
        return NULL;
}

bool subscriptions_has(const Subscriptions *s, const char *name) {
        return find(s, name);
}

bool subscriptions_remove(Subscriptions *s, const char *name) {
        Subscription *sub = find(s, name);

        if (sub)
                end(sub);
        return sub;
}

static int compare_ids(const void *a, const void *b) {
        uint32_t one = ((const Row *)a)->id, other = ((const Row *)b)->id;

        return (one > other) - (one < other);
}

static Row *find_row(const RowList *list, uint32_t id) {
        const Row key = { .id = id };

        return list->n > 0 ? bsearch(&key, list->items, list->n, sizeof(key), compare_ids) : NULL;
}

/* All rows as they are; the list is made once for all who want the same aspects. */
static int read_rows(Subscriptions *s, const BusReading *r, unsigned aspects) {
        const Snapshot *snapshot = r->snapshot;
        Row *items = realloc(s->now.items, (snapshot->n_sources + 1) * sizeof(*items));

        if (!items)
                return -ENOMEM;
        s->now = (RowList){ items, snapshot->n_sources };
        s->now_aspects = aspects;
        for (size_t i = 0; i < snapshot->n_sources; i++) {
                source_publish(&s->scratch, snapshot, &snapshot->sources[i]);
                symmetric_auth_publish(&s->scratch, r, &snapshot->sources[i]);
                items[i] = (Row){ snapshot->sources[i].identity.id,
                        source_row_fingerprint(&s->scratch, aspects) };
        }
        return 0;
}

static int begin(
        Subscriptions *s, Subscription *sub, const SubscriptionRequest *request, const BusReading *r) {
        int error = read_rows(s, r, request->aspects);

        if (error < 0)
                return error;
        *sub = (Subscription){ .name = strdup(request->name), .user = request->user };
        sub->known.items = calloc(s->now.n + 1, sizeof(*sub->known.items));
        if (!sub->name || !sub->known.items) {
                end(sub);
                return -ENOMEM;
        }
        memcpy(sub->known.items, s->now.items, s->now.n * sizeof(*s->now.items));
        sub->known.n = s->now.n;
        return 0;
}

static int find_place(Subscriptions *s, uid_t user, Subscription **ret) {
        Subscription *place = NULL;
        size_t of_user = 0;

        for (size_t i = SUBSCRIPTIONS_MAX; i-- > 0;)
                if (!s->all[i].name)
                        place = &s->all[i];
                else
                        of_user += s->all[i].user == user;
        if (user != 0 && of_user >= SUBSCRIPTIONS_EACH)
                return -EDQUOT;
        if (!place)
                return -ENOSPC;
        *ret = place;
        return 0;
}

int subscriptions_put(
        Subscriptions *s, const SubscriptionRequest *request, const BusReading *r, uint64_t now_usec) {
        Subscription *sub = find(s, request->name);
        uint64_t interval_ms = request->interval_ms;
        int error = 0;

        if (!sub) {
                error = find_place(s, request->user, &sub);
                if (error == 0)
                        error = begin(s, sub, request, r);
        }
        if (error < 0)
                return error;
        if (interval_ms < SUBSCRIPTION_INTERVAL_MIN_MS)
                interval_ms = SUBSCRIPTION_INTERVAL_MIN_MS;
        sub->interval_usec = interval_ms * 1000;
        sub->next_usec = now_usec + sub->interval_usec;
        sub->aspects = request->aspects;
        return 0;
}

uint64_t subscriptions_next(const Subscriptions *s) {
        uint64_t next = SUBSCRIPTION_NEVER;

        for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
                if (s->all[i].name && s->all[i].next_usec < next)
                        next = s->all[i].next_usec;
        return next;
}

/* Each of both returns false if there are more than fit in. */
static bool find_changed(const RowList *now, const Subscription *sub, SourcesUpdate *u) {
        size_t begin = 0;

        while (begin < now->n && now->items[begin].id <= sub->last)
                begin++;
        for (size_t i = 0; i < now->n; i++) {
                size_t place = (begin + i) % now->n;
                const Row *known = find_row(&sub->known, now->items[place].id);
                if (known && known->fingerprint == now->items[place].fingerprint)
                        continue;
                if (u->n_changed == SUBSCRIPTION_ROWS_MAX)
                        return false;
                u->changed[u->n_changed++] = place;
        }
        return true;
}

static bool find_removed(const RowList *now, const Subscription *sub, SourcesUpdate *u) {
        for (size_t i = 0; i < sub->known.n; i++) {
                if (find_row(now, sub->known.items[i].id))
                        continue;
                if (u->n_removed == SUBSCRIPTION_ROWS_MAX)
                        return false;
                u->removed[u->n_removed++] = sub->known.items[i].id;
        }
        return true;
}

/* What is known once the update has arrived. */
static void take_over(const RowList *known, const RowList *now, const SourcesUpdate *u, RowList *ret) {
        size_t removed = 0;

        for (size_t i = 0; i < known->n; i++)
                if (removed < u->n_removed && u->removed[removed] == known->items[i].id)
                        removed++;
                else
                        ret->items[ret->n++] = known->items[i];
        const RowList left = *ret;
        for (size_t i = 0; i < u->n_changed; i++) {
                const Row *row = &now->items[u->changed[i]];
                Row *old = find_row(&left, row->id);
                if (old)
                        *old = *row;
                else
                        ret->items[ret->n++] = *row;
        }
        if (ret->n > left.n)
                qsort(ret->items, ret->n, sizeof(*ret->items), compare_ids);
}

static int send_update(Subscriptions *s, Subscription *sub, const SourcesUpdate *u) {
        RowList known = { calloc(sub->known.n + u->n_changed + 1, sizeof(*known.items)), 0 };

        if (!known.items)
                return -ENOMEM;
        take_over(&sub->known, &s->now, u, &known);
        int error = s->sink->send(s->userdata, sub->name, u);
        if (error < 0) {
                free(known.items);
                return error;
        }
        free(sub->known.items);
        sub->known = known;
        if (u->n_changed > 0)
                sub->last = s->now.items[u->changed[u->n_changed - 1]].id;
        return 0;
}

/* Not before that, whatever changes meanwhile. */
static uint64_t put_off(Subscription *sub, uint64_t now_usec) {
        sub->next_usec = now_usec + SUBSCRIPTION_AGAIN_USEC;
        return sub->next_usec;
}

/* Tells one of them, or returns when it is to be tried again. */
static uint64_t tell(Subscriptions *s, Subscription *sub, const BusReading *r, uint64_t now_usec) {
        SourcesUpdate update = { .reading = r, .aspects = sub->aspects };

        bool all_changed = find_changed(&s->now, sub, &update),
             all_removed = find_removed(&s->now, sub, &update);
        if (update.n_changed + update.n_removed == 0) {
                /* What comes next is told soon, but not looked for after each event. */
                sub->next_usec = now_usec + SUBSCRIPTION_INTERVAL_MIN_MS * 1000;
                return SUBSCRIPTION_NEVER;
        }
        if (!s->sink->has_room(s->userdata) || send_update(s, sub, &update) < 0)
                return put_off(sub, now_usec);
        sub->next_usec = now_usec + sub->interval_usec;
        return all_changed && all_removed ? SUBSCRIPTION_NEVER : sub->next_usec;
}

uint64_t subscriptions_tell(Subscriptions *s, const BusReading *r, uint64_t now_usec) {
        uint64_t due = SUBSCRIPTION_NEVER;
        bool read = false;

        for (Subscription *sub = s->all; sub < s->all + SUBSCRIPTIONS_MAX; sub++) {
                uint64_t again = sub->next_usec;
                if (!sub->name)
                        continue;
                if (now_usec >= sub->next_usec) {
                        bool ready = (read && s->now_aspects == sub->aspects) ||
                                     read_rows(s, r, sub->aspects) == 0;
                        read = ready;
                        again = ready ? tell(s, sub, r, now_usec) : put_off(sub, now_usec);
                }
                if (again < due)
                        due = again;
        }
        return due;
}
