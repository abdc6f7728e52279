/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Source and its aspect org.timeball1.NTPSource, read-only. Offsets are local minus source. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"
#include "wire/ntp-packet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void publish_identity(SourcePublished *p, const SourceView *v) {
        const SourceIdentity *i = &v->identity;

        p->identity.source = i;
        p->identity.id = i->id;
        p->identity.address = net_address_format(&i->remote.address, p->identity.address_text);
        p->identity.port = i->remote.port;
        p->identity.kind = i->kind;
}

static const char *online_text(const SourceView *v) {
        if (!v->identity.resolved)
                return "unresolved";
        if (v->link.bursting)
                return v->link.online ? "burst-online" : "burst-offline";
        return v->link.online ? "online" : "offline";
}

static void publish_link(SourcePublished *p, const Snapshot *s, const SourceView *v) {
        const SourceLink *l = &v->link;

        p->link.view = v;
        p->link.online = online_text(v);
        p->link.last_result = l->counters.received > 0 ? packet_reason_to_string(l->last_reason) : "";
        p->link.reach = l->reach;
        p->link.reachable = l->reach != 0;
        p->link.stratum = v->stratum;
        p->link.ref_id = l->exchange.ref_id;
        p->link.poll = l->poll;
        p->link.poll_interval_s = span_seconds(l->poll_interval);
        p->link.min_poll = v->identity.options->min_poll;
        p->link.max_poll = v->identity.options->max_poll;
        p->link.poll_target = (uint32_t)v->identity.options->poll_target;
        p->link.last_sample_usec = usec_from_mono(s->now, l->last_sample);
        p->link.last_good_usec = usec_from_mono(s->now, l->last_good);
}

static void publish_stats(SourcePublished *p, const SourceView *v) {
        const Estimate *e = &v->estimate;
        bool sampled = e->n_samples > 0, known = v->has_estimate;

        p->sample.adjusted_s = known_or_nan(sampled, v->adjusted_s);
        p->sample.measured_s = known_or_nan(sampled, v->measured_s);
        p->sample.error_s = known_or_nan(sampled, v->error_s);
        p->stats.samples = (uint32_t)e->n_samples;
        p->stats.runs = (uint32_t)e->n_runs;
        p->stats.span_s = span_seconds(e->span);
        p->stats.freq_ppm = known_or_nan(known, ppm_from_ratio(e->freq));
        p->stats.skew_ppm = known_or_nan(known, ppm_from_ratio(e->skew));
        p->stats.offset_s = known_or_nan(known, e->offset_s);
        p->stats.offset_error_s = known_or_nan(known, e->offset_sd_s);
        p->stats.std_dev_s = known_or_nan(known, e->std_dev_s);
        p->stats.asymmetry = known_or_nan(known, e->asymmetry);
}

static char **flag_names(SelectFlags flags, char *list[static 5]) {
        static const struct {
                SelectFlags flag;
                const char *name;
        } names[] = {
                { SELECT_NOSELECT, "noselect" },
                { SELECT_PREFER, "prefer" },
                { SELECT_TRUST, "trust" },
                { SELECT_REQUIRE, "require" },
        };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTS(names); i++)
                if (flags & names[i].flag)
                        list[n++] = (char *)names[i].name; /* sd-bus takes char ** and writes nothing */
        list[n] = NULL;
        return list;
}

static void publish_select(SourcePublished *p, const SourceView *v) {
        bool judged = v->has_estimate;

        p->select.state = source_state_to_string(v->verdict.state);
        p->select.state_char_text[0] = source_state_char(v->verdict.state);
        p->select.state_char = p->select.state_char_text;
        p->select.verdict = &v->verdict;
        p->select.leap = leap_text(v->link.exchange.version ? v->leap : LEAP_UNSYNCHRONIZED);
        p->select.options = flag_names(v->identity.flags, p->select.options_list);
        p->select.effective_options = flag_names(v->identity.effective, p->select.effective_list);
        p->select.score = known_or_nan(judged, v->score);
        p->select.low_s = known_or_nan(judged, v->low_s);
        p->select.high_s = known_or_nan(judged, v->high_s);
        p->auth.authenticated = v->authenticated;
        p->auth.authentication = v->authenticated ? "key" : "none";
}

