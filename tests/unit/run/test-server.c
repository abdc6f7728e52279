/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/server.h"

#include "base/cleanup.h"
#include "os/clock-none.h"
#include "os/clock-reading.h"
#include "os/entropy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/free-port.h"
#include "../os/loop.h"

/* A server on loopback whose clock is its own reference, and a client who asks it. */
typedef struct Fixture {
        sd_event *event;
        Log *log;
        Clock *clock;
        Entropy entropy;
        Engine *engine;
        AccessRules access;
        ServerOptions options;
        ServerMeans means;
        Server *server;
        int client;
        uint16_t client_port; /* 0 = any */
        uint32_t peer_assoc;  /* whose the last packet was that was handed to the engine; 0 = none */
        unsigned late_stamps;
} Fixture;

/* As the daemon does it. */
static void on_clock(void *userdata, const ClockEvent *event) {
        const Fixture *f = userdata;

        engine_on_clock(f->engine, (Now){ event->state.mono, event->state.local }, event);
        if (f->server && event->kind == CLOCK_EVENT_STEPPED)
                server_on_jump(f->server);
        else if (f->server)
                server_on_adjusted(f->server);
}

static void on_packet(void *userdata, uint32_t assoc, const UdpReceipt *receipt, const uint8_t *bytes) {
        Fixture *f = userdata;

        assert_int_equal(receipt->n, NTP_HEADER_LENGTH);
        f->peer_assoc = assoc;
}

static void on_sent(void *userdata, uint32_t assoc, Wall at) {
        Fixture *f = userdata;

        f->late_stamps++;
}

static const ExchangeOps peer_ops = { .on_packet = on_packet, .on_sent = on_sent };

static void allow(Fixture *f, const char *address, unsigned prefix, bool is_allowed) {
        AccessRule rule = { .prefix = prefix, .allow = is_allowed };

        assert_int_equal(net_address_parse(address, &rule.address), 0);
        assert_int_equal(access_add(&f->access, &rule, false), 0);
}

static void start_server(Fixture *f, unsigned n_workers) {
        f->options.n_workers = n_workers;
        f->server = server_free(f->server);
        assert_int_equal(server_new(f->event, &f->options, &f->means, &f->server), 0);
        server_update(f->server);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        const EngineOptions options = {
                .local = { .enabled = true, .stratum = 5 },
                .serving = true,
                .precision_s = 1e-7,
        };
        ClockState clock;

        assert_non_null(f);
        f->event = loop_new();
        f->log = log_new(LOG_LEVEL_INFO);
        Rng rng = entropy_rng(&f->entropy);
        f->engine = engine_new(&options, &rng);
        assert_int_equal(clock_none_new(f->event, 0.08, &f->clock), 0);
        clock_set_handler(f->clock, on_clock, f);
        assert_int_equal(clock_read(f->clock, &clock), 0);
        engine_start(f->engine, (Now){ clock.mono, clock.local }, &clock);
        allow(f, "127.0.0.0", 8, true);
        allow(f, "127.0.0.9", 32, false);
        allow(f, "::1", 128, true);
        f->options = (ServerOptions){ .port = free_port(), .client_octets = 65536, .access = &f->access };
        f->means = (ServerMeans){ f->log, f->engine, f->clock, rng, &peer_ops, f };
        start_server(f, 0);
        f->client = -1;
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        server_free(f->server);
        if (f->client >= 0)
                close(f->client);
        engine_free(f->engine);
        clock_free(f->clock);
        log_free(f->log);
        access_done(&f->access);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void send_in_mode(Fixture *f, const char *from, const char *to, NtpMode mode) {
        struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(f->client_port) };
        struct sockaddr_in remote = { .sin_family = AF_INET };
        NtpPacket request = { .version = 4, .mode = (uint8_t)mode, .transmit = { 0x1122334455667788 } };
        uint8_t bytes[NTP_HEADER_LENGTH];

        if (f->client >= 0)
                close(f->client);
        f->client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        inet_pton(AF_INET, from, &local.sin_addr);
        inet_pton(AF_INET, to, &remote.sin_addr);
        remote.sin_port = htons(f->options.port);
        assert_int_equal(bind(f->client, (struct sockaddr *)&local, sizeof(local)), 0);
        assert_int_equal(connect(f->client, (struct sockaddr *)&remote, sizeof(remote)), 0);
        assert_int_equal(ntp_packet_emit(&request, bytes, sizeof(bytes)), sizeof(bytes));
        assert_int_equal(send(f->client, bytes, sizeof(bytes), 0), sizeof(bytes));
}

