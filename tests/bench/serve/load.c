/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asks a server as fast as it answers, from many addresses and ports, and says what that cost it.
 *
 *     load ADDRESS PORT FIRST-SOURCE SOURCES WINDOW REQUESTS SECONDS RATE PID
 *
 * A closed loop: WINDOW requests are on their way at any time, the next one leaves when a reply has come; request n comes from the
 * address FIRST-SOURCE + n % SOURCES, all of which have to be local. It ends after REQUESTS or SECONDS, whatever comes first. With a
 * RATE above 0, requests a second, it is no loop: they leave when they are due, and the window is only a limit. A request
 * that has got no reply in half a second is lost. A reply is right if it is one of a server and bears the
 * origin of a request that waits for it at that port. PID: whose CPU time and instructions are counted, 0 = nobody's.
 *
 * Prints one line of JSON.
 */

#include "meter.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
        PORTS = 16,
        BATCH = 64,
        WINDOW_MAX = 4096,
        REQUEST = 48,
        MODE_AT = 0,
        ORIGIN_AT = 24,
        TRANSMIT_AT = 40,
        CLIENT = 0x23, /* version 4, mode 3 */
        SERVER_MODE = 4,
        NS = 1000000000,
        PATIENCE_NS = NS / 2,
        TURNAROUND_MAX_US = 500000,
};

typedef struct Slot {
        uint64_t transmit; /* 0: free */
        uint64_t left_ns;
        uint64_t request; /* its number */
} Slot;

typedef struct Datagrams {
        struct mmsghdr headers[BATCH];
        struct iovec parts[BATCH];
        struct sockaddr_in remote[BATCH];
        uint8_t bytes[BATCH][128];
        union {
                struct cmsghdr align;
                char bytes[64];
        } control[BATCH];
} Datagrams;

typedef struct Load {
        struct sockaddr_in server;
        uint32_t first_source, n_sources;
        unsigned window;
        uint64_t requests_max, end_ns, start_ns, rate;
        struct pollfd sockets[PORTS];
        Slot slots[WINDOW_MAX];
        unsigned n_free, unused[WINDOW_MAX]; /* numbers of free slots */
        uint64_t sent, replies, lost, late, wrong;
        uint32_t turnarounds[TURNAROUND_MAX_US + 1]; /* by microseconds */
        Datagrams out, in;
} Load;

