/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is published of a snapshot: units, signs, and what stands for "not known". The clock is 1 ms ahead. */

#include "bus/object.h"
#include "world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define assert_close(a, b) assert_true(fabs((a) - (b)) <= 1e-12 * (1.0 + fabs(b)))

static World world;
static Published published;
static ManagerMemory memory;
static const BusOptions options = { .config_file = "/etc/timeball/timeball.conf",
        .started = { 5 * NS_PER_S },
        .started_wall = { 7 * NS_PER_S } };

static int set_up(void **state) {
        world_init(&world, 3, 8);
        memory = (ManagerMemory){ 0 };
        return 0;
}

static int tear_down(void **state) {
        world_done(&world);
        return 0;
}

static const ManagerPublished *manager(void) {
        const BusReading reading = { &world.snapshot, &world.server, &options, &memory };

        manager_publish(&published, &reading);
        return &published.manager;
}

static const ClockPublished *clock_now(void) {
        const BusReading reading = { .snapshot = &world.snapshot };

        clock_publish(&published, &reading);
        return &published.clock;
}

static const SourcePublished *source(uint32_t id) {
        source_publish(&published.source, &world.snapshot, world_find(&world, id));
        return &published.source;
}

static const char *name_of(uint32_t id) {
        static char text[NAME_MAX_BYTES];

        return source_name(source(id)->identity.source, text);
}

static const char *origin_of(uint32_t id) {
        static char text[NAME_MAX_BYTES];

        return source_origin(source(id)->identity.source, text);
}

static void test_manager(void **state) {
        const ManagerPublished *p = manager();

        assert_string_equal(p->daemon.version, TIMEBALL_VERSION);
        assert_true(p->daemon.started_usec == 7000000 && p->daemon.started_monotonic_usec == 5000000);
        assert_string_equal(p->state.state, "synchronized");
        assert_string_equal(p->state.reason, "following ntp1.example (192.0.2.1)");
        assert_true(p->state.synchronized);
        assert_true(p->state.synchronized_since_usec == (WORLD_LOCAL_NS - 600 * NS_PER_S) / 1000);
        assert_string_equal(p->sources.selected, "/org/timeball1/source/1");
        assert_int_equal(p->sources.count, 3);
        assert_string_equal(p->state.online, "online");
        assert_true(p->server_enabled);
        world.server.enabled = false;
        assert_false(manager()->server_enabled);
        manager_publish(&published,
                &(BusReading){ .snapshot = &world.snapshot, .options = &options, .memory = &memory });
        assert_false(published.manager.server_enabled);
}

static void test_manager_without_sources(void **state) {
        world_done(&world);
        world_init(&world, 0, 0);
        world.snapshot.state = ENGINE_UNSYNCHRONIZED;
        const ManagerPublished *p = manager();

        assert_string_equal(p->sources.selected, "/");
        assert_string_equal(p->state.reason, "no source is configured");
        assert_false(p->state.synchronized);
        assert_string_equal(p->state.online, "online");
}

static void test_synchronized_since_does_not_wander(void **state) {
        uint64_t first = manager()->state.synchronized_since_usec;

        world.snapshot.now.mono.ns += 100 * NS_PER_S;
        world.snapshot.now.local.ns += 100 * NS_PER_S + 12345678; /* the clock was set meanwhile */
        assert_true(manager()->state.synchronized_since_usec == first);
        world.snapshot.synchronized_since.ns = 0;
        assert_true(manager()->state.synchronized_since_usec == 0);
}

static void test_manager_online(void **state) {
        world.snapshot.activity = (Activity){ .online = 1, .offline = 2 };
        assert_string_equal(manager()->state.online, "mixed");
        world.snapshot.activity = (Activity){ .offline = 2 };
        assert_string_equal(manager()->state.online, "offline");
        world.snapshot.activity = (Activity){ .offline = 2, .unresolved = 1 };
        assert_string_equal(manager()->state.online, "mixed");
}

static void test_every_selection_has_its_reason(void **state) {
        for (int i = SELECTION_NOT_RUN; i <= SELECTION_NOT_UPDATED; i++) {
                world.snapshot.selection =
                        (Selection){ .result = (SelectionResult)i, .n_agreeing = 2, .n_voters = 4 };
                const char *reason = manager()->state.reason;
                assert_true(strlen(reason) > 10 && strcmp(reason, "unknown") != 0);
        }
        world.snapshot.selection.result = SELECTION_NO_MAJORITY;
        assert_string_equal(manager()->state.reason, "no majority: 2 of 4 sources agree");
}

