/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/log-sink.h"

#include "os/clock-reading.h"
#include "os/fd.h"
#include "os/log-format.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define RETRY_USEC     UINT64_C(1000000)
#define PENDING_MAX    (LOG_JOURNAL_MAX > LOG_LINE_MAX ? LOG_JOURNAL_MAX : LOG_LINE_MAX)

struct LogSink {
        Log *log;
        LogTarget target;
        char *path; /* of the file, or the journal's socket */
        int fd;     /* -1: the journal is not there now */
        bool is_socket;
        char pending[PENDING_MAX]; /* the record that is being written */
        size_t n, written;
        sd_event *event;
        sd_event_source *soon;     /* there is something to write */
        sd_event_source *writable; /* the destination takes more */
        sd_event_source *retry;    /* nobody can say when it will */
};

DEFINE_CLEANUP(LogSink, log_sink_free)

/* Whether standard error is the journal's (systemd.exec(5), JOURNAL_STREAM). */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        uintmax_t device, inode;
        struct stat st;

        return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
               st.st_dev == device && st.st_ino == inode;
}

static const char *const log_target_names[] = {
        [LOG_TARGET_JOURNAL] = "journal",
        [LOG_TARGET_STDERR] = "console",
        [LOG_TARGET_FILE] = "file",
};

DEFINE_STRTAB(LogTarget, log_target, log_target_names);

LogTarget log_target_choose(bool want_stderr) {
        if (stderr_is_journal())
                return LOG_TARGET_JOURNAL;
        return want_stderr || access(JOURNAL_SOCKET, F_OK) < 0 ? LOG_TARGET_STDERR : LOG_TARGET_JOURNAL;
}

static int open_journal(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* Connected, since only then does "writable" say anything about the journal. */
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return fd_take(&fd);
}

/* Others write to the same pipe or terminal and must not find it nonblocking: opened anew it is ours alone. */
static int open_stderr(void) {
        struct stat st;
        int fd = -1;

        if (fstat(STDERR_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
                fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? -errno : fd;
}

static int open_file(const char *path) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);

        return fd < 0 ? -errno : fd;
}

/* Fills `pending` with the next record; false if there is none. */
static bool take_record(LogSink *s) {
        const LogRecord *record = log_peek(s->log);
        uint64_t dropped = log_take_dropped(s->log);
        LogRecord note;

        if (dropped > 0) {
                note = (LogRecord){ .level = LOG_LEVEL_WARNING };
                (void)snprintf(note.text, sizeof(note.text),
                        "%" PRIu64 " messages were lost: they came too fast", dropped);
        }
        if (!record && dropped == 0)
                return false;
        if (s->target == LOG_TARGET_JOURNAL)
                s->n = log_format_journal(dropped > 0 ? &note : record, s->pending);
        else
                s->n = log_format_line(dropped > 0 ? &note : record, wall_now(), s->pending);
        s->written = 0;
        if (dropped == 0)
                log_pop(s->log);
        return true;
}

static ssize_t write_some(const LogSink *s) {
        struct pollfd p = { .fd = s->fd, .events = POLLOUT };

        if (s->is_socket)
                return send(s->fd, s->pending + s->written, s->n - s->written, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (poll(&p, 1, 0) == 0) { /* for a descriptor that had to stay blocking */
                errno = EAGAIN;
                return -1;
        }
        return write(s->fd, s->pending + s->written, s->n - s->written);
}

static bool is_gone(int error) {
        return error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET || error == ENOENT;
}

static void close_destination(LogSink *s) {
        s->writable = sd_event_source_disable_unref(s->writable);
        if (s->fd >= 0)
                (void)close(s->fd);
        s->fd = -1;
}

/* Writes the pending record. 0, -EAGAIN (later: the destination tells when), -ENOTCONN (later: it is away). */
static int write_record(LogSink *s) {
        while (s->written < s->n) {
                ssize_t n;

                if (s->fd < 0)
                        s->fd = open_journal(s->path);
                if (s->fd < 0)
                        return -ENOTCONN;
                n = write_some(s);
                if (n >= 0) {
                        s->written += (size_t)n;
                } else if (errno == EAGAIN) {
                        return -EAGAIN;
                } else if (s->target == LOG_TARGET_JOURNAL && is_gone(errno)) {
                        close_destination(s); /* perhaps a new one is there already */
                        s->fd = open_journal(s->path);
                        if (s->fd < 0)
                                return -ENOTCONN;
                } else if (errno != EINTR) {
                        break; /* nobody can be told: this record is lost, the next one is tried */
                }
        }
        s->n = 0;
        return 0;
}

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        log_sink_drain(userdata);
        return 0;
}

