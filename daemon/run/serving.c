/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/serving.h"

#include "base/cleanup.h"
#include "config/diff.h"
#include "os/entropy.h"
#include "os/listen-fds.h"
#include "os/scheduling.h"
#include "run/access-names.h"
#include "run/messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct Serving {
        Parts *parts;
        const ExchangeOps *peers;
        void *userdata;
        Entropy entropy;
        AccessNames *names;
};

Serving *serving_new(Parts *parts, const ExchangeOps *peers, void *userdata) {
        Serving *s = calloc(1, sizeof(*s));

        if (s)
                *s = (Serving){ .parts = parts, .peers = peers, .userdata = userdata };
        return s;
}

Serving *serving_free(Serving *s) {
        if (!s)
                return NULL;
        access_names_free(s->names);
        s->parts->server = server_free(s->parts->server);
        free(s);
        return NULL;
}

static bool is_wanted(const Serving *s, const Config *config) {
        return config->engine.serving && s->parts->mode == RUN_DAEMON;
}

/* A server's unit may open its sockets. What the configuration does not ask for is not held open for nobody to hear. */
static size_t take_sockets(
        const Serving *s, const Config *config, bool serves, ServerSocket ret[static LISTEN_FDS_MAX]) {
        ListenFds passed = { 0 };
        size_t n = 0;
        int r = listen_fds_take(&passed);

        if (r < 0)
                log_warning(s->parts->log, "Could not take the sockets that were passed: %s",
                        strerrordesc_np(-r));
        for (size_t i = 0; i < passed.n; i++) {
                const ListenFd *item = &passed.items[i];

                if (serves && item->is_udp && item->local.port == config->port) {
                        ret[n++] = (ServerSocket){ item->fd, item->local };
                        continue;
                }
                log_record(s->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "Passed socket %d is closed: it is none of UDP port %u, which is what the configuration asks for",
                        item->fd, serves ? config->port : 0U);
                listen_fd_close(item);
        }
        return n;
}

enum { WORKERS_USUAL_MAX = 4 };

static unsigned n_workers(const Config *config) {
        unsigned processors = scheduling_processors();

        if (config->server_workers >= 0)
                return (unsigned)config->server_workers;
        return processors < WORKERS_USUAL_MAX ? processors : WORKERS_USUAL_MAX;
}

static size_t client_octets(const Config *config) {
        return config->no_client_log ? 0
                                     : (size_t)config->client_log_limit + 1; /* given as 0 it is the least */
}

/* With these sockets if there are any. 0 or a negative errno. */
static int make_server(Serving *s, const Config *config, const ServerSocket *open, size_t n_open) {
        ServerOptions options = {
                .port = config->port,
                .dscp = config->dscp,
                .n_workers = n_workers(config),
                .bind_to = { config->bind_address[0], config->bind_address[1] },
                .device = config->bind_device,
                .shares_port = config->fixed_acquisition_port && config->acquisition_port == config->port,
                .open = open,
                .n_open = n_open,
                .client_octets = client_octets(config),
                .limit = config->rate_limit,
                .access = &config->access,
                .keys = &s->parts->keys,
        };
        ServerMeans means = {
                .log = s->parts->log,
                .engine = s->parts->engine,
                .clock = s->parts->clock,
                .rng = entropy_rng(&s->entropy),
                .peers = s->peers,
                .peers_userdata = s->userdata,
        };

        return server_new(s->parts->event, &options, &means, &s->parts->server);
}

static int look_names_up(Serving *s, const Config *config) {
        s->names = access_names_free(s->names);
        return access_names_new(s->parts->event, s->parts->log, config, NULL, s->parts->server, &s->names);
}

static int refuse(const Serving *s, const Config *config, int r) {
        if (r == -EACCES) {
                log_record(s->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "port: no right to use port %u: time is served to nobody, and no peer is asked",
                        config->port);
                return 0;
        }
        log_error(s->parts->log, "Could not serve time on port %u: %s%s", config->port, strerrordesc_np(-r),
                r == -EADDRINUSE ? " (is another time server running?)" : "");
        return r;
}

int serving_start(Serving *s, const Config *config) {
        bool wanted = is_wanted(s, config);
        ServerSocket open[LISTEN_FDS_MAX];
        size_t n_open = take_sockets(s, config, wanted, open);
        int r = wanted ? make_server(s, config, open, n_open) : 0;

        if (r < 0)
                return refuse(s, config, r);
        return s->parts->server ? look_names_up(s, config) : 0;
}

int serving_want(Serving *s, const Config *config, Problems *warnings) {
        int r;

        if (s->parts->server || s->parts->mode != RUN_DAEMON)
                return 0;
        if (config->port == 0)
                return problems_add(
                        warnings, PROBLEM_WARNING, (Place){ 0 }, "port", "with port 0 no peer can be asked");
        r = make_server(s, config, NULL, 0);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, "port",
                        "port %u can't be opened while the daemon runs (%s): until it is started anew, time is served to nobody, and no peer is asked",
                        config->port, strerrordesc_np(-r));
        engine_set_serving(s->parts->engine, true);
        r = look_names_up(s, config);
        if (r < 0)
                s->parts->server = server_free(s->parts->server);
        return r;
}

static bool same_access(const Config *a, const Config *b) {
        return !diff_has(a, b, directive_find("allow")) && !diff_has(a, b, directive_find("deny"));
}

int serving_change(Serving *s, const Config *before, const Config *now, Problems *warnings) {
        bool same = same_access(before, now);
        ServerRules rules = { .access = same ? NULL : &now->access, .limit = now->rate_limit };
        int r;

        if (!s->parts->server)
                return is_wanted(s, now) ? serving_want(s, now, warnings) : 0;
        r = server_set_rules(s->parts->server, &rules);
        if (r < 0 || same)
                return r;
        r = look_names_up(s, now);
        if (r < 0) /* nobody is let in by a name, and nobody at all where one is kept out by one */
                log_error(s->parts->log, "allow, deny: could not look names up: %s", strerrordesc_np(-r));
        return 0;
}

int serving_change_keys(Serving *s) {
        ServerRules rules = { .limit = { 0 } };

        if (!s->parts->server)
                return 0;
        rules.limit = *server_view(s->parts->server)->limit;
        return server_set_rules(s->parts->server, &rules);
}

void serving_on_network(Serving *s) {
        if (s->names)
                access_names_on_network(s->names);
}
