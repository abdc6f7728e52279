/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Clock: the tracking data and the rules, read-only. Offsets are local minus reference, so > 0 means ahead. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <math.h>
#include <string.h>

static uint64_t fingerprint_leap(const NextLeap *l) {
        uint64_t hash = fingerprint_add(FINGERPRINT_START, (uint64_t)l->kind);

        hash = fingerprint_add(hash, (uint64_t)l->at.ns);
        return fingerprint_add(hash, (uint64_t)l->origin);
}

static uint64_t fingerprint_local(const LocalReferenceOptions *l) {
        const double values[] = { l->distance_s, l->activate_s, l->wait_synced_s, l->wait_unsynced_s };
        uint64_t hash = fingerprint_add(FINGERPRINT_START, l->enabled), bits;

        hash = fingerprint_add(hash, l->orphan);
        hash = fingerprint_add(hash, (uint64_t)l->stratum);
        for (size_t i = 0; i < ELEMENTS(values); i++) {
                memcpy(&bits, &values[i], sizeof(bits));
                hash = fingerprint_add(hash, bits);
        }
        return hash;
}

static void publish_reference(ClockPublished *p, const Snapshot *s) {
        const Tracking *t = &s->tracking;
        const SourceView *source = snapshot_find(s, t->source_id);

        p->reference.name =
                source ? clean_copy(source->identity.name, p->reference.name_text, NAME_MAX_BYTES) : "";
        p->reference.leap = leap_text(t->synchronized ? t->leap : LEAP_UNSYNCHRONIZED);
        p->reference.id = t->ref_id;
        p->reference.stratum = t->stratum;
        p->reference.time_usec = t->n_updates > 0 ? usec_from_local(t->ref_time) : 0;
        p->reference.next_leap = (MadeValue){ &s->next_leap, fingerprint_leap(&s->next_leap) };
        if (!s->local_reference)
                return;
        /* Who we say we follow; of the clock itself no more is known for it. */
        p->reference.name = "local";
        p->reference.id = s->served.ref_id;
        p->reference.stratum = s->served.stratum;
}

static void publish_tracking(ClockPublished *p, const Snapshot *s) {
        const Tracking *t = &s->tracking;
        bool known = t->n_updates > 0;

        p->tracking.now_usec = usec_from_local(s->now.local);
        p->tracking.system_offset_s = s->clock.outstanding_s;
        p->tracking.last_offset_s = known_or_nan(known, t->last_offset_s);
        p->tracking.rms_offset_s = known_or_nan(known, t->rms_offset_s);
        p->tracking.freq_ppm = s->clock.base_ppm;
        p->tracking.residual_freq_ppm = known_or_nan(known, ppm_from_ratio(t->residual_freq));
        p->tracking.skew_ppm = known_or_nan(known, ppm_from_ratio(t->skew));
        p->tracking.root_delay_s = known_or_nan(known, t->root_delay_s);
        p->tracking.root_dispersion_s = known_or_nan(known, s->root_dispersion_s);
        /* The snapshot's bound is of Local; who reads the clock meets what is left of the slew as well. */
        p->tracking.max_error_s = known_or_nan(known, s->max_error_s + fabs(s->clock.outstanding_s));
        p->tracking.update_interval_s = known_or_nan(t->n_updates > 1, span_seconds(t->update_interval));
}

static double drift_file_age_s(const BusReading *r) {
        const BusClockOps *ops = r->ops ? r->ops->clock : NULL;
        Mono written = ops ? ops->drift_written(r->userdata) : (Mono){ 0 };

        return known_or_nan(written.ns != 0, mono_seconds_since(r->snapshot->now.mono, written));
}

void clock_publish(Published *published, const BusReading *r) {
        ClockPublished *p = &published->clock;
        const Snapshot *s = r->snapshot;

        memset(p, 0, sizeof(*p));
        publish_reference(p, s);
        publish_tracking(p, s);
        p->kernel.status = s->clock.kernel_status;
        p->kernel.tai_offset = s->clock.tai_offset_s;
        p->kernel.max_error_s = s->clock.kernel_max_error_s;
        p->kernel.est_error_s = s->clock.kernel_est_error_s;
        p->options.make_step_threshold_s = s->discipline.make_step_threshold_s;
        p->options.make_step_limit = s->discipline.make_step_limit;
        p->options.max_update_skew_ppm = ppm_from_ratio(s->discipline.max_update_skew);
        p->options.local = (MadeValue){ &s->local, fingerprint_local(&s->local) };
        p->drift_file_age_s = drift_file_age_s(r);
}

