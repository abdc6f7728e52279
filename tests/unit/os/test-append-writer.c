/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/append-writer.h"

#include "loop.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 64 };

typedef struct Seen {
        int n, wanted, last_error;
        bool all;
} Seen;

typedef struct Stage {
        sd_event *event;
        AppendWriter *writer;
        Seen seen;
        char folder[PATH_ROOM], path[PATH_ROOM + 8];
} Stage;

static void on_written(void *userdata, const char *path, int error) {
        Seen *seen = userdata;

        seen->last_error = error;
        seen->all = ++seen->n >= seen->wanted;
}

static void begin(Stage *s) {
        *s = (Stage){ .event = loop_new(), .folder = "/tmp/timeball-test-XXXXXX" };
        assert_non_null(mkdtemp(s->folder));
        (void)snprintf(s->path, sizeof(s->path), "%s/a.log", s->folder);
        assert_int_equal(append_writer_new(s->event, on_written, &s->seen, &s->writer), 0);
}

static void end(Stage *s) {
        append_writer_free(s->writer);
        sd_event_unref(s->event);
        (void)unlink(s->path);
        assert_int_equal(rmdir(s->folder), 0);
}

static void put(Stage *s, const char *text) {
        s->seen = (Seen){ .wanted = 1 };
        assert_int_equal(append_writer_put(s->writer, s->path, text, strlen(text)), 0);
}

static void put_and_wait(Stage *s, const char *text) {
        put(s, text);
        loop_until(s->event, &s->seen.all);
}

static void assert_file(const char *path, const char *expected) {
        char text[256] = "";
        FILE *f = fopen(path, "r");

        assert_non_null(f);
        assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(expected));
        assert_string_equal(text, expected);
        (void)fclose(f);
}

static void test_lines(void **state) {
        struct stat st;
        Stage s;

        begin(&s);
        put_and_wait(&s, "1\n");
        assert_int_equal(s.seen.last_error, 0);
        put_and_wait(&s, "2\n");
        assert_file(s.path, "1\n2\n");
        assert_int_equal(stat(s.path, &st), 0);
        assert_int_equal(st.st_mode & 0133, 0);
        /* Moved away: the next line makes it anew. */
        assert_int_equal(unlink(s.path), 0);
        put_and_wait(&s, "3\n");
        assert_file(s.path, "3\n");
        end(&s);
}

/* Nothing of it is lost, and the order stays, whatever is joined. */
static void test_finish(void **state) {
        char expected[256] = "", line[8];
        Stage s;

        begin(&s);
        for (int i = 0; i < 50; i++) {
                (void)snprintf(line, sizeof(line), "%d\n", i);
                (void)strcat(expected, line);
                put(&s, line);
        }
        assert_int_equal(append_writer_finish(s.writer, SPAN_S(60)), 0);
        assert_true(s.seen.n >= 1);
        assert_file(s.path, expected);
        end(&s);
}

/* Neither another file, nor a FIFO that nobody reads, nor a folder that is not there. */
static void test_refused(void **state) {
        Stage s;

        begin(&s);
        assert_int_equal(symlink("/dev/null", s.path), 0);
        put_and_wait(&s, "1\n");
        assert_int_equal(s.seen.last_error, -ELOOP);
        assert_int_equal(unlink(s.path), 0);

        assert_int_equal(mkfifo(s.path, 0600), 0);
        put_and_wait(&s, "1\n");
        assert_int_equal(s.seen.last_error, -ENXIO);
        int reader = open(s.path, O_RDONLY | O_NONBLOCK);
        put_and_wait(&s, "1\n");
        assert_int_equal(s.seen.last_error, -EINVAL);
        (void)close(reader);
        assert_int_equal(unlink(s.path), 0);

        (void)snprintf(s.path, sizeof(s.path), "/nowhere/a.log");
        put_and_wait(&s, "1\n");
        assert_int_equal(s.seen.last_error, -ENOENT);
        end(&s);
}

/* What is more than one text holds keeps its order, too. */
static void test_large(void **state) {
        Stage s;

        begin(&s);
        char *text = calloc(1, APPEND_WRITER_TEXT_MAX);
        assert_non_null(text);
        /* More than one text can hold goes into the next one. */
        for (int i = 0; i < 3; i++) {
                s.seen = (Seen){ .wanted = 1 };
                memset(text, 'a' + i, APPEND_WRITER_TEXT_MAX);
                assert_int_equal(append_writer_put(s.writer, s.path, text, APPEND_WRITER_TEXT_MAX), 0);
        }
        put(&s, "end");
        free(text);
        assert_int_equal(append_writer_finish(s.writer, SPAN_S(60)), 0);
        struct stat st;
        assert_int_equal(stat(s.path, &st), 0);
        assert_int_equal(st.st_size, 3 * APPEND_WRITER_TEXT_MAX + 3);
        char last[4] = "";
        int fd = open(s.path, O_RDONLY);
        assert_int_equal(pread(fd, last, 3, st.st_size - 3), 3);
        (void)close(fd);
        assert_string_equal(last, "end");
        end(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_finish),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_large),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
