/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/server.h"

#include "base/cleanup.h"
#include "os/clock-reading.h"
#include "os/udp-group.h"
#include "run/peer-sender.h"
#include "run/server-report.h"
#include "serve/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        FAMILIES = 2,
        LOOKS = 3,               /* at a clock that others set while we look */
        LATENESS_USEC = 1000000, /* of a bulletin that nothing but time has called for */
};

struct Server {
        ServerMeans means;
        ServerOptions options;
        Board *board;
        Rulebook *rulebook;
        Pool *pool;
        PeerSender *senders[FAMILIES];
        Bulletin bulletin; /* as it hangs on the board */
        sd_event_source *from_pool, *timer, *ports[WORKER_PORTS_MAX];
        size_t n_peers;
        NetEndpoint peers[SOURCES_MAX]; /* as the rules have them */
        NetEndpoint peers_now[SOURCES_MAX];
        AccessRules access;
        NetEndpoint listen[WORKER_PORTS_MAX]; /* where requests are heard */
        size_t n_listen;
        ServerReport report;
};

DEFINE_CLEANUP(Server, server_free)

static size_t of_family(AddressFamily family) {
        return family == ADDRESS_INET6;
}

/* Rules. */

static RuleSet *make_rules(const Server *s) {
        const RuleSource source = {
                .access = &s->access,
                .keys = s->options.keys,
                .peers = s->peers,
                .n_peers = s->n_peers,
                .limit = s->options.limit,
        };

        return rule_set_new(&source);
}

static bool take_peers(Server *s) {
        size_t n = engine_peers(s->means.engine, SOURCES_MAX, s->peers_now);
        bool same = n == s->n_peers;

        for (size_t i = 0; same && i < n; i++)
                same = s->peers[i].port == s->peers_now[i].port &&
                       net_address_equal(&s->peers[i].address, &s->peers_now[i].address);
        if (same)
                return false;
        memcpy(s->peers, s->peers_now, n * sizeof(s->peers[0]));
        s->n_peers = n;
        return true;
}

/* Without memory the old ones stay in force. */
static void follow_peers(Server *s) {
        RuleSet *rules = take_peers(s) ? make_rules(s) : NULL;

        if (rules)
                rulebook_publish(s->rulebook, rules);
}

bool server_allows(const Server *s, const NetAddress *address) {
        return access_allows(&s->access, address);
}

bool server_serves(const Server *s) {
        return access_has_allow(&s->access);
}

static int make_access(const Server *s, const AccessRule *rules, size_t n, bool all, AccessRules *ret) {
        int r = access_copy(ret, &s->access);

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = access_add(ret, &rules[i], all);
        return r;
}

static void say_access(const Server *s, const AccessRule *rules, size_t n, bool all, bool replace) {
        char text[NET_ADDRESS_TEXT_MAX];

        if (replace)
                log_info(s->means.log, "Access rules were replaced by %zu others", n);
        for (size_t i = 0; !replace && i < n; i++)
                log_info(s->means.log, "Access rules: %s%s %s/%u", rules[i].allow ? "allow" : "deny",
                        all ? " all" : "", net_address_format(&rules[i].address, text), rules[i].prefix);
}

int server_set_access(Server *s, const AccessRule *rules, size_t n, bool all, bool replace) {
        AccessRules before = s->access, after = { 0 };
        RuleSet *set = NULL;
        int r;

        if (replace)
                s->access = (AccessRules){ 0 };
        r = make_access(s, rules, n, all, &after);
        s->access = after;
        if (r >= 0)
                set = make_rules(s);
        if (!set) {
                access_done(&after);
                s->access = before;
                return r < 0 ? r : -ENOMEM;
        }
        access_done(&before);
        rulebook_publish(s->rulebook, set);
        say_access(s, rules, n, all, replace);
        return 0;
}

int server_set_rules(Server *s, const ServerRules *rules) {
        AccessRules before = s->access, after = { 0 };
        RateLimit limit = s->options.limit;
        RuleSet *set = NULL;
        int r = rules->access ? access_copy(&after, rules->access) : 0;

        if (rules->access)
                s->access = after;
        s->options.limit = rules->limit;
        if (r >= 0)
                set = make_rules(s);
        if (!set) {
                access_done(&after);
                s->access = before;
                s->options.limit = limit;
                return -ENOMEM;
        }
        if (rules->access)
                access_done(&before);
        rulebook_publish(s->rulebook, set);
        return 0;
}

/* Reports. */

const ServerView *server_view(Server *s) {
        const ServerView fixed = {
                .enabled = true,
                .n_workers = s->options.n_workers,
                .listen = s->listen,
                .n_listen = s->n_listen,
                .limit = &s->options.limit,
                .access = &s->access,
        };

        return server_report_make(&s->report, &fixed, s->pool, mono_now());
}

void server_reset_counters(Server *s) {
        server_report_reset(&s->report, s->pool);
}

