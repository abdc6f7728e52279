/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How output is to look: chosen once by the options and the terminal, then handed to the pure functions that draw.
 */

#include "exit-status.h"
#include "format.h"
#include "value.h"

#include <stdio.h>

typedef struct View {
        Unit unit;
        bool utc;
        bool legend;  /* headings and totals */
        bool verbose; /* all columns */
        bool numeric; /* addresses instead of names */
        bool colour;
        bool utf8;    /* the terminal shows more than ASCII */
        size_t width; /* columns, 0 = as many as it takes */
} View;

typedef enum Tint { TINT_NONE, TINT_HEADING, TINT_GOOD, TINT_WARNING, TINT_BAD, TINT_QUIET } Tint;

/* Escape sequences that begin and end a tint; "" without colour. */
const char *view_tint(const View *view, Tint tint);
const char *view_plain(const View *view, Tint tint);

/* "        Label: text": a line of a description. The text is cleaned. */
void view_line(const char *label, const char *text, FILE *out);

/* The drawings, each from the value that --json shows. */
void status_draw(const Value *status, const View *view, FILE *out);
/* One line for monitoring: STATUS_OK or STATUS_NOT_SYNCHRONIZED. max_error_s NaN: no limit. */
ExitStatus status_check(const Value *status, const View *view, double max_error_s, FILE *out);
void sources_draw(const Value *sources, uint64_t now_usec, const View *view, FILE *out);
void stats_draw(const Value *sources, const View *view, FILE *out);
void server_draw(const Value *server, const View *view, FILE *out);
void clients_draw(const Value *clients, const View *view, FILE *out);
void alerts_draw(const Value *alerts, const View *view, FILE *out);
void graph_draw(const Value *history, const View *view, FILE *out);
void hints_draw(const Value *hints, const View *view, FILE *out);
void history_draw(const Value *history, const View *view, FILE *out);
void history_write_csv(const Value *history, const View *view, FILE *out);
void keys_draw(const Value *keys, const View *view, FILE *out);
void log_level_draw(const Value *level, const View *view, FILE *out);
void permissions_draw(const Value *permissions, const View *view, FILE *out);
void pools_draw(const Value *pools, const View *view, FILE *out);
void wait_sync_draw(const Value *answer, const View *view, FILE *out);
void warnings_draw(const Value *warnings, const View *view, FILE *out);
void access_draw(const Value *rules, const View *view, FILE *out);
void activity_draw(const Value *manager, const View *view, FILE *out);
void auth_draw(const Value *sources, const View *view, FILE *out);
void monitor_draw(const Value *event, const View *view, FILE *out);
void ntp_data_draw(const Value *sources, const View *view, FILE *out);
void select_draw(const Value *sources, uint64_t now_usec, const View *view, FILE *out);
void source_draw(const Value *source, const View *view, FILE *out);
void tracking_draw(const Value *clock, const View *view, FILE *out);
void config_check_draw(const Value *report, const View *view, FILE *out);
