/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/resolver.h"

#include "base/cleanup.h"
#include "os/work-queue.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_STACK = 512 * 1024 }; /* enough for the modules of nsswitch.conf */

typedef struct Lookup {
        Work work;
        ResolverLookup look_up;
        AddressFamily family;
        char name[NAME_MAX_BYTES];
        ResolverAnswer answer;
} Lookup;

struct Resolver {
        WorkQueue *queue;
        ResolverLookup look_up;
        ResolverHandler handler;
        void *userdata;
};

DEFINE_CLEANUP(Resolver, resolver_free)

static void take_address(const struct addrinfo *info, ResolverAnswer *ret) {
        NetAddress a = { 0 };

        if (info->ai_family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, info->ai_addr, sizeof(in));
                a.family = ADDRESS_INET4;
                memcpy(a.bytes, &in.sin_addr, 4);
        } else if (info->ai_family == AF_INET6) {
                struct sockaddr_in6 in6;

                memcpy(&in6, info->ai_addr, sizeof(in6));
                a.family = ADDRESS_INET6;
                a.scope_id = in6.sin6_scope_id;
                memcpy(a.bytes, &in6.sin6_addr, 16);
        } else {
                return;
        }
        for (size_t i = 0; i < ret->n; i++)
                if (net_address_equal(&ret->addresses[i], &a))
                        return;
        ret->addresses[ret->n++] = a;
}

static int domain_of(AddressFamily family) {
        switch (family) {
        case ADDRESS_NONE:
                return AF_UNSPEC;
        case ADDRESS_INET4:
                return AF_INET;
        case ADDRESS_INET6:
                return AF_INET6;
        }
        return AF_UNSPEC;
}

/* Without AI_ADDRCONFIG: at boot the answer would depend on which address came up first, and an address that has no route is
 * found out by connect() at once. */
static void look_up(const char *name, AddressFamily family, ResolverAnswer *ret) {
        const struct addrinfo hints = { .ai_family = domain_of(family), .ai_socktype = SOCK_DGRAM };
        struct addrinfo *list = NULL;
        int r = getaddrinfo(name, NULL, &hints, &list);

        for (const struct addrinfo *i = list; r == 0 && i && ret->n < NAME_ADDRESSES_MAX; i = i->ai_next)
                take_address(i, ret);
        if (r == 0)
                freeaddrinfo(list);
        if (ret->n > 0)
                ret->result = RESOLVE_OK;
        else
                ret->result = r == EAI_AGAIN || r == EAI_SYSTEM || r == EAI_MEMORY ? RESOLVE_TRY_AGAIN
                                                                                   : RESOLVE_NOT_FOUND;
}

static void lookup_run(Work *w) {
        Lookup *l = (Lookup *)w;

        l->look_up(l->name, l->family, &l->answer);
}

static void lookup_free(Work *w) {
        free(w);
}

static const WorkKind lookups = {
        .waiting_max = RESOLVER_QUEUE_MAX,
        .threads_max = RESOLVER_THREADS_MAX,
        .stack = THREAD_STACK,
        .run = lookup_run,
        .free = lookup_free,
};

static void on_done(void *userdata, const Work *w) {
        const Resolver *r = userdata;

        r->handler(r->userdata, &((const Lookup *)w)->answer);
}

int resolver_new(
        sd_event *event, ResolverLookup lookup, ResolverHandler handler, void *userdata, Resolver **ret) {
        _cleanup_(resolver_freep)
        Resolver *r = calloc(1, sizeof(*r));
        int e;

        if (!r)
                return -ENOMEM;
        r->look_up = lookup ? lookup : look_up;
        r->handler = handler;
        r->userdata = userdata;
        e = work_queue_new(event, &lookups, on_done, r, &r->queue);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(r);
        return 0;
}

Resolver *resolver_free(Resolver *r) {
        if (r) {
                work_queue_free(r->queue);
                free(r);
        }
        return NULL;
}

int resolver_ask(Resolver *r, uint32_t query, const char *name, AddressFamily family) {
        _cleanup_free_ Lookup *l = NULL;
        int e;

        if (strlen(name) >= NAME_MAX_BYTES)
                return -ENAMETOOLONG;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->look_up = r->look_up;
        l->family = family;
        l->answer.query = query;
        memcpy(l->name, name, strlen(name) + 1);
        e = work_queue_put(r->queue, &l->work);
        if (e < 0)
                return e;
        TAKE_PTR(l);
        return 0;
}
