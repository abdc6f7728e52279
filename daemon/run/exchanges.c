/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/exchanges.h"

#include "base/cleanup.h"
#include "os/fd.h"

#include <errno.h>

typedef struct Exchange {
        struct Exchange *next;
        Exchanges *owner;
        uint32_t assoc;
        int fd;
        sd_event_source *source;
} Exchange;

struct Exchanges {
        sd_event *event;
        UdpOptions options;
        uint16_t drawn_port; /* where it is to stay the same; 0 = none yet */
        const ExchangeOps *ops;
        void *userdata;
        int stamps; /* keeps the kernel stamping between requests */
        Exchange *first;
};

static Exchange *exchange_free(Exchange *e) {
        sd_event_source_disable_unref(e->source);
        if (e->fd >= 0)
                (void)close(e->fd);
        free(e);
        return NULL;
}

DEFINE_CLEANUP(Exchange, exchange_free)

/* One packet a call: what it brings about may close this very exchange. Before it, the stamp of the request, since the reply wants
 * it; and whenever there is one, since it keeps us awake. */
static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        const Exchange *e = userdata;
        Exchanges *x = e->owner;
        uint8_t bytes[EXCHANGE_PACKET_MAX];
        UdpReceipt receipt;
        UdpSentStamp sent;
        int r;

        while (udp_take_sent_stamp(fd, &sent) == UDP_PACKET)
                x->ops->on_sent(x->userdata, e->assoc, sent.at);
        r = udp_receive(fd, bytes, sizeof(bytes), &receipt);
        if (r == UDP_PACKET)
                x->ops->on_packet(x->userdata, e->assoc, &receipt, bytes);
        else if (r < 0)
                x->ops->on_failed(x->userdata, e->assoc, r);
        return 0;
}

int exchanges_new(
        sd_event *event, const UdpOptions *options, const ExchangeOps *ops, void *userdata, Exchanges **ret) {
        Exchanges *x = calloc(1, sizeof(*x));

        if (!x)
                return -ENOMEM;
        *x = (Exchanges){
                .event = sd_event_ref(event),
                .options = *options,
                .ops = ops,
                .userdata = userdata,
                .stamps = udp_hold_stamps(), /* without it stamps are only sometimes worse */
        };
        *ret = x;
        return 0;
}

Exchanges *exchanges_free(Exchanges *x) {
        if (!x)
                return NULL;
        while (x->first)
                exchanges_close(x, x->first->assoc);
        if (x->stamps >= 0)
                (void)close(x->stamps);
        sd_event_unref(x->event);
        free(x);
        return NULL;
}

void exchanges_set_options(Exchanges *x, const UdpOptions *options) {
        UdpOptions old = x->options;

        x->options = *options;
        x->options.fixed_port = old.fixed_port;
        x->options.port = old.port;
}

/* A port that stays is drawn by the first request; if somebody else has taken it in between, by this one. */
static int open_socket(Exchanges *x, const NetEndpoint *to) {
        UdpOptions options = x->options;
        bool drawn = options.fixed_port && options.port == 0;

        if (drawn)
                options.port = x->drawn_port;
        int fd = udp_open(&options, to);
        if (fd == -EADDRINUSE && drawn && options.port != 0) {
                options.port = 0;
                fd = udp_open(&options, to);
        }
        if (fd >= 0 && drawn)
                x->drawn_port = udp_local_port(fd);
        return fd;
}

void exchanges_close(Exchanges *x, uint32_t assoc) {
        for (Exchange **at = &x->first; *at; at = &(*at)->next) {
                Exchange *e = *at;

                if (e->assoc != assoc)
                        continue;
                *at = e->next;
                exchange_free(e);
                return;
        }
}

bool exchanges_have_route(const Exchanges *x, const NetEndpoint *to) {
        int fd = udp_open(&x->options, to);

        if (fd >= 0)
                (void)close(fd);
        return fd >= 0;
}

int exchanges_send(Exchanges *x, const ActionSend *send, UdpDeparture *ret) {
        _cleanup_(exchange_freep)
        Exchange *e = calloc(1, sizeof(*e));
        UdpSentStamp stamp;
        Wall handed_over;
        int r;

        exchanges_close(x, send->assoc);
        if (!e)
                return -ENOMEM;
        *e = (Exchange){ .owner = x, .assoc = send->assoc };
        e->fd = open_socket(x, &send->to);
        if (e->fd < 0)
                return e->fd;
        r = sd_event_add_io(x->event, &e->source, e->fd, EPOLLIN, on_readable, e);
        if (r < 0)
                return r;
        r = udp_send(e->fd, send->bytes, send->n, &handed_over);
        if (r < 0)
                return r;
        *ret = (UdpDeparture){ .at = handed_over };
        if (udp_take_sent_stamp(e->fd, &stamp) == UDP_PACKET)
                *ret = (UdpDeparture){ .at = stamp.at, .kernel = true };
        e->next = x->first;
        x->first = TAKE_PTR(e);
        return 0;
}
