/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/resolver.h"

#include "os/fd.h"
#include "os/thread.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

enum { THREAD_STACK = 512 * 1024 }; /* enough for the modules of nsswitch.conf */

typedef struct Lookup {
        struct Lookup *next;
        AddressFamily family;
        char name[NAME_MAX_BYTES];
        ResolverAnswer answer;
} Lookup;

typedef struct LookupQueue {
        Lookup *first, **end;
        size_t n;
} LookupQueue;

/* What the threads share with the loop. It lives as long as anyone needs it: a thread whose look-up hangs may be the last. */
typedef struct ResolverShare {
        pthread_mutex_t lock;
        bool closed; /* the resolver is gone */
        unsigned threads;
        LookupQueue todo, done;
        int wakeup; /* eventfd: something is done */
        ResolverLookup lookup;
} ResolverShare;

struct Resolver {
        ResolverShare *share;
        sd_event_source *io;
        ResolverHandler handler;
        void *userdata;
};

DEFINE_CLEANUP(Resolver, resolver_free)

static void queue_put(LookupQueue *q, Lookup *l) {
        l->next = NULL;
        *q->end = l;
        q->end = &l->next;
        q->n++;
}

static Lookup *queue_take(LookupQueue *q) {
        Lookup *l = q->first;

        if (!l)
                return NULL;
        q->first = l->next;
        if (!q->first)
                q->end = &q->first;
        q->n--;
        return l;
}

static void queue_clear(LookupQueue *q) {
        Lookup *l;

        while ((l = queue_take(q)))
                free(l);
}

static ResolverShare *share_new(ResolverLookup lookup) {
        _cleanup_free_ ResolverShare *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s->wakeup < 0)
                return NULL;
        s->todo.end = &s->todo.first;
        s->done.end = &s->done.first;
        s->lookup = lookup;
        (void)pthread_mutex_init(&s->lock, NULL); /* with default attributes it cannot fail */
        return TAKE_PTR(s);
}

/* Gives the lock up, and the share if nobody needs it any more. */
static void share_leave(ResolverShare *s) {
        bool last = s->closed && s->threads == 0;

        (void)pthread_mutex_unlock(&s->lock);
        if (!last)
                return;
        queue_clear(&s->todo);
        queue_clear(&s->done);
        (void)close(s->wakeup);
        (void)pthread_mutex_destroy(&s->lock);
        free(s);
}

/* Works until there is nothing to do: look-ups are rare, and an idle thread would only hold memory. */
static void *thread_main(void *argument) {
        ResolverShare *s = argument;
        Lookup *l;

        (void)pthread_mutex_lock(&s->lock);
        while (!s->closed && (l = queue_take(&s->todo))) {
                (void)pthread_mutex_unlock(&s->lock);
                s->lookup(l->name, l->family, &l->answer);
                (void)pthread_mutex_lock(&s->lock);
                queue_put(&s->done, l);
                (void)eventfd_write(s->wakeup, 1);
        }
        s->threads--;
        share_leave(s);
        return NULL;
}

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

static int on_wakeup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Resolver *r = userdata;
        eventfd_t count;

        (void)eventfd_read(fd, &count);
        for (;;) {
                _cleanup_free_ Lookup *l = NULL;

                (void)pthread_mutex_lock(&r->share->lock);
                l = queue_take(&r->share->done);
                (void)pthread_mutex_unlock(&r->share->lock);
                if (!l)
                        return 0;
                r->handler(r->userdata, &l->answer);
        }
}

int resolver_new(
        sd_event *event, ResolverLookup lookup, ResolverHandler handler, void *userdata, Resolver **ret) {
        _cleanup_(resolver_freep)
        Resolver *r = calloc(1, sizeof(*r));
        int e;

        if (!r)
                return -ENOMEM;
        r->handler = handler;
        r->userdata = userdata;
        r->share = share_new(lookup ? lookup : look_up);
        if (!r->share)
                return -ENOMEM;
        e = sd_event_add_io(event, &r->io, r->share->wakeup, EPOLLIN, on_wakeup, r);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(r);
        return 0;
}

Resolver *resolver_free(Resolver *r) {
        if (!r)
                return NULL;
        sd_event_source_disable_unref(r->io);
        if (r->share) {
                (void)pthread_mutex_lock(&r->share->lock);
                r->share->closed = true;
                share_leave(r->share);
        }
        free(r);
        return NULL;
}

static int start_thread(ResolverShare *s) {
        int r = thread_start(thread_main, s, THREAD_STACK);

        s->threads += r >= 0;
        return r;
}

int resolver_ask(Resolver *r, uint32_t query, const char *name, AddressFamily family) {
        _cleanup_free_ Lookup *l = NULL;
        ResolverShare *s = r->share;
        int e = 0;

        if (strlen(name) >= NAME_MAX_BYTES)
                return -ENAMETOOLONG;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->family = family;
        l->answer.query = query;
        memcpy(l->name, name, strlen(name) + 1);

        (void)pthread_mutex_lock(&s->lock);
        if (s->todo.n >= RESOLVER_QUEUE_MAX)
                e = -EBUSY;
        else if (s->threads < RESOLVER_THREADS_MAX)
                e = start_thread(s);
        if (e >= 0 || (e != -EBUSY && s->threads > 0)) { /* otherwise those that run come to it */
                queue_put(&s->todo, TAKE_PTR(l));
                e = 0;
        }
        (void)pthread_mutex_unlock(&s->lock);
        return e;
}
