/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/source-row.h"

#include "base/cleanup.h"
#include "dbus/names.h"

#include <errno.h>
#include <string.h>

/* What `extra` can hold: a part of the published values, with the interface whose vtable names them. */
typedef struct Aspect {
        const char *name;
        const BusObject *object;
        size_t offset, size;
} Aspect;

#define ASPECT(name, object, member) \
        { name, object, offsetof(SourcePublished, member), sizeof(((SourcePublished *)0)->member) }

static const Aspect aspects[] = {
        ASPECT("stats", &source_object, stats), ASPECT("select", &source_object, select),
        ASPECT("auth", &source_object, auth), ASPECT("auth", &symmetric_auth_object, key),
        ASPECT("ntp", &ntp_source_object, ntp),
        { "refclock", NULL, 0, 0 }, /* no source of that kind yet: asking is not an error */
};

/* 0: there is none of that name. */
static unsigned aspect_bits(const char *name) {
        unsigned bits = 0;

        for (size_t i = 0; i < ELEMENTS(aspects); i++)
                if (strcmp(aspects[i].name, name) == 0)
                        bits |= 1u << i;
        return bits;
}

static bool has_aspect(const Aspect *aspect, const SourcePublished *p) {
        return aspect->object && (!aspect->object->applies || aspect->object->applies(p));
}

static int read_text(sd_bus_message *m, void *field) {
        return sd_bus_message_read(m, "v", "s", (const char **)field);
}

static int read_usec(sd_bus_message *m, void *field) {
        return sd_bus_message_read(m, "v", "t", (uint64_t *)field);
}

static int read_ids(sd_bus_message *m, void *field) {
        SourceFilter *f = field;
        static const uint32_t none[1];
        const void *ids;
        size_t size;

        int r = sd_bus_message_enter_container(m, 'v', "au");
        if (r < 0)
                return r;
        r = sd_bus_message_read_array(m, 'u', &ids, &size);
        if (r < 0)
                return r;
        if (size / sizeof(uint32_t) > SOURCES_MAX) /* each is looked for in each source */
                return -E2BIG;
        f->ids = size > 0 ? ids : none;
        f->n_ids = size / sizeof(uint32_t);
        return sd_bus_message_exit_container(m);
}

int source_aspects_read(sd_bus_message *m, unsigned *ret) {
        const char *name;
        unsigned wanted = 0;

        int r = sd_bus_message_enter_container(m, 'v', "as");
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &name)) > 0) {
                unsigned bits = aspect_bits(name);
                if (bits == 0)
                        return -EINVAL;
                wanted |= bits;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = wanted;
        return 0;
}

static int read_aspects(sd_bus_message *m, void *field) {
        return source_aspects_read(m, field);
}

static const struct {
        const char *key;
        int (*read)(sd_bus_message *m, void *field);
        size_t offset;
} keys[] = {
        { "state", read_text, offsetof(SourceFilter, state) },
        { "kind", read_text, offsetof(SourceFilter, kind) },
        { "online", read_text, offsetof(SourceFilter, online) },
        { "ids", read_ids, 0 },
        { "changed-since", read_usec, offsetof(SourceFilter, changed_since_usec) },
        { "aspects", read_aspects, offsetof(SourceFilter, aspects) },
};

static int read_entry(sd_bus_message *m, SourceFilter *f, sd_bus_error *error) {
        char shown[32];
        const char *key;

        int r = sd_bus_message_read_basic(m, 's', &key);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                if (strcmp(keys[i].key, key) != 0)
                        continue;
                r = keys[i].read(m, (char *)f + keys[i].offset);
                if (r == -E2BIG)
                        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                                "The value of filter key '%s' has more than %d elements.", key, SOURCES_MAX);
                if (r < 0)
                        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                                "The value of filter key '%s' is not valid.", key);
                return 0;
        }
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "There is no filter key '%s'.",
                clean_copy(key, shown, sizeof(shown)));
}

