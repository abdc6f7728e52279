/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl monitor: what the daemon tells, as it happens, one line each. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "message.h"
#include "show.h"
#include "text.h"
#include "verbs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_BYTES = 1024 };

#define PROPERTIES "org.freedesktop.DBus.Properties"

/* A match for the name's signals is the bus's business; others can send to us alone, past every match. So who sent it is looked at. */
typedef struct Monitor {
        const Invocation *invocation;
        char *owner; /* of the daemon's name; NULL: nobody */
} Monitor;

#define BUS_DRIVER "org.freedesktop.DBus"

static uint64_t now_usec(clockid_t clock) {
        struct timespec t;

        clock_gettime(clock, &t);
        return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* "/org/timeball1/source/7" is "source/7", the root "manager". */
static const char *short_path(const char *path) {
        size_t n = strlen(TIMEBALL_PATH);

        if (strncmp(path, TIMEBALL_PATH, n) != 0)
                return path;
        return path[n] == '/' ? path + n + 1 : "manager";
}

static bool is_list(const Value *v) {
        return v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT;
}

void monitor_draw(const Value *event, const View *view, FILE *out) {
        const Value *changed = value_get(event, "Changed");
        char instant[FORMAT_MAX], clean[TEXT_BYTES];

        fprintf(out, "%s%s%s ", view_tint(view, TINT_QUIET),
                format_instant(member_number(event, "TimeUSec"), view->utc, instant),
                view_plain(view, TINT_QUIET));
        fprintf(out, "%s", text_clean(short_path(member_text(event, "Path")), clean, sizeof(clean)));
        if (!changed)
                fprintf(out, " %s", text_clean(member_text(event, "Member"), clean, sizeof(clean)));
        value_foreach(property, changed) {
                fprintf(out, " %s=", text_clean(property->key, clean, sizeof(clean)));
                show_value(property, out);
        }
        value_foreach(argument, value_get(event, "Arguments")) {
                fputc(' ', out);
                if (value_text(argument, "-")[0] == '\0' || (is_list(argument) && !argument->first))
                        fputc('-', out); /* nothing would not be seen */
                else
                        show_value(argument, out);
        }
        fputc('\n', out);
}

/* PropertiesChanged is about another interface than the one it comes from. */
static void add_content(Value *event, sd_bus_message *m, Value *arguments) {
        Value *changed = arguments->first ? arguments->first->next : NULL;

        if (!sd_bus_message_is_signal(m, PROPERTIES, "PropertiesChanged") || !changed) {
                value_add_text(event, "Interface", sd_bus_message_get_interface(m));
                value_add_text(event, "Member", sd_bus_message_get_member(m));
                value_adopt(event, "Arguments", arguments);
                return;
        }
        value_add_text(event, "Interface", value_text(arguments->first, ""));
        value_add_text(event, "Member", "PropertiesChanged");
        arguments->first->next = changed->next;
        value_adopt(event, "Changed", changed);
        arguments->last = arguments->first;
        value_free(arguments);
}

static void show(const Monitor *monitor, const Value *event) {
        const Options *o = monitor->invocation->options;
        FILE *out = monitor->invocation->out;

        if (o->json != JSON_OFF)
                json_emit_record(event, o->json, out);
        else
                monitor_draw(event, &o->view, out);
        fflush(out);
}

static bool is_from(sd_bus_message *m, const char *sender) {
        const char *from = sd_bus_message_get_sender(m);

        return from && sender && strcmp(from, sender) == 0;
}

static void show_signal(const Monitor *monitor, sd_bus_message *m) {
        _cleanup_(value_freep)
        Value *event = value_new(VALUE_OBJECT);
        Value *arguments = NULL;

        if (message_read(m, &arguments) < 0)
                return;
        value_add(event, "TimeUSec", VALUE_UNSIGNED)->number = now_usec(CLOCK_REALTIME);
        value_add_text(event, "Path", sd_bus_message_get_path(m));
        add_content(event, m, arguments);
        show(monitor, event);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const Monitor *monitor = userdata;

        if (is_from(m, monitor->owner))
                show_signal(monitor, m);
        return 0;
}

static void set_owner(Monitor *monitor, const char *owner) {
        free(monitor->owner);
        monitor->owner = owner[0] != '\0' ? strdup(owner) : NULL;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name, *old, *new;

        if (!is_from(m, BUS_DRIVER) || sd_bus_message_read(m, "sss", &name, &old, &new) < 0)
                return 0;
        set_owner(userdata, new);
        sd_bus_message_rewind(m, true);
        show_signal(userdata, m);
        return 0;
}

/* What happens between the match and the answer waits to be read, so that nothing is missed. */
static int listen(sd_bus *bus, Monitor *monitor) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        const char *owner;

        int r = sd_bus_add_match(bus, NULL,
                "type='signal',sender='" TIMEBALL_BUS_NAME "',path_namespace='" TIMEBALL_PATH "'", on_signal,
                monitor);
        if (r >= 0)
                r = sd_bus_add_match(bus, NULL,
                        "type='signal',sender='" BUS_DRIVER "',member='NameOwnerChanged',"
                        "arg0='" TIMEBALL_BUS_NAME "'",
                        on_owner, monitor);
        if (r >= 0)
                r = sd_bus_call_method(bus, BUS_DRIVER, "/org/freedesktop/DBus", BUS_DRIVER, "GetNameOwner",
                        &error, &reply, "s", TIMEBALL_BUS_NAME);
        if (sd_bus_error_has_name(&error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return 0; /* it has just gone, and may come back */
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &owner);
        if (r >= 0)
                set_owner(monitor, owner);
        return r;
}

/* Until the bus goes or the time is up. */
static int follow(sd_bus *bus, const Options *o) {
        uint64_t begin = now_usec(CLOCK_MONOTONIC), left = UINT64_MAX;

        for (;;) {
                int r = sd_bus_process(bus, NULL);
                if (r < 0)
                        return r;
                if (!isnan(o->timeout_s)) {
                        uint64_t passed = now_usec(CLOCK_MONOTONIC) - begin;
                        if ((double)passed >= o->timeout_s * 1e6)
                                return 0;
                        left = (uint64_t)(o->timeout_s * 1e6) - passed + 1;
                }
                if (r == 0 && (r = sd_bus_wait(bus, left)) < 0 && r != -EINTR)
                        return r;
        }
}

ExitStatus verb_monitor(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *version = NULL;
        Monitor monitor = { invocation };

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK) /* it has to be there */
                status = client_property(c, target_manager, "Version", &version);
        if (status != STATUS_OK)
                return status;
        int r = listen(client_bus(c), &monitor);
        if (r >= 0)
                r = follow(client_bus(c), invocation->options);
        free(monitor.owner);
        if (r < 0) {
                fprintf(stderr, "timeballctl: listening: %s\n", strerror(-r));
                return STATUS_FAILURE;
        }
        return STATUS_OK;
}