int server_list_clients(Server *s, const ClientQuery *query, ClientListReply reply, void *userdata) {
        return client_list_ask(s->pool, query, reply, userdata);
}

/* The bulletin. */

static void hang_up(Server *s) {
        board_publish(s->board, &s->bulletin);
}

/* The reading comes before the look, by which the engine hears of a step that it saw already; a later one makes the bulletin void. */
static bool read_clock(Server *s, ClockReading *ret, ClockState *ret_state) {
        for (int i = 0; i < LOOKS; i++) {
                uint64_t epoch = s->bulletin.epoch;

                clock_reading_take(ret);
                if (clock_read(s->means.clock, ret_state) < 0)
                        return false;
                if (s->bulletin.epoch == epoch)
                        return true;
        }
        return false;
}

static void publish(Server *s) {
        bool first = s->bulletin.epoch == 0;
        ClockReading reading;
        ClockState state;

        if (!read_clock(s, &reading, &state))
                return;
        s->bulletin = (Bulletin){
                .served = engine_served(s->means.engine, (Now){ state.mono, state.local }),
                .wall = reading.wall,
                .mono = reading.mono,
                .epoch = first ? 1 : s->bulletin.epoch,
        };
        clock_map(s->means.clock, &s->bulletin.map);
        hang_up(s);
}

void server_update(Server *s) {
        uint64_t next = (uint64_t)(mono_now().ns + BULLETIN_INTERVAL.ns) / (uint64_t)NS_PER_US;

        publish(s);
        follow_peers(s);
        (void)sd_event_source_set_time(s->timer, next);
        (void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        server_update(userdata);
        return 0;
}

void server_close(Server *s) {
        s->bulletin.closed = true;
        hang_up(s);
}

void server_on_jump(Server *s) {
        if (s->bulletin.epoch == 0)
                return;
        s->bulletin.epoch++;
        server_close(s);
        pool_wake(s->pool);
}

/* The rest of the bulletin holds as long as it takes the engine to come to the next one. */
void server_on_adjusted(Server *s) {
        if (s->bulletin.epoch == 0)
                return;
        clock_map(s->means.clock, &s->bulletin.map);
        hang_up(s);
}

/* Packets. */

static void take_peer(void *userdata, const PeerPacket *packet) {
        const Server *s = userdata;
        uint32_t assoc =
                engine_find_peer(s->means.engine, &packet->receipt.remote, packet->bytes, packet->receipt.n);

        if (assoc != 0 && packet->epoch == s->bulletin.epoch)
                s->means.peers->on_packet(s->means.peers_userdata, assoc, &packet->receipt, packet->bytes);
}

static int on_pool(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Server *s = userdata;

        pool_dispatch(s->pool, take_peer, s);
        return 0;
}

/* One batch: then the loop looks at other things. */
static int on_port(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Server *s = userdata;
        Worker *w = pool_worker(s->pool, 0);

        for (size_t i = 0; i < worker_ports(w); i++)
                if (worker_port_fd(w, i) == fd)
                        (void)worker_turn(w, i);
        return 0;
}

int server_send(Server *s, const ActionSend *send, UdpDeparture *ret) {
        PeerSender *sender = s ? s->senders[of_family(send->to.address.family)] : NULL;

        return sender ? peer_sender_send(sender, send, ret) : -EADDRNOTAVAIL;
}

/* Making and ending. */

static int add_sender(Server *s, sd_event *event, size_t family, int own_fd, int shared_fd) {
        bool shared = own_fd < 0;

        if (s->senders[family])
                return 0;
        return peer_sender_new(event, shared ? shared_fd : own_fd, shared, s->means.peers,
                s->means.peers_userdata, &s->senders[family]);
}

/* The group's sockets are the pool's from here on; but for the sender's, which is nobody's if that fails. */
static int take_group(Server *s, sd_event *event, size_t family, const UdpGroup *g) {
        for (unsigned i = 0; i < g->n; i++)
                pool_add_port(s->pool, i, g->workers[i]);
        int r = add_sender(s, event, family, g->sender, g->workers[0]);
        if (r < 0 && g->sender >= 0)
                (void)close(g->sender);
        return r;
}

static int open_family(Server *s, sd_event *event, AddressFamily family) {
        size_t i = of_family(family);
        UdpGroupOptions options = {
                .bind_to = s->options.bind_to[i],
                .port = s->options.port,
                .device = s->options.device,
                .dscp = s->options.dscp,
                .shares_port = s->options.shares_port,
                .key = (uint32_t)rng_u64(&s->means.rng),
        };
        UdpGroup group;

        options.bind_to.family = family;
        int r = udp_group_open(&options, pool_workers(s->pool), &group);
        if (r < 0)
                return r;
        s->listen[s->n_listen++] = (NetEndpoint){ options.bind_to, options.port };
        return take_group(s, event, i, &group);
}

static int open_families(Server *s, sd_event *event) {
        static const AddressFamily families[FAMILIES] = { ADDRESS_INET4, ADDRESS_INET6 };
        int n_open = 0, why = -EAFNOSUPPORT;

        for (size_t i = 0; i < FAMILIES; i++) {
                int r = open_family(s, event, families[i]);

                if (r >= 0)
                        n_open++;
                else if (r != -EAFNOSUPPORT)
                        why = r;
        }
        if (n_open == 0)
                return why;
        if (why != -EAFNOSUPPORT)
                log_warning(s->means.log, "Time is served over one address family only: %s",
                        strerrordesc_np(-why));
        return 0;
}

static int adopt(Server *s, sd_event *event) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->options.n_open; i++) {
                const ServerSocket *open = &s->options.open[i];

                udp_group_adopt(open->fd, open->local.address.family, s->options.dscp);
                r = add_sender(s, event, of_family(open->local.address.family), -1, open->fd);
        }
        for (size_t i = 0; r >= 0 && i < s->options.n_open; i++) {
                s->listen[s->n_listen++] = s->options.open[i].local;
                pool_add_port(s->pool, (unsigned)i % pool_workers(s->pool), s->options.open[i].fd);
        }
        return r;
}

