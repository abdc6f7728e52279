/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/leap-files.h"

#include "base/cleanup.h"
#include "os/leap-file.h"
#include "run/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LOOK_USEC     (UINT64_C(3600) * 1000000)
#define ACCURACY_USEC (UINT64_C(60) * 1000000)

enum { LIST, ZONE, FILES };

typedef struct Known {
        LeapFile file;
        bool good; /* the table is one */
        LeapTable table;
        int error; /* as last told */
} Known;

struct LeapFiles {
        Log *log;
        LeapFilesHandler handler;
        void *userdata;
        sd_event_source *timer;
        char *paths[FILES];
        Known known[FILES];
};

DEFINE_CLEANUP(LeapFiles, leap_files_free)

static void tell_error(const LeapFiles *f, Known *k, int r) {
        if (k->error == r)
                return;
        k->error = r;
        log_record(f->log, LOG_LEVEL_WARNING, MESSAGE_ID_LEAP_FILE, NULL,
                "Could not read leap seconds from %s: %s", k->file.path, strerrordesc_np(-r));
}

static void tell_reading(const LeapFiles *f, const Known *k, LeapReading reading, unsigned line) {
        if (reading == LEAP_READ)
                log_info(f->log, "Read %zu leap seconds from %s, TAI-UTC is %d s after the last",
                        k->table.n - 1, k->file.path, k->table.entries[k->table.n - 1].tai_offset_s);
        else if (line > 0)
                log_record(f->log, LOG_LEVEL_WARNING, MESSAGE_ID_LEAP_FILE, NULL,
                        "%s:%u: leap second list %s", k->file.path, line, leap_reading_to_string(reading));
        else
                log_record(f->log, LOG_LEVEL_WARNING, MESSAGE_ID_LEAP_FILE, NULL, "%s %s", k->file.path,
                        leap_reading_to_string(reading));
}

/* True if there is a new table. */
static bool look_at(const LeapFiles *f, Known *k) {
        LeapReading reading;
        unsigned line;
        int r;

        if (!k->file.path)
                return false;
        r = leap_file_read(&k->file, &k->table, &reading, &line);
        if (r < 0)
                tell_error(f, k, r);
        if (r <= 0)
                return false;
        k->error = 0;
        tell_reading(f, k, reading, line);
        k->good |= reading == LEAP_READ;
        return reading == LEAP_READ;
}

void leap_files_look(LeapFiles *f) {
        bool new_list = look_at(f, &f->known[LIST]), new_zone = look_at(f, &f->known[ZONE]);

        if (new_list || (new_zone && !f->known[LIST].good))
                f->handler(f->userdata, &f->known[new_list ? LIST : ZONE].table);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        LeapFiles *f = userdata;
        int r = sd_event_source_set_time_relative(source, LOOK_USEC);

        leap_files_look(f);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int copy_paths(const Config *config, char *ret[static FILES]) {
        char *list = NULL, *zone = NULL;

        if (config->leap_sec_list) {
                list = strdup(config->leap_sec_list);
                if (!list)
                        return -ENOMEM;
        }
        if (config->leap_sec_tz) {
                zone = leap_file_of_zone(config->leap_sec_tz);
                if (!zone) {
                        free(list);
                        return -ENOMEM;
                }
        }
        ret[LIST] = list;
        ret[ZONE] = zone;
        return 0;
}

static void free_paths(LeapFiles *f) {
        for (size_t i = 0; i < FILES; i++)
                free(f->paths[i]);
}

/* Takes over the paths. */
static void begin(LeapFiles *f, char *const paths[static FILES]) {
        static const LeapFormat formats[FILES] = { [LIST] = LEAP_FORMAT_LIST, [ZONE] = LEAP_FORMAT_ZONE };
        bool any = paths[LIST] || paths[ZONE];

        (void)sd_event_source_set_enabled(f->timer, any ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        free_paths(f);
        for (size_t i = 0; i < FILES; i++) {
                f->paths[i] = paths[i];
                f->known[i] = (Known){ .file = { .path = paths[i], .format = formats[i] } };
        }
}

int leap_files_follow(LeapFiles *f, const Config *config) {
        static const LeapTable none;
        char *paths[FILES];
        int r = copy_paths(config, paths);

        if (r < 0)
                return r;
        begin(f, paths);
        leap_files_look(f);
        if (!f->known[LIST].good && !f->known[ZONE].good)
                f->handler(f->userdata, &none);
        return 0;
}

int leap_files_new(sd_event *event, Log *log, const Config *config, LeapFilesHandler handler, void *userdata,
        LeapFiles **ret) {
        _cleanup_(leap_files_freep)
        LeapFiles *f = calloc(1, sizeof(*f));
        char *paths[FILES];
        int r;

        if (!f)
                return -ENOMEM;
        *f = (LeapFiles){ .log = log, .handler = handler, .userdata = userdata };
        r = copy_paths(config, paths);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(
                event, &f->timer, CLOCK_BOOTTIME, LOOK_USEC, ACCURACY_USEC, on_timer, f);
        if (r < 0) {
                free(paths[LIST]);
                free(paths[ZONE]);
                return r;
        }
        begin(f, paths);
        leap_files_look(f);
        *ret = TAKE_PTR(f);
        return 0;
}

LeapFiles *leap_files_free(LeapFiles *f) {
        if (f) {
                sd_event_source_disable_unref(f->timer);
                free_paths(f);
                free(f);
        }
        return NULL;
}
