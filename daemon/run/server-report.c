/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/server-report.h"

#include <math.h>

static const double measured_over_s = 2.0;

/* Of all packets that were no peer's. */
static uint64_t received(const WorkerCounts *c) {
        uint64_t n = c->events[WORKER_VOID];

        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                if (i != RESPONDER_PEER)
                        n += c->verdicts[i];
        return n;
}

static void measure(ServerReport *r, const WorkerCounts *all, Mono now) {
        double elapsed_s = mono_seconds_since(now, r->looked);

        if (r->looked.ns == 0)
                r->requests_per_s = (double)NAN;
        else if (elapsed_s < measured_over_s)
                return;
        else
                r->requests_per_s = (double)(received(all) - r->received) / elapsed_s;
        r->looked = now;
        r->received = received(all);
}

static void subtract(WorkerCounts *c, const WorkerCounts *before) {
        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                c->verdicts[i] -= before->verdicts[i];
        for (size_t i = 0; i < WORKER_EVENTS; i++)
                c->events[i] -= before->events[i];
        c->gauges[WORKER_DISPLACED] -= before->gauges[WORKER_DISPLACED];
}

/* A stamp of the kernel may come after the counters were reset. */
static uint64_t without_kernels_stamp(const WorkerCounts *c) {
        uint64_t all = c->events[WORKER_REMEMBERED], kernel = c->events[WORKER_KERNEL_TX];

        return all > kernel ? all - kernel : 0;
}

static bool is_refusal(ResponderVerdict verdict) {
        return verdict != RESPONDER_ANSWERED && verdict != RESPONDER_PEER;
}

static void put_refusals(ServerReport *r, const WorkerCounts *c) {
        size_t n = 0;

        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                if (is_refusal((ResponderVerdict)i))
                        r->refusals[n++] = (ServerRefusal){ responder_verdict_to_string((ResponderVerdict)i),
                                c->verdicts[i] };
        r->refusals[n++] = (ServerRefusal){ worker_event_to_string(WORKER_VOID), c->events[WORKER_VOID] };
        r->view.refusals = r->refusals;
        r->view.n_refusals = n;
        for (size_t i = 0; i < n; i++)
                r->view.counters.dropped += r->refusals[i].n;
}

const ServerView *server_report_make(ServerReport *r, const ServerView *fixed, const Pool *pool, Mono now) {
        WorkerCounts c;

        pool_count(pool, &c);
        measure(r, &c, now);
        subtract(&c, &r->reset);
        r->view = *fixed;
        r->view.counters = (ServerCounters){
                .received = received(&c),
                .authenticated = c.events[WORKER_AUTHENTICATED],
                .interleaved = c.events[WORKER_INTERLEAVED],
                .clients_displaced = c.gauges[WORKER_DISPLACED],
                .daemon_rx = c.events[WORKER_DAEMON_RX],
                .kernel_rx = c.events[WORKER_KERNEL_RX],
                .daemon_tx = without_kernels_stamp(&c),
                .kernel_tx = c.events[WORKER_KERNEL_TX],
        };
        put_refusals(r, &c);
        r->view.stamps_held = c.gauges[WORKER_STAMPS];
        r->view.stamps_span_s = (double)c.gauges[WORKER_STAMPS_SPAN_NS] * 1e-9;
        r->view.clients = (uint32_t)c.gauges[WORKER_CLIENTS];
        r->view.clients_max = (uint32_t)c.gauges[WORKER_CLIENTS_MAX];
        r->view.requests_per_s = r->requests_per_s;
        return &r->view;
}

void server_report_reset(ServerReport *r, const Pool *pool) {
        pool_count(pool, &r->reset);
}