static int on_soon(sd_event_source *source, void *userdata) {
        log_sink_drain(userdata);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        log_sink_drain(userdata);
        return 0;
}

static void try_later(LogSink *s) {
        (void)sd_event_source_set_time_relative(s->retry, RETRY_USEC);
        (void)sd_event_source_set_enabled(s->retry, SD_EVENT_ONESHOT);
}

static void wait_writable(LogSink *s) {
        if (!s->writable && sd_event_add_io(s->event, &s->writable, s->fd, EPOLLOUT, on_ready, s) < 0) {
                try_later(s); /* not everything that can be full can be waited for */
                return;
        }
        (void)sd_event_source_set_enabled(s->writable, SD_EVENT_ONESHOT);
}

void log_sink_drain(LogSink *s) {
        while (s->n > 0 || take_record(s)) {
                int r = write_record(s);

                if (r == -EAGAIN)
                        wait_writable(s);
                else if (r < 0)
                        try_later(s);
                if (r < 0)
                        return;
        }
}

static void on_wakeup(void *userdata) {
        LogSink *s = userdata;

        (void)sd_event_source_set_enabled(s->soon, SD_EVENT_ONESHOT);
}

int log_sink_reopen(LogSink *s) {
        struct stat st;
        int fd;

        if (s->target != LOG_TARGET_FILE)
                return 0;
        log_sink_drain(s);
        fd = open_file(s->path);
        if (fd < 0)
                return fd;
        close_destination(s);
        s->fd = fd;
        s->is_socket = fstat(s->fd, &st) == 0 && S_ISSOCK(st.st_mode);
        (void)sd_event_source_set_enabled(s->soon, SD_EVENT_ONESHOT);
        return 0;
}

static int open_destination(LogSink *s, const char *path) {
        struct stat st;

        switch (s->target) {
        case LOG_TARGET_JOURNAL:
                s->path = strdup(path ? path : JOURNAL_SOCKET);
                s->is_socket = true;
                return s->path ? 0 : -ENOMEM; /* it is opened when there is something to say */
        case LOG_TARGET_STDERR:
                s->fd = open_stderr();
                break;
        case LOG_TARGET_FILE:
                s->path = strdup(path);
                if (!s->path)
                        return -ENOMEM;
                s->fd = open_file(path);
                break;
        }
        if (s->fd < 0)
                return s->fd;
        s->is_socket = fstat(s->fd, &st) == 0 && S_ISSOCK(st.st_mode);
        return 0;
}

int log_sink_new(sd_event *event, Log *log, const LogSinkOptions *options, LogSink **ret) {
        _cleanup_(log_sink_freep)
        LogSink *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->log = log;
        s->fd = -1;
        s->target = options->target;
        s->event = sd_event_ref(event);
        r = open_destination(s, options->path);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &s->soon, on_soon, s);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &s->retry, CLOCK_MONOTONIC, 0, 0, on_retry, s);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(s->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;
        log_set_wakeup(log, on_wakeup, s);
        *ret = TAKE_PTR(s);
        return 0;
}

LogSink *log_sink_free(LogSink *s) {
        if (!s)
                return NULL;
        if (s->soon)
                log_sink_drain(s);
        log_set_wakeup(s->log, NULL, NULL);
        sd_event_source_disable_unref(s->soon);
        sd_event_source_disable_unref(s->retry);
        close_destination(s);
        sd_event_unref(s->event);
        free(s->path);
        free(s);
        return NULL;
}
