/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/polkit.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME      "org.freedesktop.PolicyKit1"
#define PATH      "/org/freedesktop/PolicyKit1/Authority"
#define INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define DISMISSED "polkit.dismissed"

enum { CANCEL_ID_MAX = 32, FLAG_DIALOG = 1 };

static const char *const answer_names[] = {
        [POLKIT_UNASKED] = "unasked",
        [POLKIT_YES] = "yes",
        [POLKIT_NO] = "no",
        [POLKIT_CHALLENGE] = "challenge",
        [POLKIT_DISMISSED] = "dismissed",
        [POLKIT_ABSENT] = "absent",
        [POLKIT_SILENT] = "silent",
        [POLKIT_FAILED] = "failed",
};

DEFINE_STRTAB(PolkitAnswer, polkit_answer, answer_names);

struct PolkitQuestion {
        sd_bus *connection;
        sd_bus_slot *slot; /* NULL: answered */
        char cancel_id[CANCEL_ID_MAX];
        PolkitAnswered answered;
        void *userdata;
};

/* Nobody waits for what comes back, and a polkit that is gone is not started for it. */
static void cancel(PolkitQuestion *q) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;

        int r = sd_bus_message_new_method_call(
                q->connection, &m, NAME, PATH, INTERFACE, "CancelCheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(m, false);
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", q->cancel_id);
        if (r >= 0)
                sd_bus_send(q->connection, m, NULL);
}

PolkitQuestion *polkit_question_free(PolkitQuestion *q) {
        if (!q)
                return NULL;
        if (q->slot) {
                sd_bus_slot_unref(q->slot);
                cancel(q);
        }
        sd_bus_unref(q->connection);
        free(q);
        return NULL;
}

static PolkitAnswer read_error(const sd_bus_error *e) {
        if (sd_bus_error_has_names(e, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return POLKIT_ABSENT;
        if (sd_bus_error_has_names(e, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT))
                return POLKIT_SILENT;
        return POLKIT_FAILED;
}

/* Whether the details of an answer say that the dialog was closed. */
static int read_dismissed(sd_bus_message *m, bool *ret) {
        const char *key, *value;
        bool dismissed = false;

        int r = sd_bus_message_enter_container(m, 'a', "{ss}");
        while (r >= 0 && (r = sd_bus_message_read(m, "{ss}", &key, &value)) > 0)
                dismissed |= strcmp(key, DISMISSED) == 0 && *value != '\0';
        if (r >= 0)
                *ret = dismissed;
        return r;
}

static PolkitAnswer read_answer(sd_bus_message *m) {
        int authorized, challenge;
        bool dismissed;

        if (sd_bus_message_is_method_error(m, NULL))
                return read_error(sd_bus_message_get_error(m));
        int r = sd_bus_message_enter_container(m, 'r', "bba{ss}");
        if (r >= 0)
                r = sd_bus_message_read(m, "bb", &authorized, &challenge);
        if (r >= 0)
                r = read_dismissed(m, &dismissed);
        if (r < 0)
                return POLKIT_FAILED;
        if (authorized)
                return POLKIT_YES;
        if (dismissed)
                return POLKIT_DISMISSED;
        return challenge ? POLKIT_CHALLENGE : POLKIT_NO;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        PolkitQuestion *q = userdata;
        PolkitAnswer answer = read_answer(m);

        /* Whom we have not heard may be asking still. */
        if (answer == POLKIT_SILENT)
                cancel(q);
        q->slot = sd_bus_slot_unref(q->slot);
        q->answered(q->userdata, answer);
        return 0;
}

static int append_details(sd_bus_message *m, const PolkitRequest *request) {
        int r = sd_bus_message_open_container(m, 'a', "{ss}");

        if (r >= 0)
                r = sd_bus_message_append(m, "{ss}", "method", request->method);
        if (r >= 0)
                r = sd_bus_message_append(m, "{ss}", "call", request->call);
        if (r >= 0 && request->key)
                r = sd_bus_message_append(m, "{ss}", request->key, request->about);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int send_question(PolkitQuestion *q, const PolkitRequest *request) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        uint64_t patience = request->dialog ? POLKIT_DIALOG_USEC : POLKIT_PATIENCE_USEC;

        int r = sd_bus_message_new_method_call(
                q->connection, &m, NAME, PATH, INTERFACE, "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(m, "(sa{sv})", "system-bus-name", 1, "name", "s", request->sender);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", request->action);
        if (r >= 0)
                r = append_details(m, request);
        if (r >= 0)
                r = sd_bus_message_append(m, "us", request->dialog ? FLAG_DIALOG : 0, q->cancel_id);
        if (r >= 0)
                r = sd_bus_call_async(q->connection, &q->slot, m, on_answer, q, patience);
        return r;
}

int polkit_ask(sd_bus *connection, const PolkitRequest *request, PolkitAnswered answered, void *userdata,
        PolkitQuestion **ret) {
        PolkitQuestion *q = calloc(1, sizeof(*q));

        if (!q)
                return -ENOMEM;
        *q = (PolkitQuestion){
                .connection = sd_bus_ref(connection), .answered = answered, .userdata = userdata
        };
        snprintf(q->cancel_id, sizeof(q->cancel_id), "timeball-%" PRIu64, request->number);
        int r = send_question(q, request);
        if (r < 0) {
                polkit_question_free(q);
                return r;
        }
        *ret = q;
        return 0;
}
