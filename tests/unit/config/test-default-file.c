/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/default-file.h"

/* The caller frees it. */
static char *default_text(void) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        assert_non_null(memory);
        default_file_write(memory);
        assert_int_equal(fclose(memory), 0);
        return text;
}

static void has_no_problem(void **state) {
        _cleanup_free_ char *text = default_text();
        _cleanup_(config_freep)
        Config *c = config_of(text);

        assert_int_equal(c->problems.n, 0);
        assert_lines(c, "pool 2.debian.pool.ntp.org iburst maxsources 4\n"
                        "driftfile /var/lib/timeball/drift\n"
                        "leapseclist /usr/share/zoneinfo/leap-seconds.list\n"
                        "makestep 1 3\n"
                        "rtcsync\n"
                        "sourcedir /etc/timeball/sources.d\n");
}

static void is_active(void **state) {
        _cleanup_free_ char *text = default_text();

        /* Read and gone from the lines in effect. */
        assert_non_null(strstr(text, "\nconfdir /etc/timeball/conf.d\n"));
}

/* Where `word` stands as a whole; NULL if it does not. */
static const char *find_word(const char *text, const char *word) {
        size_t n = strlen(word);

        for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
                if (p[n] == ' ' || p[n] == '\n')
                        return p;
        return NULL;
}

/* Each directive stands alone at the start of a line, active or behind "#", and is right as it stands. */
static void every_directive_is_there(void **state) {
        _cleanup_free_ char *text = default_text();

        for (size_t i = 0; i < n_directives; i++) {
                const Directive *d = &directives[i];
                Problems problems = { 0 };
                char active[64], comment[64];
                ConfigLine l;

                if (d->alias_of || d->class == DIRECTIVE_OBSOLETE || d->class == DIRECTIVE_IGNORED)
                        continue;
                snprintf(active, sizeof(active), "\n%s", d->name);
                snprintf(comment, sizeof(comment), "\n#%s", d->name);
                const char *line = find_word(text, comment);
                line = line ? line : find_word(text, active);
                assert_non_null(line);
                line += strspn(line, "\n#");
                char *alone = strndup(line, strcspn(line, "\n"));
                assert_int_equal(config_line_parse(alone, (Place){ "", 1 }, &problems, &l), LINE_READ);
                assert_int_equal(problems.n, 0);
                assert_ptr_equal(l.directive, d);
                config_line_done(&l);
                free(alone);
        }
}

static void every_line_fits(void **state) {
        _cleanup_free_ char *text = default_text();

        for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
                size_t n = strcspn(line, "\n");

                /* A directive can't be broken. */
                if (line[0] == '#' && line[1] == ' ')
                        assert_true(n <= 80);
                assert_true(n == 0 || line[n - 1] != ' ');
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(has_no_problem),
                cmocka_unit_test(is_active),
                cmocka_unit_test(every_directive_is_there),
                cmocka_unit_test(every_line_fits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
