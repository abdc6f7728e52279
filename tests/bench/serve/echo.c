/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The least that a server on a socket can do: every request comes back as a reply with its origin, nothing is looked at.
 *
 *     echo ADDRESS PORT bare|honest
 *
 * bare: recvmmsg and sendmmsg in batches. honest: the same with what no server can go without: the kernel's stamp of each
 * arrival, and the address that was asked, which the reply leaves from.
 */

#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 32, DATAGRAM_MAX = 1280, REPLY = 48, FIRST_BYTE = 0x24, ORIGIN_AT = 24, TRANSMIT_AT = 40 };

typedef union Control {
        struct cmsghdr align;
        char bytes[256];
} Control;

typedef struct Echo {
        int fd;
        bool honest;
        struct sockaddr_in from[BATCH];
        struct iovec in[BATCH], out[BATCH];
        struct mmsghdr requests[BATCH], replies[BATCH];
        Control arrived[BATCH], leaving[BATCH];
        uint8_t bytes[BATCH][DATAGRAM_MAX];
} Echo;

static int hear(const char *address, const char *port, bool honest) {
        struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

        if (fd < 0 || inet_pton(AF_INET, address, &here.sin_addr) != 1)
                errx(2, "no socket for %s", address);
        if (honest && (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
                              setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0))
                err(1, "setsockopt");
        if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
                err(1, "bind");
        return fd;
}

static void make_ready(Echo *e) {
        for (int i = 0; i < BATCH; i++) {
                e->in[i] = (struct iovec){ e->bytes[i], DATAGRAM_MAX };
                e->requests[i].msg_hdr = (struct msghdr){
                        .msg_name = &e->from[i],
                        .msg_namelen = sizeof(e->from[i]),
                        .msg_iov = &e->in[i],
                        .msg_iovlen = 1,
                        .msg_control = e->honest ? &e->arrived[i] : NULL,
                        .msg_controllen = e->honest ? sizeof(e->arrived[i]) : 0,
                };
        }
}

/* Tells the kernel to send from where the request was sent to. */
static void leave_from(struct msghdr *reply, Control *control, const struct in_pktinfo *asked) {
        struct in_pktinfo from = { .ipi_spec_dst = asked->ipi_spec_dst };
        struct cmsghdr *c;

        reply->msg_control = control;
        reply->msg_controllen = CMSG_SPACE(sizeof(from));
        c = CMSG_FIRSTHDR(reply);
        *c = (struct cmsghdr){
                .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof(from))
        };
        memcpy(CMSG_DATA(c), &from, sizeof(from));
}

/* Both the stamp and the address are read, as by a server. */
static void look(Echo *e, int i) {
        struct msghdr *request = &e->requests[i].msg_hdr;
        struct in_pktinfo asked;
        struct timespec at;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(request); c; c = CMSG_NXTHDR(request, c))
                if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                        memcpy(&asked, CMSG_DATA(c), sizeof(asked));
                        leave_from(&e->replies[i].msg_hdr, &e->leaving[i], &asked);
                } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
                        memcpy(&at, CMSG_DATA(c), sizeof(at));
                        memcpy(e->bytes[i] + ORIGIN_AT + 8, &at.tv_nsec, 8);
                }
}

static void answer(Echo *e, int i) {
        uint8_t *b = e->bytes[i];

        e->out[i] = (struct iovec){ b, REPLY };
        e->replies[i].msg_hdr = (struct msghdr){ .msg_name = &e->from[i],
                .msg_namelen = sizeof(e->from[i]),
                .msg_iov = &e->out[i],
                .msg_iovlen = 1 };
        b[0] = FIRST_BYTE;
        memcpy(b + ORIGIN_AT, b + TRANSMIT_AT, 8);
        if (e->honest)
                look(e, i);
}

int main(int argc, char **argv) {
        static Echo e;

        if (argc != 4)
                errx(2, "usage: echo ADDRESS PORT bare|honest");
        e.honest = strcmp(argv[3], "honest") == 0;
        e.fd = hear(argv[1], argv[2], e.honest);
        for (;;) {
                make_ready(&e);
                int n = recvmmsg(e.fd, e.requests, BATCH, MSG_WAITFORONE, NULL);

                if (n < 0)
                        continue; /* what an ICMP message said */
                for (int i = 0; i < n; i++)
                        answer(&e, i);
                for (int sent = 0, r; sent < n; sent += r)
                        if ((r = sendmmsg(e.fd, e.replies + sent, (unsigned)(n - sent), 0)) <= 0)
                                r = 1; /* that one is lost */
        }
}