static uint64_t now_ns(void) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static void open_sockets(Load *l) {
        int room = 8 << 20;

        for (int i = 0; i < PORTS; i++) {
                struct sockaddr_in any = { .sin_family = AF_INET };
                int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

                if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
                        err(1, "socket");
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
                l->sockets[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
}

/* Slot s is asked from port s % PORTS, so that a reply at another port is wrong. The transmit stamp is a number that has not
 * been there before, with the slot in its lowest bits. */
static void write_request(Load *l, unsigned i, unsigned slot) {
        struct in_pktinfo from = { .ipi_spec_dst.s_addr =
                                           htonl(l->first_source + (uint32_t)(l->sent % l->n_sources)) };
        struct msghdr *header = &l->out.headers[i].msg_hdr;
        struct cmsghdr *c = &l->out.control[i].align;
        uint8_t *b = l->out.bytes[i];
        uint64_t transmit = (l->sent * 0x9e3779b97f4a7c15 << 12 | slot) | UINT64_C(1) << 63;

        memset(b, 0, REQUEST);
        b[MODE_AT] = CLIENT;
        memcpy(b + TRANSMIT_AT, &transmit, 8);
        l->out.parts[i] = (struct iovec){ b, REQUEST };
        *c = (struct cmsghdr){
                .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof(from))
        };
        memcpy(CMSG_DATA(c), &from, sizeof(from));
        *header = (struct msghdr){
                .msg_name = &l->server,
                .msg_namelen = sizeof(l->server),
                .msg_iov = &l->out.parts[i],
                .msg_iovlen = 1,
                .msg_control = c,
                .msg_controllen = CMSG_SPACE(sizeof(from)),
        };
        l->slots[slot] = (Slot){ .transmit = transmit, .left_ns = now_ns(), .request = l->sent++ };
}

/* How many requests are due and may leave. */
static uint64_t due(const Load *l, uint64_t now) {
        uint64_t n = l->n_free, left = l->requests_max - l->sent;

        if (l->rate > 0) {
                uint64_t by_now = (uint64_t)((double)(now - l->start_ns) * 1e-9 * (double)l->rate) + 1;
                uint64_t waiting = by_now > l->sent ? by_now - l->sent : 0;

                n = waiting < n ? waiting : n;
        }
        return n < left ? n : left;
}

/* What the kernel does not take is lost, and found to be so later. */
static void ask(Load *l, uint64_t n) {
        for (unsigned port = 0; port < PORTS && n > 0; port++) {
                unsigned batch = 0, kept = 0;

                for (unsigned i = 0; i < l->n_free; i++)
                        if (l->unused[i] % PORTS == port && batch < BATCH && n > 0) {
                                write_request(l, batch++, l->unused[i]);
                                n--;
                        } else
                                l->unused[kept++] = l->unused[i];
                l->n_free = kept;
                if (batch > 0)
                        (void)sendmmsg(l->sockets[port].fd, l->out.headers, batch, 0);
        }
}

static void take(Load *l, int port, const uint8_t *b, unsigned n, uint64_t now) {
        uint64_t origin;
        Slot *slot;

        memcpy(&origin, b + ORIGIN_AT, 8);
        slot = &l->slots[origin % WINDOW_MAX];
        if (n != REQUEST || (b[MODE_AT] & 7) != SERVER_MODE || origin % PORTS != (unsigned)port) {
                l->wrong++;
        } else if (slot->transmit != origin) {
                l->late++; /* or twice */
        } else {
                uint64_t us = (now - slot->left_ns) / 1000;

                l->replies++;
                l->turnarounds[us < TURNAROUND_MAX_US ? us : TURNAROUND_MAX_US]++;
                slot->transmit = 0;
                l->unused[l->n_free++] = (unsigned)(origin % WINDOW_MAX);
        }
}

static void receive(Load *l, int port) {
        for (unsigned i = 0; i < BATCH; i++) {
                l->in.parts[i] = (struct iovec){ l->in.bytes[i], sizeof(l->in.bytes[i]) };
                l->in.headers[i].msg_hdr = (struct msghdr){ .msg_iov = &l->in.parts[i], .msg_iovlen = 1 };
        }
        int n = recvmmsg(l->sockets[port].fd, l->in.headers, BATCH, 0, NULL);
        uint64_t now = now_ns();

        for (int i = 0; i < n; i++)
                take(l, port, l->in.bytes[i], l->in.headers[i].msg_len, now);
}

/* now: before the sockets were read. If it was the generator that stood still, the replies were there. */
static void give_up(Load *l, uint64_t now) {
        for (unsigned s = 0; s < l->window; s++)
                if (l->slots[s].transmit != 0 && l->slots[s].left_ns + PATIENCE_NS < now) {
                        l->slots[s].transmit = 0;
                        l->unused[l->n_free++] = s;
                        l->lost++;
                }
}

/* Until all is asked and each request has got its reply or is lost. */
static void run(Load *l) {
        uint64_t looked_ns = 0, now;
        bool asking = true;

        while ((asking = asking && (now = now_ns()) < l->end_ns && l->sent < l->requests_max) ||
                l->n_free < l->window) {
                now = now_ns();
                if (asking)
                        ask(l, due(l, now));
                now = now_ns();
                if (poll(l->sockets, PORTS, 1) > 0)
                        for (int i = 0; i < PORTS; i++)
                                if (l->sockets[i].revents)
                                        receive(l, i);
                if (now - looked_ns > PATIENCE_NS / 10) {
                        give_up(l, now);
                        looked_ns = now;
                }
        }
}

static uint64_t turnaround_us(const Load *l, double quantile) {
        uint64_t wanted = (uint64_t)(quantile * (double)l->replies), seen = 0, us = 0;

        while (us < TURNAROUND_MAX_US && (seen += l->turnarounds[us]) <= wanted)
                us++;
        return us;
}

static void tell_meter(const Meter *m) {
        printf(", \"instructions\": %s, \"threads\": [", m->counts_instructions ? "true" : "false");
        for (int i = 0; i < m->n; i++)
                printf("%s{\"cpu_ns\": %" PRIu64 ", \"user\": %" PRIu64 ", \"kernel\": %" PRIu64 "}",
                        i > 0 ? ", " : "", m->threads[i].cpu_ns, m->threads[i].user, m->threads[i].kernel);
        printf("]");
}

int main(int argc, char **argv) {
        static Load l;
        Meter meter = { 0 };
        struct in_addr first;

        if (argc != 10 || inet_pton(AF_INET, argv[1], &l.server.sin_addr) != 1 ||
                inet_pton(AF_INET, argv[3], &first) != 1)
                errx(2, "usage: load ADDRESS PORT FIRST-SOURCE SOURCES WINDOW REQUESTS SECONDS RATE PID");
        l.server.sin_family = AF_INET;
        l.server.sin_port = htons((uint16_t)atoi(argv[2]));
        l.first_source = ntohl(first.s_addr);
        l.n_sources = (uint32_t)strtoul(argv[4], NULL, 10);
        l.window = (unsigned)strtoul(argv[5], NULL, 10);
        l.requests_max = strtoull(argv[6], NULL, 10);
        l.rate = strtoull(argv[8], NULL, 10);
        if (l.n_sources == 0 || l.window == 0 || l.window > WINDOW_MAX)
                errx(2, "at least one source, and a window of 1 to %d", WINDOW_MAX);
        while (l.n_free < l.window) {
                l.unused[l.n_free] = l.n_free;
                l.n_free++;
        }
        open_sockets(&l);
        pid_t pid = (pid_t)atoi(argv[9]);
        if (pid > 0 && meter_start(&meter, pid) < 0)
                errx(1, "no process %d", (int)pid);
        l.start_ns = now_ns();
        l.end_ns = l.start_ns + (uint64_t)(strtod(argv[7], NULL) * NS);
        run(&l);
        double seconds = (double)(now_ns() - l.start_ns) * 1e-9;
        meter_stop(&meter);
        printf("{\"sent\": %" PRIu64 ", \"replies\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"late\": %" PRIu64
               ", \"wrong\": %" PRIu64 ", \"seconds\": %.6f, \"median_us\": %" PRIu64 ", \"p99_us\": %" PRIu64
               ", \"p999_us\": %" PRIu64,
                l.sent, l.replies, l.lost, l.late, l.wrong, seconds, turnaround_us(&l, 0.5),
                turnaround_us(&l, 0.99), turnaround_us(&l, 0.999));
        tell_meter(&meter);
        printf("}\n");
        return 0;
}
