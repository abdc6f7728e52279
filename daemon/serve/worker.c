/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/worker.h"

#include "os/clock-reading.h"
#include "os/entropy.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
        CACHE_LINE = 64,
        DROPPED_MAX = 4096, /* more than a socket holds */
        PACE_SEEN = 4,      /* replies in a batch that tell how long one of them takes to leave */
        PACE_MAX_NS = 10000,
        LOOKS = 3, /* at the clocks, if they seem to have come apart: the thread may have lost the processor in between */
};

static const char *const events[WORKER_EVENTS] = {
        [WORKER_PEER_PACKET] = "peer-packet",
        [WORKER_PEER_DROPPED] = "peer-dropped",
        [WORKER_VOID] = "void",
        [WORKER_UNSENT] = "unsent",
        [WORKER_KERNEL_RX] = "kernel-rx",
        [WORKER_DAEMON_RX] = "daemon-rx",
        [WORKER_AUTHENTICATED] = "authenticated",
        [WORKER_INTERLEAVED] = "interleaved",
        [WORKER_REMEMBERED] = "remembered",
        [WORKER_KERNEL_TX] = "kernel-tx",
};
DEFINE_STRTAB(WorkerEvent, worker_event, events);

typedef _Atomic uint64_t Count;

/* What was found worth an answer: its place in the batch, and what it depends on. */
typedef struct Answer {
        size_t place;
        ResponderReply reply;
} Answer;

struct Worker {
        WorkerMeans means;
        UdpBatch *batch;
        UdpPort ports[WORKER_PORTS_MAX];
        size_t n_ports;
        Bulletin bulletin; /* as last read, and its number */
        uint64_t sequence;
        uint64_t epoch;    /* of the last batch */
        ServedTime served; /* what the bulletin says, as far as it is still true */
        int64_t pace_ns;   /* between two replies of a batch that leave, rather too short */
        Service *service;
        RuleHold rules;
        Entropy entropy;
        Answer answers[UDP_BATCH_MAX];
        _Alignas(CACHE_LINE) Count verdicts[RESPONDER_VERDICTS];
        Count events[WORKER_EVENTS];
        Count gauges[WORKER_GAUGES];
};

void worker_add_port(Worker *w, int fd) {
        w->ports[w->n_ports++] = (UdpPort){ .fd = fd };
}

size_t worker_ports(const Worker *w) {
        return w->n_ports;
}

int worker_port_fd(const Worker *w, size_t i) {
        return w->ports[i].fd;
}

