/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "client.h"

#include "agent.h"
#include "base/cleanup.h"
#include "connection.h"
#include "dbus/names.h"
#include "message.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSPECT TIMEBALL_BUS_NAME ".inspect"

enum { BUDGET_S = 12, ANSWER_S = 10, ASKING_S = 120, TEXT_BYTES = 1024 };

struct Client {
        sd_bus *bus;
        Agent *agent;
        const Options *options;
        const Verb *verb;
        bool foreign;
};

const Target target_manager = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE };
const Target target_clock = { TIMEBALL_CLOCK_PATH, TIMEBALL_CLOCK_INTERFACE };
const Target target_server = { TIMEBALL_SERVER_PATH, TIMEBALL_SERVER_INTERFACE };

/* The columns of TIMEBALL_SOURCE_ROW in order; the last one holds properties by name. */
static const char *const row_names[] = { "Path", "Id", "Name", "Address", "Kind", "State", "Online",
        "Authenticated", "Authentication", "ReferenceIDText", "Stratum", "Reachability", "Poll",
        "LastSampleUSec", "OffsetSeconds", "MeasuredOffsetSeconds", "OffsetErrorSeconds", "FrequencyPPM",
        "SkewPPM", "StdDevSeconds", "PeerDelaySeconds", "PeerDispersionSeconds", "Score", "Samples" };

static ExitStatus say(ExitStatus status, const char *what, const char *why) {
        char clean[TEXT_BYTES], clean_what[TEXT_BYTES];

        fprintf(stderr, "timeballctl: %s: %s\n", text_clean(what, clean_what, sizeof(clean_what)),
                text_clean(why, clean, sizeof(clean)));
        return status;
}

/* How to come by the action, which the daemon has named. */
static void say_how(const Client *c) {
        bool silent = c->options->no_ask_password;

        if (!c->verb->action || geteuid() == 0)
                return;
        fprintf(stderr, "timeballctl: to be allowed, %s, or become root (sudo)\n",
                silent     ? "let polkit ask for a password (without --no-ask-password)"
                : c->agent ? "let polkit allow it to this user"
                           : "call it in a terminal, where polkit can ask for a password");
}

static ExitStatus say_error(const Client *c, const sd_bus_error *e, int r) {
        static const struct {
                const char *name;
                ExitStatus status;
                const char *text;
        } known[] = {
                { SD_BUS_ERROR_SERVICE_UNKNOWN, STATUS_NOT_RUNNING, "the daemon is not running" },
                { SD_BUS_ERROR_NAME_HAS_NO_OWNER, STATUS_NOT_RUNNING, "the daemon is not running" },
                { SD_BUS_ERROR_ACCESS_DENIED, STATUS_NOT_AUTHORIZED, NULL },
                { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, STATUS_NOT_AUTHORIZED, NULL },
                { TIMEBALL_ERROR_NO_SUCH_SOURCE, STATUS_NO_SUCH_SOURCE, NULL },
                { SD_BUS_ERROR_UNKNOWN_OBJECT, STATUS_NO_SUCH_SOURCE, NULL },
                { TIMEBALL_ERROR_INVALID_SUBNET, STATUS_USAGE, NULL },
                { TIMEBALL_ERROR_INVALID_OPTION, STATUS_USAGE, NULL },
                { SD_BUS_ERROR_INVALID_ARGS, STATUS_USAGE, NULL },
        };
        char clean[TEXT_BYTES];
        ExitStatus status = STATUS_FAILURE;
        const char *text = e->message ? e->message : strerror(-r);

        for (size_t i = 0; i < ELEMENTS(known); i++)
                if (sd_bus_error_has_name(e, known[i].name)) {
                        status = known[i].status;
                        text = known[i].text && !c->foreign ? known[i].text : text;
                }
        fprintf(stderr, "timeballctl: %s\n", text_clean(text, clean, sizeof(clean)));
        if (status == STATUS_NOT_AUTHORIZED)
                say_how(c);
        return status;
}

