/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp-batch.h"

#include "os/clock-reading.h"
#include "os/udp-socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* One datagram and its answer. The size is far from a power of two: otherwise all of them would share a few lines of the cache. */
typedef struct Slot {
        SocketAddress from;
        UdpControl control;
        struct iovec in, out;
        UdpReceipt receipt;
        uint64_t wish;
        uint8_t bytes[UDP_DATAGRAM_MAX];
        uint8_t answer[UDP_DATAGRAM_MAX];
} Slot;

struct UdpBatch {
        size_t n_in, n_out;
        Wall taken; /* when they were taken; 0: not read */
        struct mmsghdr in[UDP_BATCH_MAX], out[UDP_BATCH_MAX];
        const Slot *answered[UDP_BATCH_MAX]; /* by the place of the answer */
        Slot slots[UDP_BATCH_MAX];
};

static void prepare(UdpBatch *b, size_t i) {
        struct msghdr *m = &b->in[i].msg_hdr;

        m->msg_namelen = sizeof(b->slots[i].from);
        m->msg_controllen = sizeof(b->slots[i].control);
        m->msg_flags = 0;
}

UdpBatch *udp_batch_new(void) {
        UdpBatch *b = calloc(1, sizeof(*b));

        for (size_t i = 0; b && i < UDP_BATCH_MAX; i++) {
                Slot *s = &b->slots[i];

                s->in = (struct iovec){ s->bytes, sizeof(s->bytes) };
                s->out.iov_base = s->answer;
                b->out[i].msg_hdr.msg_iovlen = 1;
                b->in[i].msg_hdr = (struct msghdr){
                        .msg_name = &s->from, .msg_iov = &s->in, .msg_iovlen = 1, .msg_control = &s->control
                };
                prepare(b, i);
        }
        return b;
}

UdpBatch *udp_batch_free(UdpBatch *b) {
        free(b);
        return NULL;
}

int udp_batch_receive(UdpBatch *b, const UdpPort *port) {
        for (size_t i = 0; i < b->n_in; i++)
                prepare(b, i);
        b->n_in = b->n_out = 0;
        b->taken.ns = 0;
        int n = recvmmsg(port->fd, b->in, UDP_BATCH_MAX, MSG_DONTWAIT, NULL);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        b->n_in = (size_t)n;
        return n;
}

static Wall taken(UdpBatch *b) {
        if (b->taken.ns == 0)
                b->taken = wall_now();
        return b->taken;
}

const UdpReceipt *udp_batch_look(UdpBatch *b, size_t i, const uint8_t **ret_bytes) {
        struct msghdr *m = &b->in[i].msg_hdr;
        Slot *s = &b->slots[i];

        s->receipt = (UdpReceipt){ .n = b->in[i].msg_len };
        udp_address_take(&s->from, m->msg_namelen, &s->receipt.remote);
        udp_control_take(m, &s->receipt);
        if (!s->receipt.kernel)
                s->receipt.at = taken(b);
        *ret_bytes = s->bytes;
        return &s->receipt;
}

bool udp_batch_is_truncated(const UdpBatch *b, size_t i) {
        return (b->in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

uint8_t *udp_batch_room(UdpBatch *b, size_t i) {
        return b->slots[i].answer;
}

/* What the control messages of the arrival said is in the receipt: their place is free for those of the answer. */
static size_t put_control(Slot *s) {
        size_t n = 0;

        if (s->receipt.local.family != ADDRESS_NONE)
                n = udp_control_put_source(s->control.bytes, &s->receipt.local);
        if (s->wish != 0)
                n += udp_control_put_wish(s->control.bytes + n);
        return n;
}

void udp_batch_put(UdpBatch *b, size_t i, size_t n, uint64_t wish) {
        Slot *s = &b->slots[i];
        struct msghdr *m = &b->out[b->n_out].msg_hdr;

        s->out.iov_len = n;
        s->wish = wish;
        m->msg_name = &s->from;
        m->msg_namelen = b->in[i].msg_hdr.msg_namelen;
        m->msg_iov = &s->out;
        m->msg_control = &s->control;
        m->msg_controllen = put_control(s);
        b->answered[b->n_out++] = s;
}

void udp_batch_drop(UdpBatch *b) {
        b->n_out = 0;
}

/* Stamps are numbered in the order in which packets that want one are handed over. */
static void remember_wishes(const UdpBatch *b, UdpPort *port, size_t from, size_t to) {
        for (size_t i = from; i < to; i++)
                if (b->answered[i]->wish != 0)
                        port->wishes[port->n_wishes++ % UDP_WISHES_MAX] = b->answered[i]->wish;
}

size_t udp_batch_send(UdpBatch *b, UdpPort *port) {
        size_t done = 0, failed = 0;

        while (done < b->n_out) {
                int n = sendmmsg(
                        port->fd, b->out + done, (unsigned)(b->n_out - done), MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n > 0) {
                        remember_wishes(b, port, done, done + (size_t)n);
                        done += (size_t)n;
                        continue;
                }
                if (b->answered[done]->wish != 0) { /* it may have been given a number */
                        udp_socket_restart_numbers(port->fd);
                        port->n_wishes = port->n_told = 0;
                }
                done++;
                failed++;
        }
        b->n_out = 0;
        return done - failed;
}

int udp_port_take_departure(UdpPort *port, uint64_t *ret_wish, Wall *ret_at) {
        UdpSentStamp stamp;

        for (;;) {
                int r = udp_take_sent_stamp(port->fd, &stamp);

                if (r != UDP_PACKET)
                        return r;
                if (port->n_wishes - 1 - stamp.number >=
                        UDP_WISHES_MAX) /* from before numbers began, or too old */
                        continue;
                port->n_told = stamp.number + 1;
                *ret_wish = port->wishes[stamp.number % UDP_WISHES_MAX];
                *ret_at = stamp.at;
                return UDP_PACKET;
        }
}
