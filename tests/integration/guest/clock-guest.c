/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first process of a virtual machine whose clock may be moved: `clock-guest PROGRAM ARGUMENT...` as /init runs the
 * program beside a reference clock of its own, and says every second how far the kernel's clock is from that. The reference
 * runs on CLOCK_MONOTONIC_RAW, 50 ppm faster than that, and begins half a second ahead; it is served by NTP on loopback. At
 * fixed times somebody else (this process) steps the clock and changes its rate.
 */
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS             INT64_C(1000000000)
#define NTP_UNIX_EPOCH 2208988800U
#define RATE           50e-6
#define AHEAD_NS       (NS / 2)
#define PORT           11123

enum { STEP_AT = 40, STEP_NS = 50000000, RETUNE_AT = 80, RETUNE_PPM = 300, TERMINATE_AT = 120, END_AT = 125 };

typedef struct Reference {
        int64_t raw_ns;  /* when it began */
        int64_t time_ns; /* what it showed then */
} Reference;

static int64_t read_ns(clockid_t clock) {
        struct timespec t;

        (void)clock_gettime(clock, &t);
        return t.tv_sec * NS + t.tv_nsec;
}

static int64_t reference_ns(const Reference *r) {
        int64_t elapsed_ns = read_ns(CLOCK_MONOTONIC_RAW) - r->raw_ns;

        return r->time_ns + elapsed_ns + llrint((double)elapsed_ns * RATE);
}

static void put_stamp(uint8_t *to, int64_t ns) {
        uint64_t stamp =
                ((uint64_t)(ns / NS) + NTP_UNIX_EPOCH) << 32 | ((uint64_t)(ns % NS) << 32) / (uint64_t)NS;

        for (int i = 0; i < 8; i++)
                to[i] = (uint8_t)(stamp >> (56 - 8 * i));
}

static int serve(void) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
        };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                puts("error: cannot serve");
        return fd;
}

static void answer(int fd, const Reference *r) {
        struct sockaddr_in from;
        socklen_t from_n = sizeof(from);
        uint8_t request[256], reply[48] = { 4 << 3 | 4, 1, 0, (uint8_t)-24, [12] = 'R', 'A', 'W' };
        ssize_t n = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&from, &from_n);
        int64_t received_ns = reference_ns(r);

        if (n < 48)
                return;
        put_stamp(reply + 16, received_ns - NS);
        memcpy(reply + 24, request + 40, 8);
        put_stamp(reply + 32, received_ns);
        put_stamp(reply + 40, reference_ns(r));
        (void)sendto(fd, reply, sizeof(reply), 0, (struct sockaddr *)&from, from_n);
}

/* How far the kernel's clock is ahead of the reference: from the quickest of some readings. */
static int64_t ahead_ns(const Reference *r) {
        int64_t best_ns = INT64_MAX, ahead = 0;

        for (int i = 0; i < 20; i++) {
                int64_t before_ns = read_ns(CLOCK_MONOTONIC_RAW), wall_ns = read_ns(CLOCK_REALTIME);
                int64_t true_ns = reference_ns(r), width_ns = read_ns(CLOCK_MONOTONIC_RAW) - before_ns;

                if (width_ns < best_ns) {
                        best_ns = width_ns;
                        ahead = wall_ns - true_ns;
                }
        }
        return ahead;
}

static void report(int second, const Reference *r) {
        struct timex t = { 0 };

        (void)adjtimex(&t);
        printf("state second=%d ahead_ns=%ld tick=%ld freq=%ld status=%d maxerror_us=%ld\n", second,
                (long)ahead_ns(r), t.tick, t.freq, t.status, t.maxerror);
}

static void interfere(int second, pid_t daemon) {
        struct timex step = { .modes = ADJ_SETOFFSET | ADJ_NANO, .time.tv_usec = STEP_NS };
        struct timex rate = { .modes = ADJ_FREQUENCY, .freq = RETUNE_PPM * 65536L };

        if (second == STEP_AT)
                (void)adjtimex(&step);
        if (second == RETUNE_AT)
                (void)adjtimex(&rate);
        if (second == TERMINATE_AT)
                (void)kill(daemon, SIGTERM);
}

static void prepare(void) {
        struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        (void)mkdir("/proc", 0755);
        (void)mount("proc", "/proc", "proc", 0, NULL);
        (void)mkdir("/dev", 0755);
        (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
        if (ioctl(fd, SIOCSIFFLAGS, &loopback) < 0)
                puts("error: no loopback");
        (void)close(fd);
}

int main(int argc, char **argv) {
        Reference reference;
        int64_t next_ns;
        int fd, status, second = 0;
        pid_t daemon;

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        prepare();
        fd = serve();
        reference = (Reference){ read_ns(CLOCK_MONOTONIC_RAW), read_ns(CLOCK_REALTIME) + AHEAD_NS };
        daemon = fork();
        if (daemon == 0) {
                (void)execv(argv[1], argv + 1);
                printf("error: %s: %s\n", argv[1], strerror(errno));
                _exit(127);
        }
        next_ns = reference.raw_ns + NS;
        while (second < END_AT) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                int64_t left_ns = next_ns - read_ns(CLOCK_MONOTONIC_RAW);

                if (left_ns <= 0) {
                        report(++second, &reference);
                        interfere(second, daemon);
                        next_ns += NS;
                } else if (poll(&p, 1, (int)(left_ns / 1000000) + 1) > 0) {
                        answer(fd, &reference);
                }
                if (waitpid(daemon, &status, WNOHANG) == daemon)
                        printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
        }
        (void)reboot(RB_POWER_OFF);
        return EXIT_FAILURE;
}
