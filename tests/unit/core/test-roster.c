/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/roster.h"

#include <errno.h>
#include <stdio.h>

/* A roster with a world around it in which some addresses answer. */
typedef struct World {
        EngineOptions options;
        Cases cases;
        Rng rng;
        ActionQueue queue;
        Roster roster;
        Now now;
        bool (*answers)(const NetAddress *address);
        uint32_t query;      /* the last look-up asked for, 0 = none */
        unsigned n_replaced; /* notices */
        double failed_retry_s;
} World;

static bool all_answer(const NetAddress *address) {
        return true;
}
static bool none_answers(const NetAddress *address) {
        return false;
}
static bool only_inet4(const NetAddress *address) {
        return address->family == ADDRESS_INET4;
}
static bool only_even(const NetAddress *address) {
        return address->bytes[3] % 2 == 0;
}

static void world_init(World *w, bool (*answers)(const NetAddress *)) {
        memset(w, 0, sizeof(*w));
        w->options = (EngineOptions){ .select.max_clock_error = 1e-6, .precision_s = 1e-7, .min_samples = 6 };
        w->cases.state = 7;
        w->rng = (Rng){ seeded_fill, &w->cases };
        w->now = now_at(0);
        w->answers = answers;
        roster_init(&w->roster, &w->options, &w->rng, &w->queue);
}

static SourceSpec spec_of(SourceKind kind, const char *name) {
        SourceSpec spec = {
                .kind = kind,
                .assoc = *plain_options(),
                .min_samples = -1,
                .max_samples = -1,
                .max_sources = 4,
                .max_unreach = 100000,
        };
        spec.assoc.iburst = true;
        strcpy(spec.name, name);
        return spec;
}

static uint32_t add(World *w, SourceKind kind, const char *name) {
        SourceSpec spec = spec_of(kind, name);
        uint32_t id = 0;

        assert_int_equal(roster_add(&w->roster, w->now.mono, &spec, &id), 0);
        assert_true(id > 0);
        return id;
}

static void answer(World *w, const ActionSend *send) {
        NtpPacket reply = honest_reply(send, w->now.local);
        uint8_t bytes[NTP_HEADER_LENGTH];
        AssocReceipt receipt = { bytes, sizeof(bytes), .at = local_add(w->now.local, SPAN_MS(1)) };
        Assoc *a;
        Source *s = roster_find(&w->roster, send->assoc, &a);

        if (!s) /* moved on since */
                return;
        assoc_on_sent(a, &(AssocStamp){ .at = w->now.local });
        if (!w->answers(&send->to.address))
                return;
        ntp_packet_emit(&reply, bytes, sizeof(bytes));
        SourceEvent event = source_on_packet(s, a, w->now, &receipt, &w->roster.means);
        if (event.reason == PACKET_GOOD)
                roster_confirm(&w->roster, s);
}

static void execute(World *w) {
        Action a;

        while (action_pop(&w->queue, &a)) {
                if (a.kind == ACTION_SEND)
                        answer(w, &a.send);
                if (a.kind == ACTION_RESOLVE)
                        w->query = a.resolve.query;
                if (a.kind == ACTION_NOTICE && a.notice.kind == NOTICE_REPLACED)
                        w->n_replaced++;
                if (a.kind == ACTION_NOTICE && a.notice.kind == NOTICE_RESOLVE_FAILED)
                        w->failed_retry_s = a.notice.value;
        }
}

/* Lets time pass up to `until` seconds after the start. */
static void run(World *w, double until) {
        Now end = now_at(until);

        for (;;) {
                roster_on_timer(&w->roster, w->now.mono);
                for (size_t i = 0; i < w->roster.n_sources; i++)
                        if (roster_poll(&w->roster, w->now, w->roster.sources[i]))
                                roster_on_fruitless(&w->roster, w->now.mono, w->roster.sources[i]);
                execute(w);
                Mono next = roster_next_deadline(&w->roster);
                if (!mono_before(next, end.mono))
                        break;
                assert_false(mono_before(next, w->now.mono));
                w->now.local = local_add(w->now.local, mono_sub(next, w->now.mono));
                w->now.mono = next;
        }
        w->now = end;
}