static void publish_tunables(SourcePublished *p, const SourceView *v) {
        const AssocOptions *o = v->identity.options;

        /* The option corrects source minus local; ours is the other way round everywhere. */
        p->tunables.offset_s = 0.0 - o->offset_s;
        p->tunables.max_delay_s = o->max_delay_s;
        p->tunables.max_delay_ratio = o->max_delay_ratio;
        p->tunables.max_delay_dev_ratio = o->max_delay_dev_ratio;
        p->tunables.min_stratum = o->min_stratum;
        p->tunables.max_unreach = v->identity.max_unreach;
}

static void publish_reply(SourcePublished *p, const SourceView *v) {
        const AssocExchange *x = &v->link.exchange;
        bool known = x->version != 0;

        p->ntp.reply.exchange = x;
        p->ntp.reply.version = x->version;
        p->ntp.reply.mode = known ? ntp_mode_to_string((NtpMode)x->mode) : "";
        p->ntp.reply.poll = x->poll;
        p->ntp.reply.precision = x->precision;
        p->ntp.reply.root_delay_s = known_or_nan(known, x->root_delay_s);
        p->ntp.reply.root_dispersion_s = known_or_nan(known, x->root_dispersion_s);
        p->ntp.reply.ref_time_usec = usec_from_local(x->ref_time);
        p->ntp.reply.delay_s = known_or_nan(known, x->delay_s);
        p->ntp.reply.dispersion_s = known_or_nan(known, x->dispersion_s);
        p->ntp.reply.response_time_s = known_or_nan(known, x->response_time_s);
        p->ntp.reply.asymmetry = known_or_nan(v->has_estimate, v->estimate.asymmetry);
        p->ntp.reply.tests = x->tests;
        p->ntp.reply.interleaved = x->interleaved;
        p->ntp.reply.tx_stamp = known ? stamp_source_to_string(x->tx_stamp) : "";
        p->ntp.reply.rx_stamp = known ? stamp_source_to_string(x->rx_stamp) : "";
}

static void publish_totals(SourcePublished *p, const SourceView *v) {
        const AssocCounters *c = &v->link.counters;

        p->ntp.totals.kiss_code = v->link.kiss_code;
        p->ntp.totals.sent = c->sent;
        p->ntp.totals.received = c->received;
        p->ntp.totals.valid = c->valid;
        p->ntp.totals.good = c->good;
        p->ntp.totals.kernel_tx = c->kernel_tx;
        p->ntp.totals.kernel_rx = c->kernel_rx;
        p->ntp.totals.rejected = c->rejected;
}

void source_publish(SourcePublished *p, const Snapshot *s, const SourceView *v) {
        memset(p, 0, sizeof(*p));
        publish_identity(p, v);
        publish_link(p, s, v);
        publish_stats(p, v);
        publish_select(p, v);
        publish_tunables(p, v);
        publish_reply(p, v);
        publish_totals(p, v);
}

static int get_name(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const SourceIdentity *const *identity = userdata;
        char text[NAME_MAX_BYTES];

        return sd_bus_message_append_basic(reply, 's', source_name(*identity, text));
}

static int get_origin(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const SourceIdentity *const *identity = userdata;
        char text[NAME_MAX_BYTES];

        return sd_bus_message_append_basic(reply, 's', source_origin(*identity, text));
}

static int get_ref_id_text(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const SourceView *const *view = userdata;
        char text[REF_ID_TEXT_MAX];

        return sd_bus_message_append_basic(reply, 's', source_ref_id(*view, text));
}

static int get_local_address(sd_bus *connection, const char *path, const char *interface,
        const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const AssocExchange *const *exchange = userdata;
        char text[NET_ADDRESS_TEXT_MAX];

        return sd_bus_message_append_basic(reply, 's', net_address_format(&(*exchange)->local, text));
}

static int get_tests_text(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const AssocExchange *const *exchange = userdata;
        char text[TESTS_TEXT_MAX];

        return sd_bus_message_append_basic(reply, 's', source_tests(*exchange, text));
}

static int get_state_reason(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        char text[VERDICT_TEXT_MAX];
        const Verdict *const *verdict = userdata;

        return sd_bus_message_append_basic(reply, 's', verdict_format(*verdict, text));
}

