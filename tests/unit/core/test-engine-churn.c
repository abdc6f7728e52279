/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Orders without rhyme or reason, between which some time passes: what readers see is consistent after each of them, no id comes
 * twice, and in the end nothing is left. */

#include "engine-world.h"

#include "core/engine-orders.h"

#include <errno.h>

enum { SOCKETS_MAX = 512, LINES_MAX = 12 };

typedef struct Churn {
        World world;
        uint32_t sockets[SOCKETS_MAX]; /* associations that have one */
        size_t n_sockets;
        uint32_t query;   /* that waits for its answer, 0 = none */
        uint32_t last_id; /* the highest that was ever seen */
} Churn;

static void close_socket(Churn *c, uint32_t assoc) {
        for (size_t i = 0; i < c->n_sockets; i++)
                if (c->sockets[i] == assoc)
                        c->sockets[i--] = c->sockets[--c->n_sockets];
}

static void open_socket(Churn *c, uint32_t assoc) {
        close_socket(c, assoc);
        assert_true(c->n_sockets < SOCKETS_MAX);
        c->sockets[c->n_sockets++] = assoc;
}

static void carry_out(Churn *c) {
        World *w = &c->world;
        Action a;

        while (engine_next_action(w->engine, &a)) {
                if (a.kind == ACTION_SEND) {
                        if (!a.send.symmetric)
                                open_socket(c, a.send.assoc);
                        answer(w, &a.send);
                }
                if (a.kind == ACTION_CLOSE)
                        close_socket(c, a.assoc);
                if (a.kind == ACTION_RESOLVE)
                        c->query = a.resolve.query;
                if (a.kind == ACTION_SET_BASE)
                        obey(w, CLOCK_EVENT_ADJUSTED, a.base_ppm, 0.0);
                if (a.kind == ACTION_SLEW)
                        obey(w, CLOCK_EVENT_ADJUSTED, w->clock.base_ppm, a.slew.offset_s);
                if (a.kind == ACTION_STEP)
                        obey(w, CLOCK_EVENT_STEPPED, w->clock.base_ppm, a.slew.offset_s);
        }
}

static void pass(Churn *c, double seconds) {
        World *w = &c->world;
        Mono end = mono_add(w->now.mono, span_from_seconds(seconds));

        carry_out(c);
        while (mono_before(engine_next_deadline(w->engine), end)) {
                Mono next = engine_next_deadline(w->engine);
                advance_to(w, mono_before(next, w->now.mono) ? w->now.mono : next);
                engine_on_timer(w->engine, w->now);
                carry_out(c);
        }
        advance_to(w, end);
}

static size_t below(Churn *c, size_t limit) {
        return cases_below(&c->world.cases, limit);
}

static void expect_lines(const Snapshot *s) {
        unsigned of_line[SOURCES_MAX] = { 0 }, resolved[SOURCES_MAX] = { 0 };

        for (size_t i = 0; i < s->n_sources; i++) {
                const PoolView *pool = snapshot_find_pool(s, s->sources[i].identity.line_id);
                assert_non_null(pool);
                of_line[pool - s->pools]++;
                resolved[pool - s->pools] += s->sources[i].identity.resolved;
        }
        for (size_t i = 0; i < s->n_pools; i++) {
                assert_true(i == 0 || s->pools[i].id > s->pools[i - 1].id);
                assert_true(of_line[i] > 0);
                assert_int_equal(s->pools[i].resolved, resolved[i]);
                assert_true(s->pools[i].confirmed <= of_line[i]);
                assert_true(s->pools[i].wanted >= 1);
        }
}

static void expect_consistent(Churn *c) {
        const Snapshot *s = snapshot(&c->world);
        const Activity *a = &s->activity;
        uint32_t highest = c->last_id, before = 0;

        for (size_t i = 0; i < s->n_sources; i++) {
                uint32_t id = s->sources[i].identity.id;
                assert_true(id > before);
                before = id;
                highest = id > highest ? id : highest;
        }
        c->last_id = highest;
        assert_int_equal(
                a->online + a->offline + a->burst_online + a->burst_offline + a->unresolved, s->n_sources);
        assert_true(s->selection.selected == 0 || snapshot_find(s, s->selection.selected));
        assert_false(isnan(s->max_error_s));
        expect_lines(s);
}

/* A source at random, or an id that never was. */
static uint32_t some_source(Churn *c) {
        const Snapshot *s = snapshot(&c->world);

        if (s->n_sources == 0 || below(c, 20) == 0)
                return c->last_id + 1;
        return s->sources[below(c, s->n_sources)].identity.id;
}

static void order_add(Churn *c) {
        static const SourceKind kinds[] = { SOURCE_SERVER, SOURCE_POOL, SOURCE_PEER };
        SourceSpec spec = {
                .kind = kinds[below(c, 3)],
                .assoc = *plain_options(),
                .min_samples = -1,
                .max_samples = -1,
                .max_sources = (int)below(c, 5) + 1,
                .max_unreach = (int)below(c, 20),
                .offline = below(c, 4) == 0,
                .filter_polls = below(c, 4) == 0 ? 3 : 0,
        };
        uint32_t id = 0;

        spec.assoc.iburst = below(c, 2);
        if (spec.kind == SOURCE_POOL || below(c, 2))
                snprintf(spec.name, sizeof(spec.name), "n%zu.example", below(c, 5));
        else
                snprintf(spec.name, sizeof(spec.name), "10.%zu.%zu.%zu", below(c, 5), below(c, 2),
                        below(c, 3));
        if (snapshot(&c->world)->n_pools >= LINES_MAX)
                return;
        int r = engine_add_source(c->world.engine, c->world.now, &spec, &id);
        assert_true(r == -EEXIST || (r == 0 && id > c->last_id));
}

