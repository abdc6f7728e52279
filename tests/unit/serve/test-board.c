/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/board.h"

#include <pthread.h>
#include <stdatomic.h>

#include "../cases.h"

enum { READERS = 3 };

static void test_empty(void **state) {
        Board *b = board_new();
        Bulletin read = { .epoch = 99 };

        assert_non_null(b);
        uint64_t sequence = board_read(b, &read);
        assert_int_equal(bulletin_use(&read, (Wall){ 0 }, (Mono){ 0 }), BULLETIN_VOID);
        assert_true(board_is_current(b, sequence));
        board_free(b);
}

static void test_published(void **state) {
        Board *b = board_new();
        Bulletin hung = {
                .served = { .stratum = 7, .root_delay_s = 0.25, .since = { 12345 } },
                .map = { { 1 }, { 2 }, 3e-6 },
                .wall = { 4 },
                .mono = { 5 },
                .epoch = 6,
        };
        Bulletin read;

        uint64_t before = board_read(b, &read);
        board_publish(b, &hung);
        assert_false(board_is_current(b, before));
        uint64_t first = board_read(b, &read);
        assert_true(board_is_current(b, first));
        assert_int_equal(read.served.stratum, 7);
        assert_near(read.served.root_delay_s, 0.25, 0);
        assert_int_equal(read.served.since.ns, 12345);
        assert_near(read.map.rate, 3e-6, 0);
        assert_int_equal(read.epoch, 6);
        assert_false(read.closed);
        hung.closed = true;
        board_publish(b, &hung);
        assert_false(board_is_current(b, first));
        assert_true(board_read(b, &read) != first);
        assert_true(read.closed);
        board_free(b);
}

typedef struct Race {
        Board *board;
        atomic_bool ends;
        atomic_uint_fast64_t n_reads;
} Race;

/* Every field of a bulletin says which one it is. */
static Bulletin numbered(int64_t n) {
        return (Bulletin){
                .served = { .stratum = (uint8_t)(n % 15), .root_delay_s = (double)n, .since = { n } },
                .map = { { n }, { n }, (double)n },
                .wall = { n },
                .mono = { n },
                .epoch = (uint64_t)n,
                .closed = n % 2 == 0,
        };
}

static bool is_whole(const Bulletin *b) {
        int64_t n = (int64_t)b->epoch;

        return b->served.stratum == n % 15 && b->served.since.ns == n && b->map.anchor.ns == n &&
               b->map.at_anchor.ns == n && (int64_t)b->map.rate == n &&
               (int64_t)b->served.root_delay_s == n && b->wall.ns == n && b->mono.ns == n &&
               b->closed == (n % 2 == 0);
}

static void *read_on(void *argument) {
        Race *race = argument;
        uint64_t last = 0;
        Bulletin b;

        while (!atomic_load(&race->ends)) {
                uint64_t sequence = board_read(race->board, &b);

                if (sequence % 2 !=
                        0) /* the writer was put to sleep in the middle: closed, and no number to keep */
                        continue;
                if (!is_whole(&b) || b.epoch < last)
                        return race;
                last = b.epoch;
                atomic_fetch_add_explicit(&race->n_reads, 1, memory_order_relaxed);
        }
        return NULL;
}

/* Nobody ever reads half of one and half of another, nor an older one after a newer one. */
static void test_race(void **state) {
        const uint64_t reads = cases_count(20000, 20000000);
        Race race = { .board = board_new() };
        pthread_t readers[READERS];
        Bulletin b = numbered(1);
        void *torn;

        board_publish(race.board, &b);
        for (int i = 0; i < READERS; i++)
                assert_int_equal(pthread_create(&readers[i], NULL, read_on, &race), 0);
        for (int64_t n = 2; atomic_load(&race.n_reads) < reads; n++) {
                b = numbered(n);
                board_publish(race.board, &b);
        }
        atomic_store(&race.ends, true);
        for (int i = 0; i < READERS; i++) {
                assert_int_equal(pthread_join(readers[i], &torn), 0);
                assert_null(torn);
        }
        board_free(race.board);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_published),
                cmocka_unit_test(test_race),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