static ExitStatus new_client(const Invocation *invocation, bool foreign, Client **ret) {
        _cleanup_(client_freep)
        Client *c = calloc(1, sizeof(*c));

        if (!c)
                abort();
        c->options = invocation->options;
        c->verb = invocation->verb;
        c->foreign = foreign;
        ExitStatus status = connection_open(c->options, &c->bus);
        if (status == STATUS_OK && !foreign)
                status = connection_check(c->options, c->bus);
        if (status == STATUS_OK)
                *ret = TAKE_PTR(c);
        return status;
}

ExitStatus client_new(const Invocation *invocation, Client **ret) {
        return new_client(invocation, false, ret);
}

ExitStatus client_new_foreign(const Invocation *invocation, Client **ret) {
        return new_client(invocation, true, ret);
}

Client *client_free(Client *c) {
        if (c) {
                agent_stop(c->agent);
                sd_bus_flush_close_unref(c->bus);
        }
        free(c);
        return NULL;
}

sd_bus *client_bus(Client *c) {
        return c->bus;
}

int client_begin(Client *c, Target target, const char *member, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(
                c->bus, ret, TIMEBALL_BUS_NAME, target.path, target.interface, member);
        return r < 0 ? r : sd_bus_message_set_auto_start(*ret, false);
}

/* What --timeout says, or else what is usual. */
static double limit_s(const Client *c, double usual) {
        return isnan(c->options->timeout_s) ? usual : c->options->timeout_s;
}

/* How long to wait. */
typedef struct Patience {
        double answer_s;
        int budget_s; /* for the daemon's budget of this user, which is spent */
} Patience;

static ExitStatus finish(Client *c, sd_bus_message *m, int r, const Patience *patience, Value **ret) {
        uint64_t usec = patience->answer_s < 1e9 ? (uint64_t)(patience->answer_s * 1e6) + 1 : UINT64_MAX;
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        for (int tries = 0; r >= 0; tries++) {
                r = sd_bus_call(c->bus, m, usec, &error, &reply);
                if (!sd_bus_error_has_name(&error, TIMEBALL_ERROR_RATE_LIMITED) ||
                        tries >= patience->budget_s)
                        break;
                if (tries == 0 && isatty(STDERR_FILENO) && !c->options->quiet)
                        fprintf(stderr, "timeballctl: asked too often, waiting: %s\n", error.message);
                sd_bus_error_free(&error);
                sleep(1);
                r = 0;
        }
        if (r < 0)
                return say_error(c, &error, r);
        if (ret && message_read(reply, ret) < 0)
                return say(STATUS_FAILURE, "The daemon's answer", "cannot be read");
        return STATUS_OK;
}

ExitStatus client_finish_within(Client *c, sd_bus_message *m, int r, double seconds, Value **ret) {
        return finish(c, m, r, &(Patience){ seconds, 0 }, ret);
}

ExitStatus client_finish(Client *c, sd_bus_message *m, int r, Value **ret) {
        return finish(c, m, r, &(Patience){ limit_s(c, ANSWER_S), BUDGET_S }, ret);
}

/* What would change something is not tried again behind the back of who has ordered it. */
static bool only_inspects(const Client *c) {
        return c->verb->action && strcmp(c->verb->action, INSPECT) == 0;
}

ExitStatus client_finish_order(Client *c, sd_bus_message *m, int r, Value **ret) {
        bool may_ask = !c->options->no_ask_password;
        const Patience patience = { limit_s(c, may_ask ? ASKING_S : ANSWER_S),
                only_inspects(c) ? BUDGET_S : 0 };

        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(m, may_ask);
        /* Somebody else's machine has agents of its own, and root is never asked. */
        if (r >= 0 && may_ask && !c->agent && !c->options->host && !c->options->machine && geteuid() != 0)
                c->agent = agent_start();
        return finish(c, m, r, &patience, ret);
}

ExitStatus client_call(Client *c, Target target, const char *member, Value **ret, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        va_list arguments;

        int r = client_begin(c, target, member, &m);
        va_start(arguments, types);
        if (r >= 0)
                r = sd_bus_message_appendv(m, types, arguments);
        va_end(arguments);
        return client_finish(c, m, r, ret);
}

