/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl add, remove, set, selectopts: sources come, go, and are handled otherwise, until the daemon ends. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "numeral.h"
#include "text.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096, CLEAN_BYTES = 256 };

/* What Source.SetOptions takes, with its types. All but the last are commands of chronyc, too. */
static const struct {
        const char *name;
        char type;
} options[] = { { "minpoll", 'i' }, { "maxpoll", 'i' }, { "polltarget", 'u' }, { "maxdelay", 'd' },
        { "maxdelayratio", 'd' }, { "maxdelaydevratio", 'd' }, { "minstratum", 'u' }, { "offset", 'd' },
        { "maxunreach", 'i' }, { "selectopts", 's' } };

/* The arguments from the first on, parted by blanks. They are one line of the configuration's language. */
static ExitStatus join(const Invocation *invocation, int first, char line[static LINE_BYTES]) {
        size_t used = 0;

        line[0] = '\0';
        for (int i = first; i < invocation->n; i++) {
                int n = snprintf(line + used, LINE_BYTES - used, "%s%s", used > 0 ? " " : "",
                        invocation->arguments[i]);
                if (n < 0 || (size_t)n >= LINE_BYTES - used) {
                        fprintf(stderr, "timeballctl: the line is longer than %d octets\n", LINE_BYTES - 1);
                        return STATUS_USAGE;
                }
                used += (size_t)n;
        }
        return STATUS_OK;
}

ExitStatus verb_add(const Invocation *invocation) {
        static const char *const kinds[] = { "server", "peer", "pool" };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *answer = NULL;
        char line[LINE_BYTES], clean[CLEAN_BYTES];
        bool known = false;

        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                known = known || strcmp(kinds[i], invocation->arguments[0]) == 0;
        if (!known) {
                fprintf(stderr, "timeballctl: add: '%s' is not one of server, peer and pool\n",
                        text_clean(invocation->arguments[0], clean, sizeof(clean)));
                return STATUS_USAGE;
        }
        ExitStatus status = join(invocation, 0, line);
        if (status == STATUS_OK)
                status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_order(c, target_manager, "AddSourceFromLine", &answer, "sb", line,
                        invocation->options->save);
        if (status != STATUS_OK || invocation->options->json == JSON_OFF)
                return status;
        json_emit(answer->first, invocation->options->json, invocation->out);
        return STATUS_OK;
}

/* What has an object of its own is removed by it; else the daemon looks for the name or address, among pools as well. */
ExitStatus verb_remove(const Invocation *invocation) {
        const char *text = invocation->arguments[0];
        char path[64];

        size_t digits = strspn(text, "0123456789");
        bool is_id = digits > 0 && text[digits] == '\0', is_path = sd_bus_object_path_is_valid(text) > 0;
        if (!is_id && !is_path)
                return client_order_once(
                        invocation, target_manager, "RemoveSourceByAddress", "sa{sv}", text, 0);
        snprintf(path, sizeof(path), "%s/%.20s", TIMEBALL_SOURCES_PATH, text);
        return client_order_once(
                invocation, target_manager, "RemoveSource", "oa{sv}", is_path ? text : path, 0);
}

static ExitStatus refuse_number(const char *name, const char *text) {
        fprintf(stderr, "timeballctl: %s: '%s' is not a number as it has to be\n", name, text);
        return STATUS_USAGE;
}

/* One entry of the dictionary; *ret_r is what filling the message has failed with. */
static ExitStatus append_option(
        sd_bus_message *m, const char *name, size_t length, const char *text, int *ret_r) {
        double real;
        int64_t whole;

        for (size_t i = 0; i < ELEMENTS(options); i++) {
                const char *known = options[i].name;
                if (strlen(known) != length || strncmp(known, name, length) != 0)
                        continue;
                if (options[i].type == 's')
                        *ret_r = sd_bus_message_append(m, "{sv}", known, "s", text);
                else if (options[i].type == 'd') {
                        if (!numeral_real(text, &real))
                                return refuse_number(known, text);
                        *ret_r = sd_bus_message_append(m, "{sv}", known, "d", real);
                } else {
                        if (!numeral_whole(text, options[i].type == 'u' ? 0 : INT32_MIN, INT32_MAX, &whole))
                                return refuse_number(known, text);
                        *ret_r = options[i].type == 'u'
                                         ? sd_bus_message_append(m, "{sv}", known, "u", (uint32_t)whole)
                                         : sd_bus_message_append(m, "{sv}", known, "i", (int32_t)whole);
                }
                return STATUS_OK;
        }
        fprintf(stderr, "timeballctl: '%.*s' is not one of:", (int)length, name);
        for (size_t i = 0; i < ELEMENTS(options); i++)
                fprintf(stderr, " %s", options[i].name);
        fputc('\n', stderr);
        return STATUS_USAGE;
}

/* "minpoll=6 offset=-1e-3" behind the source; or of chronyc, the one value that the verb's name is for. */
static ExitStatus append_options(const Invocation *invocation, sd_bus_message *m, int *r) {
        const char *called = invocation->called;

        if (strcmp(called, "set") != 0)
                return append_option(m, called, strlen(called), invocation->arguments[1], r);
        for (int i = 1; i < invocation->n && *r >= 0; i++) {
                const char *word = invocation->arguments[i], *equals = strchr(word, '=');
                if (!equals)
                        return verb_refuse_word(invocation, word);
                ExitStatus status = append_option(m, word, (size_t)(equals - word), equals + 1, r);
                if (status != STATUS_OK)
                        return status;
        }
        return STATUS_OK;
}

static ExitStatus set_options(const Invocation *invocation, const char *selection) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_free_ char *path = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_find_source(c, invocation->arguments[0], &path);
        if (status != STATUS_OK)
                return status;
        int r = client_begin(c, (Target){ path, TIMEBALL_SOURCE_INTERFACE }, "SetOptions", &m);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0 && selection)
                r = sd_bus_message_append(m, "{sv}", "selectopts", "s", selection);
        else if (r >= 0)
                status = append_options(invocation, m, &r);
        if (status != STATUS_OK)
                return status;
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return client_finish_order(c, m, r, NULL);
}

ExitStatus verb_set(const Invocation *invocation) {
        if (strcmp(invocation->called, "set") != 0 && invocation->n > 2)
                return verb_refuse_word(invocation, invocation->arguments[2]);
        return set_options(invocation, NULL);
}

ExitStatus verb_selectopts(const Invocation *invocation) {
        char line[LINE_BYTES];

        ExitStatus status = join(invocation, 1, line);
        return status == STATUS_OK ? set_options(invocation, line) : status;
}
