/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/messages.h"

#include "os/clock-reading.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a sentence is made of. */
typedef struct Subject {
        const Notice *notice;
        const Snapshot *snapshot;
        const SourceView *view;     /* NULL: no source, or it is gone */
        char who[SOURCE_TEXT_MAX];  /* the source */
        char why[VERDICT_TEXT_MAX]; /* its verdict */
} Subject;

typedef struct Message {
        const char *id;
        LogLevel level;
        void (*write)(const Subject *s, char *text, size_t size);
} Message;

const char *source_text(
        const NetAddress *address, const SourceView *view, char buffer[static SOURCE_TEXT_MAX]) {
        char text[NET_ADDRESS_TEXT_MAX] = "";
        const char *name = view ? view->identity.name : "";

        if (address->family != ADDRESS_NONE)
                (void)net_address_format(address, text);
        if (!text[0] && !name[0])
                (void)snprintf(buffer, SOURCE_TEXT_MAX, "an unknown source");
        else if (!text[0] || !name[0] || strcmp(text, name) == 0)
                (void)snprintf(buffer, SOURCE_TEXT_MAX, "%s", text[0] ? text : name);
        else
                (void)snprintf(buffer, SOURCE_TEXT_MAX, "%s (%s)", text, name);
        return buffer;
}

static void write_synchronized(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Clock synchronized to %s", s->who);
}

static const char *why_nothing(const Notice *n, char buffer[static VERDICT_TEXT_MAX]) {
        return selection_result_format(
                (SelectionResult)n->selection, n->verdict.agreeing, n->verdict.voters, buffer);
}

static void write_lost(const Subject *s, char *text, size_t size) {
        char why[VERDICT_TEXT_MAX];

        (void)snprintf(text, size, "Clock no longer synchronized: %s", why_nothing(s->notice, why));
}

static void write_unable(const Subject *s, char *text, size_t size) {
        char why[VERDICT_TEXT_MAX];

        (void)snprintf(text, size, "Cannot synchronize: %s", why_nothing(s->notice, why));
}

static void write_selected(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Selected source %s", s->who);
}

static void write_verdict(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Source %s turned down as %s: %s", s->who,
                source_state_to_string(s->notice->verdict.state), s->why);
}

static void write_reachable(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Source %s answers", s->who);
}

static void write_unreachable(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Source %s does not answer: eight requests without a valid reply", s->who);
}

static void write_offline(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Source %s is offline from now on: a request could not be sent", s->who);
}

static void write_kiss_of_death(const Subject *s, char *text, size_t size) {
        const char *code = s->notice->text[0] || !s->view ? s->notice->text : s->view->link.kiss_code;

        (void)snprintf(text, size, "Received KoD %s from %s", code, s->who);
}

static void write_resolve_failed(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Could not resolve address of %s: next try in %.0f s", s->notice->text,
                s->notice->value);
}

static void write_replaced(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Source replaced with %s", s->who);
}

static const char *whose_clock(const Subject *s) {
        return s->snapshot->clock.steers ? "System clock" : "Virtual clock";
}

/* chronyd's sentence, with its sign: > 0 = forward. */
static void write_stepped(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "%s was stepped by %.6f seconds", whose_clock(s), -s->notice->value);
}

/* The next three are chronyd's sentences, with its sign. */
static void write_change(const Subject *s, const char *what, char *text, size_t size) {
        (void)snprintf(text, size,
                "Adjustment of %.3f seconds exceeds the allowed maximum of %.3f seconds (%s)",
                -s->notice->value, s->snapshot->discipline.max_change_s, what);
}

static void write_change_ignored(const Subject *s, char *text, size_t size) {
        write_change(s, "ignored", text, size);
}

static void write_change_too_large(const Subject *s, char *text, size_t size) {
        write_change(s, "exiting", text, size);
}

static void write_no_source(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "No suitable source for synchronisation");
}

static void write_clock_refused(const Subject *s, char *text, size_t size) {
        (void)snprintf(
                text, size, "Kernel refused to change the clock: %s", strerrordesc_np((int)s->notice->value));
}

static const char *direction(double set_back_s) {
        return set_back_s < 0.0 ? "forward" : "back";
}

static void write_foreign_step(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Time jump detected: somebody set the system clock %s by %.6f seconds",
                direction(s->notice->value), fabs(s->notice->value));
}

static void write_foreign_frequency(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size,
                "System clock interference detected: somebody changed its rate (another NTP client?)");
}

static const char *leap_kind(const Subject *s) {
        return s->notice->value > 0.0 ? "inserted" : "deleted";
}

static void write_leap_expected(const Subject *s, char *text, size_t size) {
        if (fabs(s->notice->value) > 0.0)
                (void)snprintf(
                        text, size, "A leap second will be %s at the end of this UTC day", leap_kind(s));
        else
                (void)snprintf(text, size, "No leap second is expected at the end of this UTC day any more");
}