static void resolve(World *w, const char *const *texts, size_t n) {
        NetAddress addresses[32];

        assert_true(w->query != 0);
        for (size_t i = 0; i < n; i++)
                addresses[i] = address_of(texts[i]);
        uint32_t query = w->query;
        w->query = 0;
        roster_on_resolved(&w->roster, w->now.mono, query, n ? RESOLVE_OK : RESOLVE_TRY_AGAIN, addresses, n);
        execute(w);
}

static unsigned n_confirmed(const World *w) {
        unsigned n = 0;

        for (size_t i = 0; i < w->roster.n_sources; i++)
                n += !w->roster.sources[i]->tentative;
        return n;
}

static void test_addresses(void **state) {
        World w;
        SourceSpec spec = spec_of(SOURCE_SERVER, "192.0.2.1");

        world_init(&w, all_answer);
        assert_int_equal(add(&w, SOURCE_SERVER, "192.0.2.1"), 1);
        assert_int_equal(roster_add(&w.roster, w.now.mono, &spec, NULL), -EEXIST);
        spec.assoc.port = 1123;
        assert_int_equal(roster_add(&w.roster, w.now.mono, &spec, NULL), 0);
        spec.kind = SOURCE_REFCLOCK;
        assert_int_equal(roster_add(&w.roster, w.now.mono, &spec, NULL), -EOPNOTSUPP);
        add(&w, SOURCE_SERVER, "a.example");
        SourceSpec named = spec_of(SOURCE_SERVER, "A.example");
        assert_int_equal(roster_add(&w.roster, w.now.mono, &named, NULL), -EEXIST);
        assert_int_equal(w.roster.n_sources, 3);
        for (uint32_t id = 1; id <= 3; id++)
                assert_int_equal(roster_get(&w.roster, id)->id, id);
        assert_null(roster_get(&w.roster, 4));
        assert_null(roster_get(&w.roster, 0));
        roster_done(&w.roster);
}

static void test_limit(void **state) {
        World w;
        char text[32];
        int result = 0;

        world_init(&w, all_answer);
        for (int i = 0; i <= SOURCES_MAX; i++) {
                snprintf(text, sizeof(text), "10.0.%d.%d", i / 250, i % 250 + 1);
                SourceSpec spec = spec_of(SOURCE_SERVER, text);
                result = roster_add(&w.roster, w.now.mono, &spec, NULL);
                assert_int_equal(result, i < SOURCES_MAX ? 0 : -ENOSPC);
        }
        assert_int_equal(w.roster.n_sources, SOURCES_MAX);
        roster_done(&w.roster);
}

static void test_name_fails_then_resolves(void **state) {
        static const char *const answer[] = { "192.0.2.1" };
        World w;

        world_init(&w, all_answer);
        uint32_t id = add(&w, SOURCE_SERVER, "a.example");
        assert_false(roster_get(&w.roster, id)->resolved);
        run(&w, 1);
        resolve(&w, NULL, 0);
        assert_near(w.failed_retry_s, 28.0, 1e-9);
        run(&w, 28);
        assert_int_equal(w.query, 0);
        run(&w, 30);
        resolve(&w, answer, 1);
        run(&w, 40);
        assert_false(roster_get(&w.roster, id)->tentative);
        assert_int_equal(w.roster.n_sources, 1);
        roster_done(&w.roster);
}

/* An address family that leads nowhere costs nothing: the other one is asked at the same time. */
static void test_race(void **state) {
        static const char *const answer[] = { "2001:db8::1", "2001:db8::2", "192.0.2.1" };
        World w;

        world_init(&w, only_inet4);
        Source *s = roster_get(&w.roster, add(&w, SOURCE_SERVER, "a.example"));
        run(&w, 1);
        resolve(&w, answer, ELEMENTS(answer));
        assert_int_equal(s->assoc.remote.address.family, ADDRESS_INET6);
        assert_true(s->racing);
        run(&w, 1.1);
        assert_false(s->racing);
        assert_int_equal(s->assoc.remote.address.family, ADDRESS_INET4);
        run(&w, 20);
        assert_int_equal(s->assoc.counters.good, 4);
        roster_done(&w.roster);
}

