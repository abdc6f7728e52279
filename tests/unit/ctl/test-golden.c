/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What timeballctl draws from literal values: golden/NAME.json is the input, in the form that --json prints, and
 * golden/CASE.txt the text expected. With TIMEBALL_WRITE_GOLDEN=1 the texts are written instead; read what changed.
 */

#include "base/cleanup.h"
#include "json.h"
#include "show.h"
#include "view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_USEC UINT64_C(1767225600000000)

typedef struct Golden {
        const char *expected, *input;
        void (*draw)(const Value *input, const View *view, FILE *out);
        View view;
} Golden;

static void draw_sources(const Value *input, const View *view, FILE *out) {
        sources_draw(input, NOW_USEC, view, out);
}

static void draw_listed(const Value *input, const View *view, FILE *out) {
        sources_draw(value_get(input, "Sources"), NOW_USEC, view, out);
}

static void draw_check(const Value *input, const View *view, FILE *out) {
        status_check(input, view, (double)NAN, out);
        status_check(input, view, 0.01, out);
}

static void draw_show(const Value *input, const View *view, FILE *out) {
        const Options all = { .all_properties = true };

        show_draw(value_get(input, "Manager"), &all, out);
        show_draw(value_get(input, "Clock"), &all, out);
}

static void draw_source(const Value *input, const View *view, FILE *out) {
        const Options all = { .all_properties = true };

        show_draw(input, &all, out);
}

static void draw_shown(const Value *input, const View *view, FILE *out) {
        const Options known = { 0 };

        show_draw(value_get(input, "Clock"), &known, out);
}

static void draw_select(const Value *input, const View *view, FILE *out) {
        select_draw(input, NOW_USEC, view, out);
}

static void draw_tracking(const Value *input, const View *view, FILE *out) {
        tracking_draw(value_get(input, "Clock"), view, out);
}

static void draw_activity(const Value *input, const View *view, FILE *out) {
        activity_draw(value_get(input, "Manager"), view, out);
}

static void draw_events(const Value *input, const View *view, FILE *out) {
        value_foreach(event, input)
                monitor_draw(event, view, out);
}

static const Golden cases[] = {
        { "show-known", "status-starting", draw_shown, { 0 } },
        { "tracking", "status", draw_tracking, { .legend = true, .utc = true, .utf8 = true } },
        { "tracking-starting", "status-starting", draw_tracking, { .legend = true, .utc = true } },
        { "activity", "status", draw_activity, { .legend = true } },
        { "select", "sources", draw_select, { .legend = true, .utf8 = true } },
        { "select-none", "none", draw_select, { .legend = true } },
        { "auth", "keys-of-sources", auth_draw, { .legend = true, .utf8 = true } },
        { "auth-none", "none", auth_draw, { .legend = true } },
        { "source-detail", "source", source_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "ntp-data", "sources", ntp_data_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "ntp-data-none", "none", ntp_data_draw, { .legend = true } },
        { "access", "access", access_draw, { .legend = true, .utf8 = true } },
        { "access-none", "none", access_draw, { .legend = true } },
        { "monitor", "monitor", draw_events, { .utc = true } },
        { "alerts", "alerts", alerts_draw, { .legend = true, .utc = true } },
        { "alerts-none", "none", alerts_draw, { .legend = true } },
        { "hints", "hints", hints_draw, { .legend = true } },
        { "hints-none", "none", hints_draw, { .legend = true } },
        { "history", "history", history_draw, { .legend = true, .utc = true } },
        { "history-csv", "history", history_write_csv, { .legend = true } },
        { "history-frequency", "history-frequency", history_draw, { .legend = true, .utc = true } },
        { "graph", "history-waves", graph_draw, { .legend = true, .utc = true, .utf8 = true, .width = 80 } },
        { "graph-ascii", "history-waves", graph_draw, { .legend = true, .utc = true, .width = 50 } },
        { "graph-one", "history-one", graph_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "graph-none", "history-none", graph_draw, { .legend = true } },
        { "keys", "keys", keys_draw, { .legend = true } },
        { "keys-none", "none", keys_draw, { .legend = true } },
        { "permissions", "permissions", permissions_draw, { .legend = true } },
        { "pools", "pools", pools_draw, { .legend = true } },
        { "pools-none", "none", pools_draw, { .legend = true } },
        { "wait-sync", "wait-sync", wait_sync_draw, { .legend = true } },
        { "warnings", "warnings", warnings_draw, { .legend = true } },
        { "status", "status", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "status-colour", "status", status_draw,
                { .legend = true, .utc = true, .utf8 = true, .colour = true } },
        { "status-ascii-ns", "status", status_draw, { .legend = true, .utc = true, .unit = UNIT_NS } },
        { "status-starting", "status-starting", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "status-local", "status-local", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "status-slewing", "status-slewing", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "check-slewing", "status-slewing", draw_check, { .legend = true } },
        { "sources-offline", "status-slewing", draw_listed, { .legend = true, .utf8 = true } },
        { "status-holdover", "status-holdover", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "status-alerts", "status-alerts", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "check-alerts", "status-alerts", draw_check, { .legend = true } },
        { "status-hostile", "status-hostile", status_draw, { .legend = true, .utc = true, .utf8 = true } },
        { "check", "status", draw_check, { .legend = true } },
        { "check-starting", "status-starting", draw_check, { .legend = true } },
        { "show", "status", draw_show, { 0 } },
        { "show-source", "source", draw_source, { 0 } },
        { "sources", "sources", draw_sources, { .legend = true, .utf8 = true } },
        { "sources-verbose", "sources", draw_sources, { .legend = true, .utf8 = true, .verbose = true } },
        { "sources-numeric", "sources", draw_sources, { .utf8 = true, .numeric = true, .unit = UNIT_MS } },
        { "sources-narrow", "sources", draw_sources, { .legend = true, .utf8 = true, .width = 80 } },
        { "sources-narrow-ascii", "sources", draw_sources, { .legend = true, .width = 80 } },
        { "sources-colour", "sources", draw_sources, { .legend = true, .utf8 = true, .colour = true } },
        { "sources-none", "none", draw_sources, { .legend = true } },
        { "stats", "sources", stats_draw, { .legend = true, .utf8 = true } },
        { "stats-us", "sources", stats_draw, { .utf8 = true, .unit = UNIT_US } },
        { "stats-none", "none", stats_draw, { .legend = true } },
        { "server", "server", server_draw, { .legend = true, .utf8 = true } },
        { "server-plain", "server-plain", server_draw, { .legend = true, .utf8 = true } },
        { "server-off", "server-off", server_draw, { .legend = true, .utf8 = true } },
        { "clients", "clients", clients_draw, { .legend = true, .utf8 = true } },
        { "clients-none", "none", clients_draw, { .legend = true, .utf8 = true } },
        { "config-check", "config-check", config_check_draw, { .legend = true, .width = 60 } },
        { "config-check-verbose", "config-check", config_check_draw, { .legend = true, .verbose = true } },
        { "config-check-clean", "config-check-clean", config_check_draw, { .legend = true } },
};

