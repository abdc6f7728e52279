/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/access-names.h"

#include "base/cleanup.h"
#include "config/access-line.h"
#include "run/messages.h"

#include <errno.h>
#include <string.h>

enum {
        NAMES_MAX = RESOLVER_QUEUE_MAX,
        RETRY_FIRST_S = 8, /* doubled each time, up to ... */
        RETRY_LAST_S = 3600,
        PATIENCE_USEC = 50000,
};

typedef struct AccessName {
        const Directive *directive;
        char *text;
        bool known, told; /* that it could not be found */
        NetAddress address;
} AccessName;

struct AccessNames {
        Log *log;
        AccessRules lines; /* those that name addresses */
        bool deny_unknown; /* nobody is let in until all names in deny are known */
        Server *server;
        Resolver *resolver;
        sd_event_source *retry;
        unsigned retry_s;
        bool too_many; /* there are names in deny that are never looked up */
        size_t n;
        AccessName names[NAMES_MAX];
};

DEFINE_CLEANUP(AccessNames, access_names_free)

static bool is_deny(const AccessName *n) {
        return n->directive->class == DIRECTIVE_DENY;
}

static AccessRule rule_of(const AccessName *n) {
        return (AccessRule){ n->address, n->address.family == ADDRESS_INET4 ? 32 : 128, !is_deny(n) };
}

static bool is_named_by_address(const AccessRules *rules, const AccessRule *rule) {
        for (size_t i = 0; i < rules->n; i++)
                if (rules->rules[i].prefix == rule->prefix &&
                        net_address_equal(&rules->rules[i].address, &rule->address))
                        return true;
        return false;
}

static void put_in_force(AccessNames *a, const AccessName *n) {
        AccessRule rule = rule_of(n);

        if (!rule.allow || !is_named_by_address(&a->lines, &rule))
                (void)server_set_access(a->server, &rule, 1, false, false);
}

static bool awaits_deny(const AccessNames *a) {
        for (size_t i = 0; i < a->n; i++)
                if (is_deny(&a->names[i]) && !a->names[i].known)
                        return true;
        return a->too_many;
}

/* As long as somebody may not ask of whom only the name is known, nobody may. */
static void on_known(AccessNames *a, const AccessName *n) {
        if (awaits_deny(a))
                return;
        if (!a->deny_unknown) {
                put_in_force(a, n);
                return;
        }
        if (is_deny(n)) /* the last one of them */
                (void)server_set_access(a->server, a->lines.rules, a->lines.n, false, true);
        for (size_t i = 0; i < a->n; i++)
                if (a->names[i].known && !is_deny(&a->names[i]))
                        put_in_force(a, &a->names[i]);
        for (size_t i = 0; i < a->n; i++)
                if (is_deny(&a->names[i]))
                        put_in_force(a, &a->names[i]);
}

static void arm_retry(AccessNames *a) {
        (void)sd_event_source_set_time_relative(a->retry, (uint64_t)a->retry_s * UINT64_C(1000000));
        (void)sd_event_source_set_enabled(a->retry, SD_EVENT_ONESHOT);
}

static void on_answer(void *userdata, const ResolverAnswer *answer) {
        AccessNames *a = userdata;
        AccessName *n = &a->names[answer->query];
        char text[NET_ADDRESS_TEXT_MAX];

        if (n->known)
                return;
        if (answer->result == RESOLVE_OK && answer->n > 0) {
                n->known = true;
                n->address = answer->addresses[0];
                log_info(a->log, "%s %s is %s", n->directive->name, n->text,
                        net_address_format(&n->address, text));
                on_known(a, n);
                return;
        }
        if (!n->told)
                log_record(a->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL, "%s: could not look %s up: %s",
                        n->directive->name, n->text,
                        is_deny(n) ? "until then time is served to nobody" : "until then it is not served");
        n->told = true;
        arm_retry(a);
}

static void ask(AccessNames *a) {
        for (size_t i = 0; i < a->n; i++)
                if (!a->names[i].known &&
                        resolver_ask(a->resolver, (uint32_t)i, a->names[i].text, ADDRESS_NONE) < 0)
                        arm_retry(a);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        AccessNames *a = userdata;

        a->retry_s = a->retry_s * 2 < RETRY_LAST_S ? a->retry_s * 2 : RETRY_LAST_S;
        ask(a);
        return 0;
}

void access_names_on_network(AccessNames *a) {
        a->retry_s = RETRY_FIRST_S;
        ask(a);
}

static int collect(AccessNames *a, const Config *config) {
        for (size_t i = 0; i < config->n_lines; i++) {
                const Directive *d = config->lines[i].directive;
                const char *text = access_line_name(&config->lines[i]);

                if (!text)
                        continue;
                if (a->n == NAMES_MAX) {
                        a->too_many |= d->class == DIRECTIVE_DENY;
                        log_record(a->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                                "%s: more than %d names: %s is not looked up", d->name, NAMES_MAX, text);
                        continue;
                }
                a->names[a->n] = (AccessName){ .directive = d, .text = strdup(text) };
                if (!a->names[a->n].text)
                        return -ENOMEM;
                a->n++;
        }
        return 0;
}

int access_names_new(sd_event *event, Log *log, const Config *config, ResolverLookup lookup, Server *server,
        AccessNames **ret) {
        _cleanup_(access_names_freep)
        AccessNames *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return -ENOMEM;
        a->log = log;
        a->deny_unknown = config->deny_unknown;
        a->server = server;
        a->retry_s = RETRY_FIRST_S;
        r = collect(a, config);
        if (r < 0)
                return r;
        if (a->n == 0) {
                *ret = NULL;
                return 0;
        }
        r = access_copy(&a->lines, config->deny_unknown ? &config->access_known : &config->access);
        if (r >= 0)
                r = resolver_new(event, lookup, on_answer, a, &a->resolver);
        if (r >= 0)
                r = sd_event_add_time(
                        event, &a->retry, CLOCK_BOOTTIME, UINT64_MAX, PATIENCE_USEC, on_retry, a);
        if (r >= 0)
                r = sd_event_source_set_enabled(a->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;
        ask(a);
        *ret = TAKE_PTR(a);
        return 0;
}

AccessNames *access_names_free(AccessNames *a) {
        if (!a)
                return NULL;
        resolver_free(a->resolver);
        sd_event_source_disable_unref(a->retry);
        for (size_t i = 0; i < a->n; i++)
                free(a->names[i].text);
        access_done(&a->lines);
        free(a);
        return NULL;
}
