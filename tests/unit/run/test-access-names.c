/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/access-names.h"

#include "base/cleanup.h"
#include "os/clock-none.h"
#include "os/entropy.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/free-port.h"
#include "../os/loop.h"

typedef struct Fixture {
        sd_event *event;
        Log *log;
        Clock *clock;
        Entropy entropy;
        Engine *engine;
        Server *server;
        Config *config;
        AccessNames *names;
} Fixture;

static atomic_bool late_is_known; /* by the resolver's threads */

/* friend.test has two addresses, foe.test one; late.test at times. */
static void look_up(const char *name, AddressFamily family, ResolverAnswer *ret) {
        static const struct {
                const char *name, *first, *second;
        } known[] = { { "friend.test", "192.0.2.1", "192.0.2.2" }, { "foe.test", "192.0.2.3", "192.0.2.4" },
                { "foe6.test", "2001:db8::3", "2001:db8::4" }, { "late.test", "192.0.2.5", "192.0.2.6" } };

        ret->result = RESOLVE_TRY_AGAIN;
        for (size_t i = 0; i < ELEMENTS(known); i++) {
                if (strcmp(name, known[i].name) != 0 ||
                        (strcmp(name, "late.test") == 0 && !atomic_load(&late_is_known)))
                        continue;
                ret->result = RESOLVE_OK;
                ret->n = 2;
                (void)net_address_parse(known[i].first, &ret->addresses[0]);
                (void)net_address_parse(known[i].second, &ret->addresses[1]);
        }
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        const EngineOptions options = { .serving = true, .precision_s = 1e-7 };

        assert_non_null(f);
        atomic_store(&late_is_known, false);
        f->event = loop_new();
        f->log = log_new(LOG_LEVEL_INFO);
        Rng rng = entropy_rng(&f->entropy);
        f->engine = engine_new(&options, &rng);
        assert_int_equal(clock_none_new(f->event, 0.08, &f->clock), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        access_names_free(f->names);
        server_free(f->server);
        config_free(f->config);
        engine_free(f->engine);
        clock_free(f->clock);
        log_free(f->log);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void begin(Fixture *f, const char *const lines[]) {
        static const ExchangeOps none = { 0 };
        const ServerMeans means = {
                .log = f->log,
                .engine = f->engine,
                .clock = f->clock,
                .rng = entropy_rng(&f->entropy),
                .peers = &none,
        };

        f->config = config_new();
        for (unsigned i = 0; lines[i]; i++)
                assert_int_equal(config_load_line(f->config, lines[i], i + 1), 0);
        assert_int_equal(config_finish(f->config), 0);
        assert_true(f->config->engine.serving);
        const ServerOptions options = { .port = free_port(), .access = &f->config->access };
        assert_int_equal(server_new(f->event, &options, &means, &f->server), 0);
        assert_int_equal(access_names_new(f->event, f->log, f->config, look_up, f->server, &f->names), 0);
}

static bool allows(const Fixture *f, const char *text) {
        NetAddress a;

        assert_int_equal(net_address_parse(text, &a), 0);
        return server_allows(f->server, &a);
}

/* Runs the loop until the log has said that. */
static void wait_for_log(Fixture *f, const char *text) {
        for (;;) {
                const LogRecord *r = log_peek(f->log);

                if (r && strcmp(r->text, text) == 0) {
                        log_pop(f->log);
                        return;
                }
                if (r)
                        log_pop(f->log);
                else if (sd_event_run(f->event, 10000000) <= 0)
                        fail_msg("the log never said: %s", text);
        }
}

static void test_no_names(void **state) {
        Fixture *f = *state;

        begin(f, (const char *const[]){ "allow 192.0.2.0/24", NULL });
        assert_null(f->names);
        assert_true(allows(f, "192.0.2.1"));
}

/* The first address alone, whatever the others. */
static void test_allow(void **state) {
        Fixture *f = *state;

        begin(f, (const char *const[]){ "allow friend.test", NULL });
        assert_false(allows(f, "192.0.2.1"));
        wait_for_log(f, "allow friend.test is 192.0.2.1");
        assert_true(allows(f, "192.0.2.1"));
        assert_false(allows(f, "192.0.2.2"));
}

/* What a line says of the very address counts, and of names those in deny. */
static void test_contradictions(void **state) {
        Fixture *f = *state;

        begin(f, (const char *const[]){ "allow friend.test", "deny 192.0.2.1", "allow late.test", NULL });
        wait_for_log(f, "allow friend.test is 192.0.2.1");
        assert_false(allows(f, "192.0.2.1"));
        atomic_store(&late_is_known, true);
        access_names_on_network(f->names);
        wait_for_log(f, "allow late.test is 192.0.2.5");
        assert_true(allows(f, "192.0.2.5"));
        assert_false(allows(f, "192.0.2.1"));
}

/* Until all that are denied are known nobody is served, however well known he is. */
static void test_deny(void **state) {
        Fixture *f = *state;

        begin(f, (const char *const[]){ "allow", "deny foe.test", "deny late.test", "deny foe6.test",
                         "allow friend.test", "allow foe.test", NULL });
        wait_for_log(f, "deny: could not look late.test up: until then time is served to nobody");
        loop_idle(f->event);
        assert_false(allows(f, "192.0.2.1"));
        assert_false(allows(f, "198.51.100.1"));
        atomic_store(&late_is_known, true);
        access_names_on_network(f->names);
        wait_for_log(f, "deny late.test is 192.0.2.5");
        while (!allows(f, "198.51.100.1"))
                assert_true(sd_event_run(f->event, 10000000) > 0);
        assert_true(allows(f, "192.0.2.1"));
        assert_true(allows(f, "192.0.2.4"));
        assert_false(allows(f, "192.0.2.3"));
        assert_false(allows(f, "192.0.2.5"));
        assert_false(allows(f, "2001:db8::3"));
        assert_true(allows(f, "2001:db8::4"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_no_names),
                TEST(test_allow),
                TEST(test_contradictions),
                TEST(test_deny),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