static void send_request(Fixture *f, const char *from, const char *to) {
        send_in_mode(f, from, to, NTP_MODE_CLIENT);
}

static bool take_reply(const Fixture *f, NtpPacket *ret) {
        uint8_t bytes[512];
        ssize_t n = recv(f->client, bytes, sizeof(bytes), 0);

        return n >= 0 && ntp_packet_parse(bytes, (size_t)n, ret) == NTP_PARSE_OK;
}

enum { PATIENCE_MS = 10000 };

/* Loopback delivers when the machine finds the time: runs the loop until there is something for the client. */
static void wait_readable(Fixture *f) {
        struct pollfd p = { .fd = f->client, .events = POLLIN };

        for (int i = 0; i < PATIENCE_MS; i++) {
                loop_idle(f->event);
                if (poll(&p, 1, 1) > 0)
                        return;
        }
        fail_msg("nothing came within %d ms", PATIENCE_MS);
}

static NtpPacket expect_reply(Fixture *f) {
        NtpPacket reply;

        wait_readable(f);
        assert_true(take_reply(f, &reply));
        return reply;
}

/* Until the server has seen so many packets, peers' apart. */
static void wait_for_packets(Fixture *f, uint64_t n) {
        for (int i = 0; i < PATIENCE_MS && server_view(f->server)->counters.received < n; i++) {
                loop_idle(f->event);
                (void)poll(NULL, 0, 1);
        }
        assert_int_equal(server_view(f->server)->counters.received, n);
}

/* So many it has seen, and the last of them was not answered. */
static void expect_none(Fixture *f, uint64_t n) {
        NtpPacket reply;

        wait_for_packets(f, n);
        assert_false(take_reply(f, &reply));
}

/* From the address that was asked, or the connected client would not see it; with the clock's own time. */
static void test_reply(void **state) {
        Fixture *f = *state;
        Local before = { wall_now().ns };

        send_request(f, "127.0.0.1", "127.0.0.77");
        NtpPacket reply = expect_reply(f);
        Local after = { wall_now().ns };
        assert_int_equal(reply.mode, NTP_MODE_SERVER);
        assert_int_equal(reply.stratum, 5);
        assert_int_equal(reply.ref_id, LOCAL_REFERENCE_ID);
        assert_true(reply.origin.bits == 0x1122334455667788);
        assert_true(ntp_stamp_near(reply.receive, before).ns + 200 >= before.ns);
        assert_true(
                ntp_stamp_near(reply.transmit, before).ns + 200 >= ntp_stamp_near(reply.receive, before).ns);
        assert_true(ntp_stamp_near(reply.transmit, before).ns <= after.ns + 200);
}

static void test_access(void **state) {
        Fixture *f = *state;

        send_request(f, "127.0.0.9", "127.0.0.1");
        expect_none(f, 1);
        send_request(f, "127.0.0.8", "127.0.0.1");
        (void)expect_reply(f);
}

/* What came before the clock jumped has a stamp of another clock; and nobody is answered before the engine has looked. */
static void test_jump(void **state) {
        Fixture *f = *state;

        send_request(f, "127.0.0.1", "127.0.0.1");
        if (sd_event_prepare(f->event) == 0)
                assert_true(sd_event_wait(f->event, PATIENCE_MS * 1000) > 0);
        /* It has arrived, and nobody has looked. */
        server_close(f->server);
        assert_int_equal(clock_step(f->clock, 5.0), 0);
        server_update(f->server);
        assert_true(sd_event_dispatch(f->event) >= 0);
        expect_none(f, 1);
        server_close(f->server);
        send_request(f, "127.0.0.1", "127.0.0.1");
        expect_none(f, 2);
        server_update(f->server);
        send_request(f, "127.0.0.1", "127.0.0.1");
        NtpPacket reply = expect_reply(f);
        const Local now = { wall_now().ns - 5 * NS_PER_S };
        assert_true(llabs(local_sub(ntp_stamp_near(reply.transmit, now), now).ns) < NS_PER_S);
}

/* A slew of our own shows in the next reply. */
static void test_adjusted(void **state) {
        Fixture *f = *state;

        assert_int_equal(clock_slew(f->clock, -20.0, SPAN_S(10000)), 0);
        send_request(f, "127.0.0.1", "127.0.0.1");
        NtpPacket reply = expect_reply(f);
        const Local now = { wall_now().ns + 20 * NS_PER_S };
        assert_true(llabs(local_sub(ntp_stamp_near(reply.transmit, now), now).ns) < NS_PER_S);
}