static int get_next_leap(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const NextLeap *l = ((const MadeValue *)userdata)->from;
        bool known = l->kind == LEAP_INSERT || l->kind == LEAP_DELETE;

        return sd_bus_message_append(reply, "(sts)", known ? leap_text(l->kind) : "", usec_from_local(l->at),
                known ? leap_origin_to_string(l->origin) : "");
}

static int get_local(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const LocalReferenceOptions *l = ((const MadeValue *)userdata)->from;

        if (!l->enabled)
                return sd_bus_message_append(reply, "a{sv}", 1, "enabled", "b", false);
        return sd_bus_message_append(reply, "a{sv}", 7, "enabled", "b", true, "stratum", "u",
                (uint32_t)l->stratum, "distance", "d", l->distance_s, "orphan", "b", l->orphan, "activate",
                "d", l->activate_s, "waitsynced", "d", l->wait_synced_s, "waitunsynced", "d",
                l->wait_unsynced_s);
}

static int clock_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;

        if (strcmp(path, TIMEBALL_CLOCK_PATH) != 0)
                return 0;
        clock_publish(bus_published(bus), bus_reading(bus));
        *ret_found = &bus_published(bus)->clock;
        return 1;
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(ClockPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable clock_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("TimeUSec", "t", tracking.now_usec, POLLED),
        PROPERTY("ReferenceID", "u", reference.id, POLLED),
        PROPERTY("ReferenceName", "s", reference.name, POLLED),
        PROPERTY("Stratum", "u", reference.stratum, ANNOUNCED),
        PROPERTY("ReferenceTimeUSec", "t", reference.time_usec, POLLED),
        PROPERTY("LeapStatus", "s", reference.leap, ANNOUNCED),
        GETTER("NextLeap", "(sts)", get_next_leap, reference.next_leap, ANNOUNCED),
        PROPERTY("SystemOffsetSeconds", "d", tracking.system_offset_s, POLLED),
        PROPERTY("LastOffsetSeconds", "d", tracking.last_offset_s, POLLED),
        PROPERTY("RMSOffsetSeconds", "d", tracking.rms_offset_s, POLLED),
        PROPERTY("FrequencyPPM", "d", tracking.freq_ppm, POLLED),
        PROPERTY("ResidualFrequencyPPM", "d", tracking.residual_freq_ppm, POLLED),
        PROPERTY("SkewPPM", "d", tracking.skew_ppm, POLLED),
        PROPERTY("RootDelaySeconds", "d", tracking.root_delay_s, POLLED),
        PROPERTY("RootDispersionSeconds", "d", tracking.root_dispersion_s, POLLED),
        PROPERTY("MaxErrorSeconds", "d", tracking.max_error_s, POLLED),
        PROPERTY("UpdateIntervalSeconds", "d", tracking.update_interval_s, POLLED),
        PROPERTY("TAIOffset", "i", kernel.tai_offset, ANNOUNCED),
        PROPERTY("KernelStatus", "u", kernel.status, POLLED),
        PROPERTY("KernelMaxErrorSeconds", "d", kernel.max_error_s, POLLED),
        PROPERTY("EstimatedErrorSeconds", "d", kernel.est_error_s, POLLED),
        PROPERTY("DriftFileAgeSeconds", "d", drift_file_age_s, POLLED),
        PROPERTY("MakeStepThresholdSeconds", "d", options.make_step_threshold_s, ANNOUNCED),
        PROPERTY("MakeStepLimit", "i", options.make_step_limit, ANNOUNCED),
        PROPERTY("MaxUpdateSkewPPM", "d", options.max_update_skew_ppm, ANNOUNCED),
        GETTER("LocalMode", "a{sv}", get_local, options.local, ANNOUNCED),
        SD_BUS_VTABLE_END,
};

const BusObject clock_object = { TIMEBALL_CLOCK_PATH, TIMEBALL_CLOCK_INTERFACE, clock_vtable, clock_find,
        NULL, NULL };