static void write_leapt(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "%s was set %s by a second, since a leap second was %s", whose_clock(s),
                direction(s->notice->value), leap_kind(s));
}

static void write_leap_slewed(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "%s is slewed %s by a second, since a leap second was %s", whose_clock(s),
                direction(s->notice->value), leap_kind(s));
}

static void write_leap_missed(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size,
                "A leap second was %s, and %s was not changed for it: it is %s by a second", leap_kind(s),
                s->snapshot->clock.steers ? "the system clock" : "the virtual clock",
                s->notice->value > 0.0 ? "ahead" : "behind");
}

static void write_leaps_expired(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "The list of leap seconds has expired and needs an update");
}

static void write_resumed(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size, "Machine was asleep for %.1f seconds", s->notice->value);
}

static void write_fallback_drift(const Subject *s, char *text, size_t size) {
        (void)snprintf(text, size,
                "Nothing to follow for long: the clock's rate is taken to be %.3f ppm, as it was on average",
                s->notice->value);
}

static void write_local_reference(const Subject *s, char *text, size_t size) {
        if (s->notice->value > 0.0)
                (void)snprintf(
                        text, size, "Local clock stands in as a reference of stratum %.0f", s->notice->value);
        else
                (void)snprintf(text, size, "Local clock no longer stands in as a reference");
}

/* SYNCHRONIZED has the id that systemd-timesyncd gives this event (SD_MESSAGE_TIME_SYNC): others look for it. */
static const Message messages[NOTICE_KINDS] = {
        [NOTICE_SYNCHRONIZED] = { "7c8a41f37b764941a0e1780b1be2f037", LOG_LEVEL_INFO, write_synchronized },
        [NOTICE_LOST] = { "0b08a0f684b94551be1dcf8801b86279", LOG_LEVEL_WARNING, write_lost },
        [NOTICE_UNABLE] = { "284eeea4ba984f96b0a94d4b9e4ecbcd", LOG_LEVEL_WARNING, write_unable },
        [NOTICE_SELECTED] = { "9f77f764fb074f0ca435609babe4b99c", LOG_LEVEL_INFO, write_selected },
        [NOTICE_VERDICT] = { "4ba83f5e8b694e3a938dfc59c031eee0", LOG_LEVEL_WARNING, write_verdict },
        [NOTICE_REACHABLE] = { "8e0b866b15e14ab5b811b2ba53f4cd91", LOG_LEVEL_INFO, write_reachable },
        [NOTICE_UNREACHABLE] = { "10abd747f6774c6c8522e1cc7bfc51bc", LOG_LEVEL_WARNING, write_unreachable },
        [NOTICE_OFFLINE] = { "2a9698a78767447fa0a531bd7880a070", LOG_LEVEL_WARNING, write_offline },
        [NOTICE_KISS_OF_DEATH] = { "9fff227c477b4ac2be3b4450c32f95a5", LOG_LEVEL_WARNING,
                write_kiss_of_death },
        [NOTICE_RESOLVE_FAILED] = { "c063e230b531482895e50c23af8e22db", LOG_LEVEL_WARNING,
                write_resolve_failed },
        [NOTICE_REPLACED] = { "d1fa3b101a95458c9680aa0447e82e4c", LOG_LEVEL_INFO, write_replaced },
        [NOTICE_STEPPED] = { "cc8fdb01030c4b57bb0d3abecb00a6b5", LOG_LEVEL_WARNING, write_stepped },
        [NOTICE_LEAP_EXPECTED] = { "6f394e4e3e6341d091286fa031a90d8a", LOG_LEVEL_INFO, write_leap_expected },
        [NOTICE_LEAPT] = { "e151e6008c2d484690bdaa164a13d6bb", LOG_LEVEL_WARNING, write_leapt },
        [NOTICE_LEAP_SLEWED] = { "fa1201bd4d534f77a50db577612623c8", LOG_LEVEL_WARNING, write_leap_slewed },
        [NOTICE_LEAP_MISSED] = { "1bc9dd8ccc214ae7bf312e7732b2a67f", LOG_LEVEL_WARNING, write_leap_missed },
        [NOTICE_LEAPS_EXPIRED] = { "2012148cd0654355af12f735ffa45550", LOG_LEVEL_WARNING,
                write_leaps_expired },
        [NOTICE_CHANGE_IGNORED] = { "49564435f0be4f42bb5345ab62489a7b", LOG_LEVEL_WARNING,
                write_change_ignored },
        [NOTICE_CHANGE_TOO_LARGE] = { "fad7d431ab38486a99d11abfc026cd11", LOG_LEVEL_ERROR,
                write_change_too_large },
        [NOTICE_NO_SOURCE] = { "a50a04cae54342358d6d8bd4959e33a0", LOG_LEVEL_WARNING, write_no_source },
        [NOTICE_CLOCK_REFUSED] = { "48751dad05564f89b3e4645f2d0393df", LOG_LEVEL_ERROR, write_clock_refused },
        [NOTICE_FOREIGN_STEP] = { "0663cb9eeecb48c79b9c41370d278207", LOG_LEVEL_WARNING, write_foreign_step },
        [NOTICE_FOREIGN_FREQUENCY] = { "f6b3a5bce5b94352acf471e6664c68fe", LOG_LEVEL_WARNING,
                write_foreign_frequency },
        [NOTICE_RESUMED] = { "ce31e0ca372c4fef84622b20552c0b1c", LOG_LEVEL_INFO, write_resumed },
        [NOTICE_FALLBACK_DRIFT] = { "d6fe9b85c3254d668c29e57088d997a7", LOG_LEVEL_INFO,
                write_fallback_drift },
        [NOTICE_LOCAL_REFERENCE] = { "7887cd378f7f4360b486a1408ff7f18a", LOG_LEVEL_INFO,
                write_local_reference },
};