static void test_port_in_use(void **state) {
        Fixture *f = *state;
        Server *second = NULL;

        assert_int_equal(server_new(f->event, &f->options, &f->means, &second), -EADDRINUSE);
        f->options.n_workers = 2;
        assert_int_equal(server_new(f->event, &f->options, &f->means, &second), -EADDRINUSE);
        assert_null(second);
}

/* Symmetric packets from the endpoint of a peer are the engine's; all others, be they from there or from elsewhere, the responder's. */
static void test_peers(void **state) {
        Fixture *f = *state;
        SourceSpec spec = {
                .kind = SOURCE_PEER, .name = "127.0.0.5", .assoc = { .version = 4, .max_delay_s = 3.0 }
        };
        const Now now = { { 0 }, { wall_now().ns } };

        f->client_port = spec.assoc.port = free_port();
        assert_int_equal(engine_add_source(f->engine, now, &spec, NULL), 0);
        server_update(f->server);
        static const NtpMode symmetric[] = { NTP_MODE_SYMMETRIC_ACTIVE, NTP_MODE_SYMMETRIC_PASSIVE };
        for (size_t i = 0; i < ELEMENTS(symmetric); i++) {
                f->peer_assoc = 0;
                send_in_mode(f, "127.0.0.5", "127.0.0.1", symmetric[i]);
                for (int k = 0; k < PATIENCE_MS && f->peer_assoc == 0; k++) {
                        loop_idle(f->event);
                        (void)poll(NULL, 0, 1);
                }
                assert_true(f->peer_assoc != 0);
                expect_none(f, 0);
        }
        f->peer_assoc = 0;
        send_request(f, "127.0.0.5", "127.0.0.1");
        (void)expect_reply(f);
        send_in_mode(f, "127.0.0.6", "127.0.0.1", NTP_MODE_SYMMETRIC_ACTIVE);
        assert_int_equal(expect_reply(f).mode, NTP_MODE_SYMMETRIC_PASSIVE);
        f->client_port = free_port();
        send_in_mode(f, "127.0.0.5", "127.0.0.1", NTP_MODE_SYMMETRIC_ACTIVE);
        (void)expect_reply(f);
        assert_int_equal(f->peer_assoc, 0);
}

/* From the server's port, with the kernel's stamp, however many there are. */
static void test_send(void **state) {
        Fixture *f = *state;
        ActionSend send = { .assoc = 1, .symmetric = true, .n = 4, .bytes = "what" };
        struct sockaddr_in from;
        UdpDeparture departure;
        char bytes[16];

        send_request(f, "127.0.0.5", "127.0.0.1");
        (void)expect_reply(f);
        socklen_t n = sizeof(from);
        assert_int_equal(getsockname(f->client, (struct sockaddr *)&from, &n), 0);
        (void)net_address_parse("127.0.0.5", &send.to.address);
        send.to.port = ntohs(from.sin_port);
        for (int i = 0; i < 40; i++) {
                Wall before = wall_now();

                assert_int_equal(server_send(f->server, &send, &departure), 0);
                assert_true(departure.kernel);
                assert_in_range(departure.at.ns, before.ns, wall_now().ns);
                wait_readable(f);
                assert_int_equal(
                        recv(f->client, bytes, sizeof(bytes), 0), 4); /* it is connected to that port */
        }
        loop_idle(f->event);
        assert_int_equal(f->late_stamps, 0);

        (void)net_address_parse("255.255.255.255", &send.to.address);
        assert_int_equal(server_send(f->server, &send, &departure), -EACCES);
        (void)net_address_parse("127.0.0.5", &send.to.address);
        assert_int_equal(server_send(f->server, &send, &departure), 0);
        assert_true(departure.kernel);
        assert_int_equal(server_send(NULL, &send, &departure), -EADDRNOTAVAIL);
}

/* Many at once: the loop gets its turn in between, and all are answered. */
static void test_many(void **state) {
        enum { N = 70 };
        Fixture *f = *state;
        int clients[N], turns = 0;

        for (int i = 0; i < N; i++) {
                send_request(f, "127.0.0.1", "127.0.0.1");
                clients[i] = f->client;
                f->client = -1;
        }
        while (server_view(f->server)->counters.received < N)
                turns += sd_event_run(f->event, PATIENCE_MS * 1000) > 0;
        assert_true(turns > 1);
        for (int i = 0; i < N; i++) {
                f->client = clients[i];
                (void)expect_reply(f);
                close(f->client);
        }
        f->client = -1;
}

