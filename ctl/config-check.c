/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl config check: lets the daemon's program judge a file, and shows what it says. The daemon is not asked. */

#include "base/cleanup.h"
#include "table.h"
#include "text.h"
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096, TEXT_MAX_BYTES = 2048 };

extern char **environ;

static void add_problems(Table *t, const Value *problems, const char *level, Tint tint) {
        char place[TEXT_MAX_BYTES], text[TEXT_MAX_BYTES];

        value_foreach(p, problems) {
                uint64_t line = member_number(p, "line");
                const char *word = member_text(p, "word");
                table_add(t, tint, level);
                snprintf(place, sizeof(place), line > 0 ? "%.1500s:%" PRIu64 : "%.1500s",
                        member_text(p, "file"), line);
                table_add(t, TINT_NONE, place);
                snprintf(text, sizeof(text), word[0] ? "'%.200s': %.1500s" : "%s%.1500s", word,
                        member_text(p, "text"));
                table_add(t, TINT_NONE, text);
        }
}

static void add_directives(Table *t, const Value *directives) {
        char place[TEXT_MAX_BYTES];

        value_foreach(d, directives) {
                uint64_t line = member_number(d, "line");
                bool effect = member_true(d, "effect");
                const char *note = effect ? "" : ", no effect yet";
                table_add(t, effect ? TINT_NONE : TINT_QUIET, member_text(d, "text"));
                if (line > 0)
                        snprintf(place, sizeof(place), "%.1500s:%" PRIu64 "%s", member_text(d, "file"), line,
                                note);
                else
                        snprintf(place, sizeof(place), "default%s", note);
                table_add(t, TINT_QUIET, place);
        }
}

static void draw_counts(const Value *report, FILE *out) {
        size_t errors = value_count(value_get(report, "errors")),
               warnings = value_count(value_get(report, "warnings"));
        char name[TEXT_MAX_BYTES];

        fprintf(out, "%s: %zu error%s, %zu warning%s\n",
                text_clean(member_text(report, "file"), name, sizeof(name)), errors, errors == 1 ? "" : "s",
                warnings, warnings == 1 ? "" : "s");
}

static void draw_without_effect(const Value *names, FILE *out) {
        char clean[TEXT_MAX_BYTES];

        if (value_count(names) > 0)
                fputs("\nWithout effect in this version:\n", out);
        value_foreach(name, names)
                fprintf(out, "  %s\n", text_clean(value_text(name, ""), clean, sizeof(clean)));
}

static void draw_values(const Value *report, const View *view, FILE *out) {
        static const Column columns[] = { { "VALUE IN EFFECT", 0 }, { "FROM", 0 } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        if (!view->verbose && !value_count(value_get(report, "directives")))
                return;
        add_directives(t, value_get(report, "directives"));
        if (view->verbose)
                add_directives(t, value_get(report, "defaults"));
        fputc('\n', out);
        table_draw(t, view, out);
}

static void draw_problems(const Value *report, const View *view, FILE *out) {
        static const Column columns[] = { { "LEVEL", 0 }, { "PLACE", 0 }, { "PROBLEM", 0 } };
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));
        const Value *errors = value_get(report, "errors"), *warnings = value_get(report, "warnings");
        uint64_t more = member_number(report, "problems_not_shown");

        if (value_count(errors) + value_count(warnings) > 0) {
                add_problems(t, errors, "error", TINT_BAD);
                add_problems(t, warnings, "warning", TINT_WARNING);
                fputc('\n', out);
                table_draw(t, view, out);
        }
        if (more > 0)
                fprintf(out, "\n%" PRIu64 " more problems are not shown.\n", more);
}

void config_check_draw(const Value *report, const View *view, FILE *out) {
        View full = *view;

        full.width = 0; /* what has to be mended must not be cut */
        draw_counts(report, out);
        draw_problems(report, &full, out);
        draw_without_effect(value_get(report, "without_effect"), out);
        draw_values(report, &full, out);
}

/* Beside this program, or where it is installed. */
static const char *find_daemon(char buffer[static PATH_MAX_BYTES]) {
        ssize_t n = readlink("/proc/self/exe", buffer, PATH_MAX_BYTES - sizeof("timeballd"));

        if (n > 0) {
                buffer[n] = '\0';
                char *slash = strrchr(buffer, '/');
                strcpy(slash + 1, "timeballd");
                if (access(buffer, X_OK) == 0)
                        return buffer;
        }
        return TIMEBALL_SBINDIR "/timeballd";
}

static char *read_all(int fd) {
        char *text = NULL;
        size_t n = 0, room = 0;
        ssize_t got;

        do {
                if (room - n < 4096) {
                        room = room ? room * 2 : 65536;
                        text = realloc(text, room);
                        if (!text)
                                abort();
                }
                got = read(fd, text + n, room - n - 1);
                n += got > 0 ? (size_t)got : 0;
        } while (got > 0 || (got < 0 && errno == EINTR));
        text[n] = '\0';
        return text;
}

/* The program's standard output; the caller frees. Negative errno, or its exit status in *ret_status. */
static int run_daemon(const char *program, const char *file, char **ret_text, int *ret_status) {
        char *arguments[] = { (char *)program, (char *)"--check", (char *)file, (char *)"--json", NULL };
        posix_spawn_file_actions_t actions;
        int ends[2], wait_status;
        pid_t pid;

        if (pipe(ends) < 0)
                return -errno;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        int r = posix_spawn(&pid, program, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        if (r == 0) {
                *ret_text = read_all(ends[0]);
                while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
                        ;
                *ret_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : STATUS_FAILURE;
        }
        close(ends[0]);
        return -r;
}

ExitStatus verb_config_check(const Invocation *invocation) {
        char buffer[PATH_MAX_BYTES];
        _cleanup_free_ char *text = NULL;
        _cleanup_(value_freep)
        Value *report = NULL;
        const Options *o = invocation->options;
        int status = STATUS_FAILURE;

        const char *program = find_daemon(buffer);
        const char *file = invocation->n > 0 ? invocation->arguments[0] : TIMEBALL_CONFIG;
        int r = run_daemon(program, file, &text, &status);
        if (r < 0) {
                fprintf(stderr, "timeballctl: running %s: %s\n", program, strerror(-r));
                return STATUS_FAILURE;
        }
        if (json_parse(text, &report) != 0) {
                fprintf(stderr, "timeballctl: %s --check gave no report\n", program);
                return STATUS_FAILURE;
        }
        if (o->json != JSON_OFF)
                json_emit(report, o->json, invocation->out);
        else
                config_check_draw(report, &o->view, invocation->out);
        return status == 0 ? STATUS_OK : STATUS_FAILURE;
}
