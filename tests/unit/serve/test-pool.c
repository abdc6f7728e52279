/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/pool.h"

#include "os/clock-reading.h"
#include "os/udp-group.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../cases.h"
#include "../os/free-port.h"

enum {
        ANSWER_MS = 10000, /* a reply that takes longer does not come */
        WORKERS = 3,
};

/* Workers on loopback that answer the whole of 127.0.0.0/8, and an engine that has published once. */
typedef struct Fixture {
        Board *board;
        Rulebook *rulebook;
        Pool *pool;
        uint16_t port;
        Bulletin bulletin;
        UdpGroup group;
        int client; /* -1: none */
} Fixture;

static Bulletin bulletin_now(void) {
        ClockReading now;

        clock_reading_take(&now);
        return (Bulletin){
                .served = { .stratum = 3,
                        .precision = -20,
                        .ref_id = 0x0a0b0c0d,
                        .root_delay_s = 0.125,
                        .since = now.mono },
                .map = { now.wall, { now.wall.ns }, 0.0 },
                .wall = now.wall,
                .mono = now.mono,
                .epoch = 1,
        };
}

static RuleSet *make_rules(const NetEndpoint *peers, size_t n_peers) {
        const AccessRule loopback = { { .family = ADDRESS_INET4, .bytes = { 127 } }, 8, true };
        AccessRules access = { 0 };

        assert_int_equal(access_add(&access, &loopback, false), 0);
        const RuleSource source = { .access = &access, .peers = peers, .n_peers = n_peers };
        RuleSet *set = rule_set_new(&source);
        access_done(&access);
        assert_non_null(set);
        return set;
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        UdpGroupOptions options = { .bind_to.family = ADDRESS_INET4, .key = 7 };

        assert_non_null(f);
        f->client = -1;
        f->board = board_new();
        f->rulebook = rulebook_new(make_rules(NULL, 0));
        options.port = f->port = free_port();
        assert_int_equal(udp_group_open(&options, WORKERS, &f->group), 0);
        assert_int_equal(pool_new(&(PoolOptions){ f->board, f->rulebook, WORKERS, 1 << 20 }, &f->pool), 0);
        for (unsigned i = 0; i < WORKERS; i++)
                pool_add_port(f->pool, i, f->group.workers[i]);
        f->bulletin = bulletin_now();
        board_publish(f->board, &f->bulletin);
        assert_int_equal(pool_start(f->pool), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        pool_free(f->pool);
        close(f->group.sender);
        rulebook_free(f->rulebook);
        board_free(f->board);
        if (f->client >= 0)
                close(f->client);
        free(f);
        return 0;
}

static void ask_in_mode(Fixture *f, const char *from, NtpMode mode) {
        struct sockaddr_in local = { .sin_family = AF_INET },
                           remote = { .sin_family = AF_INET, .sin_port = htons(f->port) };
        const NtpPacket request = { .version = 4, .mode = (uint8_t)mode, .transmit = { 0x1122334455667788 } };
        uint8_t bytes[NTP_HEADER_LENGTH];

        if (f->client >= 0)
                close(f->client);
        f->client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(inet_pton(AF_INET, from, &local.sin_addr), 1);
        assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &remote.sin_addr), 1);
        assert_int_equal(bind(f->client, (struct sockaddr *)&local, sizeof(local)), 0);
        assert_int_equal(connect(f->client, (struct sockaddr *)&remote, sizeof(remote)), 0);
        assert_int_equal(ntp_packet_emit(&request, bytes, sizeof(bytes)), sizeof(bytes));
        assert_int_equal(send(f->client, bytes, sizeof(bytes), 0), sizeof(bytes));
}

static NtpPacket expect_reply(const Fixture *f) {
        struct pollfd p = { .fd = f->client, .events = POLLIN };
        uint8_t bytes[512];
        NtpPacket reply;

        assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
        ssize_t n = recv(f->client, bytes, sizeof(bytes), 0);
        assert_int_equal(ntp_packet_parse(bytes, (size_t)n, &reply), NTP_PARSE_OK);
        assert_true(reply.origin.bits == 0x1122334455667788);
        return reply;
}

static NtpPacket ask(Fixture *f, const char *from) {
        ask_in_mode(f, from, NTP_MODE_CLIENT);
        return expect_reply(f);
}

static WorkerCounts counts_of(const Fixture *f) {
        WorkerCounts counts;

        pool_count(f->pool, &counts);
        return counts;
}

/* Until that many of these were counted: then the packet was seen, and nothing was said. */
static void wait_for(const Fixture *f, WorkerEvent event, uint64_t n) {
        for (int i = 0; i < ANSWER_MS && counts_of(f).events[event] < n; i++)
                (void)poll(NULL, 0, 1);
        assert_int_equal(counts_of(f).events[event], n);
}

static void expect_silence(const Fixture *f) {
        char byte;

        assert_int_equal(recv(f->client, &byte, 1, MSG_DONTWAIT), -1);
}

