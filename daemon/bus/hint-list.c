/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/hint-list.h"

#include "bus/published.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 }; /* of a text that may be as long as a message */

int hint_refuse(HintResult result, const char *about, sd_bus_error *error) {
        char shown[SHOWN_MAX];

        switch (result) {
        case HINT_BAD_INTERFACE:
                return sd_bus_error_set(
                        error, SD_BUS_ERROR_INVALID_ARGS, "The index of a network interface is 1 or more.");
        case HINT_BAD_ORIGIN:
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "'%s' is no origin: give a word of a-z, 0-9 and '-', at most %d long.",
                        clean_copy(about, shown, sizeof(shown)), HINT_ORIGIN_MAX - 1);
        case HINT_BAD_SERVER:
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "'%s' is no server: give a name or an address of letters, digits, '.', ':' and '-', at most %d long.",
                        clean_copy(about, shown, sizeof(shown)), NAME_MAX_BYTES - 1);
        case HINT_BAD_ADDRESS:
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                        "'%s' is no server: no other machine has that address.",
                        clean_copy(about, shown, sizeof(shown)));
        case HINT_TOO_MANY_SERVERS:
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There are more than %d servers in one list.", HINT_SERVERS_MAX);
        case HINT_TOO_MANY:
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There are hints of %d interfaces and origins, the most that there can be.",
                        HINTS_MAX);
        case HINT_NO_MEMORY:
                return -ENOMEM;
        case HINT_OK:
        case HINT_UNCHANGED:
        case HINT_RESULTS:
                break;
        }
        return -EINVAL;
}

int hint_list_read(sd_bus_message *m, HintServers *ret, sd_bus_error *error) {
        const char *name;

        ret->n = 0;
        int r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &name)) > 0) {
                HintResult result = hint_servers_add(ret, name);
                if (result != HINT_OK && result != HINT_UNCHANGED)
                        return hint_refuse(result, name, error);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

const char *hint_list_text(const HintServers *s, char *buffer, size_t size) {
        size_t n = 0;

        buffer[0] = '\0';
        for (size_t i = 0; i < s->n && n + 1 < size; i++)
                n += (size_t)snprintf(buffer + n, size - n, "%s%s", i > 0 ? ", " : "", s->names[i]);
        return buffer;
}

int hint_list_append(sd_bus_message *reply, const HintServers *s) {
        int r = sd_bus_message_open_container(reply, 'a', "s");

        for (size_t i = 0; r >= 0 && i < s->n; i++)
                r = sd_bus_message_append_basic(reply, 's', s->names[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}
