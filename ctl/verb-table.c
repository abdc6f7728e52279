/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "verbs.h"

#define ACTION(name) "org.timeball1." name

/* Its action is that of systemd. */
#define ACTION_SET_NTP "org.freedesktop.timedate1.set-ntp"

static const Verb verbs[] = {
        { .name = "status",
                .arguments = "",
                .help = "State of the clock (the default)",
                .manual =
                        "The clock at a glance; the default.\n"
                        "_Max error_ is the bound that the clock lies within if most of its sources are right: what is "
                        "left of the offset, the dispersion, and half of the delay; more where the sources that agree "
                        "leave more possible.\n"
                        "_Offset_ is what the clock has still to be slewed by, and _Last update_ what the last update "
                        "from the sources found.\n"
                        "Where the bound is mostly of what is left to slew, the first line says so.\n"
                        "Of the _Sources_ those are called authenticated that have to answer with a valid key, and do.\n"
                        "Each _Alert_ is something that somebody should see to: see *alerts*.\n"
                        "What is not known is *-*.\n",
                .flags = VERB_PAGED,
                .run = verb_status },
        { .name = "tracking",
                .arguments = "",
                .help = "All figures of the clock",
                .manual =
                        "All figures of the clock: its reference, what is left to be slewed, what the last update found, "
                        "its rate, and what its error is made of.\n",
                .flags = VERB_PAGED,
                .run = verb_tracking },
        { .name = "sources",
                .arguments = "",
                .help = "Sources: what they say and what is thought of them",
                .manual =
                        "One line a source: its state, reachability (the last eight polls in octal, newest in the lowest "
                        "bit), when it last answered, the offset of that sample and the bound of its error.\n"
                        "The first column is *\\** for the source that is followed, *+* for those that are combined with "
                        "it, *-* for those that could be, *x* for those that are found to be wrong.\n"
                        "The other letters are those of *chronyc selectdata*, which are listed under *LETTERS OF "
                        "STATES*.\n"
                        "A source that is switched off is shown as _offline_.\n"
                        "With *-v* there are more columns, and the reason of each state in words.\n",
                .flags = VERB_PAGED,
                .run = verb_sources },
        { .name = "stats",
                .aliases = "sourcestats",
                .arguments = "",
                .help = "Sources: what is estimated from their samples",
                .manual =
                        "One line a source: number of samples, runs of residuals of the same sign, time they span, "
                        "estimated frequency, its skew, offset now with its standard deviation, and the deviation of the "
                        "samples.\n",
                .flags = VERB_PAGED,
                .run = verb_stats },
        { .name = "select",
                .aliases = "selectdata",
                .arguments = "",
                .help = "Sources: how selection sees them",
                .manual =
                        "One line a source: its state, whether its packets are authenticated, its options of selection "
                        "as configured and as they are in force, its age, its score against the source that is followed, "
                        "the interval that it says the offset of the clock is in, what it announces of leap seconds, and "
                        "the reason of its state.\n",
                .flags = VERB_PAGED,
                .run = verb_select },
        { .name = "auth",
                .aliases = "authdata",
                .arguments = "",
                .help = "Sources: how their packets are authenticated",
                .manual =
                        "One line a source: by what its packets are authenticated (*key* or *nts*, *-* for nothing), and "
                        "with which key.\n",
                .flags = VERB_PAGED,
                .run = verb_auth },
        { .name = "ntp-data",
                .aliases = "ntpdata",
                .arguments = "[SRC]",
                .help = "Sources: what their packets say",
                .manual = "What the last packet of each source said, or of _SRC_ alone, and how many came.\n",
                .completes = COMPLETES_SOURCE,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_ntp_data },
        { .name = "activity",
                .arguments = "",
                .help = "How many sources are asked",
                .manual = "How many sources are online, offline, in a burst, or have no address yet.\n",
                .flags = VERB_PAGED,
                .run = verb_activity },
        { .name = "source",
                .aliases = "sourcename",
                .arguments = "SRC",
                .help = "All that is known of one source",
                .manual = "All that is known of one source.\nAs *sourcename*, its name alone.\n",
                .completes = COMPLETES_SOURCE,
                .min = 1,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_source },
        { .name = "pools",
                .arguments = "",
                .help = "Pools, each of which stands for several sources",
                .manual =
                        "One line a pool: its name, and how many of its sources have an address and have answered.\n",
                .flags = VERB_PAGED,
                .run = verb_pools },
        { .name = "show",
                .arguments = "[OBJECT]",
                .help = "Properties of manager, clock, server or a source",
                .manual =
                        "Properties as _NAME_=_VALUE_, as they stand on the bus: of *manager*, of *clock*, of *server*, or "
                        "of a source by its id, name or address.\n"
                        "Without _OBJECT_ those of manager and clock.\n"
                        "Numbers are not formatted; what is empty or not known is left out without *-a*.\n",
                .words = "manager clock server",
                .completes = COMPLETES_SOURCE,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_show },
        { .name = "server",
                .aliases = "serverstats",
                .arguments = "",
                .help = "The NTP server: whom it serves, and how much",
                .manual =
                        "The NTP server: where it listens, what it tells, how many requests came, how many were answered "
                        "and why the others were not, the rate limit, and how many clients are remembered.\n",
                .flags = VERB_PAGED,
                .run = verb_server },
        { .name = "clients",
                .arguments = "",
                .help = "Clients of the server, as far as remembered",
                .manual =
                        "One line a client that the server remembers: its address (of IPv6 its /64), requests, those of "
                        "them that the rate limit left unanswered or told to ask less, the interval of its requests, the "
                        "interval while they were limited, and how long ago the last one was.\n"
                        "The record is of fixed size: see *clientloglimit* in *timeball.conf*(5).\n"
                        "*--subnet* and *--min-packets* choose some of them, *--sort* gives the first thousand in an order, *--reset* has their counts begin anew.\n",
                .action = ACTION("inspect"),
                .flags = VERB_PAGED,
                .run = verb_clients },
        { .name = "top",
                .arguments = "[NUMBER]",
                .help = "Those that ask most; 10 of them",
                .manual =
                        "The same of the clients with the most requests, most first; 10 of them, or _NUMBER_, at most "
                        "1000.\n",
                .action = ACTION("inspect"),
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_top },
        { .name = "access",
                .arguments = "",
                .help = "Rules of whom is served",
                .manual = "The rules in effect: those of the configuration, and what was changed since.\n"
                          "Of all that an address lies in, the one with the longest prefix decides.\n",
                .action = ACTION("inspect"),
                .flags = VERB_PAGED,
                .run = verb_access },
        { .name = "access-check",
                .aliases = "accheck",
                .arguments = "ADDRESS",
                .help = "Whether an address is served",
                .manual = "Whether a request from _ADDRESS_ is answered, as far as the rules go.\n",
                .min = 1,
                .max = 1,
                .run = verb_access_check },
        { .name = "hints",
                .arguments = "",
                .help = "Servers that the networks offer",
                .manual =
                        "One line for each network and who says so: which servers it offers, and whether they are used.\n",
                .flags = VERB_PAGED,
                .run = verb_hints },
        { .name = "keys",
                .arguments = "",
                .help = "Symmetric keys that are known",
                .manual =
                        "One line for each symmetric key that the daemon has: its id, its type and its length.\n"
                        "What it is never leaves the daemon.\n",
                .action = ACTION("inspect"),
                .flags = VERB_PAGED,
                .run = verb_keys },
        { .name = "keygen",
                .arguments = "[ID [TYPE [BITS]]]",
                .help = "Make a key: a line for the key file",
                .manual =
                        "Prints a line for the file of the directive *keyfile*, with a key drawn at random: of the id 1 and the type AES128 unless others are given.\n"
                        "A key of a hash, such as SHA256, has 160 bits or _BITS_, from 80 to 4096.\n"
                        "Nothing is stored: both ends need the same line.\n",
                .max = 3,
                .run = verb_keygen },
        { .name = "allow",
                .arguments = "[all] [SUBNET]",
                .help = "Serve a subnet, or everybody; all: no exceptions",
                .manual =
                        "Serves _SUBNET_ (an address, or one with a prefix such as 192.0.2.0/24; bits behind the prefix do "
                        "not count), or everybody, until the daemon ends.\n"
                        "Of all rules that an address lies in, the one with the longest prefix decides: rules for subnets "
                        "inside of this one go on to count.\n"
                        "With *all* they are taken away.\n"
                        "The daemon logs the change.\n",
                .words = "all",
                .action = ACTION("manage-server"),
                .max = 2,
                .run = verb_allow },
        { .name = "deny",
                .arguments = "[all] [SUBNET]",
                .help = "Serve it, or anybody, no more; all: no exceptions",
                .manual =
                        "Serves _SUBNET_ no more, or everybody no more; rules for subnets inside of it go on to count, "
                        "unless there is *all*: *deny all* leaves nobody.\n",
                .words = "all",
                .action = ACTION("manage-server"),
                .max = 2,
                .run = verb_deny },
        { .name = "monitor",
                .arguments = "",
                .help = "What the daemon tells, as it happens",
                .manual =
                        "One line for each signal of the daemon, until it is ended: properties that have changed, another "
                        "source that is followed, steps of the clock, sources that come and go.\n"
                        "With *--timeout* it ends after that.\n",
                .run = verb_monitor },
        { .name = "watch",
                .arguments = "[VERB...]",
                .help = "Show it again and again; sources",
                .manual =
                        "Shows what another verb shows, again and again: *sources*, if none is given.\n"
                        "In a terminal, *q* leaves, *n* shows names or addresses, *u* takes the next unit, *v* shows more "
                        "columns or fewer, and any other key looks at once.\n"
                        "With *--timeout* it ends after that.\n",
                .completes = COMPLETES_VERB,
                .max = ARGUMENTS_MAX,
                .run = verb_watch },
        { .name = "log",
                .arguments = "",
                .help = "What the daemon has written to the journal",
                .manual = "What the daemon has written to the journal, by *journalctl*(1).\n",
                .run = verb_log },
        { .name = "history",
                .arguments = "[SRC]",
                .help = "How the clock went, or what a source said",
                .manual =
                        "How the clock went, or what _SRC_ has said, while it is remembered: single samples first, then means of a minute, then of fifteen.\n"
                        "There are at most 60 lines, in which neighbours are put together: the lowest and the highest value stay visible; with *--csv* or *--json* at most 4096.\n",
                .words = "clock",
                .completes = COMPLETES_SOURCE,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_history },
        { .name = "graph",
                .arguments = "[SRC]",
                .help = "The same as a picture",
                .manual =
                        "What *history* shows as a picture, as wide as the terminal: each column of dots goes from the lowest to the highest value of its time.\n",
                .words = "clock",
                .completes = COMPLETES_SOURCE,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_graph },
        { .name = "alerts",
                .arguments = "",
                .help = "What is wrong now",
                .manual = "What is wrong now, since when, how bad it is, and what helps.\n",
                .flags = VERB_PAGED,
                .run = verb_alerts },
        { .name = "wait-sync",
                .aliases = "waitsync",
                .arguments = "[TRIES [CORR [SKEW [SECS]]]]",
                .help = "Return when synchronized",
                .manual =
                        "Returns when the clock is synchronized, its offset is at most _CORR_ seconds and its skew at most _SKEW_ ppm; 0 is any.\n"
                        "Ends with 6 if that is not so after _TRIES_ times _SECS_ seconds (10 unless given), or after *--timeout*; without either it waits as long as it takes.\n",
                .max = 4,
                .run = verb_wait_sync },
        { .name = "add",
                .arguments = "KIND NAME [OPTION...]",
                .help = "Add a server, peer or pool",
                .manual =
                        "Adds a *server*, *peer* or *pool* with options as in *timeball.conf*(5), until the daemon ends, or with *--save* beyond.\n"
                        "With *--save* it is kept over a restart, which takes the action *org.timeball1.configure* as well.\n",
                .words = "server peer pool",
                .action = ACTION("manage-sources"),
                .min = 2,
                .max = ARGUMENTS_MAX,
                .run = verb_add },
        { .name = "remove",
                .aliases = "delete",
                .arguments = "SRC",
                .help = "Remove a source or a pool",
                .manual = "Removes a source or a pool, until the daemon ends or *discard*.\n"
                          "A member of a pool takes its place along.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("manage-sources"),
                .min = 1,
                .max = 1,
                .run = verb_remove },
        { .name = "set",
                .aliases =
                        "minpoll maxpoll polltarget maxdelay maxdelayratio maxdelaydevratio minstratum offset",
                .arguments = "SRC OPTION=VALUE...",
                .help = "Change options of a source",
                .manual =
                        "Changes options of a source, until the daemon ends or *discard*: *minpoll*, *maxpoll*, *polltarget*, *maxdelay*, *maxdelayratio*, *maxdelaydevratio*, *minstratum*, *offset*, *maxunreach* and *selectopts*, with the ranges and signs that they have in *timeball.conf*(5): all that are named, or none.\n"
                        "By chronyc's names, the one option that is meant: *minpoll* _SRC_ _VALUE_.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("manage-sources"),
                .min = 2,
                .max = ARGUMENTS_MAX,
                .run = verb_set },
        { .name = "selectopts",
                .arguments = "SRC +OPTION -OPTION...",
                .help = "Change how selection takes a source",
                .manual =
                        "Adds and takes away options of selection: *noselect*, *prefer*, *trust*, *require*; such as *selectopts ntp.example.org +prefer -noselect*.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("manage-sources"),
                .min = 2,
                .max = ARGUMENTS_MAX,
                .run = verb_selectopts },
        { .name = "online",
                .arguments = "[SRC]",
                .help = "Ask sources",
                .manual = "Sources are asked.\n"
                          "_SRC_ may also be a subnet, and stands for all if it is left out.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("set-online"),
                .max = 1,
                .run = verb_online },
        { .name = "offline",
                .arguments = "[SRC]",
                .help = "Ask sources no more",
                .manual = "Sources are asked no more, until they are *online* again.\n"
                          "_SRC_ may also be a subnet, and stands for all if it is left out.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("set-online"),
                .max = 1,
                .run = verb_offline },
        { .name = "onoffline",
                .arguments = "",
                .help = "Ask those that there is a route to",
                .manual = "Each source is switched on or off, by whether there is a route to it now.\n",
                .action = ACTION("set-online"),
                .run = verb_onoffline },
        { .name = "burst",
                .arguments = "[SRC] GOOD/MAX",
                .help = "Ask some times, soon after one another",
                .manual = "_GOOD_ samples are taken, with at most _MAX_ requests.\n"
                          "_SRC_ may also be a subnet, and stands for all if it is left out.\n"
                          "The counts can stand before it, too.\n"
                          "But for root, a source has one burst a minute.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("measure"),
                .min = 1,
                .max = 2,
                .run = verb_burst },
        { .name = "refresh",
                .arguments = "[SRC]",
                .help = "Look up names again",
                .manual =
                        "Names are looked up again; a source whose address is no longer among those of its name moves to one that is.\n"
                        "_SRC_ may also be a subnet, and stands for all if it is left out.\n"
                        "But for root, a name is looked up so once a minute.\n",
                .completes = COMPLETES_SOURCE,
                .action = ACTION("measure"),
                .max = 1,
                .run = verb_refresh },
        { .name = "reselect",
                .arguments = "",
                .help = "Select among the sources anew",
                .manual =
                        "Selects among the sources again, without favour for the one that is followed now.\n",
                .action = ACTION("measure"),
                .run = verb_reselect },
        { .name = "reselect-dist",
                .aliases = "reselectdist",
                .arguments = "SECONDS",
                .help = "How much better another has to be",
                .manual =
                        "By how much of root distance another source has to be better to take the place of the one that is followed, until the daemon ends or *discard*; *save* keeps it.\n",
                .action = ACTION("manage-sources"),
                .min = 1,
                .max = 1,
                .run = verb_reselect_dist },
        { .name = "make-step",
                .aliases = "makestep",
                .arguments = "[SECONDS LIMIT]",
                .help = "Correct the clock at once",
                .manual =
                        "What is left to correct is corrected at once, by a step.\n"
                        "With _SECONDS_ and _LIMIT_ instead, as the directive *makestep* has it: from now on offsets above _SECONDS_ are stepped, in the next _LIMIT_ updates (-1: in all); that takes the action *org.timeball1.configure*.\n",
                .action = ACTION("step-clock"),
                .max = 2,
                .run = verb_make_step },
        { .name = "max-update-skew",
                .aliases = "maxupdateskew",
                .arguments = "PPM",
                .help = "How uncertain a rate may be to be used",
                .manual =
                        "As the directive *maxupdateskew* has it, until the daemon ends or *discard*; *save* keeps it.\n",
                .action = ACTION("configure"),
                .min = 1,
                .max = 1,
                .run = verb_max_update_skew },
        { .name = "adjust-frequency",
                .aliases = "dfreq",
                .arguments = "PPM",
                .help = "Change the rate of the clock",
                .manual =
                        "For tests of servers: the clock is compensated for so much more; what chronyc calls dfreq.\n",
                .action = ACTION("step-clock"),
                .min = 1,
                .max = 1,
                .run = verb_adjust_frequency },
        { .name = "adjust-offset",
                .aliases = "doffset",
                .arguments = "SECONDS",
                .help = "Move the clock",
                .manual =
                        "For tests of servers: above zero, the clock is set back, by a slew; what chronyc calls doffset.\n",
                .action = ACTION("step-clock"),
                .min = 1,
                .max = 1,
                .run = verb_adjust_offset },
        { .name = "local",
                .arguments = "[on|off] [OPTION VALUE...]",
                .help = "Serve the clock itself",
                .manual =
                        "Whether the clock itself may stand in as a reference where there is no other, as the directive *local* has it, until the daemon ends or *discard*; *save* keeps it.\n"
                        "Options are *stratum*, *distance*, *activate*, *waitsynced*, *waitunsynced* with a value each, and *orphan*; what is not named has its default.\n",
                .words = "on off",
                .action = ACTION("manage-server"),
                .max = ARGUMENTS_MAX,
                .run = verb_local },
        { .name = "set-ntp",
                .arguments = "BOOL",
                .help = "Whether time is synchronized at all",
                .manual =
                        "Starts or stops synchronizing the time, as *timedatectl set-ntp* does: *yes* starts the first time "
                        "daemon on the list of *systemd-timedated*(8), which timeballd leads, and *no* stops and disables "
                        "it.\n"
                        "Serving time to others stops with it.\n",
                .words = "yes no",
                .action = ACTION_SET_NTP,
                .min = 1,
                .max = 1,
                .run = verb_set_ntp },
        { .name = "link-servers",
                .arguments = "LINK SERVER...",
                .help = "Tell what a network offers",
                .manual =
                        "Tells the daemon which servers the network at an interface offers, best first, in the place of what was told before; without any: none.\n"
                        "What becomes of them is up to the configuration, and *hints* shows it.\n",
                .completes = COMPLETES_INTERFACE,
                .action = ACTION("set-link-servers"),
                .min = 1,
                .max = ARGUMENTS_MAX,
                .run = verb_link_servers },
        { .name = "revert",
                .arguments = "LINK",
                .help = "Forget what a network offers",
                .manual = "Forgets what *link-servers* told.\n",
                .completes = COMPLETES_INTERFACE,
                .action = ACTION("set-link-servers"),
                .min = 1,
                .max = 1,
                .run = verb_revert },
        { .name = "reload",
                .aliases = "rekey",
                .arguments = "[all|sources|keys]",
                .help = "Read the configuration again",
                .manual =
                        "The configuration is read again: all of it comes into effect, or none; *sources*: only the files of the directive *sourcedir*; *keys*: only the file of keys.\n"
                        "Sources that stay as they were keep what has been measured, and what was changed at run time stays changed: see *discard*.\n"
                        "What a start with that file would warn of is shown.\n"
                        "As *rekey*, it is about the keys.\n",
                .words = "all sources keys",
                .action = ACTION("configure"),
                .max = 1,
                .run = verb_reload },
        { .name = "save",
                .arguments = "",
                .help = "Keep what was changed, over a restart",
                .manual =
                        "What was changed since the start is written to a file that is read behind the configuration.\n"
                        "What cannot be written is shown.\n",
                .action = ACTION("configure"),
                .run = verb_save },
        { .name = "discard",
                .arguments = "",
                .help = "Take back what was changed",
                .manual = "What was changed and not saved is taken back.\n",
                .action = ACTION("configure"),
                .run = verb_discard },
        { .name = "dump",
                .arguments = "",
                .help = "Write the samples to files",
                .manual = "Writes the samples of all sources to the folder of the directive *dumpdir*.\n",
                .action = ACTION("configure"),
                .run = verb_dump },
        { .name = "cycle-logs",
                .aliases = "cyclelogs",
                .arguments = "",
                .help = "Open the log files anew",
                .manual =
                        "Closes the log file of the option *-l* and opens it anew, for who has moved it away; the files of the directive *log*, which are made anew by themselves, begin with a heading again.\n",
                .action = ACTION("configure"),
                .run = verb_cycle_logs },
        { .name = "reset sources",
                .arguments = "",
                .help = "Drop all measurements",
                .manual = "Drops all measurements of all sources, and begins to measure anew.\n",
                .action = ACTION("configure"),
                .run = verb_reset_sources },
        { .name = "reset counters",
                .arguments = "",
                .help = "Count the server's requests anew",
                .manual = "Sets the counters of the server to 0.\nWhat is known of clients stays.\n",
                .action = ACTION("manage-server"),
                .run = verb_reset_counters },
        { .name = "shutdown",
                .arguments = "",
                .help = "End the daemon",
                .manual = "The daemon ends; the service manager may start it again.\n",
                .action = ACTION("control"),
                .run = verb_shutdown },
        { .name = "log-level",
                .arguments = "",
                .help = "How much the daemon logs",
                .manual = "How much the daemon logs: the least severe level that reaches the journal.\n",
                .flags = VERB_PAGED,
                .run = verb_log_level },
        { .name = "permissions",
                .arguments = "",
                .help = "What the caller may do",
                .manual =
                        "What the caller may do: each action of polkit, and whether it is allowed at once, after a password, or not at all.\n",
                .flags = VERB_PAGED,
                .run = verb_permissions },
        { .name = "describe",
                .arguments = "[SECTION...]",
                .help = "Everything as one JSON document",
                .manual =
                        "Everything that may be read by everybody as one JSON document, or some _SECTION_s of it: *manager*, *clock*, *sources*, *pools*, *server*, *hints*.\n",
                .words = "manager clock sources pools server hints",
                .max = 6,
                .flags = VERB_PAGED,
                .run = verb_describe },
        { .name = "config check",
                .arguments = "[FILE]",
                .help = "Check a configuration file",
                .manual =
                        "Lets *timeballd* check a configuration file, /etc/timeball/timeball.conf if none is given, and "
                        "shows all errors, all warnings and the values in effect; with *-v* also the defaults of what is "
                        "not given.\n"
                        "Neither a running daemon nor privileges are needed.\n",
                .completes = COMPLETES_FILE,
                .max = 1,
                .flags = VERB_PAGED,
                .run = verb_config_check },
};

const Verb *verb_row(size_t i) {
        return i < ELEMENTS(verbs) ? &verbs[i] : NULL;
}
