/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What stands on the bus, as plain values in D-Bus types: made from a const Snapshot by pure functions, read by the
 * vtables through offsets. One member here is one property in dbus/org.timeball1.*.xml, which says what it means.
 *
 * The structs hold pointers into themselves and into the snapshot: fill them in place, never copy them, and don't keep
 * them longer than the snapshot. D-Bus booleans are ints, as sd-bus wants them.
 */

#include "bus/bus.h"
#include "core/ref-id.h"

enum {
        PUBLISHED_TEXT_MAX = 512,
        SOURCE_PATH_MAX = 40,
        TESTS_TEXT_MAX = 16,
        LISTEN_MAX = 16, /* addresses that are shown */
};

/* What a getter makes lists and dictionaries from, with a fingerprint to see a change by. */
typedef struct MadeValue {
        const void *from;
        uint64_t fingerprint; /* of ANNOUNCED properties */
} MadeValue;

/* What Manager has to remember between two snapshots: a property that announces its changes must not wander with the
 * rate of the clock, so the instant is converted once. */
typedef struct ManagerMemory {
        Mono since;
        uint64_t since_usec;
} ManagerMemory;

/* All that objects are made from at one moment. */
typedef struct BusReading {
        const Snapshot *snapshot;
        const ServerView *server; /* NULL: nobody is served */
        const BusOptions *options;
        ManagerMemory *memory;
        const BusOps *ops;      /* NULL: what is not in the snapshot is not known */
        void *userdata;         /* of them */
        const HintsView *hints; /* NULL: networks are not listened to */
        const Alerts *alerts;   /* NULL: nobody looks */
} BusReading;

typedef struct ManagerPublished {
        Bus *bus; /* for the methods: sd-bus hands them what the properties are read from */
        struct {
                const char *version, *config_file;
                char **features;
                uint64_t started_usec, started_monotonic_usec;
        } daemon;
        struct {
                const char *state, *reason, *online;
                int synchronized, steering;
                uint64_t synchronized_since_usec;
                char reason_text[PUBLISHED_TEXT_MAX];
        } state;
        struct {
                const char *selected;
                MadeValue combined; /* from the Snapshot */
                uint32_t count;
                char selected_text[SOURCE_PATH_MAX];
        } sources;
        struct {
                uint32_t generation;
                int dirty, read_only;
        } configuration;
        struct {
                uint32_t online, offline, burst_online, burst_offline, unresolved;
        } activity;
        struct {
                const char *health;
                MadeValue list; /* from the Alerts */
        } alerts;
        const char *hints_policy;
        int server_enabled;
} ManagerPublished;

typedef struct ClockPublished {
        struct {
                const char *name, *leap;
                uint32_t id, stratum;
                uint64_t time_usec;
                MadeValue next_leap; /* from the NextLeap */
                char name_text[NAME_MAX_BYTES];
        } reference;
        struct {
                uint64_t now_usec;
                double system_offset_s, last_offset_s, rms_offset_s;
                double freq_ppm, residual_freq_ppm, skew_ppm;
                double root_delay_s, root_dispersion_s, max_error_s, update_interval_s;
        } tracking;
        struct {
                uint32_t status;
                int32_t tai_offset;
                double max_error_s, est_error_s;
        } kernel;
        struct {
                double make_step_threshold_s, max_update_skew_ppm;
                int32_t make_step_limit;
                MadeValue local; /* from the LocalReferenceOptions */
        } options;
        double drift_file_age_s;
} ClockPublished;

/* Texts that take time to make and announce no changes are made when they are read: what is kept of them is where they
 * come from, because all of this is filled for every source whenever changes are looked for. */
typedef struct SourcePublished {
        struct {
                const SourceIdentity *source; /* Name, Origin */
                const char *address, *kind;
                uint32_t id;
                uint16_t port;
                char address_text[NET_ADDRESS_TEXT_MAX];
        } identity;
        struct {
                const SourceView *view; /* ReferenceIDText */
                const char *online, *last_result;
                int reachable;
                uint8_t reach;
                uint32_t stratum, ref_id;
                int32_t poll, min_poll, max_poll;
                uint32_t poll_target;
                double poll_interval_s;
                uint64_t last_sample_usec, last_good_usec;
        } link;
        struct {
                double adjusted_s, measured_s, error_s;
        } sample;
        struct {
                uint32_t samples, runs;
                double span_s, freq_ppm, skew_ppm, offset_s, offset_error_s, std_dev_s, asymmetry;
        } stats;
        struct {
                const Verdict *verdict; /* StateReason */
                const char *state, *state_char, *leap;
                char **options, **effective_options;
                double score, low_s, high_s;
                char state_char_text[2];
                char *options_list[5];
                char *effective_list[5];
        } select;
        struct {
                int authenticated;
                const char *authentication;
        } auth;
        struct {
                double offset_s, max_delay_s, max_delay_ratio, max_delay_dev_ratio;
                uint32_t min_stratum;
                int32_t max_unreach;
        } tunables;
        struct {
                const char *type;
                uint32_t id, bits; /* id 0: it has none, and the rest is not filled */
                int ok;
        } key;
        struct {
                struct {
                        const AssocExchange *exchange; /* LocalAddress, TestsText */
                        const char *mode, *tx_stamp, *rx_stamp;
                        uint32_t version, tests;
                        int32_t poll, precision;
                        double root_delay_s, root_dispersion_s, delay_s, dispersion_s, response_time_s,
                                asymmetry;
                        uint64_t ref_time_usec;
                        int interleaved;
                } reply;
                struct {
                        const char *kiss_code;
                        uint64_t sent, received, valid, good, kernel_tx, kernel_rx;
                        const uint64_t *rejected; /* by PacketReason */
                } totals;
        } ntp;
} SourcePublished;

