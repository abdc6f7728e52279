/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/alert-condition.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { NAMES_SHOWN = 3, NAME_SHOWN_BYTES = 40 };

static bool is_voter(const SourceView *v) {
        return !(v->identity.effective & SELECT_NOSELECT);
}

static bool is_falseticker(const SourceView *v) {
        return v->verdict.state == SOURCE_FALSETICKER;
}

static bool is_online(const SourceView *v) {
        return v->link.online;
}

AlertScene alert_scene(const Alerts *a, const Snapshot *s, bool serving) {
        AlertScene scene = { .alerts = a, .s = s, .serving = serving };

        for (size_t i = 0; i < s->n_sources; i++) {
                const SourceView *v = &s->sources[i];
                scene.n_online += is_online(v);
                scene.n_unresolved += is_online(v) && !v->identity.resolved;
                scene.n_answering += v->link.reach != 0;
                scene.n_voters += is_voter(v);
                scene.n_false += is_falseticker(v);
        }
        scene.selected = s->selection.selected ? snapshot_find(s, s->selection.selected) : NULL;
        return scene;
}

static bool is_refused(const AlertScene *c) {
        return c->alerts->refused != 0;
}

static bool was_changed(const AlertScene *c) {
        return mono_before(c->s->now.mono, c->alerts->foreign_until);
}

static bool leaps_expired(const AlertScene *c) {
        return c->s->leaps_expired;
}

static bool lacks_majority(const AlertScene *c) {
        return c->s->selection.result == SELECTION_NO_MAJORITY;
}

/* Without a majority they are all called falsetickers, and nobody is contradicted by one. */
static bool has_falsetickers(const AlertScene *c) {
        return c->n_false > 0 && !lacks_majority(c);
}

static bool lacks_sources(const AlertScene *c) {
        return c->s->n_sources == 0 && c->s->n_pools == 0 && !c->s->local_reference;
}

static bool tells_no_time(const AlertScene *c) {
        return c->serving && c->s->served.leap == LEAP_UNSYNCHRONIZED;
}

static bool has_one_source(const AlertScene *c) {
        return c->n_voters == 1;
}

static bool none_answers(const AlertScene *c) {
        return c->n_online > 0 && c->n_answering == 0;
}

/* A source that is offline is not asked. */
static bool is_unreachable(const AlertScene *c) {
        bool selected = c->selected && c->selected->link.online && c->selected->link.reach == 0;

        return selected || none_answers(c);
}

static bool is_unsynchronized(const AlertScene *c) {
        return c->s->state != ENGINE_SYNCHRONIZED && !c->s->local_reference;
}

/* Appends at `n`; returns the new end, which stays within the text. */
__attribute__((format(printf, 3, 4))) static size_t append(
        char text[static ALERT_TEXT_MAX], size_t n, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        int length = vsnprintf(text + n, ALERT_TEXT_MAX - n, format, arguments);
        va_end(arguments);
        return length > 0 && (size_t)length < ALERT_TEXT_MAX - n ? n + (size_t)length : ALERT_TEXT_MAX - 1;
}

/* All members of a pool have its name. */
static const char *name_of(const SourceView *v, char buffer[static NET_ADDRESS_TEXT_MAX]) {
        if (v->identity.pool_id != 0 && v->identity.resolved)
                return net_address_format(&v->identity.remote.address, buffer);
        return v->identity.name;
}

/* "a.example, b.example, c.example and 2 more" */
static size_t append_names(
        const AlertScene *c, bool (*which)(const SourceView *v), char text[static ALERT_TEXT_MAX], size_t n) {
        char buffer[NET_ADDRESS_TEXT_MAX];
        size_t found = 0;

        for (size_t i = 0; i < c->s->n_sources; i++) {
                const SourceView *v = &c->s->sources[i];
                if (which(v) && found++ < NAMES_SHOWN)
                        n = append(text, n, "%s%.*s", found > 1 ? ", " : "", NAME_SHOWN_BYTES,
                                name_of(v, buffer));
        }
        return found > NAMES_SHOWN ? append(text, n, " and %zu more", found - NAMES_SHOWN) : n;
}

static uint64_t subject_of(const AlertScene *c, bool (*which)(const SourceView *v)) {
        uint64_t subject = 0;

        for (size_t i = 0; i < c->s->n_sources; i++)
                if (which(&c->s->sources[i]))
                        subject = (subject ^ c->s->sources[i].identity.id) * UINT64_C(0x100000001b3);
        return subject;
}

static void tell_refusal(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        if (c->alerts->refused == EPERM)
                append(text, 0,
                        "the kernel refuses to adjust the clock: the daemon needs CAP_SYS_TIME, which containers often do not have");
        else
                append(text, 0, "the kernel refuses to adjust the clock (errno %d): see the log",
                        c->alerts->refused);
}

