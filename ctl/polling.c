/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl online, offline, onoffline, burst, refresh: which sources are asked, and when. */

#include "base/cleanup.h"
#include "client.h"
#include "numeral.h"
#include "selector.h"
#include "verbs.h"

#include <string.h>

enum { BURST_MAX = 255 };

/* The sources that the argument means, or all without one. An empty variable in a script must not mean all. */
static ExitStatus select_sources(
        const Invocation *invocation, int argument, char selector[static SELECTOR_MAX]) {
        const char *text = argument < invocation->n ? invocation->arguments[argument] : NULL;

        if (text && text[0] == '\0')
                return verb_refuse_word(invocation, text);
        selector_from_text(text ? text : "", selector);
        return STATUS_OK;
}

static ExitStatus switch_sources(const Invocation *invocation, bool online) {
        char selector[SELECTOR_MAX];

        ExitStatus status = select_sources(invocation, 0, selector);
        if (status != STATUS_OK)
                return status;
        return client_order_once(invocation, target_manager, "SetOnline", "sba{sv}", selector, online, 0);
}

ExitStatus verb_online(const Invocation *invocation) {
        return switch_sources(invocation, true);
}

ExitStatus verb_offline(const Invocation *invocation) {
        return switch_sources(invocation, false);
}

ExitStatus verb_onoffline(const Invocation *invocation) {
        return client_order_once(invocation, target_manager, "OnOffline", "");
}

/* "4/8": that many good samples of that many requests. */
static bool parse_burst(const char *text, uint32_t *ret_good, uint32_t *ret_max) {
        const char *slash = strchr(text, '/');
        char good[16];
        int64_t n, of;

        if (!slash || slash - text >= (ptrdiff_t)sizeof(good))
                return false;
        memcpy(good, text, (size_t)(slash - text));
        good[slash - text] = '\0';
        if (!numeral_whole(slash + 1, 1, BURST_MAX, &of) || !numeral_whole(good, 1, of, &n))
                return false;
        *ret_good = (uint32_t)n;
        *ret_max = (uint32_t)of;
        return true;
}

/* The counts stand behind the source; chronyc has them before it. A subnet such as 10.0.0.0/8 is none. */
ExitStatus verb_burst(const Invocation *invocation) {
        char *const *words = invocation->arguments;
        int n = invocation->n, counts = n - 1;
        char selector[SELECTOR_MAX] = "";
        uint32_t good, max;

        if (!parse_burst(words[counts], &good, &max)) {
                counts = 0;
                if (!parse_burst(words[counts], &good, &max)) {
                        fprintf(stderr, "timeballctl: burst: '%s' is not GOOD/MAX such as 4/8, at most %d\n",
                                words[n - 1], BURST_MAX);
                        return STATUS_USAGE;
                }
        }
        ExitStatus status = select_sources(invocation, n == 2 ? 1 - counts : n, selector);
        if (status != STATUS_OK)
                return status;
        return client_order_once(invocation, target_manager, "Burst", "suua{sv}", selector, good, max, 0);
}

ExitStatus verb_refresh(const Invocation *invocation) {
        char selector[SELECTOR_MAX];

        ExitStatus status = select_sources(invocation, 0, selector);
        if (status != STATUS_OK)
                return status;
        return client_order_once(invocation, target_manager, "Refresh", "s", selector);
}