static void order_change(Churn *c) {
        SourceChange change = {
                .fields = (unsigned)cases_u64(&c->world.cases) & 0x1ff,
                .min_poll = (int)below(c, 20) - 8,
                .max_poll = (int)below(c, 20) - 8,
                .poll_target = (int)below(c, 30),
                .max_delay_s = (double)below(c, 4),
                .max_delay_ratio = (double)below(c, 4),
                .max_delay_dev_ratio = (double)below(c, 4),
                .min_stratum = (int)below(c, 18),
                .offset_s = ((double)below(c, 100) - 50.0) * 1e-3,
                .max_unreach = (int)below(c, 5),
                .flags_set = (SelectFlags)below(c, 16),
                .flags_cleared = (SelectFlags)below(c, 16),
        };
        uint32_t id = some_source(c);
        int r = engine_modify_source(c->world.engine, c->world.now, id, &change);

        if (!snapshot_find(snapshot(&c->world), id))
                assert_int_equal(r, -ENOENT);
        else
                assert_int_equal(r, source_change_is_valid(&change) ? 0 : -EINVAL);
}

static void order_settings(Churn *c) {
        EngineOptions other = options;

        other.select.min_sources = (int)below(c, 3) + 1;
        other.select.combine_limit = (double)below(c, 4);
        other.discipline.make_step_limit = (int)below(c, 4) - 1;
        other.local = (LocalReferenceOptions){
                .enabled = below(c, 2), .stratum = 10, .distance_s = 0.1, .activate_s = (double)below(c, 2)
        };
        other.leap_mode = (LeapMode)below(c, LEAP_MODES);
        engine_set_options(c->world.engine, c->world.now, &other);
}

static void order_removal(Churn *c) {
        const Snapshot *s = snapshot(&c->world);

        if (below(c, 4) == 0 && s->n_pools > 0)
                assert_int_equal(
                        engine_remove_pool(c->world.engine, c->world.now, s->pools[below(c, s->n_pools)].id),
                        0);
        else
                (void)engine_remove_source(c->world.engine, c->world.now, some_source(c));
}

static void order_clock(Churn *c) {
        Engine *e = c->world.engine;
        Now now = c->world.now;

        switch (below(c, 5)) {
        case 0:
                engine_reselect(e, now);
                break;
        case 1:
                engine_reset_sources(e, now);
                break;
        case 2:
                (void)engine_make_step(e, now);
                break;
        case 3:
                assert_int_equal(engine_set_frequency(e, now, (double)below(c, 100) - 50.0), 0);
                break;
        default:
                assert_int_equal(engine_adjust_offset(e, now, (double)below(c, 10) * 0.01), 0);
        }
}

static void resolve(Churn *c) {
        NetAddress addresses[20];
        size_t n = below(c, ELEMENTS(addresses));
        char text[NET_ADDRESS_TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                snprintf(text, sizeof(text), "10.%zu.%zu.%zu", below(c, 5), below(c, 2), below(c, 3));
                addresses[i] = address_of(text);
        }
        engine_on_resolved(c->world.engine, c->world.now, c->query,
                below(c, 4) ? RESOLVE_OK : RESOLVE_TRY_AGAIN, addresses, n);
}

static void order_something(Churn *c) {
        Engine *e = c->world.engine;
        Now now = c->world.now;

        switch (below(c, 10)) {
        case 0:
        case 1:
                order_add(c);
                break;
        case 2:
                order_removal(c);
                break;
        case 3:
                (void)engine_set_online(e, now, some_source(c), below(c, 2));
                break;
        case 4:
                (void)engine_burst(e, now, some_source(c), (int)below(c, 4), (int)below(c, 6));
                break;
        case 5:
                (void)engine_refresh(e, now, some_source(c));
                break;
        case 6:
                order_change(c);
                break;
        case 7:
                order_settings(c);
                break;
        case 8:
                order_clock(c);
                break;
        default:
                resolve(c);
        }
}

static void test_churn(void **state) {
        Churn c = { 0 };
        size_t n = cases_count(4000, 200000);

        world_init(&c.world);
        start(&c.world);
        for (size_t i = 0; i < n; i++) {
                order_something(&c);
                expect_consistent(&c);
                c.world.network_is_dead = below(&c, 8) == 0;
                pass(&c, below(&c, 3) ? (double)below(&c, 30) * 0.1 : (double)below(&c, 200));
                expect_consistent(&c);
        }
        assert_true(c.last_id > n / 20);
        assert_true(c.world.n_sent > n);

        while (snapshot(&c.world)->n_sources > 0) {
                uint32_t id = snapshot(&c.world)->sources[0].identity.id;
                assert_int_equal(engine_remove_source(c.world.engine, c.world.now, id), 0);
                carry_out(&c);
        }
        assert_int_equal(snapshot(&c.world)->n_pools, 0);
        assert_int_equal(c.n_sockets, 0);
        engine_free(c.world.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_churn),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
