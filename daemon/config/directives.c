/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/directives.h"

#include "config/config.h"
#include "config/source-options.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const group_names[] = {
        [GROUP_SOURCES] = "Time sources",
        [GROUP_SELECTION] = "Source selection",
        [GROUP_CLOCK] = "System clock",
        [GROUP_SERVER] = "Serving time",
        [GROUP_COMMANDS] = "Command protocol",
        [GROUP_RTC] = "Real-time clock",
        [GROUP_LOGGING] = "Logging",
        [GROUP_PROCESS] = "The process",
        [GROUP_FILES] = "Other files",
};

DEFINE_STRTAB(DirectiveGroup, directive_group, group_names);

/* The order is that of AuthSelectMode. */
static const char *const auth_select_modes[] = { "require", "prefer", "mix", "ignore", NULL };
/* The order is that of LeapMode. */
static const char *const leap_modes[] = { "system", "step", "slew", "ignore", NULL };
/* The order is that of LogFile. */
static const char *const log_files[] = { "measurements", "rawmeasurements", "refclocks", "rtc", "selection",
        "statistics", "tempcomp", "tracking", NULL };
static const char *const open_commands[] = { "activity", "authdata", "clients", "manual", "ntpdata",
        "rtcdata", "selectdata", "serverstats", "smoothing", "sourcename", "sources", "sourcestats",
        "tracking", NULL };
static const char *const all_word[] = { "all", NULL };
static const char *const leap_only[] = { "leaponly", NULL };

#define FORM(...) \
        { (const Param[]){ __VA_ARGS__ }, ELEMENTS(((const Param[]){ __VA_ARGS__ })) }
#define NO_ARGUMENTS \
        { \
                { NULL, 0 } \
        }
#define ARGUMENTS(...) \
        { FORM(__VA_ARGS__) }
#define OPTIONS(table) .options = (table)

#define PORT(name_, default_) ARGUMENTS(INTEGER(name_, 0, 65535, default_))
#define SUBNET_FORMS \
        { \
                FORM(WORD("subnet", PARAM_SUBNET, NULL, .choices = all_word, .optional = true)), \
                        FORM(CHOICE("all", all_word, NULL), WORD("subnet", PARAM_SUBNET, NULL)) \
        }
#define IN_EFFECT  .effect = true
#define RELOADABLE .reloadable = true
#define NEWER      .source = CHRONY_4_8

/* clang-format off */

