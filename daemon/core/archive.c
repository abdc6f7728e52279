/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/archive.h"

#include "base/cleanup.h"
#include "core/source-spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct Archived {
        NetEndpoint remote;
        size_t n;
        Sample samples[];
};

static size_t find(const Archive *a, const NetEndpoint *remote) {
        size_t i = 0;

        while (i < a->n && (a->items[i]->remote.port != remote->port ||
                                   !net_address_equal(&a->items[i]->remote.address, &remote->address)))
                i++;
        return i;
}

void archive_clear(Archive *a) {
        for (size_t i = 0; i < a->n; i++)
                free(a->items[i]);
        a->n = 0;
}

void archive_done(Archive *a) {
        archive_clear(a);
        free(a->items);
        a->items = NULL;
}

int archive_add(Archive *a, const Dump *dump, const ClockShift *shift) {
        _cleanup_free_ Archived *item = NULL;

        if (find(a, &dump->remote) < a->n)
                return -EEXIST;
        if (a->n >= SOURCES_MAX)
                return -ENOSPC;
        item = malloc(sizeof(*item) + dump->n * sizeof(item->samples[0]));
        Archived **items = realloc(a->items, (a->n + 1) * sizeof(*items));
        if (items)
                a->items = items;
        if (!item || !items)
                return -ENOMEM;
        item->remote = dump->remote;
        item->n = dump->n;
        for (size_t i = 0; i < dump->n; i++) {
                item->samples[i] = dump->samples[i];
                sample_adjust(&item->samples[i], shift->at, shift->dfreq, shift->doffset_s);
        }
        a->items[a->n++] = TAKE_PTR(item);
        return 0;
}

void archive_drop(Archive *a, const NetEndpoint *remote) {
        size_t at = find(a, remote);

        if (at == a->n)
                return;
        free(a->items[at]);
        a->items[at] = a->items[--a->n];
}

void archive_give(Archive *a, const NetEndpoint *remote, Estimator *to) {
        size_t at = find(a, remote);
        Sample own[DUMP_SAMPLES_MAX];

        if (at == a->n)
                return;
        _cleanup_free_ Archived *item = a->items[at];
        a->items[at] = a->items[--a->n];
        size_t n = estimator_samples(to, DUMP_SAMPLES_MAX, own);
        estimator_reset(to);
        for (size_t i = 0; i < item->n; i++)
                estimator_add(to, &item->samples[i]);
        for (size_t i = 0; i < n; i++)
                estimator_add(to, &own[i]);
}

void archive_adjust(Archive *a, Local at, double dfreq, double doffset_s) {
        for (size_t i = 0; i < a->n; i++)
                for (size_t j = 0; j < a->items[i]->n; j++)
                        sample_adjust(&a->items[i]->samples[j], at, dfreq, doffset_s);
}