/* At its end it says what became of the requests. */
static void test_account(void **state) {
        Fixture *f = *state;

        send_request(f, "127.0.0.9", "127.0.0.1");
        expect_none(f, 1);
        send_request(f, "127.0.0.1", "127.0.0.1");
        (void)expect_reply(f);
        f->server = server_free(f->server);
        assert_string_equal(log_peek(f->log)->text, "Requests for the time, answered: 1");
        log_pop(f->log);
        assert_string_equal(log_peek(f->log)->text, "Requests for the time, not-allowed: 1");
        log_pop(f->log);
        assert_null(log_peek(f->log));
}

static NtpPacket ask_and_wait(Fixture *f, const char *from) {
        send_request(f, from, "127.0.0.1");
        return expect_reply(f);
}

typedef struct Listed {
        bool done;
        uint32_t next_cursor, total;
        size_t n;
        ClientRow rows[CLIENT_ROWS_MAX];
} Listed;

static void on_listed(void *userdata, const ClientPage *page) {
        Listed *l = userdata;

        assert_non_null(page);
        l->done = true;
        l->next_cursor = page->next_cursor;
        l->total = page->total;
        memcpy(&l->rows[l->n], page->rows, page->n * sizeof(page->rows[0]));
        l->n += page->n;
}

static void list(Fixture *f, ClientQuery query, Listed *l) {
        l->done = false;
        assert_int_equal(server_list_clients(f->server, &query, on_listed, l), 0);
        loop_until(f->event, &l->done);
}

/* The clients of all workers, in pages and by the number of requests. */
static void test_clients(void **state) {
        enum { CLIENTS = 20 };
        Fixture *f = *state;

        for (unsigned workers = 0; workers <= 3; workers++) {
                Listed l = { 0 }, best = { 0 };
                char from[32];

                start_server(f, workers);
                for (int i = 1; i <= CLIENTS; i++)
                        for (int k = 0; k < (i == 17 ? 5 : i == 4 ? 3 : 1); k++) {
                                snprintf(from, sizeof(from), "127.0.1.%d", i);
                                (void)ask_and_wait(f, from);
                        }
                do
                        list(f, (ClientQuery){ .cursor = l.next_cursor, .max = 7 }, &l);
                while (l.next_cursor != 0);
                assert_int_equal(l.n, CLIENTS);
                assert_int_equal(l.total, CLIENTS);
                for (size_t i = 0; i < l.n; i++)
                        for (size_t k = 0; k < i; k++)
                                assert_false(net_address_equal(&l.rows[i].address, &l.rows[k].address));
                list(f, (ClientQuery){ .max = 2, .sort = CLIENT_SORT_HITS }, &best);
                assert_int_equal(best.n, 2);
                assert_int_equal(best.rows[0].hits, 5);
                assert_int_equal(best.rows[0].address.bytes[3], 17);
                assert_int_equal(best.rows[1].hits, 3);
                assert_int_equal(best.next_cursor, 0);
        }
        const ClientQuery query = { .max = 5, .sort = CLIENT_SORT_HITS, .reset = true };
        assert_int_equal(server_list_clients(f->server, &query, on_listed, NULL), -EOPNOTSUPP);
}

static void count_reply(void *userdata, const ClientPage *page) {
        unsigned *n = userdata;

        ++*n;
}

/* Whoever asks when all ends is told nothing, or what was found by then; but he is told. */
static void test_clients_at_the_end(void **state) {
        const ClientQuery query = { .max = 5 };
        Fixture *f = *state;
        unsigned n = 0;

        for (unsigned i = 0; i < 20; i++) {
                start_server(f, i % 3);
                assert_int_equal(server_list_clients(f->server, &query, count_reply, &n), 0);
                assert_int_equal(server_list_clients(f->server, &query, count_reply, &n), 0);
                f->server = server_free(f->server);
                assert_int_equal(n, 2 * (i + 1));
        }
}

static uint64_t refused(const ServerView *v, const char *reason) {
        for (size_t i = 0; i < v->n_refusals; i++)
                if (strcmp(v->refusals[i].reason, reason) == 0)
                        return v->refusals[i].n;
        fail_msg("no reason %s", reason);
        return 0;
}