typedef struct PoolPublished {
        const BusReading *reading;
        const PoolView *view; /* Name */
        uint32_t max_sources, resolved, confirmed;
        uint64_t last_resolved_usec;
        MadeValue sources, options; /* from this itself */
} PoolPublished;

typedef struct ServerPublished {
        Bus *bus; /* for the methods */
        struct {
                int enabled;
                uint32_t stratum, workers;
                char **listen;
                char *listen_list[LISTEN_MAX + 1];
                char listen_text[LISTEN_MAX][NET_ENDPOINT_TEXT_MAX];
        } service;
        MadeValue rate_limit; /* from the RateLimit */
        MadeValue refused;    /* from the ServerView; NULL: nobody is served */
        ServerCounters counters;
        struct {
                uint64_t held;
                double span_s;
        } stamps;
        struct {
                uint32_t max, recorded;
                double requests_per_s;
        } clients;
} ServerPublished;

/* Of a reply, as timesyncd's clients take them: origin <= destination, receive <= transmit, and no shorter there than here. */
typedef struct TimesyncStamps {
        uint64_t origin, receive, transmit, destination; /* us since 1970 */
} TimesyncStamps;

typedef struct TimesyncPublished {
        struct {
                MadeValue system;        /* from the Snapshot */
                MadeValue link, runtime; /* from the HintsView */
                char **fallback;
        } servers;
        struct {
                const char *name;
                const NetAddress *address; /* NULL: none */
                char name_text[NAME_MAX_BYTES];
        } selected;
        struct {
                uint64_t min_usec, max_usec, now_usec;
        } poll;
        uint64_t root_distance_max_usec;
        MadeValue message; /* from the selected source's SourceView, NULL if there is none */
        int64_t frequency;
} TimesyncPublished;

typedef struct HintPublished {
        const HintsView *view;
        const Hint *hint;
        int32_t ifindex;
        int accepted;
        const char *interface, *origin, *reject_reason;
        char **servers;
        MadeValue sources; /* from this */
        uint64_t received_usec;
        char *servers_list[HINT_SERVERS_MAX + 1];
} HintPublished;

/* org.freedesktop.LogControl1. */
typedef struct LogControlPublished {
        const char *level, *target, *identifier;
} LogControlPublished;

typedef union Published {
        LogControlPublished log_control;
        ManagerPublished manager;
        ClockPublished clock;
        SourcePublished source;
        PoolPublished pool;
        ServerPublished server;
        TimesyncPublished timesync;
        HintPublished hint;
} Published;

/* Of the objects that there is one of: they fill the member of their name. */
void manager_publish(Published *p, const BusReading *r);
void clock_publish(Published *p, const BusReading *r);
void server_publish(Published *p, const BusReading *r);
void timesync_publish(Published *p, const BusReading *r);

void source_publish(SourcePublished *p, const Snapshot *s, const SourceView *v);
/* All that SymmetricAuth has, beside what source_publish() fills. */
void symmetric_auth_publish(SourcePublished *p, const BusReading *r, const SourceView *v);
void pool_publish(PoolPublished *p, const BusReading *r, const PoolView *v);
/* The lines of the snapshot that are pools, by id, ascending. */
size_t source_pools_count(const Snapshot *s);
const PoolView *source_pools_at(const Snapshot *s, size_t place);
void log_control_publish(LogControlPublished *p, const BusOptions *options);
/* Hint `i` of the table. */
void hint_publish(HintPublished *p, const BusReading *r, size_t i);
void timesync_stamps(const AssocInstants *at, TimesyncStamps *ret);

/* "normal", "insert", "delete", "unsynchronized". */
const char *leap_text(LeapStatus leap);
/* A copy, cut if need be, that is safe to show: D-Bus refuses what is not UTF-8. */
const char *clean_copy(const char *text, char *buffer, size_t size);
const char *source_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]);
/* The id in an object path of ours, 0 if it is none. Only the form that source_path() writes is taken. */
uint32_t source_path_id(const char *path);
/* Likewise of pools. */
const char *pool_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]);
uint32_t pool_path_id(const char *path);
const char *hint_path(uint32_t id, char buffer[static SOURCE_PATH_MAX]);
uint32_t hint_path_id(const char *path);
const char *source_name(const SourceIdentity *i, char buffer[static NAME_MAX_BYTES]);
/* "config", "pool:ID" and so on. */
const char *source_origin(const SourceIdentity *i, char buffer[static NAME_MAX_BYTES]);
/* "" before the first reply. */
const char *source_ref_id(const SourceView *v, char buffer[static REF_ID_TEXT_MAX]);
/* "111 111 1110": tests 1 2 3, 5 6 7, A B C D, 1 = passed; "" before the first reply. */
const char *source_tests(const AssocExchange *x, char buffer[static TESTS_TEXT_MAX]);
/* Why the clock is in the state that Manager.State names, in one sentence. */
const char *state_reason(const Snapshot *s, char buffer[static PUBLISHED_TEXT_MAX]);
