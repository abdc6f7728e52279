/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-text.h"

#include "config/manual.h"
#include "config/source-options.h"

/* The caller frees it. */
static char *page(void (*write)(FILE *)) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        assert_non_null(memory);
        write(memory);
        assert_int_equal(fclose(memory), 0);
        return text;
}

static void assert_there(const char *text, const char *before, const char *name) {
        char part[64];

        snprintf(part, sizeof(part), "%s%s", before, name);
        if (!strstr(text, part))
                fail_msg("'%s' is not in the page", part);
}

static void has_every_directive(void **state) {
        _cleanup_free_ char *text = page(manual_write_config);

        for (size_t i = 0; i < n_directives; i++) {
                assert_there(text, ".TP\n\\fB", directives[i].name);
                for (const Param *p = directives[i].options; p && p->name; p++)
                        assert_there(text, ".TP\n.B ", p->name);
        }
        for (int i = 0; i < DIRECTIVE_GROUPS; i++)
                assert_there(text, ".SS ", directive_group_to_string((DirectiveGroup)i));
        assert_there(text, ".TQ\n\\fB", "tempcomp\\fR \\fIfile\\fR \\fIinterval\\fR \\fIT0\\fR");
}

/* A line that begins with a full stop is a request of man(7) that we know. */
static void has_known_requests(void **state) {
        static const char *const known[] = { ".TH ", ".SH ", ".SS ", ".TP\n", ".TQ\n", ".B ", ".BR ", ".I ",
                ".IR ", ".RI ", ".RS\n", ".RE\n", ".PP\n", ".nf\n", ".fi\n" };
        void (*const pages[])(FILE *) = { manual_write_config, manual_write_daemon };

        for (size_t i = 0; i < ELEMENTS(pages); i++) {
                _cleanup_free_ char *text = page(pages[i]);

                for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
                        bool fine = *line != '.';

                        for (size_t k = 0; k < ELEMENTS(known) && !fine; k++)
                                fine = strncmp(line, known[k], strlen(known[k])) == 0;
                        assert_true(fine);
                        assert_int_not_equal(*line, '\'');
                }
        }
}

static void has_every_option(void **state) {
        static const char letters[] = "46fndlLpqQrRstuUxFPmNhv";
        _cleanup_free_ char *text = page(manual_write_daemon);

        for (const char *p = letters; *p; p++) {
                char letter[2] = { *p, '\0' };

                assert_there(text, "\n  \\-", letter);
        }
}

/* Nothing of the tables' own spelling is left, and a line of an example is a sentence. */
static void is_clean(void **state) {
        void (*const pages[])(FILE *) = { manual_write_config, manual_write_daemon };

        for (size_t i = 0; i < ELEMENTS(pages); i++) {
                _cleanup_free_ char *text = page(pages[i]);

                assert_null(strchr(text, '`'));
                assert_null(strstr(text, "Usage:"));
                for (const char *line = strstr(text, "\nExample: "); line;
                        line = strstr(line + 1, "\nExample: ")) {
                        size_t n = strcspn(line + 1, "\n");
                        assert_int_equal(line[n], '.');
                        assert_null(memmem(line, n, "  ", 2));
                }
        }
}

static void tells_of_signals_and_of_what_has_no_effect(void **state) {
        _cleanup_free_ char *text = page(manual_write_daemon);

        assert_there(text, ".SH SIGNALS\n", "");
        assert_there(text, ".BR \\-F ,\n.B \\-s\nand\n.B \\-U\n", "are accepted and have no");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(has_every_directive),
                cmocka_unit_test(has_known_requests),
                cmocka_unit_test(has_every_option),
                cmocka_unit_test(is_clean),
                cmocka_unit_test(tells_of_signals_and_of_what_has_no_effect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
