/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * org.freedesktop.timesync1.Manager: what systemd-timesyncd publishes of itself, told of our clock, so that timedatectl and
 * whoever else reads that interface finds a time daemon. Its units and signs are those of timesyncd: dbus/ has them.
 */

#include "bus/hint-list.h"
#include "bus/object.h"
#include "bus/units.h"
#include "core/source-spec.h"
#include "dbus/names.h"

#include <math.h>
#include <string.h>
#include <sys/socket.h>

enum { TESTS_ALL = 0x3ff /* AssocExchange.tests of a good reply */ };

static const double kernel_units_per_ppm = 65536.0; /* adjtimex(2): timex.freq */

static uint64_t usec_from_seconds(double seconds) {
        return seconds > 0.0 ? (uint64_t)(span_from_seconds(seconds).ns / NS_PER_US) : 0;
}

static uint64_t usec_from_poll(int log2_s) {
        return usec_from_seconds(span_seconds(span_from_log2(log2_s)));
}

/* Readers take T1 <= T4, T2 <= T3 and a delay that is not negative for granted, and call anything else an invalid response. Where
 * interleaved mode has measured over a pause it is otherwise: then an exchange with the same offset and delay stands in. */
static AssocInstants in_order(const AssocInstants *at) {
        int64_t ours = local_sub(at->received, at->sent).ns,
                theirs = local_sub(at->remote_sent, at->remote_received).ns;

        if (theirs >= 0 && ours >= theirs)
                return *at;
        int64_t delay = ours > theirs ? ns_sub(ours, theirs) : ns_sub(theirs, ours);
        Local middle = local_add(at->sent, (Span){ ours / 2 }),
              remote_middle = local_add(at->remote_received, (Span){ theirs / 2 });
        return (AssocInstants){
                .sent = local_add(middle, (Span){ -(delay / 2) }),
                .remote_received = remote_middle,
                .remote_sent = remote_middle,
                .received = local_add(middle, (Span){ delay / 2 }),
        };
}

void timesync_stamps(const AssocInstants *at, TimesyncStamps *ret) {
        AssocInstants ordered = in_order(at);

        *ret = (TimesyncStamps){
                .origin = usec_from_local(ordered.sent),
                .receive = usec_from_local(ordered.remote_received),
                .transmit = usec_from_local(ordered.remote_sent),
                .destination = usec_from_local(ordered.received),
        };
        uint64_t longest = ret->destination - ret->origin;
        if (ret->transmit - ret->receive > longest) /* by what was rounded off */
                ret->transmit = ret->receive + longest;
}

static uint64_t message_fingerprint(const SourceView *v) {
        uint64_t fingerprint = fingerprint_add(FINGERPRINT_START, v->identity.id);

        fingerprint = fingerprint_add(fingerprint, (uint64_t)v->link.exchange.at.received.ns);
        return fingerprint_add(fingerprint, v->link.counters.valid);
}

static void publish_selected(TimesyncPublished *p, const SourceView *v) {
        p->selected.name = clean_copy(v->identity.name, p->selected.name_text, NAME_MAX_BYTES);
        p->selected.address = v->identity.resolved ? &v->identity.remote.address : NULL;
        p->poll.min_usec = usec_from_poll(v->identity.options->min_poll);
        p->poll.max_usec = usec_from_poll(v->identity.options->max_poll);
        p->poll.now_usec = usec_from_seconds(span_seconds(v->link.poll_interval));
        p->message = (MadeValue){ v, message_fingerprint(v) };
}

/* Whether somebody has configured the line. */
static bool is_configured(const PoolView *line) {
        return strcmp(line->origin, HINT_ORIGIN) != 0 && strcmp(line->origin, TIMESYNC_ORIGIN) != 0;
}

static uint64_t lines_fingerprint(const Snapshot *s) {
        uint64_t fingerprint = FINGERPRINT_START;

        for (size_t i = 0; i < s->n_pools; i++)
                if (is_configured(&s->pools[i]))
                        fingerprint = fingerprint_add(fingerprint, s->pools[i].id);
        return fingerprint;
}

static size_t accepted_servers(const HintsView *v, const char *ret[static HINT_SOURCES_MAX]) {
        return v && v->use != HINTS_IGNORED ? hint_table_servers(v->table, ret) : 0;
}

static uint64_t add_name(uint64_t fingerprint, const char *name) {
        for (; *name; name++)
                fingerprint = fingerprint_add(fingerprint, (unsigned char)*name);
        return fingerprint_add(fingerprint, 0);
}

static void publish_lists(TimesyncPublished *p, const BusReading *r) {
        static char *const none[] = { NULL };
        const char *accepted[HINT_SOURCES_MAX];
        uint64_t link = FINGERPRINT_START, runtime = FINGERPRINT_START;

        size_t n = accepted_servers(r->hints, accepted);
        for (size_t i = 0; i < n; i++)
                link = add_name(link, accepted[i]);
        for (size_t i = 0; r->hints && i < r->hints->runtime->n; i++)
                runtime = add_name(runtime, r->hints->runtime->names[i]);
        p->servers.system = (MadeValue){ r->snapshot, lines_fingerprint(r->snapshot) };
        p->servers.link = (MadeValue){ r->hints, link };
        p->servers.runtime = (MadeValue){ r->hints, runtime };
        p->servers.fallback = (char **)none; /* sd-bus takes char ** and writes nothing */
}