/* Nobody else writes it, so that no locked instruction is needed. */
static void count(Count *c, uint64_t n) {
        atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

static void gauge(Worker *w, WorkerGauge which, uint64_t value) {
        atomic_store_explicit(&w->gauges[which], value, memory_order_relaxed);
}

static void gauge_clients(Worker *w) {
        const ClientTable *t = service_clients(w->service);
        double span_s;

        if (!t)
                return;
        gauge(w, WORKER_CLIENTS, client_table_used(t));
        gauge(w, WORKER_CLIENTS_MAX, client_table_size(t));
        gauge(w, WORKER_DISPLACED, client_table_displaced(t));
        gauge(w, WORKER_STAMPS, service_stamps(w->service, &span_s));
        gauge(w, WORKER_STAMPS_SPAN_NS, (uint64_t)span_from_seconds(span_s).ns);
}

Worker *worker_new(const WorkerMeans *means) {
        size_t size = (sizeof(Worker) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
        Worker *w = aligned_alloc(CACHE_LINE, size);

        if (!w)
                return NULL;
        memset(w, 0, size);
        w->means = *means;
        const Rng rng = entropy_rng(&w->entropy);
        w->sequence = UINT64_MAX;
        w->batch = udp_batch_new();
        w->service = service_new(&(ServiceOptions){ means->client_octets }, &rng);
        if (!w->batch || !w->service)
                return worker_free(w);
        gauge_clients(w);
        return w;
}

Worker *worker_free(Worker *w) {
        if (!w)
                return NULL;
        udp_batch_free(w->batch);
        service_free(w->service);
        rule_set_unref(w->rules.set);
        free(w);
        return NULL;
}

static void read_board(Worker *w) {
        if (!board_is_current(w->means.board, w->sequence))
                w->sequence = board_read(w->means.board, &w->bulletin);
}

static void drain(Worker *w) {
        for (size_t i = 0; i < w->n_ports; i++)
                for (int dropped = 0, n = 1; n > 0 && dropped < DROPPED_MAX; dropped += n) {
                        n = udp_batch_receive(w->batch, &w->ports[i]);
                        if (n > 0)
                                count(&w->events[WORKER_VOID], (uint64_t)n);
                }
}

void worker_look(Worker *w) {
        read_board(w);
        if (w->bulletin.epoch == w->epoch)
                return;
        w->epoch = w->bulletin.epoch;
        service_on_jump(w->service);
        drain(w);
}

static BulletinUse look_at_clocks(Worker *w) {
        BulletinUse use = BULLETIN_VOID;

        for (int i = 0; i < LOOKS && use == BULLETIN_VOID; i++) {
                Mono mono = mono_now();

                use = bulletin_use(&w->bulletin, wall_now(), mono);
        }
        return use;
}

/* Whether what has arrived may be answered. It was received before: its stamps are of the clock that the board speaks of, or of one
 * before it. */
static bool may_answer(Worker *w) {
        read_board(w);
        if (w->epoch == 0) /* the first one */
                w->epoch = w->bulletin.epoch;
        if (w->bulletin.epoch != w->epoch)
                return false;
        switch (look_at_clocks(w)) {
        case BULLETIN_GOOD:
                w->served = w->bulletin.served;
                return true;
        case BULLETIN_STALE:
                w->served = (ServedTime){ .leap = LEAP_UNSYNCHRONIZED,
                        .precision = w->bulletin.served.precision };
                return true;
        case BULLETIN_VOID:
        case BULLETIN_USES:
                break;
        }
        return false;
}

/* Whether the clock is still the one by which the answers were made. */
static bool may_send(Worker *w) {
        uint64_t epoch = w->epoch;

        if (board_is_current(w->means.board, w->sequence))
                return true;
        read_board(w);
        return w->bulletin.epoch == epoch && !w->bulletin.closed;
}

/* As long as the bulletin holds, Wall and Mono are one clock. */
static Mono mono_of(const Bulletin *b, Wall at) {
        return mono_add(b->mono, wall_sub(at, b->wall));
}

static void hand_on(Worker *w, const UdpReceipt *receipt, const uint8_t *bytes) {
        bool put = peer_ring_put(w->means.peers, w->epoch, receipt, bytes);

        count(&w->events[put ? WORKER_PEER_PACKET : WORKER_PEER_DROPPED], 1);
}

/* True: *ret is to be answered. */
static bool judge(Worker *w, size_t place, ResponderReply *ret) {
        const uint8_t *bytes;
        const UdpReceipt *receipt = udp_batch_look(w->batch, place, &bytes);
        ResponderVerdict verdict = RESPONDER_MALFORMED;

        count(&w->events[receipt->kernel ? WORKER_KERNEL_RX : WORKER_DAEMON_RX], 1);
        if (!udp_batch_is_truncated(w->batch, place)) {
                const ResponderRequest request = {
                        .bytes = bytes,
                        .n = receipt->n,
                        .from = receipt->remote,
                        .at = clock_map_local(&w->bulletin.map, receipt->at),
                };

                verdict = service_judge(w->service, &request, mono_of(&w->bulletin, receipt->at), ret);
        }
        count(&w->verdicts[verdict], 1);
        if (verdict == RESPONDER_PEER)
                hand_on(w, receipt, bytes);
        return verdict == RESPONDER_ANSWERED || verdict == RESPONDER_KISSED;
}

static void count_reply(Worker *w, const ResponderReply *reply, uint64_t wish) {
        count(&w->events[WORKER_AUTHENTICATED], reply->key != NULL);
        count(&w->events[WORKER_INTERLEAVED], reply->interleaved);
        count(&w->events[WORKER_REMEMBERED], wish != 0);
}

/* A stamp of departure must not be later than the departure: what is quicker is believed at once, what is slower only in the long run,
 * and not at all if the thread has lost the processor. */
static void learn_pace(Worker *w, Wall begin, size_t n) {
        int64_t each_ns = wall_sub(wall_now(), begin).ns / (int64_t)n;

        if (each_ns >= 0 && each_ns <= PACE_MAX_NS)
                w->pace_ns = each_ns < w->pace_ns ? each_ns : w->pace_ns + (each_ns - w->pace_ns) / 16;
}

/* The clock is read as late as can be: what it says goes out with the replies. They leave one after the other, and each says when its
 * turn will be. */
static void emit(Worker *w, Wall wall, size_t n_answers) {
        Now now = {
                .mono = mono_of(&w->bulletin, wall),
                .local = clock_map_local(&w->bulletin.map, wall),
        };

        for (size_t i = 0; i < n_answers; i++) {
                const Answer *a = &w->answers[i];
                uint64_t wish;
                size_t n = service_emit(
                        w->service, &a->reply, &w->served, now, &wish, udp_batch_room(w->batch, a->place));

                udp_batch_put(w->batch, a->place, n, wish);
                count_reply(w, &a->reply, wish);
                now.local.ns += w->pace_ns - w->pace_ns / 4;
        }
}

static void take_departures(Worker *w, UdpPort *port) {
        uint64_t wish;
        Wall at;

        while (udp_port_take_departure(port, &wish, &at) == UDP_PACKET) {
                count(&w->events[WORKER_KERNEL_TX], 1);
                service_on_departed(w->service, wish, clock_map_local(&w->bulletin.map, at));
        }
}

static void answer(Worker *w, UdpPort *port, size_t n) {
        size_t n_answers = 0;

        for (size_t i = 0; i < n; i++)
                n_answers +=
                        judge(w, i, &w->answers[n_answers].reply) && (w->answers[n_answers].place = i, true);
        if (n_answers == 0)
                return;
        Wall begin = wall_now();

        emit(w, begin, n_answers);
        gauge_clients(w); /* before anybody who has his reply can ask for them */
        if (may_send(w))
                count(&w->events[WORKER_UNSENT], n_answers - udp_batch_send(w->batch, port));
        else
                count(&w->events[WORKER_VOID], n_answers);
        if (n_answers >= PACE_SEEN)
                learn_pace(w, begin, n_answers);
        if (udp_port_awaits(port))
                take_departures(w, port);
}

size_t worker_turn(Worker *w, size_t i) {
        UdpPort *port = &w->ports[i];
        int n = udp_batch_receive(w->batch, port);

        if (n <= 0) { /* then what woke us is in the queue of errors */
                take_departures(w, port);
                return 0;
        }
        if (rulebook_follow(w->means.rulebook, &w->rules))
                service_set_rules(w->service, rule_set_rules(w->rules.set));
        if (may_answer(w))
                answer(w, port, (size_t)n);
        else {
                count(&w->events[WORKER_VOID], (uint64_t)n);
                worker_look(w);
        }
        return (size_t)n;
}

Service *worker_service(Worker *w) {
        return w->service;
}

void worker_add_counts(const Worker *w, WorkerCounts *sum) {
        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                sum->verdicts[i] += atomic_load_explicit(&w->verdicts[i], memory_order_relaxed);
        for (size_t i = 0; i < WORKER_EVENTS; i++)
                sum->events[i] += atomic_load_explicit(&w->events[i], memory_order_relaxed);
        for (size_t i = 0; i < WORKER_GAUGES; i++) {
                uint64_t value = atomic_load_explicit(&w->gauges[i], memory_order_relaxed);

                if (i != WORKER_STAMPS_SPAN_NS)
                        sum->gauges[i] += value;
                else if (value > sum->gauges[i])
                        sum->gauges[i] = value;
        }
}