static void test_clock(void **state) {
        const ClockPublished *p = clock_now();

        assert_true(p->tracking.now_usec == WORLD_LOCAL_NS / 1000);
        assert_string_equal(p->reference.name, "ntp1.example");
        assert_string_equal(p->reference.leap, "normal");
        assert_int_equal(p->reference.stratum, 3);
        assert_close(p->tracking.last_offset_s, 0.001); /* ahead is positive */
        assert_close(p->tracking.system_offset_s, -0.0004);
        assert_close(p->tracking.max_error_s, 0.0105 + 0.0004);
        assert_close(p->tracking.freq_ppm, 12.5);
        assert_close(p->tracking.residual_freq_ppm, 0.01);
        assert_close(p->tracking.skew_ppm, 0.2);
        assert_close(p->tracking.update_interval_s, 64.0);
        assert_int_equal(p->kernel.tai_offset, 37);
        assert_close(p->options.max_update_skew_ppm, 1000.0);
}

static Mono drift_written(void *userdata) {
        return *(const Mono *)userdata;
}

static double drift_file_age_s(Mono written) {
        static const BusClockOps clock_ops = { .drift_written = drift_written };
        static const BusOps ops = { .clock = &clock_ops };
        const BusReading reading = { .snapshot = &world.snapshot, .ops = &ops, .userdata = &written };

        clock_publish(&published, &reading);
        return published.clock.drift_file_age_s;
}

static void test_age_of_the_drift_file(void **state) {
        assert_close(drift_file_age_s((Mono){ WORLD_MONO_NS - 90 * NS_PER_S }), 90.0);
        assert_true(isnan(drift_file_age_s((Mono){ 0 })));
        assert_true(isnan(clock_now()->drift_file_age_s));
}

/* What is announced is told once: two readings of the same have one fingerprint, and whatever differs has another. */
static void test_next_leap(void **state) {
        NextLeap *next = &world.snapshot.next_leap;
        const uint64_t none = clock_now()->reference.next_leap.fingerprint;

        assert_true(clock_now()->reference.next_leap.fingerprint == none);
        *next = (NextLeap){ LEAP_INSERT, { WORLD_LOCAL_NS }, LEAP_FROM_SOURCES };
        const uint64_t first = clock_now()->reference.next_leap.fingerprint;
        assert_true(first != none);
        assert_ptr_equal(clock_now()->reference.next_leap.from, next);
        next->origin = LEAP_FROM_TABLE;
        const uint64_t second = clock_now()->reference.next_leap.fingerprint;
        assert_true(second != first);
        next->at.ns += NS_PER_S;
        assert_true(clock_now()->reference.next_leap.fingerprint != second);
        *next = (NextLeap){ LEAP_DELETE, { WORLD_LOCAL_NS }, LEAP_FROM_SOURCES };
        assert_true(clock_now()->reference.next_leap.fingerprint != first);
}

static void test_local_mode(void **state) {
        LocalReferenceOptions *l = &world.snapshot.local;
        const LocalReferenceOptions before = { .stratum = 10, .distance_s = 1.0 }, others[] = {
                { .enabled = true, .stratum = 10, .distance_s = 1.0 },
                { .stratum = 5, .distance_s = 1.0 },
                { .stratum = 10, .distance_s = 0.5 },
                { .stratum = 10, .distance_s = 1.0, .activate_s = 0.1 },
                { .stratum = 10, .distance_s = 1.0, .wait_synced_s = 300.0 },
                { .stratum = 10, .distance_s = 1.0, .wait_unsynced_s = 300.0 },
                { .stratum = 10, .distance_s = 1.0, .orphan = true },
        };

        *l = before;
        const uint64_t fingerprint = clock_now()->options.local.fingerprint;
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                *l = others[i];
                assert_true(clock_now()->options.local.fingerprint != fingerprint);
        }
        *l = before;
        assert_true(clock_now()->options.local.fingerprint == fingerprint);
}

static void test_clock_before_the_first_update(void **state) {
        world.snapshot.tracking = (Tracking){ 0 };
        world.snapshot.root_dispersion_s = world.snapshot.max_error_s = (double)INFINITY;
        const ClockPublished *p = clock_now();

        assert_string_equal(p->reference.leap, "unsynchronized");
        assert_string_equal(p->reference.name, "");
        assert_true(p->reference.time_usec == 0);
        assert_true(isnan(p->tracking.max_error_s) && isnan(p->tracking.last_offset_s));
        assert_true(isnan(p->tracking.root_dispersion_s) && isnan(p->tracking.update_interval_s));
}