static void test_server_tries_its_next_address(void **state) {
        static const char *const answer[] = { "192.0.2.1", "192.0.2.3", "192.0.2.2" };
        World w;

        world_init(&w, only_even);
        Source *s = roster_get(&w.roster, add(&w, SOURCE_SERVER, "a.example"));
        run(&w, 1);
        resolve(&w, answer, ELEMENTS(answer));
        run(&w, 30);
        assert_int_equal(w.n_replaced, 2);
        assert_false(s->tentative);
        assert_int_equal(s->assoc.remote.address.bytes[3], 2);
        roster_done(&w.roster);
}

static const char *const pool_answer[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5",
        "192.0.2.6", "192.0.2.7", "192.0.2.8", "192.0.2.9", "192.0.2.10" };

static void test_pool_keeps_what_answers(void **state) {
        World w;

        world_init(&w, only_even);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, ELEMENTS(pool_answer));
        assert_int_equal(w.roster.n_sources, 10);
        run(&w, 20);
        assert_int_equal(w.roster.n_sources, 4);
        assert_int_equal(n_confirmed(&w), 4);
        for (size_t i = 0; i < 4; i++)
                assert_true(only_even(&w.roster.sources[i]->assoc.remote.address));
        roster_done(&w.roster);
}

static void test_pool_of_dead_members(void **state) {
        World w;

        world_init(&w, none_answers);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, 3);
        run(&w, 4000);
        assert_int_equal(n_confirmed(&w), 0);
        /* It asks again for addresses, and takes the first new one that lives. */
        w.answers = only_even;
        run(&w, 8000);
        resolve(&w, pool_answer, ELEMENTS(pool_answer));
        run(&w, 8100);
        assert_int_equal(n_confirmed(&w), 4);
        roster_done(&w.roster);
}

static void test_dead_member_is_replaced(void **state) {
        World w;

        world_init(&w, only_even);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, 8);
        run(&w, 100);
        assert_int_equal(n_confirmed(&w), 4);
        uint32_t generation = w.roster.generation;

        w.answers = none_answers;
        run(&w, 20000);
        assert_true(w.query != 0); /* all known addresses are in use: a new look-up */
        w.answers = all_answer;
        resolve(&w, pool_answer, ELEMENTS(pool_answer));
        run(&w, 25000);
        assert_int_equal(n_confirmed(&w), 4);
        assert_true(w.n_replaced > 0);
        assert_true(w.roster.generation > generation);
        roster_done(&w.roster);
}

static void test_bad_verdict_moves_on_after_four_updates(void **state) {
        static const char *const answer[] = { "192.0.2.2", "192.0.2.4" };
        World w;

        world_init(&w, all_answer);
        Source *s = roster_get(&w.roster, add(&w, SOURCE_SERVER, "a.example"));
        run(&w, 1);
        resolve(&w, answer, ELEMENTS(answer));
        run(&w, 20);
        for (int i = 1; i <= 4; i++) {
                assert_int_equal(w.n_replaced, 0);
                s->verdict.state = SOURCE_FALSETICKER;
                roster_judge(&w.roster, w.now.mono, s);
                execute(&w);
        }
        assert_int_equal(w.n_replaced, 1);
        assert_int_equal(s->assoc.remote.address.bytes[3], 4);
        assert_int_equal(s->verdict.state, SOURCE_NO_SAMPLES);
        roster_done(&w.roster);
}

/* A source given by address stays, whatever becomes of it. */
static void test_address_is_never_replaced(void **state) {
        World w;

        world_init(&w, none_answers);
        Source *s = roster_get(&w.roster, add(&w, SOURCE_SERVER, "192.0.2.1"));
        run(&w, 10000);
        for (int i = 0; i < 10; i++) {
                s->verdict.state = SOURCE_FALSETICKER;
                roster_judge(&w.roster, w.now.mono, s);
        }
        roster_hurry(&w.roster, w.now.mono);
        run(&w, 10001);
        assert_int_equal(w.query, 0);
        assert_int_equal(w.n_replaced, 0);
        roster_done(&w.roster);
}

