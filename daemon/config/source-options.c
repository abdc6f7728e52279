/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/source-options.h"

#include "config/config.h"
#include "core/sample-filter.h"
#include "core/source-spec.h"

#include <limits.h>

#define IN_EFFECT .effect = true
#define NEWER     .source = CHRONY_4_8

static const char *const extension_fields[] = { "F323", "F324", "10A", NULL };
static const char *const receive_filters[] = { "all", "ntp", "ptp", "none", NULL };

/* clang-format off */

const Param source_options[] = {
        REAL("asymmetry", -0.5, 0.5, NULL, IN_EFFECT, .storage = REAL_AT(SourceSpec, asymmetry),
             .help = "asymmetry of the network jitter: -0.5, only requests vary, to 0.5, only replies do; without it, it is estimated"),
        FLAG("auto_offline", IN_EFFECT, .storage = BOOL_AT(SourceSpec, assoc.auto_offline), .help = "go offline when a request cannot be sent"),
        FLAG("burst", IN_EFFECT, .storage = BOOL_AT(SourceSpec, assoc.burst),
             .help = "repeat a request that gave no good sample, up to four times"),
        INTEGER("certset", 0, 4294967295, "0", .help = "set of trusted certificates, as numbered by ntstrustedcerts"),
        FLAG("copy", IN_EFFECT, .storage = BOOL_AT(SourceSpec, assoc.copy), .help = "take over the reference ID and the stratum of the source"),
        WORD("extfield", PARAM_HEX, NULL, .choices = extension_fields, .repeats = true,
             .help = "experimental extension field to be used"),
        INTEGER("filter", 0, SAMPLE_FILTER_POLLS_MAX, "0", IN_EFFECT, .unit = "polls", .storage = INT_AT(SourceSpec, filter_polls),
             .help = "combine so many samples by their median; 0 = off"),
        FLAG("iburst", IN_EFFECT, .storage = BOOL_AT(SourceSpec, assoc.iburst),
             .help = "send the first requests two seconds apart"),
        FLAG("ipv4", IN_EFFECT, NEWER, .storage = ENUM_IS(SourceSpec, family, AddressFamily, ADDRESS_INET4),
             .help = "use only IPv4 addresses of the name"),
        FLAG("ipv6", IN_EFFECT, NEWER, .storage = ENUM_IS(SourceSpec, family, AddressFamily, ADDRESS_INET6),
             .help = "use only IPv6 addresses of the name"),
        INTEGER("key", 1, 4294967295, NULL, IN_EFFECT, .beyond = BEYOND_REFUSE, .storage = U32_AT(SourceSpec, assoc.key_id),
                .help = "ID of the symmetric key, in keyfile, that authenticates the source"),
        REAL("maxdelay", 0, 1000, "3", IN_EFFECT, .unit = "s", .storage = REAL_AT(SourceSpec, assoc.max_delay_s),
             .help = "longest round trip of a sample that is used"),
        REAL("maxdelaydevratio", 0, 1e6, "10", IN_EFFECT, .storage = REAL_AT(SourceSpec, assoc.max_delay_dev_ratio),
             .help = "longest excess of the round trip, in standard deviations of the offset; 0 = off"),
        REAL("maxdelayquant", 0, 0.95, "0", IN_EFFECT, .storage = REAL_AT(SourceSpec, assoc.max_delay_quantile),
             .help = "use only samples below this quantile of the round trips, 0.05 or more; 0 = off"),
        REAL("maxdelayratio", 0, 1e6, "0", IN_EFFECT, .storage = REAL_AT(SourceSpec, assoc.max_delay_ratio),
             .help = "longest round trip as a multiple of the shortest; 0 = off"),
        INTEGER("maxpoll", POLL_MIN, POLL_MAX, "10", IN_EFFECT, .unit = "log2 s", .storage = INT_AT(SourceSpec, assoc.max_poll),
             .help = "longest polling interval"),
        INTEGER("maxsamples", -1, 64, "-1", IN_EFFECT, .storage = INT_AT(SourceSpec, max_samples),
             .help = "most samples that are kept; 0 = no limit, -1 = as the directive says"),
        INTEGER("maxsources", 1, 16, "4", IN_EFFECT, .storage = INT_AT(SourceSpec, max_sources),
             .help = "servers that are used of a pool"),
        INTEGER("maxunreach", 0, INT_MAX, "100000", IN_EFFECT, NEWER, .unit = "polls",
             .storage = INT_AT(SourceSpec, max_unreach),
             .help = "polls without reply after which the source is no longer selected"),
        REAL("mindelay", 0, 1e6, "0", IN_EFFECT, .unit = "s", .storage = REAL_AT(SourceSpec, min_delay_s),
             .help = "shortest round trip that is physically possible; 0 = learn it"),
        INTEGER("minpoll", POLL_MIN, POLL_MAX, "6", IN_EFFECT, .unit = "log2 s", .storage = INT_AT(SourceSpec, assoc.min_poll),
             .help = "shortest polling interval"),
        INTEGER("minsamples", -1, 64, "-1", IN_EFFECT, .storage = INT_AT(SourceSpec, min_samples),
             .help = "half as many in a row that contradict all before are believed; -1 = as the directive says"),
        INTEGER("minstratum", 0, 16, "0", IN_EFFECT, .storage = U8_AT(SourceSpec, assoc.min_stratum),
             .help = "raise the stratum of the source to this"),
        FLAG("noselect", IN_EFFECT, .storage = BITS_AT(SourceSpec, flags, SelectFlags, SELECT_NOSELECT),
             .help = "measure the source, but never follow it"),
        FLAG("nts", .help = "authenticate by Network Time Security"),
        INTEGER("ntsport", 0, 65535, "4460", .help = "TCP port of the NTS key establishment"),
        FLAG("offline", IN_EFFECT, .storage = BOOL_AT(SourceSpec, offline),
             .help = "send nothing until it is told to be online"),
        REAL("offset", -1e9, 1e9, "0", IN_EFFECT, .unit = "s", .storage = REAL_AT(SourceSpec, assoc.offset_s),
             .help = "correction that is added to the measured offset"),
        INTEGER("polltarget", 1, 1000, "8", IN_EFFECT, .storage = INT_AT(SourceSpec, assoc.poll_target),
             .help = "samples that the polling interval aims to keep"),
        INTEGER("port", 0, 65535, "123", IN_EFFECT, .storage = U16_AT(SourceSpec, assoc.port), .help = "UDP port of the source"),
        FLAG("prefer", IN_EFFECT, .storage = BITS_AT(SourceSpec, flags, SelectFlags, SELECT_PREFER),
             .help = "follow this source rather than those without prefer"),
        INTEGER("presend", POLL_MIN, 100, "100", IN_EFFECT, .unit = "log2 s", .storage = INT_AT(SourceSpec, assoc.presend),
                .help = "from this polling interval on, wake the path with a packet sent two seconds earlier"),
        FLAG("require", IN_EFFECT, .storage = BITS_AT(SourceSpec, flags, SelectFlags, SELECT_REQUIRE),
             .help = "follow nothing unless such a source is selectable"),
        FLAG("trust", IN_EFFECT, .storage = BITS_AT(SourceSpec, flags, SelectFlags, SELECT_TRUST),
             .help = "believe this source against sources without trust"),
        INTEGER("version", 1, 4, NULL, IN_EFFECT, .storage = U8_AT(SourceSpec, assoc.version),
             .help = "NTP version of the requests; without it, 4, or 3 with a key whose MAC version 4 would cut"),
        FLAG("xleave", IN_EFFECT, .storage = BOOL_AT(SourceSpec, assoc.xleave),
             .help = "ask for exact transmit stamps by the interleaved mode, where the server knows it; of two peers both need it"),
        { .name = NULL },
};