static void test_source(void **state) {
        const SourcePublished *p = source(2);
        char ref_id[REF_ID_TEXT_MAX], tests[TESTS_TEXT_MAX];

        assert_int_equal(p->identity.id, 2);
        assert_string_equal(p->identity.address, "192.0.2.2");
        assert_int_equal(p->identity.port, 123);
        assert_string_equal(p->select.state, source_state_to_string(SOURCE_COMBINED));
        assert_string_equal(p->select.state_char, "+");
        assert_string_equal(p->link.online, "online");
        assert_string_equal(source_ref_id(p->link.view, ref_id), "192.0.2.1");
        assert_string_equal(p->link.last_result, packet_reason_to_string(PACKET_DELAY_RATIO));
        assert_true(p->link.last_sample_usec == (WORLD_LOCAL_NS - 10 * NS_PER_S) / 1000);
        assert_close(p->sample.adjusted_s, 0.001);
        assert_close(p->sample.measured_s, 0.0011);
        assert_close(p->stats.offset_s, 0.001);
        assert_close(p->select.low_s, -0.006);
        assert_close(p->select.high_s, 0.008);
        assert_close(p->stats.freq_ppm, 2.0);
        assert_close(p->stats.skew_ppm, 0.1);
        assert_string_equal(p->select.options[0], "prefer");
        assert_string_equal(p->select.options[1], "trust");
        assert_null(p->select.options[2]);
        assert_string_equal(p->ntp.reply.mode, "server");
        assert_string_equal(source_tests(p->ntp.reply.exchange, tests), "111 111 1110");
        assert_true(p->ntp.totals.rejected[PACKET_BOGUS_ORIGIN] == 1);
}

/* chrony's option moves what the source says; ours is local minus source, so it has the other sign. */
static void test_offset_correction_sign(void **state) {
        assert_close(source(1)->tunables.offset_s, -0.002);
        world.options.offset_s = 0.0;
        assert_false(signbit(source(1)->tunables.offset_s));
}

static void test_silent_source(void **state) {
        SourceView *v = world_find(&world, 2);

        v->has_estimate = false;
        v->estimate = (Estimate){ 0 };
        v->link = (SourceLink){ .online = true };
        v->identity.resolved = false;
        v->identity.remote = (NetEndpoint){ 0 };
        const SourcePublished *p = source(2);
        char text[TESTS_TEXT_MAX];

        assert_string_equal(p->link.online, "unresolved");
        assert_string_equal(p->identity.address, "");
        assert_string_equal(p->link.last_result, "");
        assert_string_equal(source_ref_id(p->link.view, text), "");
        assert_string_equal(source_tests(p->ntp.reply.exchange, text), "");
        assert_string_equal(p->ntp.reply.mode, "");
        assert_string_equal(p->select.leap, "unsynchronized");
        assert_true(p->link.last_sample_usec == 0 && p->link.last_good_usec == 0);
        assert_true(isnan(p->sample.adjusted_s) && isnan(p->sample.error_s) && isnan(p->stats.freq_ppm));
        assert_true(isnan(p->ntp.reply.delay_s) && isnan(p->select.score));
}

static void test_samples_without_an_estimate(void **state) {
        SourceView *v = world_find(&world, 2);

        v->has_estimate = false;
        v->estimate.n_samples = 2;
        const SourcePublished *p = source(2);

        assert_close(p->sample.adjusted_s, 0.001);
        assert_true(isnan(p->stats.std_dev_s));
        assert_int_equal(p->stats.samples, 2);
}

static void test_hostile_name(void **state) {
        SourceView *v = world_find(&world, 1);
        char name[] = "a\033[2J\xff\nb";

        const char *before = v->identity.name;
        v->identity.name = name;
        assert_string_equal(name_of(1), "a?[2J??b");
        assert_string_equal(clock_now()->reference.name, "a?[2J??b");
        assert_string_equal(manager()->state.reason, "following a?[2J??b (192.0.2.1)");
        v->identity.name = before;
}

static void test_origin_of_a_pool_member(void **state) {
        world_find(&world, 1)->identity.pool_id = 12;
        assert_string_equal(origin_of(1), "pool:12");
        assert_string_equal(origin_of(2), "config");
}