static void tell_falsetickers(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        size_t n = append(text, 0,
                "%zu of %zu sources contradict%s the majority and %s not followed: ", c->n_false,
                c->s->n_sources, c->n_false == 1 ? "s" : "", c->n_false == 1 ? "is" : "are");

        append_names(c, is_falseticker, text, n);
}

static uint64_t subject_falsetickers(const AlertScene *c) {
        return subject_of(c, is_falseticker);
}

static void tell_change(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        double back_s = c->alerts->foreign_value;

        if (c->alerts->foreign == NOTICE_FOREIGN_STEP)
                append(text, 0,
                        "something else set the clock %s by %.6f s; look for another time daemon, or for who sets it by hand",
                        back_s < 0.0 ? "forward" : "back", fabs(back_s));
        else
                append(text, 0,
                        "something else changed the rate of the clock; look for another time daemon that runs");
}

static uint64_t subject_change(const AlertScene *c) {
        return c->alerts->n_foreign;
}

static void tell_expiry(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        append(text, 0,
                "the list of leap seconds has expired; update the file of leapseclist, or the package tzdata");
}

static void tell_disagreement(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        append(text, 0,
                "no majority: %d of %d sources agree, so nobody can say who is right; add sources, or remove wrong ones",
                c->s->selection.n_agreeing, c->s->selection.n_voters);
}

static void tell_lack(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        append(text, 0,
                "no source of time is configured; a line such as 'pool pool.ntp.org iburst' adds some");
}

static void tell_silence(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        append(text, 0,
                "who asks this machine for the time is told that it has none, since its clock is not synchronized");
}

static void tell_only_one(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        size_t n = append_names(c, is_voter, text, 0);

        append(text, n,
                " is the only source, and nothing would tell if it were wrong; with three others it would be outvoted");
}

static uint64_t subject_only_one(const AlertScene *c) {
        return subject_of(c, is_voter);
}

static bool lacks_addresses(const AlertScene *c) {
        return c->n_unresolved == c->n_online;
}

static void tell_unreachable(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        if (none_answers(c)) {
                size_t n = c->n_online == 1 ? append(text, 0, "the only source online does not answer: ")
                                            : append(text, 0, "none of %zu sources answers: ", c->n_online);
                n = append_names(c, is_online, text, n);
                append(text, n, "; check %s",
                        c->n_unresolved == c->n_online ? "that their names can be looked up (DNS)"
                                                       : "the network, and that UDP port 123 is let through");
        } else if (c->selected) {
                char buffer[NET_ADDRESS_TEXT_MAX];
                append(text, 0, "the selected source %.*s has not answered eight requests", NAME_SHOWN_BYTES,
                        name_of(c->selected, buffer));
        }
}

static uint64_t subject_unreachable(const AlertScene *c) {
        if (none_answers(c) || !c->selected)
                return subject_of(c, is_online) ^ lacks_addresses(c);
        return c->selected->identity.id;
}

static void tell_unsynchronized(const AlertScene *c, char text[static ALERT_TEXT_MAX]) {
        const Selection *s = &c->s->selection;
        char why[VERDICT_TEXT_MAX];

        append(text, 0, "the clock is not synchronized: %s",
                selection_result_format(s->result, s->n_agreeing, s->n_voters, why));
}

static uint64_t subject_unsynchronized(const AlertScene *c) {
        return (uint64_t)c->s->selection.result;
}

/* Those without calm do not come and go with packets. */
static const AlertCondition conditions[ALERTS] = {
        [ALERT_CLOCK_REFUSED] = { ALERT_CRITICAL, 0, 60, is_refused, tell_refusal, NULL },
        [ALERT_FALSETICKERS] = { ALERT_WARNING, 60, 60, has_falsetickers, tell_falsetickers,
                subject_falsetickers },
        [ALERT_FOREIGN_CHANGE] = { ALERT_WARNING, 0, 0, was_changed, tell_change, subject_change },
        [ALERT_LEAPS_EXPIRED] = { ALERT_WARNING, 0, 0, leaps_expired, tell_expiry, NULL },
        [ALERT_NO_MAJORITY] = { ALERT_CRITICAL, 60, 60, lacks_majority, tell_disagreement, NULL },
        [ALERT_NO_SOURCES] = { ALERT_WARNING, 60, 0, lacks_sources, tell_lack, NULL },
        [ALERT_NOT_SERVING] = { ALERT_WARNING, 600, 60, tells_no_time, tell_silence, NULL },
        [ALERT_ONE_SOURCE] = { ALERT_INFO, 60, 0, has_one_source, tell_only_one, subject_only_one },
        [ALERT_UNREACHABLE] = { ALERT_WARNING, 60, 60, is_unreachable, tell_unreachable,
                subject_unreachable },
        [ALERT_UNSYNCHRONIZED] = { ALERT_CRITICAL, 600, 60, is_unsynchronized, tell_unsynchronized,
                subject_unsynchronized },
};

const AlertCondition *alert_condition(AlertId id) {
        return &conditions[id];
}