ExitStatus client_order(Client *c, Target target, const char *member, Value **ret, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        va_list arguments;

        int r = client_begin(c, target, member, &m);
        va_start(arguments, types);
        if (r >= 0)
                r = sd_bus_message_appendv(m, types, arguments);
        va_end(arguments);
        return client_finish_order(c, m, r, ret);
}

ExitStatus client_order_once(
        const Invocation *invocation, Target target, const char *member, const char *types, ...) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        va_list arguments;

        ExitStatus status = client_new(invocation, &c);
        if (status != STATUS_OK)
                return status;
        int r = client_begin(c, target, member, &m);
        va_start(arguments, types);
        if (r >= 0)
                r = sd_bus_message_appendv(m, types, arguments);
        va_end(arguments);
        return client_finish_order(c, m, r, NULL);
}

/* Only the first of the answer's arguments. */
static ExitStatus take_first(ExitStatus status, Value *const *answer, Value **ret) {
        Value *arguments = *answer;
        Value *first = status == STATUS_OK && arguments ? arguments->first : NULL;

        if (!first) {
                value_free(arguments);
                return status == STATUS_OK ? say(STATUS_FAILURE, "The daemon's answer", "is empty") : status;
        }
        arguments->first = first->next;
        first->parent = NULL;
        first->next = NULL;
        value_free(arguments);
        *ret = first;
        return STATUS_OK;
}

ExitStatus client_properties(Client *c, const char *path, Value **ret) {
        const Target target = { path, "org.freedesktop.DBus.Properties" };
        Value *answer = NULL;

        return take_first(client_call(c, target, "GetAll", &answer, "s", ""), &answer, ret);
}

ExitStatus client_property(Client *c, Target target, const char *name, Value **ret) {
        const Target properties = { target.path, "org.freedesktop.DBus.Properties" };
        Value *answer = NULL;

        return take_first(
                client_call(c, properties, "Get", &answer, "ss", target.interface, name), &answer, ret);
}

static int append_filter(sd_bus_message *m, const char *const *aspects) {
        if (!aspects)
                return sd_bus_message_append(m, "a{sv}", 0);
        int r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "aspects");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_append_strv(m, (char **)aspects);
        for (int i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

ExitStatus client_sources(Client *c, const char *const *aspects, Value **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_(value_freep)
        Value *rows = NULL;
        Value *answer = NULL;

        int r = client_begin(c, target_manager, "ListSources", &m);
        if (r >= 0)
                r = append_filter(m, aspects);
        ExitStatus status = take_first(client_finish(c, m, r, &answer), &answer, &rows);
        if (status != STATUS_OK)
                return status;
        *ret = value_new(VALUE_ARRAY);
        for (Value *row = rows->first; row; row = row->next)
                value_adopt(*ret, NULL, value_name_cells(row, row_names, ELEMENTS(row_names)));
        return STATUS_OK;
}

static char *copy(const char *text) {
        char *copied = strdup(text);

        if (!copied)
                abort();
        return copied;
}

ExitStatus client_find_source(Client *c, const char *text, char **ret) {
        _cleanup_(value_freep)
        Value *path = NULL;
        Value *answer = NULL;
        char by_id[sizeof(TIMEBALL_SOURCES_PATH) + 16];

        size_t digits = strspn(text, "0123456789");
        bool is_id = digits > 0 && digits <= 10 && text[digits] == '\0';
        if (is_id || sd_bus_object_path_is_valid(text) > 0) {
                snprintf(by_id, sizeof(by_id), "%s/%.10s", TIMEBALL_SOURCES_PATH, text);
                *ret = copy(is_id ? by_id : text);
                return STATUS_OK;
        }
        ExitStatus status =
                take_first(client_call(c, target_manager, "GetSource", &answer, "s", text), &answer, &path);
        if (status != STATUS_OK)
                return status;
        *ret = copy(value_text(path, ""));
        return STATUS_OK;
}
