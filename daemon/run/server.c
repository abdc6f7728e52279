/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/server.h"

#include "base/cleanup.h"
#include "os/fd.h"
#include "os/udp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        REQUEST_MAX = 2048, /* longer ones are none that we understand */
        BATCH = 16,         /* requests that are answered before the loop looks at other things */
        STAMPS_MAX = 16,    /* departures to peers whose stamps are still to come */
        DROPPED_MAX = 4096, /* more than a socket holds */
        FAMILIES = 2,
};

typedef struct Listener {
        int fd;
        sd_event_source *source;
        uint32_t stamped
                [STAMPS_MAX]; /* associations of the last packets to peers, by the number of their stamp */
        uint32_t n_stamped;
} Listener;

struct Server {
        ServerMeans means;
        ResponderRules rules;
        Listener listeners[FAMILIES]; /* fd -1: none */
        uint64_t verdicts[RESPONDER_VERDICTS];
        uint64_t unsent, peer_packets;
        unsigned steps; /* of the clock */
};

DEFINE_CLEANUP(Server, server_free)

/* The clock is read as late as can be: what it says goes out with the reply. */
static void answer(Server *s, int fd, const ResponderReply *reply, const UdpReceipt *receipt) {
        uint8_t bytes[RESPONDER_REPLY_MAX];
        unsigned steps = s->steps;
        ClockState state;

        if (clock_read(s->means.clock, &state) < 0 || s->steps != steps)
                return;
        Now now = { state.mono, state.local };
        ServedTime served = engine_served(s->means.engine, now);
        size_t n = responder_emit(reply, &served, now, &s->means.rng, bytes);

        if (udp_reply(fd, bytes, n, &receipt->local, &receipt->remote) < 0)
                s->unsent++;
}

static void take_peer(Server *s, uint32_t assoc, const UdpReceipt *receipt, const uint8_t *bytes) {
        s->peer_packets++;
        s->means.peers->on_packet(s->means.peers_userdata, assoc, receipt, bytes);
}

static void take(Server *s, int fd, const UdpReceipt *receipt, const uint8_t *bytes) {
        ResponderRequest request = {
                .bytes = bytes,
                .n = receipt->n,
                .from = receipt->remote,
                .at = clock_local(s->means.clock, receipt->at),
        };
        uint32_t peer = engine_find_peer(s->means.engine, &receipt->remote, bytes, receipt->n);
        ResponderReply reply;

        if (peer != 0) {
                take_peer(s, peer, receipt, bytes);
                return;
        }
        ResponderVerdict verdict = responder_judge(&s->rules, &request, &reply);

        s->verdicts[verdict]++;
        if (verdict == RESPONDER_ANSWERED)
                answer(s, fd, &reply, receipt);
}

static Listener *listener_of(Server *s, AddressFamily family) {
        return &s->listeners[family == ADDRESS_INET6];
}

static bool is_of_last_packet(const Listener *l, uint32_t number) {
        for (uint32_t later = number + 1; later != l->n_stamped; later++)
                if (l->stamped[later % STAMPS_MAX] == l->stamped[number % STAMPS_MAX])
                        return false;
        return true;
}

/* A stamp is that of a packet to a peer; too old ones are nobody's any more, and one that comes after the next packet to that
 * peer would be taken for that one's. */
static void hand_on(Server *s, const Listener *l, const UdpSentStamp *stamp) {
        if (l->n_stamped - 1 - stamp->number < STAMPS_MAX && is_of_last_packet(l, stamp->number))
                s->means.peers->on_sent(
                        s->means.peers_userdata, l->stamped[stamp->number % STAMPS_MAX], stamp->at);
}

static void take_stamps(Server *s, const Listener *l) {
        UdpSentStamp stamp;

        while (udp_take_sent_stamp(l->fd, &stamp) == UDP_PACKET)
                hand_on(s, l, &stamp);
}

