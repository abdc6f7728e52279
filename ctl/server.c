/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl server: whom the NTP server serves, and how much. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "text.h"
#include "verbs.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 };

static void draw_listen(const Value *server, FILE *out) {
        char line[LINE_MAX_BYTES] = "";
        size_t used = 0;

        value_foreach(endpoint, value_get(server, "Listen")) {
                int n = snprintf(line + used, sizeof(line) - used, "%s%s", used > 0 ? ", " : "",
                        value_text(endpoint, ""));
                if (n < 0 || (size_t)n >= sizeof(line) - used)
                        break;
                used += (size_t)n;
        }
        view_line("Listens at", line, out);
}

static void draw_serves(const Value *server, FILE *out) {
        char line[LINE_MAX_BYTES];
        uint64_t workers = member_number(server, "Workers"), stratum = member_number(server, "StratumServed");

        if (stratum > 0)
                snprintf(line, sizeof(line), "stratum %" PRIu64, stratum);
        else
                snprintf(line, sizeof(line), "that the clock is not synchronized");
        view_line("Tells", line, out);
        if (workers > 0)
                snprintf(line, sizeof(line), "%" PRIu64, workers);
        view_line("Workers", workers > 0 ? line : "none, the daemon's own loop serves", out);
}

static void draw_requests(const Value *server, FILE *out) {
        char line[LINE_MAX_BYTES];
        double rate = member_real(server, "RequestsPerSecond");
        uint64_t received = member_number(server, "NTPReceived"),
                 dropped = member_number(server, "NTPDropped");

        int n = snprintf(line, sizeof(line),
                "%" PRIu64 ", of them %" PRIu64 " answered (%" PRIu64 " interleaved, %" PRIu64
                " authenticated)",
                received, received - dropped, member_number(server, "NTPInterleaved"),
                member_number(server, "NTPAuthenticated"));
        if (isfinite(rate))
                snprintf(line + n, sizeof(line) - (size_t)n, ", %.1f/s lately", rate);
        view_line("Requests", line, out);
        value_foreach(reason, value_get(server, "NTPRefused")) {
                snprintf(line, sizeof(line), "%" PRIu64 " %s", value_number(reason, 0), reason->key);
                view_line("Not answered", line, out);
        }
}

/* 1 in 2^log2. */
static uint64_t one_in(const Value *limit, const char *name) {
        return UINT64_C(1) << (member_number(limit, name) & 63);
}

static void draw_limit(const Value *server, FILE *out) {
        const Value *limit = value_get(server, "RateLimit");
        char line[LINE_MAX_BYTES], interval[FORMAT_MAX];

        if (!member_true(limit, "enabled")) {
                view_line("Rate limit", "none", out);
                return;
        }
        int n = snprintf(line, sizeof(line),
                "one request in %s, bursts of %" PRIu64 "; beyond that one in %" PRIu64 " is answered",
                format_log2(member_integer(limit, "interval", 0), interval), member_number(limit, "burst"),
                one_in(limit, "leak"));
        if (member_number(limit, "kod") > 0)
                snprintf(line + n, sizeof(line) - (size_t)n,
                        ", one in %" PRIu64 " of the others told to slow down", one_in(limit, "kod"));
        view_line("Rate limit", line, out);
}

static void draw_clients(const Value *server, const View *view, FILE *out) {
        char line[LINE_MAX_BYTES], span[FORMAT_MAX];
        uint64_t room = member_number(server, "ClientTableSize"),
                 held = member_number(server, "NTPTimestampsHeld");

        if (room == 0) {
                view_line("Clients", "not remembered", out);
                return;
        }
        int n = snprintf(line, sizeof(line), "%" PRIu64 " remembered, room for %" PRIu64,
                member_number(server, "ClientsRecorded"), room);
        uint64_t displaced = member_number(server, "ClientLogDropped");
        if (displaced > 0)
                snprintf(line + n, sizeof(line) - (size_t)n, ", %" PRIu64 " made room for others", displaced);
        view_line("Clients", line, out);
        snprintf(line, sizeof(line), "%" PRIu64 " held, over %s", held,
                format_duration(member_real(server, "NTPTimestampSpanSeconds"), span));
        view_line("Timestamps", line, out);
}

void server_draw(const Value *server, const View *view, FILE *out) {
        if (!member_true(server, "Enabled")) {
                fputs("Time is served to nobody.\n", out);
                return;
        }
        draw_listen(server, out);
        draw_serves(server, out);
        draw_requests(server, out);
        draw_limit(server, out);
        draw_clients(server, view, out);
}

ExitStatus verb_server(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *server = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_properties(c, TIMEBALL_SERVER_PATH, &server);
        return status == STATUS_OK ? verb_present(invocation, server, server_draw) : status;
}
