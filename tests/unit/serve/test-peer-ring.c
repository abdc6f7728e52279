/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/peer-ring.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../cases.h"

static UdpReceipt receipt_of(size_t n) {
        return (UdpReceipt){
                .n = n, .at = { (int64_t)n }, .kernel = true, .remote = { .port = (uint16_t)n }
        };
}

static bool put(PeerRing *r, uint64_t number, size_t n) {
        uint8_t bytes[PEER_PACKET_MAX + 1];
        UdpReceipt receipt = receipt_of(n);

        memset(bytes, (int)(number % 251), sizeof(bytes));
        return peer_ring_put(r, number, &receipt, bytes);
}

static void expect(PeerRing *r, uint64_t number, size_t n) {
        PeerPacket p;

        assert_true(peer_ring_take(r, &p));
        assert_int_equal(p.epoch, number);
        assert_int_equal(p.receipt.n, n);
        assert_int_equal(p.receipt.remote.port, n);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(p.bytes[i], number % 251);
}

static void test_order(void **state) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        PeerRing *r = peer_ring_new(fd);
        PeerPacket p;
        eventfd_t woken;

        assert_false(peer_ring_take(r, &p));
        assert_true(put(r, 1, 48));
        assert_true(put(r, 2, 68));
        assert_int_equal(eventfd_read(fd, &woken), 0);
        expect(r, 1, 48);
        expect(r, 2, 68);
        assert_false(peer_ring_take(r, &p));
        assert_true(put(r, 3, PEER_PACKET_MAX));
        expect(r, 3, PEER_PACKET_MAX);
        assert_false(put(r, 4, PEER_PACKET_MAX + 1));
        assert_false(peer_ring_take(r, &p));
        peer_ring_free(r);
        close(fd);
}

/* What finds no room is lost; what is there stays. */
static void test_full(void **state) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        PeerRing *r = peer_ring_new(fd);

        for (uint64_t round = 0; round < 3; round++) {
                for (uint64_t i = 0; i < PEER_RING_PLACES; i++)
                        assert_true(put(r, i, 48));
                assert_false(put(r, 1000, 48));
                expect(r, 0, 48);
                assert_true(put(r, PEER_RING_PLACES, 48));
                assert_false(put(r, 1000, 48));
                for (uint64_t i = 1; i <= PEER_RING_PLACES; i++)
                        expect(r, i, 48);
        }
        peer_ring_free(r);
        close(fd);
}

enum { RACE = 20000 };

static void *put_all(void *ring) {
        for (uint64_t i = 0; i < RACE; i++)
                while (!put(ring, i, 48 + i % 200))
                        (void)sched_yield();
        return NULL;
}

static void test_race(void **state) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        PeerRing *r = peer_ring_new(fd);
        pthread_t writer;
        PeerPacket p;

        assert_int_equal(pthread_create(&writer, NULL, put_all, r), 0);
        for (uint64_t i = 0; i < RACE; i++) {
                while (!peer_ring_take(r, &p))
                        (void)sched_yield();
                assert_int_equal(p.epoch, i);
                assert_int_equal(p.receipt.n, 48 + i % 200);
                assert_int_equal(p.bytes[p.receipt.n - 1], i % 251);
        }
        assert_int_equal(pthread_join(writer, NULL), 0);
        peer_ring_free(r);
        close(fd);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_race),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