const Directive directives[] = {
        { "acquisitionport", .forms = ARGUMENTS(INTEGER("port", 0, 65535, NULL, .storage = U16_AT(Config, acquisition_port))),
          .flag = BOOL_AT(Config, fixed_acquisition_port), .group = GROUP_SOURCES, IN_EFFECT,
          .help = "UDP port that requests are sent from, 0 = one random port for good; without it, a random one for each request", .example = "1123" },
        { "allow", .forms = SUBNET_FORMS, .class = DIRECTIVE_ALLOW, .merge = MERGE_ALL, .group = GROUP_SERVER, IN_EFFECT, RELOADABLE,
          .help = "addresses whose NTP requests are answered; without a subnet, all; after `all`, rules inside it are forgotten", .example = "192.0.2.0/24" },
        { "authselectmode", .forms = ARGUMENTS(CHOICE("mode", auth_select_modes, "mix",
                                                     .storage = ENUM_AT(Config, engine.select.auth_mode, AuthSelectMode))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE,
          .help = "how sources without authentication count beside those with it" },
        { "bindacqaddress", .forms = ARGUMENTS(WORD("address", PARAM_ADDRESS, NULL, .storage = ADDRESS_AT(Config, bind_acq_address))),
          .merge = MERGE_BY_FAMILY, .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE,
          .help = "local address that requests are sent from, one per family", .example = "192.0.2.1" },
        { "bindacqdevice", .forms = ARGUMENTS(WORD("interface", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, bind_acq_device))),
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE,
          .help = "network interface that requests are sent from", .example = "eth0" },
        { "bindaddress", .forms = ARGUMENTS(WORD("address", PARAM_ADDRESS, NULL, .storage = ADDRESS_AT(Config, bind_address))),
          .merge = MERGE_BY_FAMILY, .group = GROUP_SERVER, IN_EFFECT, .help = "local address on which requests are answered, one per family", .example = "192.0.2.1" },
        { "bindcmdaddress", .forms = ARGUMENTS(WORD("address", PARAM_LISTEN, NULL)), .merge = MERGE_ALL,
          .group = GROUP_COMMANDS, .help = "local address or socket path for the command protocol; / = no socket", .example = "/run/timeball/command.sock" },
        { "bindcmddevice", .forms = ARGUMENTS(WORD("interface", PARAM_TEXT, NULL)), .group = GROUP_COMMANDS,
          .help = "network interface for the command protocol", .example = "eth0" },
        { "binddevice", .forms = ARGUMENTS(WORD("interface", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, bind_device))), .group = GROUP_SERVER, IN_EFFECT,
          .help = "network interface on which requests are answered", .example = "eth0" },
        { "broadcast", .forms = ARGUMENTS(INTEGER("interval", 1, INT_MAX, NULL, .unit = "s"), WORD("address", PARAM_ADDRESS, NULL),
                                     INTEGER("port", 0, 65535, "123", .optional = true)),
          .merge = MERGE_ALL, .group = GROUP_SERVER, .help = "send the time to a broadcast or multicast address", .example = "64 192.0.2.255" },
        { "clientloglimit", .forms = ARGUMENTS(INTEGER("bytes", 0, 2147483648, "524288", .storage = U32_AT(Config, client_log_limit))), .group = GROUP_SERVER, IN_EFFECT,
          .help = "memory for the record of clients" },
        { "clockprecision", .forms = ARGUMENTS(REAL("precision", 1e-9, 1, NULL, .unit = "s", .storage = REAL_AT(Config, engine.precision_s))),
          .group = GROUP_CLOCK, IN_EFFECT, .help = "precision of reading the system clock; without it, it is measured", .example = "1e-7" },
        { "cmdallow", .forms = SUBNET_FORMS, .merge = MERGE_ALL, .group = GROUP_COMMANDS, RELOADABLE,
          .help = "addresses that may use the command protocol", .example = "192.0.2.0/24" },
        { "cmddeny", .forms = SUBNET_FORMS, .merge = MERGE_ALL, .group = GROUP_COMMANDS, RELOADABLE,
          .help = "addresses that may not use the command protocol", .example = "192.0.2.7" },
        { "cmdport", .forms = PORT("port", "323"), .group = GROUP_COMMANDS, .help = "UDP port of the command protocol; 0 = none" },
        { "cmdratelimit", .forms = NO_ARGUMENTS, OPTIONS(command_ratelimit_options), .group = GROUP_COMMANDS, RELOADABLE,
          .help = "limit the answers to commands", .example = "interval -4 burst 8 leak 2" },
        { "combinelimit", .forms = ARGUMENTS(REAL("limit", 0, 1e9, "3", .storage = REAL_AT(Config, engine.select.combine_limit))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE,
          .help = "combine sources up to this multiple of the distance of the selected one; 0 = never" },
        { "commandkey", .class = DIRECTIVE_OBSOLETE, .group = GROUP_COMMANDS, .help = "no longer exists" },
        { "confdir", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL, .repeats = true)), .class = DIRECTIVE_CONFDIR,
          .merge = MERGE_ALL, .group = GROUP_FILES, IN_EFFECT, RELOADABLE,
          .help = "read *.conf in up to ten directories, by name; of files with the same name only the first directory's", .example = "/etc/timeball/conf.d" },
        { "corrtimeratio", .forms = ARGUMENTS(REAL("ratio", 0, 1e6, "3", .storage = REAL_AT(Config, engine.discipline.corr_time_ratio))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE,
          .help = "how long a usual correction takes: a twentieth of this, in update intervals" },
        { "deny", .forms = SUBNET_FORMS, .class = DIRECTIVE_DENY, .merge = MERGE_ALL, .group = GROUP_SERVER, IN_EFFECT, RELOADABLE,
          .help = "addresses whose NTP requests are not answered", .example = "192.0.2.7" },
        { "driftfile", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, drift_file)),
                                     INTEGER("interval", 0, INT_MAX, "3600", .unit = "s", .optional = true, NEWER,
                                             .storage = REAL_AT(Config, engine.discipline.drift_interval_s))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "file that keeps the frequency of the clock from one start to the next", .example = "/var/lib/timeball/drift" },
        { "dscp", .forms = ARGUMENTS(INTEGER("point", 0, 63, "0", .storage = INT_AT(Config, dscp))), .group = GROUP_SOURCES, IN_EFFECT,
          .help = "differentiated services code point of NTP packets" },
        { "dumpdir", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, dump_dir))), .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE,
          .help = "directory that keeps the samples of sources over a restart", .example = "/var/lib/timeball" },
        { "dumponexit", .class = DIRECTIVE_IGNORED, .group = GROUP_SOURCES, .help = "always done" },
        { "fallbackdrift", .forms = ARGUMENTS(INTEGER("min", 0, FALLBACK_LOG2_MAX, NULL, .unit = "log2 s", .storage = INT_AT(Config, engine.fallback_drift.min)),
                                                INTEGER("max", 0, FALLBACK_LOG2_MAX, NULL, .unit = "log2 s", .storage = INT_AT(Config, engine.fallback_drift.max))),
          .flag = BOOL_AT(Config, engine.fallback_drift.enabled),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "average the frequency over these times, for when all sources are lost", .example = "16 19" },
        { "generatecommandkey", .class = DIRECTIVE_OBSOLETE, .group = GROUP_COMMANDS, .help = "no longer exists" },
        { "hwclockfile", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, "/etc/adjtime")), .group = GROUP_RTC,
          .help = "file of hwclock that says whether the real-time clock runs in UTC" },
        { "hwtimestamp", .forms = ARGUMENTS(WORD("interface", PARAM_TEXT, NULL)), OPTIONS(hwtimestamp_options), .merge = MERGE_ALL,
          .group = GROUP_CLOCK, .help = "use the timestamps of this network interface's hardware; * = of every one", .example = "eth0" },
        { "hwtstimeout", .forms = ARGUMENTS(REAL("timeout", 0, 1, "0.001", .unit = "s")), .group = GROUP_CLOCK, NEWER,
          .help = "how long a hardware transmit timestamp is waited for" },
        { "include", .forms = ARGUMENTS(WORD("pattern", PARAM_TEXT, NULL)), .class = DIRECTIVE_INCLUDE, .merge = MERGE_ALL,
          .group = GROUP_FILES, IN_EFFECT, RELOADABLE, .help = "read the files that match the pattern, here", .example = "/etc/timeball/local*.conf" },
        { "initstepslew", .forms = ARGUMENTS(REAL("threshold", 0, 1e9, NULL, .unit = "s"),
                                        WORD("server", PARAM_HOST, NULL, .optional = true, .repeats = true)),
          .group = GROUP_SOURCES, .help = "set the clock from these servers at start: step from the threshold on, otherwise slew", .example = "30 ntp1.example.com ntp2.example.com" },
        { "keyfile", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, key_file))),
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE,
          .help = "file with the symmetric keys, lines of ID, type and key", .example = "/etc/timeball/keys" },
        { "leapseclist", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, leap_sec_list))), .group = GROUP_CLOCK, IN_EFFECT,
          RELOADABLE, NEWER, .help = "list of leap seconds as published by NIST and IERS", .example = "/usr/share/zoneinfo/leap-seconds.list" },
        { "leapsecmode", .forms = ARGUMENTS(CHOICE("mode", leap_modes, "system", .storage = ENUM_AT(Config, engine.leap_mode, LeapMode))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE,
          .help = "what a leap second does to the clock" },
        { "leapsectz", .forms = ARGUMENTS(WORD("zone", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, leap_sec_tz))), .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE,
          .help = "time zone whose data names the leap seconds, such as right/UTC", .example = "right/UTC" },
        { "linux_freq_scale", .class = DIRECTIVE_OBSOLETE, .group = GROUP_CLOCK, .help = "no longer exists" },
        { "linux_hz", .class = DIRECTIVE_OBSOLETE, .group = GROUP_CLOCK, .help = "no longer exists" },
        { "local", .forms = NO_ARGUMENTS, OPTIONS(local_options), .group = GROUP_SERVER, IN_EFFECT, RELOADABLE,
          .flag = BOOL_AT(Config, engine.local.enabled),
          .help = "serve the local clock as a reference while no source is selected", .example = "stratum 10" },
        { "lock_all", .forms = NO_ARGUMENTS, .group = GROUP_PROCESS, IN_EFFECT, .flag = BOOL_AT(Config, lock_all), .help = "keep the process in memory" },
        { "log", .forms = ARGUMENTS(CHOICE("file", log_files, NULL, .optional = true, .repeats = true, .storage = CHOICES_AT(Config, logs.files))), .merge = MERGE_ALL,
          .group = GROUP_LOGGING, IN_EFFECT, RELOADABLE, .help = "what is written to log files in logdir", .example = "measurements statistics tracking" },
        { "logbanner", .forms = ARGUMENTS(INTEGER("lines", 0, INT_MAX, "32", .storage = INT_AT(Config, logs.banner_lines))), .group = GROUP_LOGGING, IN_EFFECT, RELOADABLE,
          .help = "lines between two headings in a log file; 0 = no headings" },
        { "logchange", .forms = ARGUMENTS(REAL("threshold", 0, 1e9, "1", .unit = "s", .storage = REAL_AT(Config, logs.change_s))), .group = GROUP_LOGGING, IN_EFFECT, RELOADABLE,
          .help = "tell about corrections of the clock from this size on" },
        { "logdir", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, logs.directory))), .group = GROUP_LOGGING, IN_EFFECT, RELOADABLE,
          .help = "directory of the log files", .example = "/var/log/timeball" },
        { "mailonchange", .forms = ARGUMENTS(WORD("address", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, logs.mail_to)),
                                               REAL("threshold", 0, 1e9, NULL, .unit = "s", .storage = REAL_AT(Config, logs.mail_change_s))),
          .group = GROUP_LOGGING, IN_EFFECT, RELOADABLE, .help = "tell about corrections of the clock from this size on by a message of its own; no mail is sent", .example = "root@localhost 0.5" },
        { "makestep", .forms = ARGUMENTS(REAL("threshold", 0, 1e9, NULL, .unit = "s",
                                         .storage = REAL_AT(Config, engine.discipline.make_step_threshold_s)),
                                    INTEGER("limit", INT_MIN, INT_MAX, NULL, .unit = "updates",
                                            .storage = INT_AT(Config, engine.discipline.make_step_limit))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE,
          .help = "step the clock if it is off by more than the threshold, in the first updates; a negative limit = always", .example = "1 3" },
        { "manual", .forms = NO_ARGUMENTS, .group = GROUP_SOURCES, RELOADABLE, .help = "let the clock be set by hand" },
        { "maxchange", .forms = ARGUMENTS(REAL("offset", 0, 1e9, NULL, .unit = "s", .storage = REAL_AT(Config, engine.discipline.max_change_s)),
                                     INTEGER("start", 0, INT_MAX, NULL, .unit = "updates",
                                             .storage = INT_AT(Config, engine.discipline.max_change_start)),
                                     INTEGER("ignore", INT_MIN, INT_MAX, NULL, .unit = "updates",
                                             .storage = INT_AT(Config, engine.discipline.max_change_ignore))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE,
          .help = "after the first updates, ignore so many larger corrections and then exit; negative = ignore all", .example = "1000 1 2" },
        { "maxclockerror", .forms = ARGUMENTS(REAL("error", 0, 1e6, "1", .unit = "ppm",
                                              .storage = PPM_AT(Config, engine.discipline.max_clock_error))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "frequency error that the clock may gain by itself between updates" },
        { "maxdistance", .forms = ARGUMENTS(REAL("distance", 0, 1e9, "3", .unit = "s", .storage = REAL_AT(Config, engine.select.max_distance_s))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, .help = "largest root distance of a source that is followed" },
        { "maxdrift", .forms = ARGUMENTS(REAL("drift", 0, 500000, "100000", .unit = "ppm",
                                         .storage = PPM_AT(Config, engine.discipline.max_drift))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "largest frequency error of the clock that is corrected" },
        { "maxjitter", .forms = ARGUMENTS(REAL("jitter", 0, 1e9, "1", .unit = "s", .storage = REAL_AT(Config, engine.select.max_jitter_s))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, .help = "largest standard deviation of a source that is followed" },
        { "maxntsconnections", .forms = ARGUMENTS(INTEGER("connections", 1, 1000000, "100")), .group = GROUP_SERVER,
          .help = "NTS key establishments that are served at a time" },
        { "maxsamples", .forms = ARGUMENTS(INTEGER("samples", 0, 64, "0", .storage = INT_AT(Config, engine.max_samples))),
          .group = GROUP_SOURCES, IN_EFFECT, .help = "most samples that are kept of a source; 0 = no limit" },
        { "maxslewrate", .forms = ARGUMENTS(REAL("rate", 0, 100000, "83333.333", .unit = "ppm",
                                            .storage = PPM_AT(Config, engine.discipline.max_slew_rate))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "fastest slew of the clock" },
        { "maxstratum", .forms = ARGUMENTS(INTEGER("stratum", 0, 15, "15", .storage = INT_AT(Config, engine.select.max_stratum))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, NEWER, .help = "highest stratum of a source that is followed" },
        { "maxtxbuffers", .forms = ARGUMENTS(INTEGER("buffers", 0, 1048576, "0")), .group = GROUP_CLOCK, NEWER,
          .help = "packets that are remembered until their hardware transmit timestamp comes" },
        { "maxupdateskew", .forms = ARGUMENTS(REAL("skew", 0, 1e6, "1000", .unit = "ppm",
                                              .storage = PPM_AT(Config, engine.discipline.max_update_skew))),
          .group = GROUP_CLOCK, IN_EFFECT, RELOADABLE, .help = "a frequency less certain than this is not used" },
        { "minsamples", .forms = ARGUMENTS(INTEGER("samples", 1, 64, "6", .storage = INT_AT(Config, engine.min_samples))),
          .group = GROUP_SOURCES, IN_EFFECT, .help = "half as many samples of a source in a row that contradict all before are believed" },
        { "minsources", .forms = ARGUMENTS(INTEGER("sources", 1, SOURCES_MAX, "1", .storage = INT_AT(Config, engine.select.min_sources))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, .help = "sources that must agree before the clock is touched" },
        { "minstratum", .forms = ARGUMENTS(INTEGER("stratum", 0, 15, "0", .storage = INT_AT(Config, engine.select.min_stratum))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, NEWER, .help = "lowest stratum of a source that is followed" },
        { "nocerttimecheck", .forms = ARGUMENTS(INTEGER("updates", 0, INT_MAX, "0")), .group = GROUP_SOURCES, RELOADABLE,
          .help = "do not look at the dates of certificates until the clock was updated so often" },
        { "noclientlog", .forms = NO_ARGUMENTS, .group = GROUP_SERVER, IN_EFFECT, .flag = BOOL_AT(Config, no_client_log), .help = "keep no record of clients" },
        { "nosystemcert", .forms = NO_ARGUMENTS, .group = GROUP_SOURCES, RELOADABLE, .help = "do not trust the system's certificates" },
        { "ntpsigndsocket", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL)), .group = GROUP_SERVER,
          .help = "directory of the socket of Samba's signing service", .example = "/var/lib/samba/ntp_signd" },
        { "ntsaeads", .forms = ARGUMENTS(INTEGER("algorithm", 1, 65535, "30 15", .optional = true, .repeats = true)), .group = GROUP_SOURCES, NEWER,
          .help = "IDs of the algorithms that protect NTS packets, best first; none = no NTS" },
        { "ntscachedir", .alias_of = "ntsdumpdir", .group = GROUP_SOURCES, .help = "older name of ntsdumpdir" },
        { "ntsdumpdir", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL)), .group = GROUP_SOURCES,
          .help = "directory that keeps NTS keys and cookies over a restart", .example = "/var/lib/timeball" },
        { "ntsntpserver", .forms = ARGUMENTS(WORD("server", PARAM_TEXT, NULL)), .group = GROUP_SERVER, RELOADABLE,
          .help = "host that NTS clients are sent to; without it, this one", .example = "ntp.example.com" },
        { "ntsport", .forms = PORT("port", "4460"), .group = GROUP_SERVER, .help = "TCP port of the NTS key establishment" },
        { "ntsprocesses", .forms = ARGUMENTS(INTEGER("processes", 0, 1000, "1")), .group = GROUP_SERVER,
          .help = "processes that do the NTS key establishment" },
        { "ntsratelimit", .forms = NO_ARGUMENTS, OPTIONS(nts_ratelimit_options), .group = GROUP_SERVER, RELOADABLE,
          .help = "limit the NTS key establishments of one address", .example = "interval 6 burst 8 leak 2" },
        { "ntsrefresh", .forms = ARGUMENTS(INTEGER("interval", 0, INT_MAX, "2419200", .unit = "s")), .group = GROUP_SOURCES, RELOADABLE,
          .help = "longest time between two NTS key establishments with a server" },
        { "ntsrotate", .forms = ARGUMENTS(INTEGER("interval", 0, INT_MAX, "604800", .unit = "s")), .group = GROUP_SERVER, RELOADABLE,
          .help = "how often the key of the NTS cookies changes; 0 = it is made elsewhere" },
        { "ntsservercert", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL)), .merge = MERGE_ALL, .group = GROUP_SERVER, RELOADABLE,
          .help = "certificates of the NTS server", .example = "/etc/timeball/ntp.example.com.crt" },
        { "ntsserverkey", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL)), .merge = MERGE_ALL, .group = GROUP_SERVER, RELOADABLE,
          .help = "private key of the NTS server", .example = "/etc/timeball/ntp.example.com.key" },
        { "ntstrustedcerts", .forms = { FORM(WORD("file", PARAM_TEXT, NULL)),
                                  FORM(INTEGER("set", 0, 4294967295, "0"), WORD("file", PARAM_TEXT, NULL)) },
          .merge = MERGE_ALL, .group = GROUP_SOURCES, RELOADABLE, .help = "certificates that NTS servers may be signed by, a file or directory", .example = "/etc/timeball/trusted.crt" },
        { "opencommands", .forms = ARGUMENTS(CHOICE("command", open_commands,
                                               "activity manual rtcdata smoothing sourcename sources sourcestats tracking",
                                               .optional = true, .repeats = true)),
          .group = GROUP_COMMANDS, RELOADABLE, NEWER, .help = "commands that are answered over the network" },
        { "peer", .forms = ARGUMENTS(WORD("host", PARAM_HOST, NULL)), OPTIONS(source_options), .class = DIRECTIVE_PEER, .merge = MERGE_ALL,
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE, .help = "exchange the time with this host in the symmetric mode", .example = "ntp3.example.com" },
        { "pidfile", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, "/", .storage = PATH_AT(Config, pid_file))), .group = GROUP_PROCESS, IN_EFFECT,
          .help = "file with the process ID, which also keeps a second daemon from starting; / = none" },
        { "pool", .forms = ARGUMENTS(WORD("host", PARAM_HOST, NULL)), OPTIONS(source_options), .class = DIRECTIVE_POOL, .merge = MERGE_ALL,
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE, .help = "follow several servers of one name", .example = "2.debian.pool.ntp.org iburst maxsources 4" },
        { "port", .forms = ARGUMENTS(INTEGER("port", 0, 65535, "123", .storage = U16_AT(Config, port))), .group = GROUP_SERVER, IN_EFFECT, .help = "UDP port on which requests are answered; 0 = never" },
        { "ptpdomain", .forms = ARGUMENTS(INTEGER("domain", 0, 255, "123")), .group = GROUP_SERVER, NEWER, .help = "PTP domain of NTP over PTP" },
        { "ptpport", .forms = PORT("port", "0"), .group = GROUP_SERVER, .help = "UDP port of NTP over PTP, usually 319; 0 = none" },
        { "ratelimit", .forms = NO_ARGUMENTS, OPTIONS(ntp_ratelimit_options), .group = GROUP_SERVER, IN_EFFECT, RELOADABLE,
          .flag = BOOL_AT(Config, rate_limit.enabled),
          .help = "limit the answers to one address", .example = "interval 3 burst 8 leak 2" },
        { "refclock", .forms = ARGUMENTS(CHOICE("driver", refclock_driver_names, NULL), WORD("parameter", PARAM_TEXT, NULL)),
          OPTIONS(refclock_options), .class = DIRECTIVE_REFCLOCK, .merge = MERGE_ALL, .group = GROUP_SOURCES, RELOADABLE,
          .help = "follow a reference clock; options of the driver stand after its parameter, set off by colons", .example = "PPS /dev/pps0 refid PPS" },
        { "refresh", .forms = ARGUMENTS(INTEGER("interval", 0, INT_MAX, "1209600", .unit = "s", .storage = INT_AT(Config, engine.refresh_s))),
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE, NEWER,
          .help = "how often names of working sources are looked up again; 0 = never" },
        { "reselectdist", .forms = ARGUMENTS(REAL("distance", 0, 1e9, "1e-4", .unit = "s",
                                             .storage = REAL_AT(Config, engine.select.reselect_dist_s))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, .help = "added to the distance of network sources, so that nearly equal ones do not take turns" },
        { "rtcautotrim", .forms = ARGUMENTS(REAL("threshold", 0, 1e9, NULL, .unit = "s")), .group = GROUP_RTC, RELOADABLE,
          .help = "set the real-time clock right when it is off by more", .example = "30" },
        { "rtcdevice", .forms = ARGUMENTS(WORD("device", PARAM_TEXT, "/dev/rtc")), .group = GROUP_RTC, .help = "device of the real-time clock" },
        { "rtcfile", .forms = ARGUMENTS(WORD("file", PARAM_TEXT, NULL)), .group = GROUP_RTC,
          .help = "file that keeps how the real-time clock drifts; excludes rtcsync", .example = "/var/lib/timeball/rtc" },
        { "rtconutc", .forms = NO_ARGUMENTS, .group = GROUP_RTC, .help = "the real-time clock runs in UTC, not in local time" },
        { "rtcsync", .forms = NO_ARGUMENTS, .flag = BOOL_AT(Config, engine.discipline.rtc_sync), .group = GROUP_RTC, IN_EFFECT, RELOADABLE,
          .help = "tell the kernel that the clock is right, which then sets the real-time clock every eleven minutes" },
        { "sched_priority", .forms = ARGUMENTS(INTEGER("priority", 0, 99, "0", .beyond = BEYOND_REFUSE, .storage = INT_AT(Config, sched_priority))),
          .group = GROUP_PROCESS, IN_EFFECT, .help = "real-time priority of the process; 0 = none" },
        { "server", .forms = ARGUMENTS(WORD("host", PARAM_HOST, NULL)), OPTIONS(source_options), .class = DIRECTIVE_SERVER, .merge = MERGE_ALL,
          .group = GROUP_SOURCES, IN_EFFECT, RELOADABLE, .help = "follow this server", .example = "ntp.example.com iburst" },
        { "serverworkers", .forms = ARGUMENTS(INTEGER("threads", 0, 64, NULL, .storage = INT_AT(Config, server_workers))),
          .group = GROUP_SERVER, IN_EFFECT, .source = TIMEBALL,
          .help = "threads that answer requests; 0 = the daemon's loop does; without it, as many as there are processors, up to four", .example = "2" },
        { "smoothtime", .forms = { FORM(REAL("frequency", 0, 1e6, NULL, .unit = "ppm"), REAL("wander", 0, 1e6, NULL, .unit = "ppm/s"),
                                   CHOICE("leaponly", leap_only, NULL, .optional = true)) },
          .group = GROUP_SERVER, RELOADABLE, .help = "smooth the served time; with leaponly, only over leap seconds", .example = "400 0.01 leaponly" },
        { "sourcedir", .forms = ARGUMENTS(WORD("directory", PARAM_TEXT, NULL, .optional = true, .repeats = true)),
          .class = DIRECTIVE_SOURCEDIR, .merge = MERGE_ALL, .group = GROUP_FILES, IN_EFFECT, RELOADABLE,
          .help = "read server, pool and peer lines of *.sources in up to ten directories", .example = "/etc/timeball/sources.d" },
        { "stratumweight", .forms = ARGUMENTS(REAL("distance", 0, 1e9, "1e-3", .unit = "s",
                                              .storage = REAL_AT(Config, engine.select.stratum_weight_s))),
          .group = GROUP_SELECTION, IN_EFFECT, RELOADABLE, .help = "distance that each stratum above the lowest adds to a source" },
        { "tempcomp", .forms = { FORM(WORD("file", PARAM_TEXT, NULL), REAL("interval", 0, 1e9, NULL, .unit = "s"), WORD("points", PARAM_TEXT, NULL)),
                           FORM(WORD("file", PARAM_TEXT, NULL), REAL("interval", 0, 1e9, NULL, .unit = "s"), REAL("T0", -1e9, 1e9, NULL),
                                REAL("k0", -1e9, 1e9, NULL), REAL("k1", -1e9, 1e9, NULL), REAL("k2", -1e9, 1e9, NULL)) },
          .group = GROUP_CLOCK, .help = "compensate the frequency for the temperature in a file: by a file of points, or k0 + k1 (T - T0) + k2 (T - T0)^2", .example = "/sys/class/hwmon/hwmon0/temp1_input 30 26 0 0.000183 0" },
        { "user", .forms = ARGUMENTS(WORD("name", PARAM_TEXT, NULL, .storage = TEXT_AT(Config, user))), .group = GROUP_PROCESS, IN_EFFECT,
          .help = "user that the process becomes", .example = "timeball" },
};
const size_t n_directives = ELEMENTS(directives);