static void test_requests_keep_apart(void **state) {
        World w;
        Mono last = { 0 };
        char text[32];

        world_init(&w, none_answers);
        for (int i = 1; i <= 20; i++) {
                snprintf(text, sizeof(text), "10.0.0.%d", i);
                add(&w, SOURCE_SERVER, text);
        }
        for (int n = 0; n < 20;) {
                for (size_t i = 0; i < w.roster.n_sources; i++)
                        (void)roster_poll(&w.roster, w.now, w.roster.sources[i]);
                Action a;
                while (action_pop(&w.queue, &a)) {
                        if (a.kind != ACTION_SEND)
                                continue;
                        assert_true(last.ns == 0 || mono_sub(w.now.mono, last).ns >= 2 * NS_PER_MS);
                        last = w.now.mono;
                        n++;
                }
                w.now.mono = roster_next_deadline(&w.roster);
        }
        assert_true(mono_seconds_since(last, now_at(0).mono) < 0.1); /* but none waits long */
        roster_done(&w.roster);
}

static void test_offline_sources_are_silent(void **state) {
        World w;
        SourceSpec spec = spec_of(SOURCE_SERVER, "192.0.2.1");

        world_init(&w, all_answer);
        spec.offline = true;
        assert_int_equal(roster_add(&w.roster, w.now.mono, &spec, NULL), 0);
        assert_int_equal(roster_next_deadline(&w.roster).ns, MONO_NEVER.ns);
        source_restart(w.roster.sources[0], w.now.mono);
        assert_int_equal(roster_next_deadline(&w.roster).ns, MONO_NEVER.ns);
        roster_done(&w.roster);
}

/* Each member that goes leaves the pool with one fewer to want; it takes no other one in. The last one takes the pool along. */
static void test_remove_members(void **state) {
        World w;

        world_init(&w, only_even);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, ELEMENTS(pool_answer));
        uint32_t server = add(&w, SOURCE_SERVER, "192.0.2.101");
        run(&w, 20);
        assert_int_equal(w.roster.pools[0]->n_confirmed, 4);
        for (unsigned left = 3; left > 0; left--) {
                uint32_t generation = w.roster.generation;
                roster_remove(&w.roster, w.roster.sources[0]);
                assert_int_equal(w.roster.pools[0]->n_confirmed, left);
                assert_int_equal(pool_wanted(w.roster.pools[0]), left);
                assert_true(w.roster.generation > generation);
                run(&w, 8000 * (5 - left));
                assert_int_equal(w.roster.n_sources, left + 1);
        }
        roster_remove(&w.roster, w.roster.sources[0]);
        assert_int_equal(w.roster.n_pools, 1);
        assert_int_equal(w.roster.n_sources, 1);
        assert_int_equal(w.roster.sources[0]->id, server);
        assert_null(roster_get_pool(&w.roster, 1));
        assert_int_equal(roster_get_pool(&w.roster, 2)->id, 2);
        assert_null(roster_get_pool(&w.roster, 3));
        roster_done(&w.roster);
}

/* A candidate is taken away: those that have answered are enough now, and the others go too. */
static void test_remove_candidate(void **state) {
        World w;

        world_init(&w, none_answers);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, 6);
        for (size_t i = 0; i < 3; i++)
                roster_confirm(&w.roster, w.roster.sources[i]);
        assert_int_equal(w.roster.n_sources, 6);
        roster_remove(&w.roster, w.roster.sources[5]);
        assert_int_equal(w.roster.n_sources, 3);
        assert_int_equal(n_confirmed(&w), 3);
        assert_int_equal(pool_wanted(w.roster.pools[0]), 3);
        roster_done(&w.roster);
}

/* Of a pool that found only two of the four that it wants. */
static void test_remove_of_few(void **state) {
        World w;

        world_init(&w, all_answer);
        add(&w, SOURCE_POOL, "pool.example");
        run(&w, 1);
        resolve(&w, pool_answer, 2);
        run(&w, 100);
        roster_remove(&w.roster, w.roster.sources[0]);
        assert_int_equal(pool_wanted(w.roster.pools[0]), 1);
        roster_done(&w.roster);
}