const Param refclock_options[] = {
        REAL("delay", 0, 1e6, "1e-9", .unit = "s", .help = "delay to the reference; half of it goes into the root distance"),
        INTEGER("dpoll", -32, 32, "0", .unit = "log2 s", .help = "interval at which the driver is asked"),
        INTEGER("filter", 1, 256, "64", .help = "samples that the median filter holds"),
        FLAG("local", .help = "a stable free-running clock that steadies the system clock"),
        WORD("lock", PARAM_REFID, NULL, .help = "reference ID of the clock that says which second a pulse belongs to"),
        REAL("maxdispersion", 0, 1e6, "0", .unit = "s", .help = "widest spread of filtered samples; 0 = no limit"),
        INTEGER("maxlockage", 0, INT_MAX, "2", .unit = "pulses", .help = "oldest sample of the other clock that a pulse may be locked to"),
        INTEGER("maxsamples", -1, 64, "-1", .help = "most samples that are kept; -1 = as the directive says"),
        INTEGER("maxunreach", 0, INT_MAX, "100000", NEWER, .unit = "polls",
             .help = "polls without sample after which the clock is no longer selected"),
        INTEGER("minsamples", -1, 64, "-1", .help = "fewest samples that are kept; -1 = as the directive says"),
        FLAG("noselect", .help = "measure the clock, but never follow it"),
        REAL("offset", -1e9, 1e9, "0", .unit = "s", .help = "correction that is added to the measured offset"),
        INTEGER("poll", -32, 32, "4", .unit = "log2 s", .help = "interval at which samples are filtered into one"),
        FLAG("pps", .help = "samples tell only where a second begins"),
        REAL("precision", 0, 1, NULL, .unit = "s", .help = "precision of the clock; without it, that of the system clock"),
        FLAG("prefer", .help = "follow this clock rather than sources without prefer"),
        INTEGER("rate", 1, INT_MAX, "1", .unit = "Hz", .help = "pulses per second"),
        WORD("refid", PARAM_REFID, NULL, .help = "reference ID; without it, made from the driver and a number"),
        FLAG("require", .help = "follow nothing unless such a source is selectable"),
        INTEGER("stratum", 0, 15, "0", .beyond = BEYOND_REFUSE, .help = "stratum of the clock"),
        FLAG("tai", .help = "the clock shows TAI, not UTC"),
        FLAG("trust", .help = "believe this clock against sources without trust"),
        REAL("width", 0, 1, "0", .unit = "s", .help = "width of the pulses, to tell their edges apart; 0 = do not look"),
        { .name = NULL },
};