/* clang-format on */

/* A table is sorted once, by hand; tests/unit/config/test-directives.c looks after it. */
static int compare_name(const void *key, const void *row) {
        return strcasecmp(key, ((const Directive *)row)->name);
}

const Directive *directive_find(const char *name) {
        const Directive *d = bsearch(name, directives, n_directives, sizeof(directives[0]), compare_name);

        return d && d->alias_of
                       ? bsearch(d->alias_of, directives, n_directives, sizeof(directives[0]), compare_name)
                       : d;
}

bool directive_makes_source(const Directive *d) {
        return d->class == DIRECTIVE_SERVER || d->class == DIRECTIVE_POOL || d->class == DIRECTIVE_PEER;
}

static bool names_no_file(const Directive *d) {
        for (size_t i = 0; i < DIRECTIVE_FORMS; i++)
                for (size_t k = 0; k < d->forms[i].n; k++)
                        if (d->forms[i].params[k].kind == PARAM_TEXT)
                                return false;
        return true;
}

bool directive_can_be_set(const Directive *d) {
        if (d->class == DIRECTIVE_ALLOW || d->class == DIRECTIVE_DENY)
                return true;
        return d->class == DIRECTIVE_PLAIN && d->effect && d->reloadable && names_no_file(d);
}

const Param *param_find(const Param *table, const char *name) {
        for (const Param *p = table; p && p->name; p++)
                if (strcasecmp(p->name, name) == 0)
                        return p;
        return NULL;
}

