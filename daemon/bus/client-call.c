/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/client-call.h"

#include "base/cleanup.h"
#include "base/subnet.h"
#include "bus/access-rules.h"
#include "bus/published.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct ClientCall ClientCall;

struct ClientCall {
        ClientCalls *calls; /* NULL: gone */
        ClientCall *next;
        sd_bus_message *message;
        uid_t user;
        ClientAnswer answer;
};

struct ClientCalls {
        ClientCall *first;
};

ClientCalls *client_calls_new(void) {
        return calloc(1, sizeof(ClientCalls));
}

ClientCalls *client_calls_free(ClientCalls *calls) {
        if (calls)
                for (ClientCall *c = calls->first; c; c = c->next)
                        c->calls = NULL;
        free(calls);
        return NULL;
}

static void unlink_call(ClientCall *call) {
        if (!call->calls)
                return;
        ClientCall **place = &call->calls->first;
        while (*place != call)
                place = &(*place)->next;
        *place = call->next;
}

void client_call_drop(void *userdata) {
        ClientCall *call = userdata;

        unlink_call(call);
        sd_bus_message_unref(call->message);
        free(call);
}

static bool has_room(const ClientCalls *calls, uid_t user) {
        size_t n = 0, of_user = 0;

        for (const ClientCall *c = calls->first; c; c = c->next) {
                n++;
                of_user += c->user == user;
        }
        return n < CLIENT_CALLS_MAX && of_user < CLIENT_CALLS_EACH;
}

void *client_call_keep(
        ClientCalls *calls, sd_bus_message *m, uid_t user, ClientAnswer answer, sd_bus_error *error) {
        if (!has_room(calls, user)) {
                sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "Too many calls wait for an answer (%d of one user, %d of all). Call again later.",
                        CLIENT_CALLS_EACH, CLIENT_CALLS_MAX);
                return NULL;
        }
        ClientCall *call = calloc(1, sizeof(*call));
        if (!call) {
                sd_bus_error_set_errno(error, -ENOMEM);
                return NULL;
        }
        *call = (ClientCall){ calls, calls->first, sd_bus_message_ref(m), user, answer };
        calls->first = call;
        return call;
}

static const char *row_address(const ClientRow *row, char buffer[static SUBNET_TEXT_MAX]) {
        const Subnet subnet = { row->address, row->prefix };

        return subnet_format(&subnet, buffer);
}

/* Keys (nke) and commands are not served: nothing is known of them. */
static int append_row(sd_bus_message *reply, const ClientRow *row) {
        const uint64_t none = 0;
        char address[SUBNET_TEXT_MAX];

        return sd_bus_message_append(reply, TIMEBALL_CLIENT_ROW, row_address(row, address), row->hits, none,
                none, row->drops, none, none, row->interval_log2, CLIENT_INTERVAL_UNKNOWN,
                CLIENT_INTERVAL_UNKNOWN, row->limited_interval_log2, row->ago_s, UINT32_MAX, UINT32_MAX);
}

static int append_page(sd_bus_message *reply, ClientAnswer answer, const ClientPage *page) {
        int r = 0;

        if (answer == CLIENT_ANSWER_PAGE)
                r = sd_bus_message_append(reply, "uu", page->next_cursor, page->total);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', TIMEBALL_CLIENT_ROW);
        for (size_t i = 0; r >= 0 && i < page->n; i++)
                r = append_row(reply, &page->rows[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int send_page(const ClientCall *call, const ClientPage *page) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        if (!page)
                return -ECANCELED;
        int r = sd_bus_message_new_method_return(call->message, &reply);
        if (r >= 0)
                r = append_page(reply, call->answer, page);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

void client_call_answer(void *userdata, const ClientPage *page) {
        ClientCall *call = userdata;
        int r = call->calls ? send_page(call, page) : 0;

        if (r < 0) /* or the caller would wait for nothing */
                sd_bus_reply_method_errno(call->message, r, NULL);
        client_call_drop(call);
}

static int read_min_packets(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        return sd_bus_message_read(m, "v", "t", &q->min_hits);
}

static int read_reset(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        int reset = 0;
        int r = sd_bus_message_read(m, "v", "b", &reset);

        q->reset = reset;
        return r;
}

static int read_sort(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        static const struct {
                const char *word;
                ClientSort sort;
        } words[] = {
                { "none", CLIENT_SORT_NONE },
                { "requests", CLIENT_SORT_HITS },
                { "drops", CLIENT_SORT_DROPS },
                { "recent", CLIENT_SORT_RECENT },
        };
        const char *text;

        int r = sd_bus_message_read(m, "v", "s", &text);
        for (size_t i = 0; r >= 0 && i < ELEMENTS(words); i++)
                if (strcmp(words[i].word, text) == 0) {
                        q->sort = words[i].sort;
                        return 0;
                }
        return r < 0 ? r : -EINVAL;
}

static int read_subnet(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        AccessRule rules[ACCESS_RULES_EACH];
        const char *text;
        size_t n = 0;

        int r = sd_bus_message_read(m, "v", "s", &text);
        if (r >= 0)
                r = access_rules_of_subnet(text, true, rules, &n, error);
        if (r >= 0 && n == 1) {
                q->subnet = rules[0].address;
                q->prefix = rules[0].prefix;
        }
        return r;
}

static const struct {
        const char *key, *wanted;
        int (*read)(sd_bus_message *m, ClientQuery *q, sd_bus_error *error);
} keys[] = {
        { "min-packets", "a number of type t", read_min_packets },
        { "reset", "a boolean", read_reset },
        { "sort", "none, requests, drops or recent", read_sort },
        { "subnet", "a text", read_subnet },
};

static int read_option(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        const char *key;
        char shown[32];

        int r = sd_bus_message_read_basic(m, 's', &key);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                if (strcmp(keys[i].key, key) != 0)
                        continue;
                r = keys[i].read(m, q, error);
                if (r < 0 && !sd_bus_error_is_set(error))
                        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Option '%s' takes %s.",
                                key, keys[i].wanted);
                return r;
        }
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "There is no option '%s'; there are min-packets, reset, sort and subnet.",
                clean_copy(key, shown, sizeof(shown)));
}

static int read_options(sd_bus_message *m, ClientQuery *q, sd_bus_error *error) {
        int r = sd_bus_message_enter_container(m, 'a', "{sv}");

        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_option(m, q, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int client_query_check(const ClientQuery *q, sd_bus_error *error) {
        if (q->max >= 1 && q->max <= CLIENTS_PAGE_MAX)
                return 0;
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                "%u clients at once is not between 1 and %d; more come by next_cursor.", q->max,
                CLIENTS_PAGE_MAX);
}

/* Those that come first are found by looking at all: there is no second page of them, and nothing that was shown to reset. */
static int check_sorted(const ClientQuery *q, sd_bus_error *error) {
        if (q->sort == CLIENT_SORT_NONE || (q->cursor == 0 && !q->reset))
                return 0;
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                "A sorted list is one page: its cursor is 0, and 'reset' needs sort 'none'.");
}

int client_query_read(sd_bus_message *m, ClientQuery *ret, sd_bus_error *error) {
        ClientQuery q = { 0 };

        int r = sd_bus_message_read(m, "uu", &q.cursor, &q.max);
        if (r >= 0)
                r = client_query_check(&q, error);
        if (r >= 0)
                r = read_options(m, &q, error);
        if (r >= 0)
                r = check_sorted(&q, error);
        if (r < 0)
                return r;
        *ret = q;
        return 0;
}
