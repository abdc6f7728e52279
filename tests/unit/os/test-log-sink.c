/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/log-sink.h"

#include "os/fd.h"
#include "os/log-format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "loop.h"

typedef struct Fixture {
        sd_event *event;
        Log *log;
        char folder[64];
        char path[96];
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->event = loop_new();
        f->log = log_new(LOG_LEVEL_INFO);
        strcpy(f->folder, "/tmp/timeball-log-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        snprintf(f->path, sizeof(f->path), "%s/target", f->folder);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        log_free(f->log);
        sd_event_unref(f->event);
        (void)unlink(f->path);
        assert_int_equal(rmdir(f->folder), 0);
        free(f);
        return 0;
}

/* A journal that a test reads itself, with room for a few datagrams only (net.unix.max_dgram_qlen). */
static int journal(const Fixture *f) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

static LogSink *sink(Fixture *f, LogTarget target) {
        LogSinkOptions options = { .target = target, .path = f->path };
        LogSink *s;

        assert_int_equal(log_sink_new(f->event, f->log, &options, &s), 0);
        return s;
}

static void test_line(void **state) {
        LogRecord r = { .level = LOG_LEVEL_INFO, .text = "Selected source 192.0.2.1 (ntp.example)" };
        char line[LOG_LINE_MAX];
        size_t n = log_format_line(&r, (Wall){ INT64_C(1751328000) * NS_PER_S + 999999999 }, line);

        assert_string_equal(line, "2025-07-01T00:00:00Z Selected source 192.0.2.1 (ntp.example)\n");
        assert_int_equal(n, strlen(line));
        memset(r.text, 'x', sizeof(r.text) - 1);
        n = log_format_line(&r, (Wall){ 0 }, line);
        assert_int_equal(n, strlen(line));
        assert_int_equal(line[n - 1], '\n');
}

static void test_journal_fields(void **state) {
        LogRecord r = {
                .level = LOG_LEVEL_WARNING,
                .message_id = "0123456789abcdef0123456789abcdef",
                .text = "What happened",
                .fields = "SOURCE=192.0.2.1\n",
        };
        char bytes[LOG_JOURNAL_MAX];

        log_format_journal(&r, bytes);
        assert_string_equal(bytes, "MESSAGE=What happened\nPRIORITY=4\nSYSLOG_IDENTIFIER=timeballd\n"
                                   "MESSAGE_ID=0123456789abcdef0123456789abcdef\nSOURCE=192.0.2.1\n");
        r.message_id[0] = r.fields[0] = '\0';
        r.level = LOG_LEVEL_FATAL;
        log_format_journal(&r, bytes);
        assert_string_equal(bytes, "MESSAGE=What happened\nPRIORITY=2\nSYSLOG_IDENTIFIER=timeballd\n");
}

static void test_longest_record_fits(void **state) {
        LogRecord r = { .level = LOG_LEVEL_ERROR };
        char bytes[LOG_JOURNAL_MAX];
        size_t n;

        memset(r.text, 'x', sizeof(r.text) - 1);
        memset(r.message_id, '0', sizeof(r.message_id) - 1);
        memset(r.fields, 'F', sizeof(r.fields) - 1);
        r.fields[sizeof(r.fields) - 2] = '\n';
        n = log_format_journal(&r, bytes);
        assert_int_equal(n, strlen(bytes));
        assert_int_equal(bytes[n - 1], '\n');
}

static void test_file(void **state) {
        Fixture *f = *state;
        LogSink *s = sink(f, LOG_TARGET_FILE);
        char text[256] = "";
        struct stat st;
        int fd;

        log_info(f->log, "one");
        log_debug(f->log, "below the threshold");
        loop_idle(f->event);
        log_warning(f->log, "two");
        log_sink_free(s); /* the last words too */
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640 & ~0022);
        fd = open(f->path, O_RDONLY);
        assert_true(read(fd, text, sizeof(text) - 1) > 0);
        close(fd);
        assert_memory_equal(text + 20, " one\n", 5);
        assert_string_equal(text + 25 + 20, " two\n");
}

static void test_journal(void **state) {
        Fixture *f = *state;
        _cleanup_close_ int fd = journal(f);
        LogSink *s = sink(f, LOG_TARGET_JOURNAL);
        char bytes[2048];
        ssize_t n;

        log_info(f->log, "hello");
        loop_idle(f->event);
        n = recv(fd, bytes, sizeof(bytes) - 1, 0);
        assert_true(n > 0);
        bytes[n] = '\0';
        assert_string_equal(bytes, "MESSAGE=hello\nPRIORITY=6\nSYSLOG_IDENTIFIER=timeballd\n");
        log_sink_free(s);
}

