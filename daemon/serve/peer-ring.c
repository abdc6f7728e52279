/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/peer-ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

enum { CACHE_LINE = 64 };

struct PeerRing {
        int wake_fd;
        _Alignas(CACHE_LINE) _Atomic uint32_t n_put;   /* written by the worker alone */
        _Alignas(CACHE_LINE) _Atomic uint32_t n_taken; /* by the engine alone */
        _Alignas(CACHE_LINE) PeerPacket packets[PEER_RING_PLACES];
};

PeerRing *peer_ring_new(int wake_fd) {
        PeerRing *r = aligned_alloc(CACHE_LINE, sizeof(*r));

        if (!r)
                return NULL;
        memset(r, 0, sizeof(*r));
        r->wake_fd = wake_fd;
        return r;
}

PeerRing *peer_ring_free(PeerRing *r) {
        free(r);
        return NULL;
}

bool peer_ring_put(PeerRing *r, uint64_t epoch, const UdpReceipt *receipt, const uint8_t *bytes) {
        uint32_t put = atomic_load_explicit(&r->n_put, memory_order_relaxed);
        uint32_t waiting = put - atomic_load_explicit(&r->n_taken, memory_order_acquire);
        PeerPacket *p = &r->packets[put % PEER_RING_PLACES];

        if (waiting == PEER_RING_PLACES || receipt->n > PEER_PACKET_MAX)
                return false;
        p->epoch = epoch;
        p->receipt = *receipt;
        memcpy(p->bytes, bytes, receipt->n);
        atomic_store_explicit(&r->n_put, put + 1, memory_order_release);
        (void)eventfd_write(r->wake_fd, 1);
        return true;
}

bool peer_ring_take(PeerRing *r, PeerPacket *ret) {
        uint32_t taken = atomic_load_explicit(&r->n_taken, memory_order_relaxed);
        const PeerPacket *p = &r->packets[taken % PEER_RING_PLACES];

        if (taken == atomic_load_explicit(&r->n_put, memory_order_acquire))
                return false;
        ret->epoch = p->epoch;
        ret->receipt = p->receipt;
        memcpy(ret->bytes, p->bytes, p->receipt.n);
        atomic_store_explicit(&r->n_taken, taken + 1, memory_order_release);
        return true;
}