static int start(Server *s, sd_event *event) {
        Worker *w = pool_worker(s->pool, 0);
        int r = 0;

        if (s->options.n_workers > 0)
                return pool_start(s->pool);
        for (size_t i = 0; r >= 0 && i < worker_ports(w); i++)
                r = sd_event_add_io(event, &s->ports[i], worker_port_fd(w, i), EPOLLIN, on_port, s);
        return r;
}

static int make_pool(Server *s, sd_event *event) {
        unsigned n = s->options.n_workers > 0 ? s->options.n_workers : 1;
        RuleSet *rules = make_rules(s);
        int r;

        s->board = board_new();
        s->rulebook = rules ? rulebook_new(rules) : NULL;
        if (!s->rulebook)
                rule_set_unref(rules);
        if (!s->board || !s->rulebook)
                return -ENOMEM;
        const PoolOptions pool = { s->board, s->rulebook, n, s->options.client_octets };
        r = pool_new(&pool, &s->pool);
        if (r >= 0)
                r = sd_event_add_io(event, &s->from_pool, pool_fd(s->pool), EPOLLIN, on_pool, s);
        if (r >= 0)
                r = sd_event_add_time(
                        event, &s->timer, CLOCK_BOOTTIME, UINT64_MAX, LATENESS_USEC, on_time, s);
        return r;
}

int server_new(sd_event *event, const ServerOptions *options, const ServerMeans *means, Server **ret) {
        _cleanup_(server_freep)
        Server *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->means = *means;
        s->options = *options;
        r = access_copy(&s->access, options->access);
        if (r < 0)
                return r;
        if (options->n_open > 0 && options->n_workers > 0)
                s->options.n_workers = (unsigned)options->n_open;
        r = make_pool(s, event);
        if (r >= 0)
                r = options->n_open > 0 ? adopt(s, event) : open_families(s, event);
        if (r >= 0)
                r = start(s, event);
        if (r < 0)
                return r;
        s->options.device = NULL; /* those are the caller's */
        s->options.access = NULL;
        s->options.open = NULL;
        *ret = TAKE_PTR(s);
        return 0;
}

static void tell(const Server *s, const char *what, uint64_t n) {
        if (n > 0)
                log_info(s->means.log, "%s: %" PRIu64, what, n);
}

static void tell_counts(const Server *s) {
        WorkerCounts counts;

        pool_count(s->pool, &counts);
        for (size_t i = 0; i < RESPONDER_VERDICTS; i++)
                if (counts.verdicts[i] > 0)
                        log_info(s->means.log, "Requests for the time, %s: %" PRIu64,
                                responder_verdict_to_string((ResponderVerdict)i), counts.verdicts[i]);
        tell(s, "Packets that came while the clock was set", counts.events[WORKER_VOID]);
        tell(s, "Packets of peers", counts.events[WORKER_PEER_PACKET]);
        tell(s, "Packets of peers that were too many", counts.events[WORKER_PEER_DROPPED]);
        tell(s, "Replies that could not be sent", counts.events[WORKER_UNSENT]);
}

Server *server_free(Server *s) {
        if (!s)
                return NULL;
        if (s->pool)
                tell_counts(s);
        sd_event_source_disable_unref(s->from_pool);
        sd_event_source_disable_unref(s->timer);
        for (size_t i = 0; i < WORKER_PORTS_MAX; i++)
                sd_event_source_disable_unref(s->ports[i]);
        for (size_t i = 0; i < FAMILIES; i++)
                peer_sender_free(s->senders[i]);
        pool_free(s->pool);
        rulebook_free(s->rulebook);
        board_free(s->board);
        access_done(&s->access);
        free(s);
        return NULL;
}