static void test_remove_pool(void **state) {
        World w;

        world_init(&w, all_answer);
        add(&w, SOURCE_SERVER, "192.0.2.101");
        add(&w, SOURCE_POOL, "pool.example");
        uint32_t last = add(&w, SOURCE_SERVER, "192.0.2.102");
        run(&w, 1);
        resolve(&w, pool_answer, ELEMENTS(pool_answer));
        run(&w, 20);
        roster_remove_pool(&w.roster, roster_get_pool(&w.roster, 2));
        assert_int_equal(w.roster.n_sources, 2);
        assert_int_equal(w.roster.n_pools, 2);
        assert_int_equal(w.roster.sources[1]->id, last);
        /* Its name is free again, and its addresses are; ids are not. */
        uint32_t id = add(&w, SOURCE_POOL, "pool.example");
        assert_true(id > last + 9);
        assert_int_equal(roster_get(&w.roster, id)->pool->id, 4);
        add(&w, SOURCE_SERVER, "192.0.2.1");
        roster_done(&w.roster);
}

/* The answer comes for nobody. */
static void test_remove_while_asking(void **state) {
        World w;

        world_init(&w, all_answer);
        uint32_t id = add(&w, SOURCE_SERVER, "a.example");
        run(&w, 1);
        roster_remove(&w.roster, roster_get(&w.roster, id));
        resolve(&w, pool_answer, 3);
        assert_int_equal(w.roster.n_sources, 0);
        assert_int_equal(roster_next_deadline(&w.roster).ns, MONO_NEVER.ns);
        roster_done(&w.roster);
}

static void test_remove_and_add_again(void **state) {
        World w;
        char text[32];

        world_init(&w, all_answer);
        for (uint32_t round = 0; round < 40; round++) {
                for (uint32_t i = 1; i <= round; i++) {
                        snprintf(text, sizeof(text), "10.0.0.%u", i);
                        add(&w, SOURCE_SERVER, text);
                }
                while (w.roster.n_sources > 0)
                        roster_remove(&w.roster, w.roster.sources[w.roster.n_sources * round / 40]);
                assert_int_equal(w.roster.n_pools, 0);
        }
        assert_int_equal(add(&w, SOURCE_SERVER, "10.0.0.1"), 39 * 40 / 2 + 1);
        roster_done(&w.roster);
}

static void test_views_of_lines(void **state) {
        World w;
        PoolView views[3];

        world_init(&w, only_even);
        add(&w, SOURCE_POOL, "pool.example");
        add(&w, SOURCE_SERVER, "192.0.2.101");
        add(&w, SOURCE_PEER, "peer.example");
        run(&w, 1);
        w.query--; /* the pool's */
        resolve(&w, pool_answer, 5);
        run(&w, 20);
        roster_view_pools(&w.roster, views);
        assert_string_equal(views[0].name, "pool.example");
        assert_string_equal(views[0].kind, "pool");
        assert_true(views[0].named);
        assert_int_equal(views[0].wanted, 4);
        assert_int_equal(views[0].resolved, 5);
        assert_int_equal(views[0].confirmed, 2);
        assert_int_equal(views[0].last_resolved.ns, now_at(1).mono.ns);
        assert_string_equal(views[1].kind, "server");
        assert_false(views[1].named);
        assert_int_equal(views[1].resolved, 1);
        assert_int_equal(views[1].confirmed, 0);
        assert_string_equal(views[2].kind, "peer");
        assert_int_equal(views[2].resolved, 0);
        assert_int_equal(views[2].last_resolved.ns, 0);
        roster_done(&w.roster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_name_fails_then_resolves),
                cmocka_unit_test(test_race),
                cmocka_unit_test(test_server_tries_its_next_address),
                cmocka_unit_test(test_pool_keeps_what_answers),
                cmocka_unit_test(test_pool_of_dead_members),
                cmocka_unit_test(test_dead_member_is_replaced),
                cmocka_unit_test(test_bad_verdict_moves_on_after_four_updates),
                cmocka_unit_test(test_address_is_never_replaced),
                cmocka_unit_test(test_requests_keep_apart),
                cmocka_unit_test(test_offline_sources_are_silent),
                cmocka_unit_test(test_remove_members),
                cmocka_unit_test(test_remove_candidate),
                cmocka_unit_test(test_remove_of_few),
                cmocka_unit_test(test_remove_pool),
                cmocka_unit_test(test_remove_while_asking),
                cmocka_unit_test(test_remove_and_add_again),
                cmocka_unit_test(test_views_of_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