void timesync_publish(Published *published, const BusReading *r) {
        TimesyncPublished *p = &published->timesync;
        const Snapshot *s = r->snapshot;
        const SourceView *v = snapshot_find(s, s->selection.selected);

        memset(p, 0, sizeof(*p));
        publish_lists(p, r);
        p->selected.name = "";
        p->root_distance_max_usec = usec_from_seconds(s->select.max_distance_s);
        /* What the kernel is told speeds the clock up; our frequency is how fast the clock is by itself. */
        p->frequency = llrint(-s->clock.base_ppm * kernel_units_per_ppm);
        if (v)
                publish_selected(p, v);
}

static int get_system_servers(sd_bus *connection, const char *path, const char *interface,
        const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const Snapshot *s = ((const MadeValue *)userdata)->from;
        char name[NAME_MAX_BYTES];

        int r = sd_bus_message_open_container(reply, 'a', "s");
        for (size_t i = 0; r >= 0 && i < s->n_pools; i++)
                if (is_configured(&s->pools[i]))
                        r = sd_bus_message_append_basic(
                                reply, 's', clean_copy(s->pools[i].name, name, sizeof(name)));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_link_servers(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const char *accepted[HINT_SOURCES_MAX];

        size_t n = accepted_servers(((const MadeValue *)userdata)->from, accepted);
        int r = sd_bus_message_open_container(reply, 'a', "s");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append_basic(reply, 's', accepted[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_runtime_servers(sd_bus *connection, const char *path, const char *interface,
        const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        static const HintServers none = { .n = 0 };
        const HintsView *v = ((const MadeValue *)userdata)->from;

        return hint_list_append(reply, v ? v->runtime : &none);
}

static int get_address(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const NetAddress *address = *(const NetAddress *const *)userdata;
        int32_t family = AF_UNSPEC;
        size_t n = 0;

        if (address && address->family == ADDRESS_INET4) {
                family = AF_INET;
                n = 4;
        } else if (address && address->family == ADDRESS_INET6) {
                family = AF_INET6;
                n = 16;
        }
        int r = sd_bus_message_open_container(reply, 'r', "iay");
        if (r >= 0)
                r = sd_bus_message_append_basic(reply, 'i', &family);
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'y', n > 0 ? address->bytes : NULL, n);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_reply(sd_bus_message *reply, const AssocExchange *x) {
        const uint8_t ref_id[] = { (uint8_t)(x->ref_id >> 24), (uint8_t)(x->ref_id >> 16),
                (uint8_t)(x->ref_id >> 8), (uint8_t)x->ref_id };

        int r = sd_bus_message_append(reply, "uuuuitt", (uint32_t)x->leap, (uint32_t)x->version,
                (uint32_t)x->mode, (uint32_t)x->stratum, (int32_t)x->precision,
                usec_from_seconds(x->root_delay_s), usec_from_seconds(x->root_dispersion_s));
        return r < 0 ? r : sd_bus_message_append_array(reply, 'y', ref_id, sizeof(ref_id));
}

static int get_message(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        static const AssocExchange nothing = { 0 };
        const SourceView *v = ((const MadeValue *)userdata)->from;
        const AssocExchange *x = v ? &v->link.exchange : &nothing;
        TimesyncStamps stamps = { 0 };
        bool replied = x->version > 0, measured = x->tests == TESTS_ALL;

        if (replied)
                timesync_stamps(&x->at, &stamps);
        int r = sd_bus_message_open_container(reply, 'r', TIMESYNC_MESSAGE_FIELDS);
        if (r >= 0)
                r = append_reply(reply, x);
        if (r >= 0)
                r = sd_bus_message_append(reply, "ttttbtt", stamps.origin, stamps.receive, stamps.transmit,
                        stamps.destination, (int)(replied && !measured),
                        replied ? v->link.counters.valid : UINT64_C(0),
                        v && v->has_estimate ? usec_from_seconds(v->estimate.std_dev_s) : UINT64_C(0));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int timesync_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;

        if (strcmp(path, TIMESYNC_PATH) != 0)
                return 0;
        timesync_publish(bus_published(bus), bus_reading(bus));
        *ret_found = &bus_published(bus)->timesync;
        return 1;
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(TimesyncPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable timesync_vtable[] = {
        SD_BUS_VTABLE_START(0),
        GETTER("LinkNTPServers", "as", get_link_servers, servers.link, ANNOUNCED),
        GETTER("SystemNTPServers", "as", get_system_servers, servers.system, ANNOUNCED),
        GETTER("RuntimeNTPServers", "as", get_runtime_servers, servers.runtime, ANNOUNCED),
        PROPERTY("FallbackNTPServers", "as", servers.fallback, ANNOUNCED),
        PROPERTY("ServerName", "s", selected.name, POLLED),
        GETTER("ServerAddress", "(iay)", get_address, selected.address, POLLED),
        PROPERTY("RootDistanceMaxUSec", "t", root_distance_max_usec, POLLED),
        PROPERTY("PollIntervalMinUSec", "t", poll.min_usec, POLLED),
        PROPERTY("PollIntervalMaxUSec", "t", poll.max_usec, POLLED),
        PROPERTY("PollIntervalUSec", "t", poll.now_usec, POLLED),
        GETTER("NTPMessage", "(" TIMESYNC_MESSAGE_FIELDS ")", get_message, message, ANNOUNCED),
        PROPERTY("Frequency", "x", frequency, POLLED),
        SD_BUS_VTABLE_END,
};

const BusObject timesync_object = { TIMESYNC_PATH, TIMESYNC_INTERFACE, timesync_vtable, timesync_find, NULL };