const RefclockDriver refclock_drivers[] = {
        { "PHC", (const char *const[]){ "channel=", "clear", "extpps", "nocrossts", "pin=", NULL } },
        { "PPS", (const char *const[]){ "clear", NULL } },
        { "RTC", (const char *const[]){ "utc", NULL } },
        { "SHM", (const char *const[]){ "perm=", NULL } },
        { "SOCK", (const char *const[]){ NULL } },
};
const size_t n_refclock_drivers = ELEMENTS(refclock_drivers);
const char *const refclock_driver_names[] = { "PHC", "PPS", "RTC", "SHM", "SOCK", NULL };

const Param hwtimestamp_options[] = {
        INTEGER("maxpoll", -6, 21, NULL, NEWER, .unit = "log2 s",
             .help = "longest interval at which the clock of the interface is read; without it, one more than minpoll"),
        INTEGER("maxsamples", 2, 64, "16", .help = "most readings that are kept"),
        INTEGER("minpoll", -6, 20, "0", .unit = "log2 s", .help = "shortest interval at which the clock of the interface is read"),
        INTEGER("minsamples", 2, 64, "2", .help = "fewest readings that are kept"),
        FLAG("nocrossts", .help = "do not use precise cross timestamps"),
        REAL("precision", 0, 1, "1e-7", .unit = "s", .help = "assumed precision of a reading"),
        REAL("rxcomp", -1, 1, "0", .unit = "s", .help = "correction of receive timestamps"),
        CHOICE("rxfilter", receive_filters, NULL, .help = "which packets are stamped; without it, as many as the hardware can"),
        REAL("txcomp", -1, 1, "0", .unit = "s", .help = "correction of transmit timestamps"),
        { .name = NULL },
};

const Param local_options[] = {
        REAL("activate", 0, 1e9, "0", NEWER, .unit = "s",
             IN_EFFECT, .storage = REAL_AT(Config, engine.local.activate_s),
             .help = "only after the root distance has been below this; 0 = at once"),
        REAL("distance", 0, 1e9, "1", .unit = "s", IN_EFFECT, .storage = REAL_AT(Config, engine.local.distance_s),
             .help = "root distance from which on the local reference is used"),
        FLAG("orphan", IN_EFFECT, .storage = BOOL_AT(Config, engine.local.orphan),
             .help = "servers without a source choose one among themselves"),
        INTEGER("stratum", 1, 15, "10", .beyond = BEYOND_REFUSE, IN_EFFECT, .storage = INT_AT(Config, engine.local.stratum),
                .help = "stratum of the local reference"),
        REAL("waitsynced", 0, 1e9, "0", NEWER, .unit = "s", IN_EFFECT, .storage = REAL_AT(Config, engine.local.wait_synced_s),
             .help = "wait so long since the last update"),
        REAL("waitunsynced", 0, 1e9, NULL, NEWER, .unit = "s",
             IN_EFFECT, .storage = REAL_AT(Config, engine.local.wait_unsynced_s),
             .help = "wait so long while unsynchronized; without it, 300 s with orphan, otherwise 0"),
        { .name = NULL },
};

#define BURST(...) INTEGER("burst", 1, 255, "8", .help = "answers in a row before the limit holds", __VA_ARGS__)
#define INTERVAL(default_, ...) \
        INTEGER("interval", -19, 12, default_, .unit = "log2 s", \
                .help = "shortest average interval between answers to one address", __VA_ARGS__)
#define LEAK(...) INTEGER("leak", 1, 4, "2", .unit = "log2", .help = "one in so many packets above the limit is answered", __VA_ARGS__)
#define IN_LIMIT(member) IN_EFFECT, .storage = INT_AT(Config, rate_limit.member)
#define NO_EFFECT        .effect = false

const Param ntp_ratelimit_options[] = {
        BURST(IN_LIMIT(burst)),
        INTERVAL("3", IN_LIMIT(interval)),
        INTEGER("kod", 0, 4, "0", NEWER, .unit = "log2", IN_LIMIT(kod),
                .help = "one in so many packets above the limit is answered with a kiss of death; 0 = none"),
        LEAK(IN_LIMIT(leak)),
        { .name = NULL },
};

const Param nts_ratelimit_options[] = { BURST(NO_EFFECT), INTERVAL("6", NO_EFFECT), LEAK(NO_EFFECT), { .name = NULL } };

const Param command_ratelimit_options[] = { BURST(NO_EFFECT), INTERVAL("-4", NO_EFFECT), LEAK(NO_EFFECT), { .name = NULL } };

/* clang-format on */
