/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/rulebook.h"

#include <pthread.h>
#include <stdatomic.h>

#include "../cases.h"

/* A set whose every part says which one it is. */
static RuleSet *numbered(uint16_t n) {
        const AccessRule rule = { { .family = ADDRESS_INET4, .bytes = { 10, (uint8_t)(n >> 8), (uint8_t)n } },
                24, true };
        const NetEndpoint peers[] = { { rule.address, n }, { rule.address, n } };
        const MacKey key = { .id = n, .type = MAC_MD5, .secret = (const uint8_t *)"secret", .n = 6 };
        AccessRules access = { 0 };
        KeyRing keys = { 0 };

        assert_int_equal(access_add(&access, &rule, false), 0);
        assert_int_equal(key_ring_add(&keys, &key), KEY_RING_NEW);
        const RuleSource source = { &access, &keys, peers, 2 };
        RuleSet *set = rule_set_new(&source);
        access_done(&access); /* it is a copy */
        key_ring_done(&keys);
        assert_non_null(set);
        return set;
}

static bool is_whole(const ServeRules *rules, uint16_t n) {
        const NetAddress inside = { .family = ADDRESS_INET4,
                .bytes = { 10, (uint8_t)(n >> 8), (uint8_t)n, 1 } };

        return rules->n_peers == 2 && rules->peers[1].port == n && access_allows(&rules->access, &inside) &&
               key_ring_find(&rules->keys, n);
}

static void test_follow(void **state) {
        Rulebook *b = rulebook_new(numbered(1));
        RuleHold first = { 0 }, second = { 0 };

        assert_true(rulebook_follow(b, &first));
        assert_true(is_whole(rule_set_rules(first.set), 1));
        assert_false(rulebook_follow(b, &first));
        rulebook_publish(b, numbered(2));
        assert_true(rulebook_follow(b, &second));
        assert_true(is_whole(rule_set_rules(second.set), 2));
        assert_true(is_whole(rule_set_rules(first.set), 1)); /* still held */
        assert_true(rulebook_follow(b, &first));
        assert_ptr_equal(first.set, second.set);
        rulebook_free(b);
        assert_true(is_whole(rule_set_rules(first.set), 2)); /* even when the book is gone */
        rule_set_unref(first.set);
        rule_set_unref(second.set);
}

/* Without keys and without peers. */
static void test_empty(void **state) {
        AccessRules access = { 0 };
        const RuleSource source = { .access = &access };
        RuleSet *set = rule_set_new(&source);
        const NetAddress any = { .family = ADDRESS_INET4 };

        assert_false(access_allows(&rule_set_rules(set)->access, &any));
        assert_null(key_ring_find(&rule_set_rules(set)->keys, 1));
        assert_int_equal(rule_set_rules(set)->n_peers, 0);
        assert_null(rule_set_unref(set));
}

typedef struct Race {
        Rulebook *book;
        atomic_bool ends;
        atomic_uint n_changes;
} Race;

static void *follow_on(void *argument) {
        Race *race = argument;
        RuleHold hold = { 0 };
        void *torn = NULL;

        while (!torn && !atomic_load(&race->ends)) {
                if (rulebook_follow(race->book, &hold))
                        atomic_fetch_add(&race->n_changes, 1);
                if (!is_whole(rule_set_rules(hold.set), rule_set_rules(hold.set)->peers[0].port))
                        torn = race;
        }
        rule_set_unref(hold.set);
        return torn;
}

static void test_race(void **state) {
        enum { READERS = 2, CHANGES = 500 };
        Race race = { .book = rulebook_new(numbered(0)) };
        pthread_t readers[READERS];
        void *torn;

        for (int i = 0; i < READERS; i++)
                assert_int_equal(pthread_create(&readers[i], NULL, follow_on, &race), 0);
        for (uint16_t n = 1; atomic_load(&race.n_changes) < CHANGES; n++)
                rulebook_publish(race.book, numbered(n));
        atomic_store(&race.ends, true);
        for (int i = 0; i < READERS; i++) {
                assert_int_equal(pthread_join(readers[i], &torn), 0);
                assert_null(torn);
        }
        rulebook_free(race.book);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_follow),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_race),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