static void test_pool(void **state) {
        PoolView *line = &world.pools[world.snapshot.n_pools++], *view;
        PoolPublished *p = &published.pool;
        const BusReading reading = { .snapshot = &world.snapshot };

        *line = (PoolView){ .id = 1, .kind = "server", .name = strdup("a"), .wanted = 1 };
        view = world_add_pool(&world, 2);
        assert_int_equal(source_pools_count(&world.snapshot), 1);
        assert_ptr_equal(source_pools_at(&world.snapshot, 0), view);
        pool_publish(p, &reading, view);
        assert_int_equal(p->max_sources, 2);
        assert_int_equal(p->resolved, 2);
        assert_int_equal(p->confirmed, 1);
        assert_int_equal(p->last_resolved_usec, WORLD_LOCAL_NS / 1000 - 300000000);
        uint64_t before = p->sources.fingerprint;
        world_find(&world, 1)->verdict.state = SOURCE_FALSETICKER; /* no member */
        pool_publish(p, &reading, view);
        assert_true(p->sources.fingerprint == before);
        world_remove(&world, 5);
        pool_publish(p, &reading, view);
        assert_true(p->sources.fingerprint != before);
        view->last_resolved = (Mono){ 0 };
        pool_publish(p, &reading, view);
        assert_int_equal(p->last_resolved_usec, 0);
}

static bool one_key(void *userdata, KeyView *key) {
        key->type = MAC_AES128;
        key->bits = 128;
        return key->id == 5;
}

static const SourcePublished *auth_of(uint32_t key, PacketReason last, const BusOps *ops) {
        const BusReading reading = { .snapshot = &world.snapshot, .ops = ops };
        SourceView *v = world_find(&world, 1);

        world.options.key_id = key;
        v->link.last_reason = last;
        source_publish(&published.source, &world.snapshot, v);
        symmetric_auth_publish(&published.source, &reading, v);
        return &published.source;
}

static void test_keys(void **state) {
        static const BusSourceOps sources = { .key = one_key };
        static const BusOps ops = { .sources = &sources }, none = { 0 };
        static const PacketReason bad[] = { PACKET_UNAUTHENTICATED, PACKET_NO_MAC, PACKET_CRYPTO_NAK,
                PACKET_OTHER_KEY, PACKET_BAD_MAC };

        assert_false(symmetric_auth_object.applies(auth_of(0, PACKET_GOOD, &ops)));
        const SourcePublished *p = auth_of(5, PACKET_GOOD, &ops);
        assert_true(symmetric_auth_object.applies(p));
        assert_int_equal(p->key.id, 5);
        assert_string_equal(p->key.type, "AES128");
        assert_int_equal(p->key.bits, 128);
        assert_true(p->key.ok);
        p = auth_of(6, PACKET_DELAY_RATIO, &ops);
        assert_string_equal(p->key.type, "");
        assert_int_equal(p->key.bits, 0);
        assert_true(p->key.ok); /* it came from the source, whatever else was wrong with it */
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(auth_of(5, bad[i], &ops)->key.ok);
        assert_string_equal(auth_of(5, PACKET_GOOD, &none)->key.type, "");
        world_find(&world, 1)->link.counters.received = 0;
        assert_false(auth_of(5, PACKET_GOOD, &ops)->key.ok);
}

static void test_paths(void **state) {
        static const char *const bad[] = { "/", "/org/timeball1/source", "/org/timeball1/source/",
                "/org/timeball1/source/0", "/org/timeball1/source/01", "/org/timeball1/source/1a",
                "/org/timeball1/source/-1", "/org/timeball1/source/4294967296",
                "/org/timeball1/source/18446744073709551617", "/org/timeball1/sources/1", "1" };
        char buffer[SOURCE_PATH_MAX];

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(source_path_id(bad[i]), 0);
        assert_int_equal(source_path_id(source_path(1, buffer)), 1);
        assert_true(source_path_id(source_path(UINT32_MAX, buffer)) == UINT32_MAX);
}