const char *message_id_of_notice(NoticeKind kind) {
        return messages[kind].id;
}

static void add_source_fields(const Subject *s, LogFields *fields) {
        char address[NET_ADDRESS_TEXT_MAX];

        if (s->notice->address.family != ADDRESS_NONE)
                log_fields_add(
                        fields, "SOURCE_ADDRESS", "%s", net_address_format(&s->notice->address, address));
        if (s->view)
                log_fields_add(fields, "SOURCE_NAME", "%s", s->view->identity.name);
        log_fields_add(fields, "SOURCE_ID", "%" PRIu32, s->notice->source_id);
}

/* The kernel's clocks at this moment, as systemd-timesyncd gives them with its message. */
static void add_clock_fields(LogFields *fields) {
        ClockReading now;

        clock_reading_take(&now);
        log_fields_add(fields, "REALTIME_USEC", "%" PRId64, now.wall.ns / NS_PER_US);
        log_fields_add(fields, "MONOTONIC_USEC", "%" PRId64, (now.mono.ns - now.asleep.ns) / NS_PER_US);
        log_fields_add(fields, "BOOTTIME_USEC", "%" PRId64, now.mono.ns / NS_PER_US);
}

static void add_fields(const Subject *s, LogFields *fields) {
        const Notice *n = s->notice;

        if (n->source_id != 0)
                add_source_fields(s, fields);
        if (n->kind == NOTICE_VERDICT) {
                log_fields_add(fields, "SOURCE_STATE", "%s", source_state_to_string(n->verdict.state));
                log_fields_add(fields, "REASON", "%s", s->why);
        }
        if (n->kind == NOTICE_LOST || n->kind == NOTICE_UNABLE)
                log_fields_add(
                        fields, "REASON", "%s", selection_result_to_string((SelectionResult)n->selection));
        if (n->kind == NOTICE_SYNCHRONIZED)
                add_clock_fields(fields);
        if (n->kind == NOTICE_STEPPED || n->kind == NOTICE_FOREIGN_STEP || n->kind == NOTICE_LEAPT ||
                n->kind == NOTICE_CHANGE_IGNORED || n->kind == NOTICE_CHANGE_TOO_LARGE)
                log_fields_add(fields, "OFFSET_SECONDS", "%.9f", n->value);
}

void message_of_notice(Log *log, const Notice *notice, const Snapshot *snapshot) {
        const Message *message = &messages[notice->kind];
        Subject s = { .notice = notice, .snapshot = snapshot };
        LogFields fields = { 0 };
        char text[LOG_TEXT_MAX] = "";

        s.view = notice->source_id != 0 ? snapshot_find(snapshot, notice->source_id) : NULL;
        (void)source_text(&notice->address, s.view, s.who);
        (void)verdict_format(&notice->verdict, s.why);
        message->write(&s, text, sizeof(text));
        add_fields(&s, &fields);
        log_record(log, message->level, message->id, fields.text, "%s", text);
}

static LogLevel level_of(AlertSeverity severity) {
        switch (severity) {
        case ALERT_CRITICAL:
                return LOG_LEVEL_ERROR;
        case ALERT_WARNING:
                return LOG_LEVEL_WARNING;
        case ALERT_INFO:
        case ALERT_SEVERITIES:
                break;
        }
        return LOG_LEVEL_INFO;
}

void message_of_alert(Log *log, AlertId id, const Alert *alert) {
        AlertSeverity severity = alert_severity(id);
        const char *word = alert_id_to_string(id);
        LogFields fields = { 0 };

        log_fields_add(&fields, "ALERT_ID", "%s", word);
        log_fields_add(&fields, "ALERT_SEVERITY", "%s", alert_severity_to_string(severity));
        if (alert->raised)
                log_record(log, level_of(severity), MESSAGE_ID_ALERT_RAISED, fields.text, "Alert %s: %s",
                        word, alert->text);
        else
                log_record(
                        log, LOG_LEVEL_INFO, MESSAGE_ID_ALERT_CLEARED, fields.text, "Alert %s is over", word);
}
