/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The configuration: chrony's language, read by one table (config/directives.c). A Config is plain data; who needs a part
 * of it gets a const pointer to that part. Problems are collected, not printed: each has file, line, the offending word
 * and what would be right.
 *
 * Use: config_new(), config_load() or config_load_line() per line, perhaps config_load_saved(), config_finish() once. A Config
 * with config_errors() > 0 must not be run with; its values are those of the lines that were right. What changes while the
 * daemon runs makes another Config out of one (config/amend.h).
 */

#include "config/problem.h"
#include "core/access.h"
#include "core/engine.h"
#include "core/key-ring.h"
#include "core/rate-limit.h"
#include "core/source-spec.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ConfigLine ConfigLine; /* one effective directive with its parsed values: config/lines.h */

/* The order is that of the words of the directive `log`. */
typedef enum LogFile {
        LOG_FILE_MEASUREMENTS,
        LOG_FILE_RAW_MEASUREMENTS,
        LOG_FILE_REFCLOCKS,
        LOG_FILE_RTC,
        LOG_FILE_SELECTION,
        LOG_FILE_STATISTICS,
        LOG_FILE_TEMPCOMP,
        LOG_FILE_TRACKING,
} LogFile;

typedef struct LogOptions {
        unsigned files;   /* bit i: LogFile i is wanted */
        char *directory;  /* NULL = none */
        int banner_lines; /* between two headings, 0 = no headings */
        double change_s;  /* larger corrections are told */
        char *mail_to;    /* NULL = nobody: likewise, to whom chrony would send mail */
        double mail_change_s;
} LogOptions;

typedef struct Config {
        bool pipes;           /* to be set before loading: FIFOs are read too, see config/plain-file.h */
        EngineOptions engine; /* precision_s = 0: not given, to be measured */
        SourceSpec *sources;  /* in the order of the files */
        char **source_texts;  /* their lines in normal form, in the same order */
        size_t n_sources;
        char *key_file;     /* NULL = none */
        KeyRing keys;       /* what it holds */
        char *user;         /* NULL = stay */
        int sched_priority; /* SCHED_FIFO priority, 0 = none */
        bool lock_all;
        char *leap_sec_list; /* file, NULL = none */
        char *leap_sec_tz;   /* zone, NULL = none */
        char *pid_file;      /* NULL = none */
        char *drift_file;    /* likewise */
        char *dump_dir;      /* likewise */
        LogOptions logs;
        NetAddress bind_acq_address[2]; /* IPv4, IPv6; family ADDRESS_NONE = any */
        char *bind_acq_device;          /* network interface, NULL = any */
        bool fixed_acquisition_port;    /* requests leave from one port: */
        uint16_t acquisition_port;      /* this one; 0 = any one that stays */
        int dscp;
        AccessRules access; /* who may ask us for the time; nobody, if deny_unknown */
        AccessRules
                access_known; /* with deny_unknown: who may, for all that is known without looking up names */
        bool allow_unknown;   /* somebody may, but only his name is known */
        bool deny_unknown;    /* somebody must not, likewise: then nobody may */
        uint16_t port;        /* where they ask; 0 = nowhere */
        int server_workers; /* threads that answer, 0 = the daemon's loop does; -1 = as many as there are processors, up to four */
        NetAddress bind_address[2]; /* where they ask: IPv4, IPv6; family ADDRESS_NONE = any */
        RateLimit rate_limit;       /* of one client's requests */
        bool no_client_log;         /* nothing is kept of clients */
        uint32_t client_log_limit;  /* memory for what is kept, octets */
        char *bind_device;          /* network interface, NULL = any */
        ConfigLine *lines;          /* every directive as it is in effect, for -p, --check and reload */
        size_t n_lines;
        Problems problems;
        char **without_effect; /* directives that were given but do nothing yet, "server: nts, presend" for options
                                         * of a source; sorted, NULL at the end */
} Config;

/* Defaults of every row of the table. NULL: out of memory. */
Config *config_new(void);
Config *config_free(Config *c);

DEFINE_CLEANUP(Config, config_free)

/* Reads a file and what it includes. 0, or a negative errno if the main file can't be read or memory is out; everything
 * else that is wrong is a problem in `c`. */
int config_load(Config *c, const char *path);
/* One directive as on the command line of the daemon; number counts them from 1. 0 or -ENOMEM. */
int config_load_line(Config *c, const char *line, unsigned number);
/* The file of what was changed at run time and saved, if there is one: lines that count as if they stood behind all others. One that
 * is wrong is left out with a warning: nothing in here keeps the daemon from starting. 0 or -ENOMEM. */
int config_load_saved(Config *c, const char *path);
/* The same of the text that it is about to have. */
int config_load_saved_text(Config *c, const char *path, const char *text);
/* A line that includes no file, as it was read or copied; it is taken over. 0 or -ENOMEM. */
int config_take_line(Config *c, ConfigLine *l);
/* The sources in the directories of the sourcedir lines that there are; part of config_finish(). 0 or -ENOMEM. */
int config_read_source_dirs(Config *c);
/* To be called once after loading: checks what concerns more than one line, fills without_effect. 0 or -ENOMEM. */
int config_finish(Config *c);

static inline size_t config_errors(const Config *c) {
        return problems_count(&c->problems, PROBLEM_ERROR);
}
