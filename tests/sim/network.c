/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t fnv_offset = UINT64_C(0xcbf29ce484222325), fnv_prime = UINT64_C(0x100000001b3);

/* On its way: what the queue holds. */
typedef struct Flight {
        Network *network;
        Packet packet;
} Flight;

NetAddress sim_address(const char *text) {
        NetAddress a;

        if (net_address_parse(text, &a) != 0) {
                fprintf(stderr, "not an address: %s\n", text);
                abort();
        }
        return a;
}

void network_init(Network *n, EventQueue *queue, uint64_t seed) {
        *n = (Network){ .queue = queue, .seed = seed, .digest = fnv_offset };
}

void network_done(Network *n) {
        for (size_t i = 0; i < n->n_hosts; i++)
                free(n->hosts[i]);
        free(n->hosts);
}

static int address_compare(const NetAddress *a, const NetAddress *b) {
        if (a->family != b->family)
                return a->family < b->family ? -1 : 1;
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Where the address is among the hosts, or belongs. */
static size_t host_position(const Network *n, const NetAddress *address) {
        size_t low = 0, high = n->n_hosts;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (address_compare(&n->hosts[middle]->address, address) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Host *network_find(const Network *n, const NetAddress *address) {
        size_t i = host_position(n, address);

        return i < n->n_hosts && address_compare(&n->hosts[i]->address, address) == 0 ? n->hosts[i] : NULL;
}

Host *network_attach(Network *n, const NetAddress *address, PacketHandler on_packet, void *context) {
        size_t i = host_position(n, address);
        Host *host = calloc(1, sizeof(*host));

        n->hosts = reallocarray(n->hosts, n->n_hosts + 1, sizeof(*n->hosts));
        if (!host || !n->hosts)
                abort();
        memmove(&n->hosts[i + 1], &n->hosts[i], (n->n_hosts - i) * sizeof(*n->hosts));
        n->hosts[i] = host;
        *host = (Host){ .address = *address, .on_packet = on_packet, .context = context };
        random_init(&host->random_in, n->seed, RANDOM_LINK_IN, n->n_hosts);
        random_init(&host->random_out, n->seed, RANDOM_LINK_OUT, n->n_hosts);
        n->n_hosts++;
        return host;
}

static void digest(Network *n, const void *data, size_t size) {
        const uint8_t *bytes = data;

        for (size_t i = 0; i < size; i++)
                n->digest = (n->digest ^ bytes[i]) * fnv_prime;
}

static void digest_packet(Network *n, const Packet *p) {
        digest(n, &n->queue->now_ns, sizeof(n->queue->now_ns));
        digest(n, p->from.address.bytes, sizeof(p->from.address.bytes));
        digest(n, &p->from.port, sizeof(p->from.port));
        digest(n, p->to.address.bytes, sizeof(p->to.address.bytes));
        digest(n, &p->to.port, sizeof(p->to.port));
        digest(n, p->bytes, p->n);
}

static double jitter(const Path *p, Random *r) {
        switch (p->jitter) {
        case JITTER_NONE:
                return 0.0;
        case JITTER_EXPONENTIAL:
                return p->jitter_s * random_exponential(r);
        case JITTER_PARETO:
                return p->jitter_s * (random_pareto(r, p->pareto_alpha) - 1.0);
        case JITTER_NORMAL:
                return p->jitter_s * fabs(random_normal(r));
        }
        return 0.0;
}

/* Draws what a path does to one packet: its delay in seconds, or -1 if it is lost. What is switched off draws nothing. */
static double path_delay(Path *p, Random *r, Packet *packet) {
        p->sent++;
        if (p->loss > 0.0 && random_chance(r, p->loss)) {
                p->lost++;
                return -1.0;
        }
        if (p->corruption > 0.0 && packet->n > 0 && random_chance(r, p->corruption)) {
                unsigned bit = random_below(r, (unsigned)packet->n * 8);
                packet->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        double held_s = p->reordering > 0.0 && random_chance(r, p->reordering) ? p->reordering_s : 0.0;
        return p->delay_s + jitter(p, r) + held_s;
}

static bool path_duplicates(const Path *p, Random *r) {
        return p->duplication > 0.0 && random_chance(r, p->duplication);
}

static void arrive(void *context, uint64_t number) {
        Flight *flight = context;
        Host *host = network_find(flight->network, &flight->packet.to.address);

        if (!host)
                return;
        flight->network->delivered++;
        host->on_packet(host->context, &flight->packet);
}

static void launch(Network *n, const Packet *packet, Host *sender, Host *receiver) {
        Flight *flight = malloc(sizeof(*flight));
        double out_s = 0.0, in_s;

        if (!flight)
                abort();
        *flight = (Flight){ .network = n, .packet = *packet };
        if (sender)
                out_s = path_delay(&sender->out, &sender->random_out, &flight->packet);
        in_s = path_delay(&receiver->in, &receiver->random_in, &flight->packet);
        if (out_s < 0.0 || in_s < 0.0) {
                free(flight);
                return;
        }
        event_queue_add_owned(
                n->queue, n->queue->now_ns + span_from_seconds(out_s + in_s).ns, arrive, flight, 0);
}

void network_send(
        Network *n, const NetEndpoint *from, const NetEndpoint *to, const uint8_t *bytes, size_t length) {
        Packet packet = { .from = *from, .to = *to, .n = length };
        Host *sender = network_find(n, &from->address), *receiver = network_find(n, &to->address);
        bool twice;

        if (length > SIM_PACKET_MAX)
                abort();
        memcpy(packet.bytes, bytes, length);
        n->sent++;
        digest_packet(n, &packet);
        if (n->tap)
                n->tap(n->tap_context, &packet);
        if (!receiver) {
                n->unreachable++;
                return;
        }
        twice = path_duplicates(&receiver->in, &receiver->random_in);
        if (sender)
                twice |= path_duplicates(&sender->out, &sender->random_out);
        launch(n, &packet, sender, receiver);
        if (twice)
                launch(n, &packet, sender, receiver);
}
