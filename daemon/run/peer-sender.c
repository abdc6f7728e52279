/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/peer-sender.h"

#include "base/cleanup.h"
#include "os/fd.h"

#include <errno.h>

enum { STAMPS_MAX = 16 /* departures whose stamps are still to come */ };

struct PeerSender {
        int fd;
        bool shared;
        sd_event_source *source;
        const ExchangeOps *ops;
        void *userdata;
        uint32_t stamped[STAMPS_MAX]; /* associations of the last packets, by the number of their stamp */
        uint32_t n_stamped;
};

static bool is_of_last_packet(const PeerSender *p, uint32_t number) {
        for (uint32_t later = number + 1; later != p->n_stamped; later++)
                if (p->stamped[later % STAMPS_MAX] == p->stamped[number % STAMPS_MAX])
                        return false;
        return true;
}

/* Too old ones are nobody's any more, and one that comes after the next packet to that peer would be taken for that one's. */
static void hand_on(PeerSender *p, const UdpSentStamp *stamp) {
        if (p->n_stamped - 1 - stamp->number < STAMPS_MAX && is_of_last_packet(p, stamp->number))
                p->ops->on_sent(p->userdata, p->stamped[stamp->number % STAMPS_MAX], stamp->at);
}

static int on_stamps(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        PeerSender *p = userdata;
        UdpSentStamp stamp;

        while (udp_take_sent_stamp(fd, &stamp) == UDP_PACKET)
                hand_on(p, &stamp);
        return 0;
}

int peer_sender_new(
        sd_event *event, int fd, bool shared, const ExchangeOps *ops, void *userdata, PeerSender **ret) {
        PeerSender *p = calloc(1, sizeof(*p));
        int r = 0;

        if (!p)
                return -ENOMEM;
        *p = (PeerSender){ .fd = fd, .shared = shared, .ops = ops, .userdata = userdata };
        if (!shared)
                r = sd_event_add_io(event, &p->source, fd, EPOLLERR, on_stamps, p);
        if (r < 0) {
                free(p);
                return r;
        }
        *ret = p;
        return 0;
}

PeerSender *peer_sender_free(PeerSender *p) {
        if (!p)
                return NULL;
        sd_event_source_disable_unref(p->source);
        if (!p->shared)
                (void)close(p->fd);
        free(p);
        return NULL;
}

int peer_sender_send(PeerSender *p, const ActionSend *send, UdpDeparture *ret) {
        UdpSentStamp stamp;
        Wall handed_over;
        int r = udp_send_to(p->fd, send->bytes, send->n, &send->to, !p->shared, &handed_over);

        if (r < 0) {
                p->n_stamped = 0;
                return r;
        }
        *ret = (UdpDeparture){ .at = handed_over };
        if (p->shared)
                return 0;
        uint32_t number = p->n_stamped++;
        p->stamped[number % STAMPS_MAX] = send->assoc;
        while (udp_take_sent_stamp(p->fd, &stamp) == UDP_PACKET)
                if (stamp.number == number)
                        *ret = (UdpDeparture){ .at = stamp.at, .kernel = true };
                else
                        hand_on(p, &stamp);
        return 0;
}