/* Only what has happened: a long row of zeros says nothing. */
static int get_rejected(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const uint64_t *counts = *(const uint64_t *const *)userdata;

        int r = sd_bus_message_open_container(reply, 'a', "{st}");
        for (int i = 0; r >= 0 && i < PACKET_REASONS; i++)
                if (counts[i] > 0)
                        r = sd_bus_message_append(
                                reply, "{st}", packet_reason_to_string((PacketReason)i), counts[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int source_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;
        uint32_t id = source_path_id(path);

        if (id == 0)
                return 0;
        const Snapshot *s = bus_snapshot(bus);
        const SourceView *v = snapshot_find(s, id);
        if (!v)
                return 0;
        source_publish(&bus_published(bus)->source, s, v);
        *ret_found = &bus_published(bus)->source;
        return 1;
}

static int source_enumerate(
        sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        return object_nodes(&source_kind, bus_reading(userdata), ret_nodes);
}

static size_t count_sources(const BusReading *r) {
        return r->snapshot->n_sources;
}

static uint32_t source_id(const BusReading *r, size_t i) {
        return r->snapshot->sources[i].identity.id;
}

static void publish_source(Published *p, const BusReading *r, size_t i) {
        source_publish(&p->source, r->snapshot, &r->snapshot->sources[i]);
        symmetric_auth_publish(&p->source, r, &r->snapshot->sources[i]);
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(SourcePublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable source_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("Id", "u", identity.id, CONSTANT),
        GETTER("Name", "s", get_name, identity.source, CONSTANT),
        PROPERTY("Address", "s", identity.address, ANNOUNCED),
        PROPERTY("Port", "q", identity.port, ANNOUNCED),
        PROPERTY("Kind", "s", identity.kind, CONSTANT),
        GETTER("Origin", "s", get_origin, identity.source, CONSTANT),
        PROPERTY("State", "s", select.state, ANNOUNCED),
        PROPERTY("StateChar", "s", select.state_char, POLLED),
        GETTER("StateReason", "s", get_state_reason, select.verdict, POLLED),
        PROPERTY("Online", "s", link.online, ANNOUNCED),
        PROPERTY("Reachability", "y", link.reach, POLLED),
        PROPERTY("Reachable", "b", link.reachable, ANNOUNCED),
        PROPERTY("Stratum", "u", link.stratum, ANNOUNCED),
        PROPERTY("ReferenceID", "u", link.ref_id, POLLED),
        GETTER("ReferenceIDText", "s", get_ref_id_text, link.view, POLLED),
        PROPERTY("Poll", "i", link.poll, POLLED),
        PROPERTY("MinPoll", "i", link.min_poll, ANNOUNCED),
        PROPERTY("MaxPoll", "i", link.max_poll, ANNOUNCED),
        PROPERTY("PollTarget", "u", link.poll_target, ANNOUNCED),
        PROPERTY("PollIntervalSeconds", "d", link.poll_interval_s, POLLED),
        PROPERTY("LastPacketResult", "s", link.last_result, POLLED),
        PROPERTY("LastSampleUSec", "t", link.last_sample_usec, POLLED),
        PROPERTY("LastGoodUSec", "t", link.last_good_usec, POLLED),
        PROPERTY("OffsetSeconds", "d", sample.adjusted_s, POLLED),
        PROPERTY("MeasuredOffsetSeconds", "d", sample.measured_s, POLLED),
        PROPERTY("OffsetErrorSeconds", "d", sample.error_s, POLLED),
        PROPERTY("Samples", "u", stats.samples, POLLED),
        PROPERTY("Runs", "u", stats.runs, POLLED),
        PROPERTY("SpanSeconds", "d", stats.span_s, POLLED),
        PROPERTY("FrequencyPPM", "d", stats.freq_ppm, POLLED),
        PROPERTY("SkewPPM", "d", stats.skew_ppm, POLLED),
        PROPERTY("EstimatedOffsetSeconds", "d", stats.offset_s, POLLED),
        PROPERTY("EstimatedOffsetErrorSeconds", "d", stats.offset_error_s, POLLED),
        PROPERTY("StdDevSeconds", "d", stats.std_dev_s, POLLED),
        PROPERTY("Asymmetry", "d", stats.asymmetry, POLLED),
        PROPERTY("Authenticated", "b", auth.authenticated, ANNOUNCED),
        PROPERTY("Authentication", "s", auth.authentication, ANNOUNCED),
        PROPERTY("Leap", "s", select.leap, ANNOUNCED),
        PROPERTY("Options", "as", select.options, ANNOUNCED),
        PROPERTY("EffectiveOptions", "as", select.effective_options, ANNOUNCED),
        PROPERTY("Score", "d", select.score, POLLED),
        PROPERTY("LowLimitSeconds", "d", select.low_s, POLLED),
        PROPERTY("HighLimitSeconds", "d", select.high_s, POLLED),
        PROPERTY("OffsetCorrectionSeconds", "d", tunables.offset_s, ANNOUNCED),
        PROPERTY("MaxDelaySeconds", "d", tunables.max_delay_s, ANNOUNCED),
        PROPERTY("MaxDelayRatio", "d", tunables.max_delay_ratio, ANNOUNCED),
        PROPERTY("MaxDelayDevRatio", "d", tunables.max_delay_dev_ratio, ANNOUNCED),
        PROPERTY("MinStratum", "u", tunables.min_stratum, ANNOUNCED),
        PROPERTY("MaxUnreach", "i", tunables.max_unreach, ANNOUNCED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable ntp_source_vtable[] = {
        SD_BUS_VTABLE_START(0),
        GETTER("LocalAddress", "s", get_local_address, ntp.reply.exchange, POLLED),
        PROPERTY("Version", "u", ntp.reply.version, POLLED),
        PROPERTY("Mode", "s", ntp.reply.mode, POLLED),
        PROPERTY("Interleaved", "b", ntp.reply.interleaved, POLLED),
        PROPERTY("RemotePoll", "i", ntp.reply.poll, POLLED),
        PROPERTY("Precision", "i", ntp.reply.precision, POLLED),
        PROPERTY("RootDelaySeconds", "d", ntp.reply.root_delay_s, POLLED),
        PROPERTY("RootDispersionSeconds", "d", ntp.reply.root_dispersion_s, POLLED),
        PROPERTY("ReferenceTimeUSec", "t", ntp.reply.ref_time_usec, POLLED),
        PROPERTY("PeerDelaySeconds", "d", ntp.reply.delay_s, POLLED),
        PROPERTY("PeerDispersionSeconds", "d", ntp.reply.dispersion_s, POLLED),
        PROPERTY("ResponseTimeSeconds", "d", ntp.reply.response_time_s, POLLED),
        PROPERTY("JitterAsymmetry", "d", ntp.reply.asymmetry, POLLED),
        PROPERTY("Tests", "u", ntp.reply.tests, POLLED),
        GETTER("TestsText", "s", get_tests_text, ntp.reply.exchange, POLLED),
        PROPERTY("TxTimestamping", "s", ntp.reply.tx_stamp, POLLED),
        PROPERTY("RxTimestamping", "s", ntp.reply.rx_stamp, POLLED),
        PROPERTY("KissCode", "s", ntp.totals.kiss_code, ANNOUNCED),
        PROPERTY("TotalTx", "t", ntp.totals.sent, POLLED),
        PROPERTY("TotalRx", "t", ntp.totals.received, POLLED),
        PROPERTY("TotalValid", "t", ntp.totals.valid, POLLED),
        PROPERTY("TotalGood", "t", ntp.totals.good, POLLED),
        PROPERTY("KernelTxTimestamps", "t", ntp.totals.kernel_tx, POLLED),
        PROPERTY("KernelRxTimestamps", "t", ntp.totals.kernel_rx, POLLED),
        GETTER("RejectedPackets", "a{st}", get_rejected, ntp.totals.rejected, POLLED),
        SD_BUS_VTABLE_END,
};

const BusObject source_object = { TIMEBALL_SOURCES_PATH, TIMEBALL_SOURCE_INTERFACE, source_vtable,
        source_find, source_enumerate, NULL };
const BusObject ntp_source_object = { TIMEBALL_SOURCES_PATH, TIMEBALL_NTP_SOURCE_INTERFACE, ntp_source_vtable,
        source_find, NULL, NULL };

static const BusObject *const source_aspects[] = { &source_object, &ntp_source_object, &symmetric_auth_object,
        NULL };
const ObjectKind source_kind = { source_aspects, count_sources, source_id, publish_source, true };