static size_t least_arguments(const DirectiveForm *form) {
        size_t n = form->n;

        while (n > 0 && form->params[n - 1].optional)
                n--;
        return n;
}

static size_t most_arguments(const Directive *d, const DirectiveForm *form) {
        return d->options || (form->n > 0 && form->params[form->n - 1].repeats) ? SIZE_MAX : form->n;
}

const DirectiveForm *directive_form(const Directive *d, size_t n_words) {
        for (size_t i = 0; i < DIRECTIVE_FORMS; i++) {
                const DirectiveForm *form = &d->forms[i];

                if (i > 0 && form->n == 0)
                        break;
                if (n_words >= least_arguments(form) && n_words <= most_arguments(d, form))
                        return form;
        }
        return NULL;
}

void directive_argument_range(const Directive *d, size_t *ret_min, size_t *ret_max) {
        *ret_min = least_arguments(&d->forms[0]);
        *ret_max = most_arguments(d, &d->forms[0]);
        for (size_t i = 1; i < DIRECTIVE_FORMS && d->forms[i].n > 0; i++) {
                size_t least = least_arguments(&d->forms[i]), most = most_arguments(d, &d->forms[i]);

                if (least < *ret_min)
                        *ret_min = least;
                if (most > *ret_max)
                        *ret_max = most;
        }
}

