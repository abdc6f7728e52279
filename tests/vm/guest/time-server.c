/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NTP_UNIX_EPOCH INT64_C(2208988800)

enum {
        PACKET_SIZE = 48,
        WAITING_MAX = 16,
        LEAP_NONE = 0,
        LEAP_INSERT = 1,
        VERSION = 4,
        MODE_SERVER = 4,
        PRECISION = -24
};

/* A reply on its way. */
typedef struct Reply {
        int64_t served_raw_ns, due_raw_ns;
        struct sockaddr_in to;
        uint8_t bytes[PACKET_SIZE];
} Reply;

typedef struct TimeServer {
        const World *world;
        TimeServerOptions options;
        uint64_t random;
        int fd;
        Reply waiting[WAITING_MAX];
        int n_waiting;
} TimeServer;

static void put_stamp(uint8_t *to, int64_t ns) {
        uint64_t stamp =
                (uint64_t)(ns / NS + NTP_UNIX_EPOCH) << 32 | ((uint64_t)(ns % NS) << 32) / (uint64_t)NS;

        for (int i = 0; i < 8; i++)
                to[i] = (uint8_t)(stamp >> (56 - 8 * i));
}

static int64_t draw_delay(TimeServer *s) {
        return llround((s->options.delay_s - s->options.jitter_s * log(draw_uniform(&s->random))) * 1e9);
}

/* When the packet came, which is before we woke up: by the kernel's stamp, whose age is too short for any rate to matter. */
static int64_t arrived_raw_ns(struct msghdr *message) {
        const struct cmsghdr *c = CMSG_FIRSTHDR(message);
        int64_t raw_ns = clock_ns(CLOCK_MONOTONIC_RAW), wall_ns = clock_ns(CLOCK_REALTIME);
        struct timespec stamp;

        if (!c || c->cmsg_type != SCM_TIMESTAMPNS)
                return raw_ns;
        memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
        return raw_ns - (wall_ns - (stamp.tv_sec * NS + stamp.tv_nsec));
}

static void receive(TimeServer *s) {
        uint8_t request[256], control[128];
        Reply reply = { 0 };
        struct iovec io = { request, sizeof(request) };
        struct msghdr message = {
                .msg_name = &reply.to,
                .msg_namelen = sizeof(reply.to),
                .msg_iov = &io,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n = recvmsg(s->fd, &message, 0);
        int64_t raw_ns = arrived_raw_ns(&message), there_ns = draw_delay(s), back_ns = draw_delay(s);
        bool announces = s->options.announces && world_before_leap(s->world, raw_ns);

        if (n < PACKET_SIZE || s->n_waiting == WAITING_MAX)
                return;
        reply.served_raw_ns = raw_ns + there_ns;
        reply.due_raw_ns = reply.served_raw_ns + back_ns;
        reply.bytes[0] = (announces ? LEAP_INSERT : LEAP_NONE) << 6 | VERSION << 3 | MODE_SERVER;
        reply.bytes[1] = 1;
        reply.bytes[2] = request[2];
        reply.bytes[3] = (uint8_t)PRECISION;
        memcpy(reply.bytes + 12, "RAW", 3);
        memcpy(reply.bytes + 24, request + 40, 8);
        s->waiting[s->n_waiting++] = reply;
}

/* We wake up late: the way there becomes as much longer, so that only the draw makes the ways differ. */
static void stamp(const TimeServer *s, Reply *r, int64_t now_ns) {
        int64_t true_ns = world_true_ns(s->world, r->served_raw_ns + (now_ns - r->due_raw_ns));

        put_stamp(r->bytes + 16, true_ns - NS);
        put_stamp(r->bytes + 32, true_ns);
        put_stamp(r->bytes + 40, true_ns);
}

static void deliver(TimeServer *s) {
        int64_t now_ns = clock_ns(CLOCK_MONOTONIC_RAW);

        for (int i = 0; i < s->n_waiting;) {
                Reply *r = &s->waiting[i];

                if (r->due_raw_ns > now_ns) {
                        i++;
                        continue;
                }
                stamp(s, r, now_ns);
                (void)sendto(
                        s->fd, r->bytes, sizeof(r->bytes), 0, (const struct sockaddr *)&r->to, sizeof(r->to));
                s->waiting[i] = s->waiting[--s->n_waiting];
        }
}

/* Until the next reply is due; NULL = for ever. */
static struct timespec *pause_of(const TimeServer *s, struct timespec *ret) {
        int64_t due_ns = INT64_MAX, left_ns;

        if (s->n_waiting == 0)
                return NULL;
        for (int i = 0; i < s->n_waiting; i++)
                if (s->waiting[i].due_raw_ns < due_ns)
                        due_ns = s->waiting[i].due_raw_ns;
        left_ns = due_ns - clock_ns(CLOCK_MONOTONIC_RAW);
        left_ns = left_ns > 0 ? left_ns : 0;
        *ret = (struct timespec){ left_ns / NS, left_ns % NS };
        return ret;
}

static _Noreturn void serve(TimeServer *s) {
        (void)prctl(PR_SET_TIMERSLACK, 1);
        for (;;) {
                struct pollfd p = { .fd = s->fd, .events = POLLIN };
                struct timespec pause;

                if (ppoll(&p, 1, pause_of(s, &pause), NULL) > 0)
                        receive(s);
                deliver(s);
        }
}

pid_t time_server_start(const World *world, const TimeServerOptions *options) {
        const struct sockaddr_in address = { .sin_family = AF_INET,
                .sin_port = htons(TIME_SERVER_PORT),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        const int on = 1;
        TimeServer s = { .world = world, .options = *options, .random = options->seed + 1 };
        pid_t pid;

        s.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (s.fd < 0 || setsockopt(s.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
                bind(s.fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                serve(&s);
        (void)close(s.fd);
        return pid;
}