/* Who we say we follow is the local clock; what is known of its error is still what it was. */
static void test_local_reference(void **state) {
        const BusReading reading = { .snapshot = &world.snapshot };
        const ClockPublished *p = &published.clock;

        world.snapshot.state = ENGINE_HOLDOVER;
        world.snapshot.selection.result = SELECTION_NO_SOURCES;
        world.snapshot.tracking.synchronized = false;
        world.snapshot.local_reference = true;
        world.snapshot.served = (ServedTime){ .leap = LEAP_NORMAL, .stratum = 10, .ref_id = 0x7f7f0101 };
        clock_publish(&published, &reading);
        assert_string_equal(p->reference.name, "local");
        assert_int_equal(p->reference.id, 0x7f7f0101);
        assert_int_equal(p->reference.stratum, 10);
        assert_string_equal(p->reference.leap, "unsynchronized");
        assert_true(fabs(p->tracking.root_dispersion_s - 0.003) < 1e-12);
        assert_string_equal(manager()->state.reason,
                "no source is selectable; the local clock stands in as a reference of stratum 10");
}

static const ServerPublished *server(const ServerView *view) {
        server_publish(&published, &(BusReading){ .snapshot = &world.snapshot, .server = view });
        return &published.server;
}

static void test_server(void **state) {
        const ServerPublished *p = server(&world.server);

        assert_true(p->service.enabled);
        assert_int_equal(p->service.workers, 2);
        assert_int_equal(p->service.stratum, 4);
        assert_string_equal(p->service.listen[0], "0.0.0.0:123");
        assert_string_equal(p->service.listen[1], "[::]:123");
        assert_null(p->service.listen[2]);
        assert_int_equal(p->counters.received, 1000);
        assert_int_equal(p->stamps.held, 50);
        assert_close(p->stamps.span_s, 64.5);
        assert_int_equal(p->clients.max, 4096);
        assert_int_equal(p->clients.recorded, 3);
        assert_close(p->clients.requests_per_s, 12.5);
}

static void test_server_that_is_not_synchronized(void **state) {
        world.snapshot.served.leap = LEAP_UNSYNCHRONIZED;
        assert_int_equal(server(&world.server)->service.stratum, 0);
}

static void test_nobody_is_served(void **state) {
        const ServerPublished *p = server(NULL);

        assert_false(p->service.enabled);
        assert_int_equal(p->service.stratum, 0);
        assert_null(p->service.listen[0]);
        assert_true(isnan(p->clients.requests_per_s));
}

/* More addresses than are shown do no harm. */
static void test_many_addresses(void **state) {
        NetEndpoint many[LISTEN_MAX + 3] = { 0 };

        for (size_t i = 0; i < LISTEN_MAX + 3; i++)
                many[i] = (NetEndpoint){ { ADDRESS_INET4, 0, { 192, 0, 2, (uint8_t)i } }, 123 };
        world.server.listen = many;
        world.server.n_listen = LISTEN_MAX + 3;
        const ServerPublished *p = server(&world.server);
        assert_string_equal(p->service.listen[LISTEN_MAX - 1], "192.0.2.15:123");
        assert_null(p->service.listen[LISTEN_MAX]);
}

static void test_log_control(void **state) {
        static const char *const names[] = {
                [LOG_LEVEL_DEBUG] = "debug",
                [LOG_LEVEL_INFO] = "info",
                [LOG_LEVEL_WARNING] = "warning",
                [LOG_LEVEL_ERROR] = "err",
                [LOG_LEVEL_FATAL] = "crit",
        };
        BusOptions logging = { .log_target = "journal" };
        LogControlPublished p;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                logging.log_level = (LogLevel)i;
                log_control_publish(&p, &logging);
                assert_string_equal(p.level, names[i]);
                assert_string_equal(p.target, "journal");
                assert_string_equal(p.identifier, "timeballd");
        }
        log_control_publish(&p, &(BusOptions){ 0 });
        assert_string_equal(p.target, "");
}

#define unit(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_manager),
                unit(test_manager_without_sources),
                unit(test_synchronized_since_does_not_wander),
                unit(test_manager_online),
                unit(test_every_selection_has_its_reason),
                unit(test_clock),
                unit(test_clock_before_the_first_update),
                unit(test_age_of_the_drift_file),
                unit(test_next_leap),
                unit(test_local_mode),
                unit(test_local_reference),
                unit(test_source),
                unit(test_offset_correction_sign),
                unit(test_silent_source),
                unit(test_samples_without_an_estimate),
                unit(test_hostile_name),
                unit(test_origin_of_a_pool_member),
                unit(test_pool),
                unit(test_keys),
                unit(test_paths),
                unit(test_server),
                unit(test_server_that_is_not_synchronized),
                unit(test_nobody_is_served),
                unit(test_many_addresses),
                cmocka_unit_test(test_log_control),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