static void test_view(void **state) {
        Fixture *f = *state;
        NetAddress one;

        start_server(f, 2);
        (void)ask_and_wait(f, "127.0.0.1");
        send_request(f, "127.0.0.9", "127.0.0.1");
        wait_for_packets(f, 2);
        const ServerView *v = server_view(f->server);
        assert_true(v->enabled);
        assert_int_equal(v->n_workers, 2);
        assert_int_equal(v->n_listen, 2);
        assert_int_equal(v->listen[0].port, f->options.port);
        assert_int_equal(v->counters.dropped, 1);
        assert_int_equal(v->counters.kernel_rx, 2);
        assert_int_equal(refused(v, "not-allowed"), 1);
        assert_int_equal(refused(v, "malformed"), 0);
        assert_int_equal(v->clients, 1);
        assert_true(v->clients_max > 100);
        server_reset_counters(f->server);
        v = server_view(f->server);
        assert_int_equal(v->counters.received, 0);
        assert_int_equal(v->counters.dropped, 0);
        assert_int_equal(v->clients, 1);

        /* Access changes while it serves. */
        const AccessRule allow_it = { { .family = ADDRESS_INET4, .bytes = { 127, 0, 0, 9 } }, 32, true };
        assert_int_equal(net_address_parse("127.0.0.9", &one), 0);
        assert_false(server_allows(f->server, &one));
        assert_int_equal(server_set_access(f->server, &allow_it, 1, false, false), 0);
        assert_true(server_allows(f->server, &one));
        (void)ask_and_wait(f, "127.0.0.9");
        (void)ask_and_wait(f, "127.0.0.1");
        assert_int_equal(server_set_access(f->server, &allow_it, 1, false, true), 0);
        (void)ask_and_wait(f, "127.0.0.9");
        send_request(f, "127.0.0.1", "127.0.0.1");
        while (refused(server_view(f->server), "not-allowed") < 1)
                (void)poll(NULL, 0, 1);
        const AccessRule deny_it = { { .family = ADDRESS_INET4, .bytes = { 127, 0, 0, 9 } }, 32, false };
        assert_true(server_serves(f->server));
        assert_int_equal(server_set_access(f->server, &deny_it, 1, false, true), 0);
        assert_false(server_serves(f->server));
}

static ServerSocket bound_socket(const char *address, uint16_t port) {
        struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
        ServerSocket s = { .local.port = port };

        s.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(net_address_parse(address, &s.local.address), 0);
        assert_int_equal(inet_pton(AF_INET, address, &local.sin_addr), 1);
        assert_int_equal(bind(s.fd, (struct sockaddr *)&local, sizeof(local)), 0);
        return s;
}

/* Sockets that others have opened are used as they are, a worker each or all by the loop; what we send to peers leaves from one of
 * them, with our own stamp. */
static void test_opened_by_others(void **state) {
        Fixture *f = *state;

        for (unsigned workers = 0; workers <= 5; workers += 5) {
                ActionSend send = { .assoc = 1, .symmetric = true, .n = 4, .bytes = "what" };
                struct sockaddr_in from;
                socklen_t n = sizeof(from);
                UdpDeparture departure;
                char bytes[16];

                f->server = server_free(f->server);
                const ServerSocket open[] = { bound_socket("127.0.0.1", f->options.port),
                        bound_socket("127.0.0.2", f->options.port),
                        bound_socket("127.0.0.3", f->options.port) };
                f->options.open = open;
                f->options.n_open = ELEMENTS(open);
                start_server(f, workers);
                assert_int_equal(server_view(f->server)->n_workers, workers > 0 ? 3 : 0);
                assert_int_equal(server_view(f->server)->n_listen, 3);
                for (int i = 3; i >= 1; i--) {
                        char to[32];

                        snprintf(to, sizeof(to), "127.0.0.%d", i);
                        send_request(f, "127.0.0.7", to);
                        (void)expect_reply(f);
                }
                assert_int_equal(getsockname(f->client, (struct sockaddr *)&from, &n), 0);
                (void)net_address_parse("127.0.0.7", &send.to.address);
                send.to.port = ntohs(from.sin_port);
                assert_int_equal(server_send(f->server, &send, &departure), 0);
                assert_false(departure.kernel);
                wait_readable(f);
                assert_int_equal(recv(f->client, bytes, sizeof(bytes), 0), 4);
                (void)net_address_parse("::1", &send.to.address);
                assert_int_equal(server_send(f->server, &send, &departure), -EADDRNOTAVAIL);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_reply),
                TEST(test_access),
                TEST(test_jump),
                TEST(test_adjusted),
                TEST(test_port_in_use),
                TEST(test_peers),
                TEST(test_send),
                TEST(test_many),
                TEST(test_account),
                TEST(test_clients),
                TEST(test_clients_at_the_end),
                TEST(test_view),
                TEST(test_opened_by_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