static char *read_file(const char *name, const char *suffix) {
        char path[4096], *text = calloc(1, 65536);

        assert_non_null(text);
        snprintf(path, sizeof(path), "%s/%s.%s", getenv("TIMEBALL_GOLDEN"), name, suffix);
        FILE *in = fopen(path, "r");
        if (!in)
                fail_msg("%s cannot be read", path);
        assert_true(fread(text, 1, 65535, in) < 65535);
        fclose(in);
        return text;
}

static char *draw(const Golden *g) {
        _cleanup_(value_freep)
        Value *input = NULL;
        _cleanup_free_ char *json = read_file(g->input, "json");
        char *text = NULL;
        size_t n;

        int line = json_parse(json, &input);
        if (line != 0)
                fail_msg("%s.json:%d is wrong", g->input, line);
        FILE *out = open_memstream(&text, &n);
        assert_non_null(out);
        g->draw(input, &g->view, out);
        fclose(out);
        return text;
}

static void write_expected(const Golden *g, const char *text) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s.txt", getenv("TIMEBALL_GOLDEN"), g->expected);
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
}

static void test_case(void **state) {
        const Golden *g = *state;
        _cleanup_free_ char *text = draw(g);

        if (getenv("TIMEBALL_WRITE_GOLDEN")) {
                write_expected(g, text);
                return;
        }
        _cleanup_free_ char *expected = read_file(g->expected, "txt");
        assert_string_equal(text, expected);
}

/* Nothing but text and our own colours reaches a terminal, whatever a server calls itself. */
static void test_no_escapes_from_outside(void **state) {
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                if (cases[i].view.colour)
                        continue;
                _cleanup_free_ char *text = draw(&cases[i]);
                for (const char *p = text; *p; p++)
                        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
        }
}

int main(void) {
        struct CMUnitTest tests[ELEMENTS(cases) + 1];

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                tests[i] = (struct CMUnitTest){ cases[i].expected, test_case, NULL, NULL, (void *)&cases[i] };
        tests[ELEMENTS(cases)] = (struct CMUnitTest)cmocka_unit_test(test_no_escapes_from_outside);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