static const char *client_address(unsigned i, char text[static 32]) {
        snprintf(text, 32, "127.0.%u.%u", 1 + i / 100, 1 + i % 100);
        return text;
}

/* The engine is stuck: it sits in a read that nothing ends until we say so. */
typedef struct StuckEngine {
        int ends[2];
        pthread_t thread;
} StuckEngine;

static void *be_stuck(void *argument) {
        const StuckEngine *e = argument;
        char byte;

        return read(e->ends[0], &byte, 1) == 1 ? argument : NULL;
}

/* From as many addresses as reach each worker, all are answered, and what is said is true: it gets older. */
static void test_stuck_engine(void **state) {
        Fixture *f = *state;
        StuckEngine engine;
        char from[32];

        assert_int_equal(pipe(engine.ends), 0);
        assert_int_equal(pthread_create(&engine.thread, NULL, be_stuck, &engine), 0);
        f->bulletin.served.dispersion_rate = 1.0;
        board_publish(f->board, &f->bulletin);
        for (unsigned i = 0; i < 300; i++) {
                Mono before = mono_now();
                NtpPacket reply = ask(f, client_address(i, from));
                double age_s = mono_seconds_since(before, f->bulletin.mono);

                assert_int_equal(reply.stratum, 3);
                assert_true(ntp_short_seconds(reply.root_dispersion) >= age_s);
        }
        assert_int_equal(counts_of(f).verdicts[RESPONDER_ANSWERED], 300);
        assert_int_equal(write(engine.ends[1], "x", 1), 1);
        assert_int_equal(pthread_join(engine.thread, NULL), 0);
        close(engine.ends[0]);
        close(engine.ends[1]);
}

static Bulletin made_ago(const Fixture *f, Span age) {
        Bulletin b = f->bulletin;

        b.mono = mono_add(b.mono, (Span){ -age.ns });
        b.wall = wall_add(b.wall, (Span){ -age.ns });
        return b;
}

