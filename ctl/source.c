/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl source, ntp-data: all that is known of one source, or of the packets of each. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "fields.h"
#include "states.h"
#include "text.h"
#include "verbs.h"

#include <string.h>

enum { LINE_BYTES = 1024 };

static const Field source_fields[] = {
        { "Kind", "Kind", FIELD_TEXT },
        { "Origin", "Origin", FIELD_TEXT },
        { "Online", "Online", FIELD_TEXT },
        { "Reachability", "Reachability", FIELD_OCTAL },
        { "Stratum", "Stratum", FIELD_NUMBER },
        { "Reference ID", "ReferenceIDText", FIELD_TEXT },
        { "Poll", "PollIntervalSeconds", FIELD_DURATION },
        { "Poll at least", "MinPoll", FIELD_LOG2 },
        { "Poll at most", "MaxPoll", FIELD_LOG2 },
        { "Last sample", "LastSampleUSec", FIELD_INSTANT },
        { "Last kept", "LastGoodUSec", FIELD_INSTANT },
        { "Last packet", "LastPacketResult", FIELD_TEXT },
        { "Offset", "OffsetSeconds", FIELD_OFFSET },
        { "Measured", "MeasuredOffsetSeconds", FIELD_OFFSET },
        { "Error", "OffsetErrorSeconds", FIELD_SPAN },
        { "Samples", "Samples", FIELD_NUMBER },
        { "Span", "SpanSeconds", FIELD_DURATION },
        { "Estimate", "EstimatedOffsetSeconds", FIELD_OFFSET },
        { "Its error", "EstimatedOffsetErrorSeconds", FIELD_SPAN },
        { "Frequency", "FrequencyPPM", FIELD_FREQUENCY },
        { "Skew", "SkewPPM", FIELD_BOUND },
        { "Std deviation", "StdDevSeconds", FIELD_SPAN },
        { "Authentication", "Authentication", FIELD_TEXT },
        { "Leap", "Leap", FIELD_TEXT },
        { "Options", "Options", FIELD_LIST },
        { "In force", "EffectiveOptions", FIELD_LIST },
        { "Score", "Score", FIELD_REAL },
        { "Interval from", "LowLimitSeconds", FIELD_OFFSET },
        { "Interval to", "HighLimitSeconds", FIELD_OFFSET },
};

static const Field packet_fields[] = {
        { "Local address", "LocalAddress", FIELD_TEXT },
        { "Version", "Version", FIELD_NUMBER },
        { "Mode", "Mode", FIELD_TEXT },
        { "Interleaved", "Interleaved", FIELD_FLAG },
        { "Remote poll", "RemotePoll", FIELD_LOG2 },
        { "Precision", "Precision", FIELD_LOG2 },
        { "Root delay", "RootDelaySeconds", FIELD_SPAN },
        { "Root dispersion", "RootDispersionSeconds", FIELD_SPAN },
        { "Reference time", "ReferenceTimeUSec", FIELD_INSTANT },
        { "Peer delay", "PeerDelaySeconds", FIELD_SPAN },
        { "Peer dispersion", "PeerDispersionSeconds", FIELD_SPAN },
        { "Response time", "ResponseTimeSeconds", FIELD_SPAN },
        { "Asymmetry", "JitterAsymmetry", FIELD_REAL },
        { "Tests", "TestsText", FIELD_TEXT },
        { "Sent stamped", "TxTimestamping", FIELD_TEXT },
        { "Rcvd stamped", "RxTimestamping", FIELD_TEXT },
        { "Kiss code", "KissCode", FIELD_TEXT },
        { "Sent", "TotalTx", FIELD_NUMBER },
        { "Received", "TotalRx", FIELD_NUMBER },
        { "Valid", "TotalValid", FIELD_NUMBER },
        { "Good", "TotalGood", FIELD_NUMBER },
        { "Rejected", "RejectedPackets", FIELD_COUNTS },
};

/* "* NAME (ADDRESS, port 123): selected, followed" */
static void draw_title(const Value *source, const View *view, FILE *out) {
        const char *name = member_text(source, "Name"), *address = member_text(source, "Address");
        const StateRow *state = state_find(member_text(source, "State"));
        char line[LINE_BYTES], clean[LINE_BYTES];

        int n = snprintf(line, sizeof(line), "%.300s", name);
        if (address[0] && strcmp(address, name) != 0)
                n += snprintf(line + n, sizeof(line) - (size_t)n, " (%.60s)", address);
        if (member_text(source, "State")[0])
                n += snprintf(line + n, sizeof(line) - (size_t)n, ": %.40s", member_text(source, "State"));
        if (member_text(source, "StateReason")[0])
                snprintf(line + n, sizeof(line) - (size_t)n, ", %.400s", member_text(source, "StateReason"));
        fprintf(out, "%s%s%s %s\n", view_tint(view, state->tint), state->letter,
                view_plain(view, state->tint), text_clean(line, clean, sizeof(clean)));
}

void source_draw(const Value *source, const View *view, FILE *out) {
        draw_title(source, view, out);
        fields_draw(source, source_fields, ELEMENTS(source_fields), view, out);
        fields_draw(source, packet_fields, ELEMENTS(packet_fields), view, out);
}

/* Sources, or one of them, with the properties of their packets. */
void ntp_data_draw(const Value *sources, const View *view, FILE *out) {
        value_foreach(source, sources) {
                if (source != sources->first)
                        fputc('\n', out);
                draw_title(source, view, out);
                fields_draw(source, packet_fields, ELEMENTS(packet_fields), view, out);
        }
        if (view->legend && !value_count(sources))
                fputs("There are no sources.\n", out);
}

static ExitStatus fetch(Client *c, const char *text, Value **ret) {
        _cleanup_free_ char *path = NULL;

        ExitStatus status = client_find_source(c, text, &path);
        if (status == STATUS_OK &&
                strncmp(path, TIMEBALL_SOURCES_PATH "/", strlen(TIMEBALL_SOURCES_PATH "/")) != 0) {
                fprintf(stderr, "timeballctl: '%s' is no source\n", path);
                return STATUS_NO_SUCH_SOURCE;
        }
        return status == STATUS_OK ? client_properties(c, path, ret) : status;
}

ExitStatus verb_source(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *source = NULL;
        const Options *o = invocation->options;
        char clean[LINE_BYTES];

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = fetch(c, invocation->arguments[0], &source);
        if (status != STATUS_OK)
                return status;
        if (o->json != JSON_OFF)
                json_emit(source, o->json, invocation->out);
        else if (strcmp(invocation->called, "sourcename") == 0) /* chronyc prints nothing else */
                fprintf(invocation->out, "%s\n",
                        text_clean(member_text(source, "Name"), clean, sizeof(clean)));
        else
                source_draw(source, &o->view, invocation->out);
        return STATUS_OK;
}

ExitStatus verb_ntp_data(const Invocation *invocation) {
        static const char *const aspects[] = { "select", "ntp", NULL };
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *sources = NULL;
        Value *one = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK && invocation->n == 0)
                status = client_sources(c, aspects, &sources);
        else if (status == STATUS_OK) {
                status = fetch(c, invocation->arguments[0], &one);
                sources = value_new(VALUE_ARRAY);
                if (status == STATUS_OK)
                        value_adopt(sources, NULL, one);
        }
        return status == STATUS_OK ? verb_present(invocation, sources, ntp_data_draw) : status;
}
