/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/process.h"

#include "os/privileges.h"
#include "os/scheduling.h"
#include "run/config-log.h"
#include "run/messages.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE_BYTES = 128 * 1024 };

/* What is large, such as an answer with a thousand sources, goes back to the system when it is freed. By default the C library
 * takes the first one that is freed for a sign that it had better keep the next ones. */
static void return_memory(void) {
        (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}

/* Threads inherit what is blocked: the loop is to be the only one that hears these. */
static int prepare_signals(void) {
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        sigset_t heard;

        (void)sigemptyset(&heard);
        (void)sigaddset(&heard, SIGTERM);
        (void)sigaddset(&heard, SIGINT);
        (void)sigaddset(&heard, SIGQUIT);
        (void)sigaddset(&heard, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &heard, NULL) < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0)
                return -errno;
        return 0;
}

static LogLevel threshold(const LogChoice *choice) {
        if (choice->debug > 1)
                return LOG_LEVEL_DEBUG;
        return (LogLevel)(choice->level + 1); /* -L begins with -1 */
}

static int open_log(Process *p, const LogChoice *choice) {
        LogSinkOptions options = { .target = LOG_TARGET_FILE, .path = choice->file };

        p->log = log_new(threshold(choice));
        if (!p->log)
                return -ENOMEM;
        if (!choice->file)
                options.target = log_target_choose(choice->debug > 0);
        return log_sink_new(p->event, p->log, &options, &p->sink);
}

/* Ends the start. The one who started us may still be looking at standard error; the log may be elsewhere. */
static int fail(Process *p, int r, const char *what, const char *name) {
        const char *why = r == -ESRCH ? "there is no user of that name" : strerrordesc_np(-r);

        if (p->background.ready_fd >= 0)
                (void)dprintf(STDERR_FILENO, "timeballd: could not %s %s: %s\n", what, name, why);
        log_error(p->log, "Could not %s %s: %s", what, name, why);
        return r;
}

enum { LOW_PORTS_END = 1024 };

/* Who lacks the right, and not just the file or the memory. As root nothing is let pass: there it is a mistake. */
static bool is_denied(int r) {
        return geteuid() != 0 && (r == -EPERM || r == -EACCES || r == -EROFS || r == -ENOENT);
}

static int write_pid_file(Process *p, const char *path) {
        int r;

        if (!path)
                return 0;
        r = pid_file_new(path, &p->pid_file);
        if (r >= 0 || !is_denied(r))
                return r < 0 ? fail(p, r, r == -EBUSY ? "start: another timeballd holds" : "write", path) : 0;
        log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                "pidfile: could not write %s as this user (%s): going on without it", path,
                strerrordesc_np(-r));
        return 0;
}

/* Time is kept without either, only less evenly: no reason to keep none. */
static void set_scheduling(Process *p, const Config *config) {
        int r;

        if (config->sched_priority > 0) {
                r = scheduling_set_priority(config->sched_priority);
                if (r < 0)
                        log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                                "sched_priority: could not set real-time priority %d (%s): running at the usual one",
                                config->sched_priority, strerrordesc_np(-r));
        }
        if (!config->lock_all)
                return;
        r = scheduling_lock_memory();
        if (r < 0)
                log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "lock_all: could not lock the memory (%s): it may be paged out", strerrordesc_np(-r));
}

static bool needs_low_port(const Config *config) {
        return (config->engine.serving && config->port < LOW_PORTS_END) ||
               (config->fixed_acquisition_port && config->acquisition_port > 0 &&
                       config->acquisition_port < LOW_PORTS_END);
}

static int drop_rights(Process *p, const CommandLine *line, const Config *config) {
        const char *user = config->user;
        Rights keep = {
                .set_time = !line->no_clock,
                .low_ports = needs_low_port(config),
        };
        Account account;
        int r;

        if (user) {
                r = account_find(user, &account);
                if (r < 0)
                        return fail(p, r, "become user", user);
        }
        r = privileges_drop(user ? &account : NULL, &keep);
        if (r == -EPERM && user && is_denied(r)) {
                log_record(p->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "user: could not become %s without root's rights: staying user %ld", user,
                        (long)geteuid());
                r = privileges_drop(NULL, &keep);
        }
        return r < 0 ? fail(p, r, "give up rights as", user ? user : "this user") : 0;
}

int process_begin(Process *p, const CommandLine *line, const Config *config) {
        int r;

        *p = (Process){ .background.ready_fd = -1 };
        return_memory();
        r = prepare_signals();
        if (r >= 0 && !line->log.foreground)
                r = background_begin(&p->background, line->ready_fd);
        if (r >= 0)
                r = sd_event_new(&p->event);
        if (r >= 0)
                r = open_log(p, &line->log);
        if (r < 0 && p->log && line->log.file) {
                (void)dprintf(STDERR_FILENO, "timeballd: could not open the log %s (option -l): %s\n",
                        line->log.file, strerrordesc_np(-r));
                return r;
        }
        if (r < 0) {
                (void)dprintf(STDERR_FILENO, "timeballd: could not start: %s\n", strerrordesc_np(-r));
                return r;
        }
        log_record(p->log, LOG_LEVEL_INFO, MESSAGE_ID_STARTED, NULL, "timeballd version %s starting",
                TIMEBALL_VERSION);
        config_log(p->log, line, config);
        r = write_pid_file(p, config->pid_file);
        if (r < 0)
                return r;
        set_scheduling(p, config);
        return drop_rights(p, line, config);
}

void process_ready(Process *p, const CommandLine *line) {
        if (p->background.ready_fd >= 0 && background_ready(&p->background) < 0)
                log_warning(p->log, "Could not leave the terminal");
        if (line->ready_fd < 0)
                return;
        if (write(line->ready_fd, "\n", 1) != 1)
                log_warning(p->log, "Could not tell descriptor %d that we are ready", line->ready_fd);
        (void)close(line->ready_fd);
}

void process_end(Process *p) {
        if (p->log)
                log_record(p->log, LOG_LEVEL_INFO, MESSAGE_ID_STOPPED, NULL, "timeballd exiting");
        pid_file_free(p->pid_file);
        log_sink_free(p->sink);
        log_free(p->log);
        sd_event_unref(p->event);
}
