/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl tracking, activity: all figures of the clock, and how many sources are asked. */

#include "base/cleanup.h"
#include "client.h"
#include "dbus/names.h"
#include "fields.h"
#include "verbs.h"

static const Field tracking_fields[] = {
        { "Reference", "ReferenceName", FIELD_TEXT },
        { "Stratum", "Stratum", FIELD_NUMBER },
        { "Updated", "ReferenceTimeUSec", FIELD_INSTANT },
        { "Offset left", "SystemOffsetSeconds", FIELD_OFFSET },
        { "Last offset", "LastOffsetSeconds", FIELD_OFFSET },
        { "RMS offset", "RMSOffsetSeconds", FIELD_SPAN },
        { "Frequency", "FrequencyPPM", FIELD_FREQUENCY },
        { "Residual", "ResidualFrequencyPPM", FIELD_FREQUENCY },
        { "Skew", "SkewPPM", FIELD_BOUND },
        { "Root delay", "RootDelaySeconds", FIELD_SPAN },
        { "Root dispersion", "RootDispersionSeconds", FIELD_SPAN },
        { "Max error", "MaxErrorSeconds", FIELD_SPAN },
        { "Update every", "UpdateIntervalSeconds", FIELD_DURATION },
        { "Leap", "LeapStatus", FIELD_TEXT },
        { "TAI-UTC", "TAIOffset", FIELD_NUMBER },
};

static const Field activity_fields[] = {
        { "Online", "ActivityOnline", FIELD_NUMBER },
        { "Offline", "ActivityOffline", FIELD_NUMBER },
        { "Burst, online", "ActivityBurstOnline", FIELD_NUMBER },
        { "Burst, offline", "ActivityBurstOffline", FIELD_NUMBER },
        { "Unresolved", "ActivityUnresolved", FIELD_NUMBER },
};

void tracking_draw(const Value *clock, const View *view, FILE *out) {
        fields_draw(clock, tracking_fields, ELEMENTS(tracking_fields), view, out);
}

void activity_draw(const Value *manager, const View *view, FILE *out) {
        fields_draw(manager, activity_fields, ELEMENTS(activity_fields), view, out);
}

ExitStatus verb_tracking(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *clock = NULL;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_properties(c, TIMEBALL_CLOCK_PATH, &clock);
        return status == STATUS_OK ? verb_present(invocation, clock, tracking_draw) : status;
}

ExitStatus verb_activity(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;
        _cleanup_(value_freep)
        Value *manager = NULL;
        _cleanup_(value_freep)
        Value *activity = value_new(VALUE_OBJECT);
        const Options *o = invocation->options;

        ExitStatus status = client_new(invocation, &c);
        if (status == STATUS_OK)
                status = client_properties(c, TIMEBALL_PATH, &manager);
        if (status != STATUS_OK)
                return status;
        if (o->json == JSON_OFF) {
                activity_draw(manager, &o->view, invocation->out);
                return STATUS_OK;
        }
        for (size_t i = 0; i < ELEMENTS(activity_fields); i++) {
                Value *n = value_add(activity, activity_fields[i].name, VALUE_UNSIGNED);
                n->number = member_number(manager, activity_fields[i].name);
        }
        json_emit(activity, o->json, invocation->out);
        return STATUS_OK;
}