int source_filter_read(sd_bus_message *m, SourceFilter *ret, sd_bus_error *error) {
        SourceFilter f = { 0 };

        int r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_entry(m, &f, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = f;
        return 0;
}

static bool id_listed(const SourceFilter *f, uint32_t id) {
        for (size_t i = 0; i < f->n_ids; i++)
                if (f->ids[i] == id)
                        return true;
        return false;
}

bool source_filter_matches(const SourceFilter *f, const SourcePublished *p) {
        return (!f->state || strcmp(f->state, p->select.state) == 0) &&
               (!f->kind || strcmp(f->kind, p->identity.kind) == 0) &&
               (!f->online || strcmp(f->online, p->link.online) == 0) &&
               (!f->ids || id_listed(f, p->identity.id)) && p->link.last_sample_usec >= f->changed_since_usec;
}

static int append_extra(sd_bus_message *reply, const SourceFilter *f, const SourcePublished *p) {
        int r = sd_bus_message_open_container(reply, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < ELEMENTS(aspects); i++)
                if (f->aspects & (1u << i) && has_aspect(&aspects[i], p))
                        r = object_append_properties(
                                reply, aspects[i].object, p, aspects[i].offset, aspects[i].size);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_texts(sd_bus_message *reply, const SourcePublished *p) {
        char path[SOURCE_PATH_MAX], name[NAME_MAX_BYTES], ref_id[REF_ID_TEXT_MAX];

        return sd_bus_message_append(reply, "ousssssbss", source_path(p->identity.id, path), p->identity.id,
                source_name(p->identity.source, name), p->identity.address, p->identity.kind, p->select.state,
                p->link.online, p->auth.authenticated, p->auth.authentication,
                source_ref_id(p->link.view, ref_id));
}

int source_row_append(sd_bus_message *reply, const SourceFilter *f, const SourcePublished *p) {
        int r = sd_bus_message_open_container(reply, 'r', "ousssssbssuyitdddddddddua{sv}");
        if (r < 0)
                return r;
        r = append_texts(reply, p);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "uyitdddddddddu", p->link.stratum, p->link.reach, p->link.poll,
                p->link.last_sample_usec, p->sample.adjusted_s, p->sample.measured_s, p->sample.error_s,
                p->stats.freq_ppm, p->stats.skew_ppm, p->stats.std_dev_s, p->ntp.reply.delay_s,
                p->ntp.reply.dispersion_s, p->select.score, p->stats.samples);
        if (r < 0)
                return r;
        r = append_extra(reply, f, p);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* Estimates of this moment: they move with the time, the clock's rate, or what other sources say. */
static const char *const moving[] = { "EstimatedOffsetSeconds", "EstimatedOffsetErrorSeconds", "FrequencyPPM",
        "Score", "LowLimitSeconds", "HighLimitSeconds", NULL };

static uint64_t add_text(uint64_t fingerprint, const char *text) {
        return fingerprint_bytes(fingerprint, text, strlen(text) + 1);
}

#define ADD(fingerprint, value) fingerprint_bytes(fingerprint, &(value), sizeof(value))

/* The instant of the last sample is taken as it was noted: as the clock tells it, it moves with each step. */
static uint64_t add_row(uint64_t f, const SourcePublished *p) {
        f = add_text(f, p->identity.source->name);
        f = add_text(f, p->identity.address);
        f = add_text(f, p->select.state);
        f = add_text(f, p->link.online);
        f = add_text(f, p->auth.authentication);
        f = ADD(f, p->link.ref_id);
        f = ADD(f, p->link.stratum);
        f = ADD(f, p->link.reach);
        f = ADD(f, p->link.poll);
        f = ADD(f, p->link.view->link.last_sample.ns);
        f = ADD(f, p->sample.measured_s);
        f = ADD(f, p->sample.error_s);
        f = ADD(f, p->stats.skew_ppm);
        f = ADD(f, p->stats.std_dev_s);
        f = ADD(f, p->stats.samples);
        f = ADD(f, p->ntp.reply.delay_s);
        return ADD(f, p->ntp.reply.dispersion_s);
}

uint64_t source_row_fingerprint(const SourcePublished *p, unsigned wanted) {
        uint64_t f = add_row(FINGERPRINT_START, p);

        for (size_t i = 0; i < ELEMENTS(aspects); i++)
                if (wanted & (1u << i) && has_aspect(&aspects[i], p)) {
                        uint64_t aspect = object_fingerprint(
                                aspects[i].object, p, aspects[i].offset, aspects[i].size, moving);
                        f = ADD(f, aspect);
                }
        return f;
}
