/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/saved-text.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct SavedWait {
        SavedWait *next;
        unsigned text; /* which one is waited for */
        SavedTold told;
        void *userdata;
};

/* All who wait for no later text than that. */
static void tell(SavedText *t, unsigned text, int error) {
        for (SavedWait **place = &t->waits; *place;) {
                SavedWait *w = *place;

                if (w->text > text) {
                        place = &w->next;
                        continue;
                }
                *place = w->next;
                w->told(w->userdata, error, t->path);
                free(w);
        }
}

void saved_text_done(SavedText *t) {
        tell(t, t->n_texts, -ECANCELED);
        free(t->on_disk);
        free(t->writing);
        free(t->wanted);
        *t = (SavedText){ 0 };
}

void saved_text_read(SavedText *t) {
        char *text = NULL;
        size_t n;

        if (!t->path)
                return;
        if (state_file_read(t->path, SAVED_MAX_BYTES, &text, &n) < 0)
                text = NULL; /* what is wrong with it was said when it was read as configuration */
        free(t->on_disk);
        t->on_disk = text;
}

const char *saved_text_newest(const SavedText *t) {
        return t->wanted ? t->wanted : t->writing ? t->writing : t->on_disk;
}

static int write_now(SavedText *t, char *text) {
        int r = state_writer_put(
                t->writer, t->path, &(StateText){ .bytes = text, .n = strlen(text), .durable = true });

        if (r < 0) {
                free(text);
                t->error = r;
                return r;
        }
        t->writing = text;
        t->n_writing = t->n_texts;
        return 0;
}

int saved_text_write(SavedText *t, char *text) {
        if (strlen(text) > SAVED_MAX_BYTES) {
                free(text);
                return t->error = -EFBIG;
        }
        t->n_texts++;
        t->error = 0;
        if (!t->writing)
                return write_now(t, text);
        free(t->wanted);
        t->wanted = text;
        return 0;
}

void saved_text_tell(SavedText *t, SavedTold told, void *userdata) {
        bool waits = t->writing && t->error == 0;
        SavedWait *w = waits ? malloc(sizeof(*w)) : NULL;

        if (!w) {
                told(userdata, waits ? -ENOMEM : t->error, t->path);
                return;
        }
        *w = (SavedWait){ t->waits, t->n_texts, told, userdata };
        t->waits = w;
}

bool saved_text_written(SavedText *t, int error) {
        t->error = error < 0 ? error : 0;
        if (error >= 0) {
                free(t->on_disk);
                t->on_disk = TAKE_PTR(t->writing);
        }
        free(TAKE_PTR(t->writing));
        return error >= 0;
}

void saved_text_go_on(SavedText *t) {
        tell(t, t->n_writing, t->error);
        if (!t->wanted || t->writing)
                return;
        t->error = 0;
        if (write_now(t, TAKE_PTR(t->wanted)) < 0)
                tell(t, t->n_texts, t->error);
}