static int receive_number(int fd) {
        char bytes[2048];
        ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, 0);
        int number;

        if (n < 0)
                return -1;
        bytes[n] = '\0';
        return sscanf(bytes, "MESSAGE=number %d\n", &number) == 1 ? number : -2;
}

/* The journal does not read: the loop goes on, nothing is lost while the queue has room, and when it reads again all come, in
 * order. */
static void test_full_journal(void **state) {
        enum { N = LOG_RECORDS_MAX };
        Fixture *f = *state;
        _cleanup_close_ int fd = journal(f);
        LogSink *s = sink(f, LOG_TARGET_JOURNAL);
        int next = 0;

        for (int i = 0; i < N; i++)
                log_info(f->log, "number %d", i);
        loop_idle(f->event); /* returns although the socket is full, and does not spin */
        assert_non_null(log_peek(f->log));
        while (next < N) {
                int got = receive_number(fd);

                if (got == -1) {
                        assert_true(sd_event_run(f->event, 10000000) > 0);
                        continue;
                }
                assert_int_equal(got, next);
                next++;
        }
        loop_idle(f->event);
        assert_null(log_peek(f->log));
        log_sink_free(s);
}

/* What did not fit is counted, and the count is told. */
static void test_overflow_is_told(void **state) {
        Fixture *f = *state;
        _cleanup_close_ int fd = journal(f);
        LogSink *s = sink(f, LOG_TARGET_JOURNAL);
        char bytes[2048], last[2048] = "";
        bool told = false;

        for (int i = 0; i < LOG_RECORDS_MAX + 5; i++)
                log_info(f->log, "number %d", i);
        while (!told || log_peek(f->log)) {
                ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, 0);

                if (n < 0) {
                        assert_true(sd_event_run(f->event, 10000000) > 0);
                        continue;
                }
                bytes[n] = '\0';
                told |= strncmp(bytes, "MESSAGE=5 messages were lost", 28) == 0;
                strcpy(last, bytes);
        }
        log_sink_free(s);
}

/* Without a journal records wait; when it comes they are delivered, also after it was restarted. */
static void test_journal_comes_later(void **state) {
        Fixture *f = *state;
        LogSink *s = sink(f, LOG_TARGET_JOURNAL);
        int fd;

        log_info(f->log, "number 1");
        loop_idle(f->event);
        fd = journal(f);
        while (receive_number(fd) != 1)
                assert_true(sd_event_run(f->event, 10000000) > 0);
        close(fd);
        (void)unlink(f->path);
        log_info(f->log, "number 2");
        loop_idle(f->event);
        fd = journal(f);
        while (receive_number(fd) != 2)
                assert_true(sd_event_run(f->event, 10000000) > 0);
        close(fd);
        log_sink_free(s);
}

/* Standard error is a pipe that nobody reads: the loop turns, and the pipe stays blocking for those who share it. */
static void test_full_stderr(void **state) {
        Fixture *f = *state;
        int pipes[2], saved = dup(STDERR_FILENO), filled = 0;
        char line[LOG_LINE_MAX];
        LogSink *s;

        assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
        assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
        s = sink(f, LOG_TARGET_STDERR);
        for (; filled < 100000 && log_peek(f->log) == NULL; filled++) {
                log_info(f->log, "number %d", filled);
                loop_idle(f->event);
        }
        /* One more is in the sink's hand; from now on they queue. */
        assert_in_range(filled, 10, 99999);
        assert_false(fcntl(pipes[1], F_GETFL) & O_NONBLOCK);
        for (int i = 0; i < filled; i++) {
                char expected[32], *end = line;

                do {
                        while (sd_event_run(f->event, 0) > 0)
                                ;
                        assert_int_equal(read(pipes[0], end, 1), 1);
                } while (*end++ != '\n');
                *end = '\0';
                snprintf(expected, sizeof(expected), " number %d\n", i);
                assert_string_equal(line + 20, expected);
        }
        log_sink_free(s);
        assert_true(dup2(saved, STDERR_FILENO) >= 0);
        close(saved);
        close(pipes[0]);
        close(pipes[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_journal_fields),
                cmocka_unit_test(test_longest_record_fits),
                cmocka_unit_test_setup_teardown(test_file, setup, teardown),
                cmocka_unit_test_setup_teardown(test_journal, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full_journal, setup, teardown),
                cmocka_unit_test_setup_teardown(test_overflow_is_told, setup, teardown),
                cmocka_unit_test_setup_teardown(test_journal_comes_later, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full_stderr, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
