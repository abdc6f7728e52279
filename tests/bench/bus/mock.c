/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The least that ListSources can cost: a service that has the same rows as org.timeball1 in a plain array, and sends them.
 * It asks for them once, when it starts; then it answers ListSources of any arguments under a name of its own.
 *
 * mock ADDRESS NAME
 */

#include "base/cleanup.h"
#include "dbus/names.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define ROW_FIELDS "ousssssbssuyitdddddddddua{sv}"

enum { ROWS_MAX = 65536, TEXTS = 8, NUMBERS = 9 };

typedef struct Row {
        char *texts[TEXTS]; /* path, name, address, kind, state, online, authentication, reference id */
        uint32_t id, stratum, samples;
        int authenticated, poll;
        uint8_t reach;
        uint64_t last_sample_usec;
        double numbers[NUMBERS];
} Row;

typedef struct Rows {
        Row *rows;
        size_t n;
} Rows;

static int read_row(sd_bus_message *m, Row *ret) {
        const char *t[TEXTS];
        double *d = ret->numbers;

        int r = sd_bus_message_enter_container(m, 'r', ROW_FIELDS);
        if (r <= 0)
                return r;
        r = sd_bus_message_read(m, "ousssssbssuyitdddddddddu", &t[0], &ret->id, &t[1], &t[2], &t[3], &t[4],
                &t[5], &ret->authenticated, &t[6], &t[7], &ret->stratum, &ret->reach, &ret->poll,
                &ret->last_sample_usec, &d[0], &d[1], &d[2], &d[3], &d[4], &d[5], &d[6], &d[7], &d[8],
                &ret->samples);
        if (r >= 0)
                r = sd_bus_message_skip(m, "a{sv}");
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        for (int i = 0; r >= 0 && i < TEXTS; i++)
                if (!(ret->texts[i] = strdup(t[i])))
                        err(1, "a row");
        return r < 0 ? r : 1;
}

static int ask(sd_bus *bus, Rows *ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        ret->rows = calloc(ROWS_MAX, sizeof(Row));
        if (!ret->rows)
                err(1, "rows");
        int r = sd_bus_call_method(bus, TIMEBALL_BUS_NAME, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE,
                "ListSources", NULL, &reply, "a{sv}", 0);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', TIMEBALL_SOURCE_ROW);
        while (r >= 0 && ret->n < ROWS_MAX && (r = read_row(reply, &ret->rows[ret->n])) > 0)
                ret->n++;
        return r;
}

static int append_row(sd_bus_message *reply, const Row *row) {
        char *const *t = row->texts;
        const double *d = row->numbers;

        return sd_bus_message_append(reply, TIMEBALL_SOURCE_ROW, t[0], row->id, t[1], t[2], t[3], t[4], t[5],
                row->authenticated, t[6], t[7], row->stratum, row->reach, row->poll, row->last_sample_usec,
                d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], row->samples, 0);
}

static int list_sources(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        const Rows *rows = userdata;

        int r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', TIMEBALL_SOURCE_ROW);
        for (size_t i = 0; r >= 0 && i < rows->n; i++)
                r = append_row(reply, &rows->rows[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD(
                "ListSources", "a{sv}", "a" TIMEBALL_SOURCE_ROW, list_sources, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int join(const char *address, sd_bus **ret) {
        int r = sd_bus_new(ret);
        if (r >= 0)
                r = sd_bus_set_address(*ret, address);
        if (r >= 0)
                r = sd_bus_set_bus_client(*ret, true);
        return r < 0 ? r : sd_bus_start(*ret);
}

static int serve(const char *address, const char *name, Rows *rows) {
        _cleanup_(sd_bus_flush_close_unrefp)
        sd_bus *bus = NULL;

        int r = join(address, &bus);
        if (r >= 0)
                r = ask(bus, rows);
        if (r >= 0)
                r = sd_bus_add_object_vtable(
                        bus, NULL, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, vtable, rows);
        if (r >= 0)
                r = sd_bus_request_name(bus, name, 0);
        while (r >= 0)
                if ((r = sd_bus_process(bus, NULL)) == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        return r;
}

int main(int argc, char **argv) {
        Rows rows = { 0 };

        if (argc != 3)
                errx(2, "usage: mock ADDRESS NAME");
        errx(1, "%s", strerror(-serve(argv[1], argv[2], &rows)));
}
