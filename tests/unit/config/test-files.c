/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(void **state) {
        Directory *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        directory_make(d);
        *state = d;
        return 0;
}

static int unmake(void **state) {
        directory_remove(*state);
        free(*state);
        return 0;
}

/* Every problem as one text, the directory written as "@"; the caller frees it. */
static char *all_problems(const Config *c, const Directory *d) {
        char *text = NULL;
        size_t size, n = strlen(d->path);
        FILE *memory = open_memstream(&text, &size);

        assert_non_null(memory);
        for (size_t i = 0; i < c->problems.n; i++) {
                _cleanup_free_ char *line = problem_text(c, i);

                for (const char *p = line; *p; p++)
                        if (strncmp(p, d->path, n) == 0) {
                                fputc('@', memory);
                                p += n - 1;
                        } else
                                fputc(*p, memory);
                fputc('\n', memory);
        }
        fclose(memory);
        return text;
}

static void assert_problems(const Config *c, const Directory *d, const char *expected) {
        _cleanup_free_ char *text = all_problems(c, d);

        assert_string_equal(text, expected);
}

static void include_goes_on_where_it_stands(void **state) {
        directory_write(*state, "main", "port 1\ninclude @/inner*.cf\ndscp 3\nport x\n");
        directory_write(*state, "inner2.cf", "port 4\nxyzzy\n");
        directory_write(*state, "inner1.cf", "port 3\n\ndscp 99\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_lines(c, "port 4\ndscp 3\n");
        assert_problems(c, *state,
                "@/inner1.cf:3: '99': dscp: point must be an integer from 0 to 63: 63 is used\n"
                "@/inner2.cf:2: 'xyzzy': there is no such directive\n"
                "@/main:4: 'x': port: port must be an integer from 0 to 65535\n");
}

static void include_of_nothing(void **state) {
        directory_write(*state, "main", "include @/none\ninclude @/none*\ninclude @\ninclude @/fifo\n");
        _cleanup_free_ char *fifo = directory_file(*state, "fifo");
        assert_int_equal(mkfifo(fifo, 0600), 0);
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_problems(c, *state,
                "@/main:1: '@/none': the file can't be read: No such file or directory\n"
                "@/main:2: '@/none*': no file matches this pattern\n"
                "@/main:3: '@': the file can't be read: Is a directory\n"
                "@/main:4: '@/fifo': the file can't be read: It is no plain file\n");
        assert_int_equal(config_errors(c), 3);
}

static void ten_levels(void **state) {
        for (int i = 1; i <= 10; i++) {
                char name[16], text[32];

                snprintf(name, sizeof(name), "%d", i);
                snprintf(text, sizeof(text), "include @/%d\n", i + 1);
                directory_write(*state, name, i < 10 ? text : "port 7\n");
        }
        _cleanup_(config_freep)
        Config *fits = directory_load(*state, "1");
        assert_int_equal(fits->problems.n, 0);
        assert_lines(fits, "port 7\n");

        directory_write(*state, "0", "include @/1\n");
        _cleanup_(config_freep)
        Config *deep = directory_load(*state, "0");
        assert_problems(deep, *state, "@/9:1: files are included more than 10 levels deep\n");
        assert_int_equal(config_errors(deep), 1);
}

static void include_of_itself_ends(void **state) {
        directory_write(*state, "main", "include @/main\nport 1\ninclude @/main\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_int_equal(config_errors(c) > 0, 1);
        assert_lines(c, "port 1\n");
}

static void confdir_order(void **state) {
        directory_make_sub(*state, "a");
        directory_make_sub(*state, "b");
        directory_write(*state, "a/20.conf", "port 20\nallow 20\n");
        directory_write(*state, "b/10.conf", "allow 10\n");
        directory_write(*state, "b/20.conf", "allow 21\n");
        directory_write(*state, "b/30.conf", "allow 30\nxyzzy\n");
        directory_write(*state, "b/.40.conf", "xyzzy\n");
        directory_write(*state, "b/50.conf~", "xyzzy\n");
        directory_write(*state, "b/conf", "xyzzy\n");
        directory_write(*state, "main", "confdir @/a @/none @/b\nallow 99\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_lines(c, "allow 10.0.0.0/8\nport 20\nallow 20.0.0.0/8\nallow 30.0.0.0/8\nallow 99.0.0.0/8\n");
        assert_problems(c, *state, "@/b/30.conf:2: 'xyzzy': there is no such directive\n");
}

static void confdir_inside_confdir(void **state) {
        directory_make_sub(*state, "a");
        directory_make_sub(*state, "b");
        directory_write(*state, "a/1.conf", "confdir @/b\nport 1\n");
        directory_write(*state, "b/2.conf", "port 2\ndscp 2\n");
        directory_write(*state, "main", "confdir @/a\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_lines(c, "dscp 2\nport 1\n");
        assert_int_equal(c->problems.n, 0);
}

static void unreadable_directories(void **state) {
        directory_write(*state, "file", "");
        directory_write(*state, "main", "confdir @/file\nsourcedir @/file\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_problems(c, *state,
                "@/main:1: '@/file': the directory can't be read: Not a directory\n"
                "@/main:2: '@/file': the directory can't be read: Not a directory\n");
        assert_int_equal(config_errors(c), 0);
}

static void ten_directories(void **state) {
        directory_make_sub(*state, "d");
        directory_write(*state, "d/a.conf", "port 5\n");
        directory_write(*state, "d/a.sources", "server a\n");
        directory_write(*state, "main", "confdir 1 2 3 4 5 6 7 8 9 @/d\nsourcedir 1 2 3 4 5 6 7 8 9 @/d\n");
        _cleanup_(config_freep)
        Config *fits = directory_load(*state, "main");
        assert_int_equal(fits->problems.n, 0);
        assert_int_equal(fits->n_sources, 1);

        directory_write(
                *state, "main", "confdir 1 2 3 4 5 6 7 8 9 10 @/d\nsourcedir 1 2 3 4 5 6 7 8 9 10 @/d\n");
        _cleanup_(config_freep)
        Config *many = directory_load(*state, "main");
        assert_problems(many, *state,
                "@/main:1: '@/d': more than 10 directories: only the first 10 are read\n"
                "@/main:2: '@/d': more than 10 directories: only the first 10 are read\n");
        assert_int_equal(config_errors(many), 1);
        assert_int_equal(many->n_sources, 0);
}

static void sourcedir_takes_only_sources(void **state) {
        directory_make_sub(*state, "s");
        directory_make_sub(*state, "t");
        directory_write(*state, "s/1.sources",
                "server a iburst\nport 5\nxyzzy\npool b minpoll x\nPEER c\nserver d minpoll 99\n");
        directory_write(*state, "t/1.sources", "server not-read\n");
        directory_write(*state, "t/2.sources", "# a comment\nserver e\n");
        directory_write(*state, "t/3.conf", "server not-read\n");
        directory_write(*state, "main", "sourcedir @/s @/t\nserver first\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");
        _cleanup_free_ char *origin = NULL;

        assert_problems(c, *state,
                "@/s/1.sources:2: 'port': only server, pool and peer may stand here: the line is ignored\n"
                "@/s/1.sources:3: 'xyzzy': there is no such directive: the line is ignored\n"
                "@/s/1.sources:4: 'x': pool: minpoll must be an integer from -7 to 24 log2 s: the line is ignored\n"
                "@/s/1.sources:6: '99': server: minpoll must be an integer from -7 to 24 log2 s: 24 is used\n"
                "@/s/1.sources:6: 'd': minpoll is greater than maxpoll: maxpoll 24 is used\n");
        assert_int_equal(config_errors(c), 0);
        assert_int_equal(c->n_sources, 5);
        assert_string_equal(c->sources[0].name, "first");
        assert_string_equal(c->sources[0].origin, "config");
        assert_string_equal(c->sources[1].name, "a");
        assert_true(asprintf(&origin, "sourcedir:%s/s/1.sources", ((Directory *)*state)->path) > 0);
        assert_string_equal(c->sources[1].origin, origin);
        assert_string_equal(c->sources[2].name, "c");
        assert_int_equal(c->sources[2].kind, SOURCE_PEER);
        assert_string_equal(c->sources[3].name, "d");
        assert_string_equal(c->sources[4].name, "e");
}

static void long_line_ends_the_file(void **state) {
        char text[6000];

        memset(text, 'x', sizeof(text));
        memcpy(text, "port 1\n#", 8);
        memcpy(text + sizeof(text) - 8, "\nport 2\n", 8);
        directory_write_bytes(*state, "long", text, sizeof(text));
        directory_write(*state, "main", "include @/long\ndscp 1\n");
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_lines(c, "port 1\ndscp 1\n");
        assert_problems(
                c, *state, "@/long:2: the line is longer than 2047 bytes: the rest of the file is ignored\n");
        assert_int_equal(config_errors(c), 1);
}

static void longest_line(void **state) {
        char text[LINE_MAX_BYTES + 1];

        memset(text, 'x', sizeof(text));
        memcpy(text, "logdir /", 8);
        text[LINE_MAX_BYTES] = '\n';
        directory_write_bytes(*state, "main", text, sizeof(text));
        _cleanup_(config_freep)
        Config *ended = directory_load(*state, "main");
        assert_int_equal(ended->problems.n, 0);

        directory_write_bytes(*state, "main", text, LINE_MAX_BYTES);
        _cleanup_(config_freep)
        Config *open = directory_load(*state, "main");
        assert_int_equal(open->problems.n, 0);
        assert_int_equal(open->n_lines, 1);
}

static void ends_of_lines(void **state) {
        static const char text[] = "port 1\r\n\r\ndscp 5 \r\nmaxdistance 4";

        directory_write_bytes(*state, "main", text, strlen(text));
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");
        assert_int_equal(c->problems.n, 0);
        assert_lines(c, "port 1\ndscp 5\nmaxdistance 4\n");
}

static void nul_bytes(void **state) {
        static const char text[] = "port 1\0 2\n\0xyzzy\ndscp 5\n";

        directory_write_bytes(*state, "main", text, sizeof(text) - 1);
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_lines(c, "port 1\ndscp 5\n");
        assert_problems(c, *state,
                "@/main:1: a NUL byte: the rest of the line is ignored\n"
                "@/main:2: a NUL byte: the rest of the line is ignored\n");
        assert_int_equal(config_errors(c), 0);
}

static void main_file(void **state) {
        Directory *d = *state;
        _cleanup_(config_freep)
        Config *c = config_new();
        _cleanup_free_ char *none = directory_file(d, "none");

        assert_int_equal(config_load(c, none), -ENOENT);
        assert_int_equal(config_load(c, d->path), -EISDIR);
        _cleanup_free_ char *fifo = directory_file(d, "fifo");
        assert_int_equal(mkfifo(fifo, 0600), 0);
        assert_int_equal(config_load(c, fifo), -EINVAL);
        c->pipes = true;
        pid_t writer = fork();
        if (writer == 0) {
                int fd = open(fifo, O_WRONLY);
                _exit(write(fd, "port 1\n", 7) == 7 && close(fd) == 0 ? 0 : 1);
        }
        assert_int_equal(config_load(c, fifo), 0);
        assert_lines(c, "port 1\n");
        assert_int_equal(waitpid(writer, NULL, 0), writer);
        directory_write(d, "empty", "");
        _cleanup_(config_freep)
        Config *empty = directory_load(d, "empty");
        assert_int_equal(empty->problems.n, 0);
        assert_int_equal(empty->n_lines, 0);
}

/* A file that is no configuration at all: the problems are counted, not kept, and reading ends. */
static void garbage(void **state) {
        size_t n = (size_t)1 << 20;
        char *bytes = malloc(n);
        Cases cases = { 9 };

        assert_non_null(bytes);
        cases_fill(&cases, bytes, n);
        for (size_t i = 0; i < n; i += 16)
                bytes[i] = '\n';
        directory_write_bytes(*state, "main", bytes, n);
        free(bytes);
        _cleanup_(config_freep)
        Config *c = directory_load(*state, "main");

        assert_int_equal(c->problems.n, PROBLEMS_MAX);
        assert_true(c->problems.n_dropped > 0 && c->problems.n_dropped < 10);
        assert_true(config_errors(c) > 0);
}

int main(void) {
#define with_directory(test) cmocka_unit_test_setup_teardown(test, make, unmake)
        const struct CMUnitTest tests[] = {
                with_directory(include_goes_on_where_it_stands),
                with_directory(include_of_nothing),
                with_directory(ten_levels),
                with_directory(include_of_itself_ends),
                with_directory(confdir_order),
                with_directory(confdir_inside_confdir),
                with_directory(unreadable_directories),
                with_directory(ten_directories),
                with_directory(sourcedir_takes_only_sources),
                with_directory(long_line_ends_the_file),
                with_directory(longest_line),
                with_directory(ends_of_lines),
                with_directory(nul_bytes),
                with_directory(main_file),
                with_directory(garbage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
