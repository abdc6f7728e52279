/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/board.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
        CACHE_LINE = 64,
        WORDS = (sizeof(Bulletin) + sizeof(uint64_t) - 1) / sizeof(uint64_t),
        TRIES = 1000, /* a writer needs some dozen nanoseconds */
};

/* The words are atomic, so that a torn read is no race but a value that is thrown away. Each store of one releases and each load
 * acquires: that keeps them between the two looks at the sequence without fences, and costs nothing where it matters. */
struct Board {
        _Alignas(CACHE_LINE) _Atomic uint64_t sequence; /* odd: being written */
        _Atomic uint64_t words[WORDS];
};

Board *board_new(void) {
        size_t size = (sizeof(Board) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
        Board *b = aligned_alloc(CACHE_LINE, size);

        if (b)
                memset(b, 0, size);
        return b;
}

Board *board_free(Board *b) {
        free(b);
        return NULL;
}

void board_publish(Board *b, const Bulletin *bulletin) {
        uint64_t sequence = atomic_load_explicit(&b->sequence, memory_order_relaxed);
        uint64_t words[WORDS] = { 0 };

        memcpy(words, bulletin, sizeof(*bulletin));
        atomic_store_explicit(&b->sequence, sequence + 1, memory_order_relaxed);
        for (size_t i = 0; i < WORDS; i++)
                atomic_store_explicit(&b->words[i], words[i], memory_order_release);
        atomic_store_explicit(&b->sequence, sequence + 2, memory_order_release);
}

static bool read_once(const Board *b, uint64_t *ret_sequence, uint64_t ret_words[static WORDS]) {
        *ret_sequence = atomic_load_explicit(&b->sequence, memory_order_acquire);
        for (size_t i = 0; i < WORDS; i++)
                ret_words[i] = atomic_load_explicit(&b->words[i], memory_order_acquire);
        return *ret_sequence % 2 == 0 && board_is_current(b, *ret_sequence);
}

uint64_t board_read(const Board *b, Bulletin *ret) {
        uint64_t words[WORDS], sequence = 0;

        for (int i = 0; i < TRIES; i++)
                if (read_once(b, &sequence, words)) {
                        memcpy(ret, words, sizeof(*ret));
                        return sequence;
                }
        *ret = (Bulletin){ .closed = true };
        return sequence | 1; /* the number of none: it is read again the next time */
}

bool board_is_current(const Board *b, uint64_t sequence) {
        return atomic_load_explicit(&b->sequence, memory_order_relaxed) == sequence;
}