enum { GUESS_NAME_MAX = 24 };

/* Letters to insert, delete or exchange; names are shorter than GUESS_NAME_MAX. */
static size_t edit_distance(const char *a, const char *b) {
        size_t row[GUESS_NAME_MAX + 1];
        size_t n = strlen(b);

        for (size_t j = 0; j <= n; j++)
                row[j] = j;
        for (size_t i = 1; *a; a++, i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= n; j++) {
                        size_t best = diagonal + (tolower((unsigned char)*a) != b[j - 1]);

                        diagonal = row[j];
                        if (row[j] + 1 < best)
                                best = row[j] + 1;
                        if (row[j - 1] + 1 < best)
                                best = row[j - 1] + 1;
                        row[j] = best;
                }
        }
        return row[n];
}

typedef struct Guess {
        const char *name;
        size_t distance;
} Guess;

/* More than two slips are another word. */
#define NO_GUESS ((Guess){ .distance = 3 })

static void guess_by(Guess *g, const char *word, const char *name) {
        size_t length = strlen(word);
        size_t distance = length > GUESS_NAME_MAX ? length : edit_distance(word, name);

        if (distance < g->distance && distance < length)
                *g = (Guess){ name, distance };
}

const char *directive_guess(const char *name) {
        Guess guess = NO_GUESS;

        for (size_t i = 0; i < n_directives; i++)
                guess_by(&guess, name, directives[i].name);
        return guess.name;
}

const char *param_guess(const Param *params, const char *name) {
        Guess guess = NO_GUESS;

        for (const Param *p = params; p->name; p++)
                guess_by(&guess, name, p->name);
        return guess.name;
}