/* After BULLETIN_LIFE nothing is known any more. */
static void test_stale(void **state) {
        Fixture *f = *state;
        Bulletin b = made_ago(f, SPAN_S(200));

        board_publish(f->board, &b);
        assert_int_equal(ask(f, "127.0.0.1").stratum, 3);
        b = made_ago(f, SPAN_S(301));
        board_publish(f->board, &b);
        NtpPacket reply = ask(f, "127.0.0.1");
        assert_int_equal(reply.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(reply.stratum, 0);
        assert_int_equal(reply.precision, -20);
}

/* A clock that somebody has stepped since the engine last looked, or that is being set, is not served. */
static void test_void(void **state) {
        Fixture *f = *state;
        Bulletin stepped = f->bulletin, closed = f->bulletin;

        stepped.wall = wall_add(stepped.wall, SPAN_MS(2));
        closed.closed = true;
        board_publish(f->board, &stepped);
        ask_in_mode(f, "127.0.0.1", NTP_MODE_CLIENT);
        wait_for(f, WORKER_VOID, 1);
        expect_silence(f);
        board_publish(f->board, &closed);
        ask_in_mode(f, "127.0.0.2", NTP_MODE_CLIENT);
        wait_for(f, WORKER_VOID, 2);
        expect_silence(f);
        board_publish(f->board, &f->bulletin);
        assert_int_equal(ask(f, "127.0.0.1").stratum, 3);
        assert_int_equal(counts_of(f).verdicts[RESPONDER_ANSWERED], 1);
}

/* After a jump each worker drops what has stamps of before; and then goes on. */
static void test_jump(void **state) {
        Fixture *f = *state;
        char from[32];

        for (unsigned i = 0; i < 30; i++) /* each has had a request */
                (void)ask(f, client_address(i, from));
        f->bulletin.epoch++;
        board_publish(f->board, &f->bulletin);
        for (unsigned i = 0; i < 30; i++)
                ask_in_mode(f, client_address(i, from), NTP_MODE_CLIENT);
        for (int i = 0; i < ANSWER_MS; i++) {
                WorkerCounts c = counts_of(f);

                if (c.events[WORKER_VOID] + c.verdicts[RESPONDER_ANSWERED] == 60)
                        break;
                (void)poll(NULL, 0, 1);
        }
        assert_true(counts_of(f).events[WORKER_VOID] >= WORKERS);
        assert_int_equal(ask(f, "127.0.0.1").stratum, 3);
}

static void count_peer(void *userdata, const PeerPacket *packet) {
        unsigned *n = userdata;

        assert_int_equal(packet->receipt.n, NTP_HEADER_LENGTH);
        assert_int_equal(packet->epoch, 1);
        ++*n;
}

/* Makes the client a peer; its packet. */
static void befriend_client(Fixture *f, uint8_t bytes[static NTP_HEADER_LENGTH]) {
        const NtpPacket packet = { .version = 4, .mode = NTP_MODE_SYMMETRIC_ACTIVE };
        struct sockaddr_in local;
        socklen_t n = sizeof(local);

        (void)ask(f, "127.0.0.9");
        assert_int_equal(getsockname(f->client, (struct sockaddr *)&local, &n), 0);
        const NetEndpoint peer = { { .family = ADDRESS_INET4, .bytes = { 127, 0, 0, 9 } },
                ntohs(local.sin_port) };
        rulebook_publish(f->rulebook, make_rules(&peer, 1));
        assert_int_equal(ntp_packet_emit(&packet, bytes, NTP_HEADER_LENGTH), NTP_HEADER_LENGTH);
}

/* Packets of peers wait for the engine, as many as there is room for; replies do not wait for them. */
static void test_peers(void **state) {
        enum { PACKETS = PEER_RING_PLACES + 20 };
        Fixture *f = *state;
        uint8_t bytes[NTP_HEADER_LENGTH];
        unsigned handed_on = 0;

        befriend_client(f, bytes);
        for (unsigned i = 1; i <= PACKETS; i++) {
                assert_int_equal(send(f->client, bytes, sizeof(bytes), 0), sizeof(bytes));
                if (i <= PEER_RING_PLACES)
                        wait_for(f, WORKER_PEER_PACKET, i);
                else
                        wait_for(f, WORKER_PEER_DROPPED, i - PEER_RING_PLACES);
        }
        expect_silence(f);
        assert_int_equal(ask(f, "127.0.0.9").stratum, 3);
        pool_dispatch(f->pool, count_peer, &handed_on);
        assert_int_equal(handed_on, PEER_RING_PLACES);
}

typedef struct Refill {
        Fixture *fixture;
        uint8_t bytes[NTP_HEADER_LENGTH];
        unsigned n;
} Refill;

/* For each packet that is taken there is another one. */
static void refill(void *userdata, const PeerPacket *packet) {
        Refill *r = userdata;

        assert_true(++r->n <= PEER_RING_PLACES);
        assert_int_equal(send(r->fixture->client, r->bytes, sizeof(r->bytes), 0), sizeof(r->bytes));
        wait_for(r->fixture, WORKER_PEER_PACKET, r->n + 1);
}

/* Whoever sends as fast as the engine takes does not keep it: it comes back for the rest. */
static void test_peers_without_end(void **state) {
        Refill r = { .fixture = *state };
        struct pollfd p = { .fd = pool_fd(r.fixture->pool), .events = POLLIN };
        unsigned handed_on = 0;

        befriend_client(r.fixture, r.bytes);
        assert_int_equal(send(r.fixture->client, r.bytes, sizeof(r.bytes), 0), sizeof(r.bytes));
        wait_for(r.fixture, WORKER_PEER_PACKET, 1);
        pool_dispatch(r.fixture->pool, refill, &r);
        assert_int_equal(r.n, PEER_RING_PLACES);
        assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
        pool_dispatch(r.fixture->pool, count_peer, &handed_on);
        assert_int_equal(handed_on, 1);
}

typedef struct Visit {
        PoolJob job;
        unsigned visited[WORKERS], n;
        pthread_t by[WORKERS];
        unsigned n_pieces;
        bool done, finished;
} Visit;

/* In two pieces with each. */
static bool visit(PoolJob *job, unsigned number, Worker *w) {
        Visit *v = (Visit *)job;

        v->n_pieces++;
        if (v->n_pieces % 2 == 1)
                return false;
        v->by[v->n] = pthread_self();
        v->visited[v->n++] = number;
        return true;
}

static void visited(PoolJob *job, bool finished) {
        ((Visit *)job)->done = true;
        ((Visit *)job)->finished = finished;
}

static void test_jobs(void **state) {
        Fixture *f = *state;
        Visit v[2] = { { .job = { .run = visit, .done = visited } },
                { .job = { .run = visit, .done = visited } } };

        pool_ask(f->pool, &v[0].job);
        pool_ask(f->pool, &v[1].job);
        while (!v[0].done || !v[1].done) {
                struct pollfd p = { .fd = pool_fd(f->pool), .events = POLLIN };

                assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
                pool_dispatch(f->pool, count_peer, NULL);
        }
        for (unsigned i = 0; i < WORKERS; i++) {
                assert_int_equal(v[0].visited[i], i);
                assert_int_equal(v[1].visited[i], i);
                assert_true(pthread_equal(v[0].by[i], v[1].by[i]));
                assert_false(pthread_equal(v[0].by[i], pthread_self()));
        }
        assert_true(v[0].finished && v[1].finished);
        assert_int_equal(v[0].n_pieces, 2 * WORKERS);
}

/* A job that nobody has come to yet is not lost when all ends. */
static void test_jobs_at_the_end(void **state) {
        Fixture *f = *state;
        Visit v = { .job = { .run = visit, .done = visited } };

        pool_ask(f->pool, &v.job);
        f->pool = pool_free(f->pool);
        assert_true(v.done);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_stuck_engine),
                TEST(test_stale),
                TEST(test_void),
                TEST(test_jump),
                TEST(test_peers),
                TEST(test_peers_without_end),
                TEST(test_jobs),
                TEST(test_jobs_at_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