int server_send(Server *s, const ActionSend *send, UdpDeparture *ret) {
        Listener *l = s ? listener_of(s, send->to.address.family) : NULL;
        UdpSentStamp stamp;
        Wall handed_over;

        if (!l || l->fd < 0)
                return -EADDRNOTAVAIL;
        int r = udp_send_to(l->fd, send->bytes, send->n, &send->to, &handed_over);
        if (r < 0) {
                l->n_stamped = 0;
                return r;
        }
        uint32_t number = l->n_stamped++;
        l->stamped[number % STAMPS_MAX] = send->assoc;
        *ret = (UdpDeparture){ .at = handed_over };
        while (udp_take_sent_stamp(l->fd, &stamp) == UDP_PACKET)
                if (stamp.number == number)
                        *ret = (UdpDeparture){ .at = stamp.at, .kernel = true };
                else
                        hand_on(s, l, &stamp);
        return 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Server *s = userdata;
        uint8_t bytes[REQUEST_MAX];
        UdpReceipt receipt;

        for (size_t i = 0; i < FAMILIES; i++)
                if (s->listeners[i].fd == fd)
                        take_stamps(s, &s->listeners[i]);
        for (int i = 0; i < BATCH; i++) {
                int r = udp_receive(fd, bytes, sizeof(bytes), &receipt);

                if (r == UDP_NOTHING)
                        break;
                if (r == UDP_PACKET)
                        take(s, fd, &receipt, bytes);
                else if (r == UDP_TRUNCATED)
                        s->verdicts[RESPONDER_MALFORMED]++;
        }
        return 0;
}

static int listen_on(Server *s, sd_event *event, AddressFamily family, const ServerOptions *options) {
        Listener *l = listener_of(s, family);

        l->fd = udp_listen(family, options->port, options->dscp);
        if (l->fd < 0)
                return l->fd;
        return sd_event_add_io(event, &l->source, l->fd, EPOLLIN, on_readable, s);
}

int server_new(sd_event *event, const ServerOptions *options, const ServerMeans *means, Server **ret) {
        static const AddressFamily families[FAMILIES] = { ADDRESS_INET4, ADDRESS_INET6 };
        _cleanup_(server_freep)
        Server *s = calloc(1, sizeof(*s));
        int n_open = 0, why = -EAFNOSUPPORT;

        if (!s)
                return -ENOMEM;
        *s = (Server){
                .means = *means, .rules = options->rules, .listeners = { { .fd = -1 }, { .fd = -1 } }
        };
        for (size_t i = 0; i < FAMILIES; i++) {
                int r = listen_on(s, event, families[i], options);

                if (r >= 0)
                        n_open++;
                else if (r != -EAFNOSUPPORT)
                        why = r;
        }
        if (n_open == 0)
                return why;
        if (why != -EAFNOSUPPORT)
                log_warning(
                        means->log, "Time is served over one address family only: %s", strerrordesc_np(-why));
        *ret = TAKE_PTR(s);
        return 0;
}

static void tell_verdicts(const Server *s) {
        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                if (s->verdicts[i] > 0)
                        log_info(s->means.log, "Requests for the time, %s: %" PRIu64,
                                responder_verdict_to_string((ResponderVerdict)i), s->verdicts[i]);
        if (s->peer_packets > 0)
                log_info(s->means.log, "Packets of peers: %" PRIu64, s->peer_packets);
        if (s->unsent > 0)
                log_info(s->means.log, "Replies that could not be sent: %" PRIu64, s->unsent);
}

Server *server_free(Server *s) {
        if (!s)
                return NULL;
        tell_verdicts(s);
        for (size_t i = 0; i < FAMILIES; i++) {
                sd_event_source_disable_unref(s->listeners[i].source);
                if (s->listeners[i].fd >= 0)
                        (void)close(s->listeners[i].fd);
        }
        free(s);
        return NULL;
}

void server_drop_waiting(Server *s) {
        uint8_t bytes[REQUEST_MAX];
        UdpReceipt receipt;

        s->steps++;
        for (size_t i = 0; i < FAMILIES; i++) {
                int fd = s->listeners[i].fd;

                for (int n = 0; fd >= 0 && n < DROPPED_MAX; n++)
                        if (udp_receive(fd, bytes, sizeof(bytes), &receipt) == UDP_NOTHING)
                                break;
        }
}
