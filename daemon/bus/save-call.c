/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/save-call.h"

#include "bus/published.h"

#include <errno.h>
#include <stdlib.h>

struct SaveCall {
        SaveCalls *calls; /* NULL: gone */
        SaveCall *next;
        sd_bus_message *message, *reply;
        const char *undone;
        uid_t user;
};

struct SaveCalls {
        SaveCall *first;
};

SaveCalls *save_calls_new(void) {
        return calloc(1, sizeof(SaveCalls));
}

SaveCalls *save_calls_free(SaveCalls *calls) {
        if (calls)
                for (SaveCall *c = calls->first; c; c = c->next)
                        c->calls = NULL;
        free(calls);
        return NULL;
}

void save_call_drop(SaveCall *call) {
        if (call->calls) {
                SaveCall **place = &call->calls->first;
                while (*place != call)
                        place = &(*place)->next;
                *place = call->next;
        }
        sd_bus_message_unref(call->message);
        sd_bus_message_unref(call->reply);
        free(call);
}

static bool has_room(const SaveCalls *calls, uid_t user) {
        size_t n = 0, of_user = 0;

        for (const SaveCall *c = calls->first; c; c = c->next) {
                n++;
                of_user += c->user == user;
        }
        return n < SAVE_CALLS_MAX && (user == 0 || of_user < SAVE_CALLS_EACH);
}

SaveCall *save_call_keep(SaveCalls *calls, sd_bus_message *m, uid_t user, sd_bus_error *error) {
        if (!has_room(calls, user)) {
                sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "Too many calls wait for the disk (%d of one user, %d of all). Call again later.",
                        SAVE_CALLS_EACH, SAVE_CALLS_MAX);
                return NULL;
        }
        SaveCall *call = malloc(sizeof(*call));
        if (!call) {
                sd_bus_error_set_errno(error, -ENOMEM);
                return NULL;
        }
        *call = (SaveCall){ calls, calls->first, sd_bus_message_ref(m), NULL, "", user };
        calls->first = call;
        return call;
}

/* That the caller has left meanwhile is no error. */
static void answer(void *userdata, int error, const char *why) {
        SaveCall *call = userdata;
        char shown[BUS_CONFIG_WHY_MAX];

        if (call->calls && error == 0)
                (void)sd_bus_send(NULL, call->reply, NULL);
        else if (call->calls)
                (void)sd_bus_reply_method_errorf(call->message, SD_BUS_ERROR_IO_ERROR, "%s%s", call->undone,
                        clean_copy(why, shown, sizeof(shown)));
        save_call_drop(call);
}

void save_call_wait(
        SaveCall *call, sd_bus_message *reply, const char *undone, const BusConfigOps *ops, void *userdata) {
        call->reply = reply;
        call->undone = undone;
        ops->tell_saved(userdata, answer, call);
}
