/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl clients, top: who asks the server for the time. */

#include "base/cleanup.h"
#include "client.h"
#include "table.h"
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PAGE_ROWS = 1000, TOP_ROWS = 10, UNKNOWN_INTERVAL = 127 };

/* The columns of TIMEBALL_CLIENT_ROW in order. */
static const char *const row_names[] = { "Address", "NTPRequests", "NTSKERequests", "CommandRequests",
        "NTPDropped", "NTSKEDropped", "CommandDropped", "NTPIntervalLog2", "NTSKEIntervalLog2",
        "CommandIntervalLog2", "LimitedIntervalLog2", "NTPAgoSeconds", "NTSKEAgoSeconds",
        "CommandAgoSeconds" };

static const Column columns[] = {
        { "ADDRESS", COLUMN_SHRINKS },
        { "REQUESTS", COLUMN_RIGHT },
        { "DROPPED", COLUMN_RIGHT },
        { "INTERVAL", COLUMN_RIGHT },
        { "LIMITED", COLUMN_RIGHT },
        { "LAST", COLUMN_RIGHT },
};

static void add_count(Table *t, const Value *row, const char *name) {
        char buffer[FORMAT_MAX];

        snprintf(buffer, sizeof(buffer), "%" PRIu64, member_number(row, name));
        table_add(t, TINT_NONE, buffer);
}

static void add_interval(Table *t, const Value *row, const char *name) {
        char buffer[FORMAT_MAX];

        table_add(t, TINT_NONE, format_log2(member_integer(row, name, UNKNOWN_INTERVAL), buffer));
}

static void add_age(Table *t, const Value *row) {
        uint64_t seconds = member_number(row, "NTPAgoSeconds");
        char buffer[FORMAT_MAX];

        table_add(t, TINT_NONE, seconds >= UINT32_MAX ? "-" : format_duration((double)seconds, buffer));
}

void clients_draw(const Value *clients, const View *view, FILE *out) {
        _cleanup_(table_freep)
        Table *t = table_new(columns, ELEMENTS(columns));

        value_foreach(row, clients) {
                table_add(t, TINT_NONE, member_text(row, "Address"));
                add_count(t, row, "NTPRequests");
                add_count(t, row, "NTPDropped");
                add_interval(t, row, "NTPIntervalLog2");
                add_interval(t, row, "LimitedIntervalLog2");
                add_age(t, row);
        }
        table_draw(t, view, out);
        if (view->legend && !value_count(clients))
                fputs("No client is remembered.\n", out);
}

/* Moves rows to the end of `to`, with names. */
static void name_rows(Value *rows, Value *to) {
        for (Value *row = rows ? rows->first : NULL; row; row = row->next)
                value_adopt(to, NULL, value_name_cells(row, row_names, ELEMENTS(row_names)));
}

/* What the options ask for, as ListClients has it. */
static int append_choice(sd_bus_message *m, const Options *o) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && o->subnet)
                r = sd_bus_message_append(m, "{sv}", "subnet", "s", o->subnet);
        if (r >= 0 && o->sort)
                r = sd_bus_message_append(m, "{sv}", "sort", "s", o->sort);
        if (r >= 0 && o->min_packets > 0)
                r = sd_bus_message_append(m, "{sv}", "min-packets", "t", (uint64_t)o->min_packets);
        if (r >= 0 && o->reset)
                r = sd_bus_message_append(m, "{sv}", "reset", "b", true);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static ExitStatus fetch_page(Client *c, const Options *o, uint32_t cursor, Value **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;

        int r = client_begin(c, target_server, "ListClients", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "uu", cursor, PAGE_ROWS);
        if (r >= 0)
                r = append_choice(m, o);
        return client_finish_order(c, m, r, ret);
}

static ExitStatus fetch_all(Client *c, const Options *o, Value *clients) {
        uint32_t cursor = 0;

        do {
                _cleanup_(value_freep)
                Value *page = NULL;
                ExitStatus status = fetch_page(c, o, cursor, &page);
                if (status != STATUS_OK)
                        return status;
                cursor = (uint32_t)value_number(page->first, 0);
                name_rows(page->last, clients);
        } while (cursor != 0 && !o->sort);
        return STATUS_OK;
}

static ExitStatus fetch_top(Client *c, unsigned n, Value *clients) {
        _cleanup_(value_freep)
        Value *answer = NULL;

        ExitStatus status = client_order(c, target_server, "ListTopClients", &answer, "u", n);
        if (status == STATUS_OK)
                name_rows(answer->first, clients);
        return status;
}

/* n 0: all of them. */
static ExitStatus list(const Invocation *invocation, unsigned n) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *clients = value_new(VALUE_ARRAY);

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = n > 0 ? fetch_top(c, n, clients) : fetch_all(c, invocation->options, clients);
        return status == STATUS_OK ? verb_present(invocation, clients, clients_draw) : status;
}

ExitStatus verb_clients(const Invocation *invocation) {
        return list(invocation, 0);
}

ExitStatus verb_top(const Invocation *invocation) {
        const char *text = invocation->n > 0 ? invocation->arguments[0] : NULL;
        unsigned long n = TOP_ROWS;
        char *end = NULL;

        if (text) {
                errno = 0;
                n = strtoul(text, &end, 10);
                if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' || n < 1 || n > PAGE_ROWS) {
                        fprintf(stderr, "timeballctl: top: '%s' is not a number from 1 to %d\n", text,
                                PAGE_ROWS);
                        return STATUS_USAGE;
                }
        }
        return list(invocation, (unsigned)n);
}
