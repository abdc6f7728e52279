/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the runtime share; internal to run/runtime.c, run/reload.c and run/saved.c. */

#include "run/runtime.h"
#include "run/saved-text.h"

struct Runtime {
        Parts *parts;
        const CommandLine *line;
        Config *config;  /* in effect */
        Config *started; /* as at start: what can't be changed since is in it */
        SourceList sources;
        bool *unset; /* directives that were taken back at run time, and that the files have, in the table's order */
        uint8_t *dropped; /* bits of LineOrigin: where lines of a directive stand that were taken back */
        size_t n_unset;
        SavedText saved;
        bool foreseen; /* what counts as saved is not on the disk yet */
        uint32_t generation;
};

/* Something is not as it was. */
void runtime_changed(Runtime *r);
/* Adds the source to list and engine; the text is taken over. Of an error but -ENOMEM the line stays in the list, without a pool. */
int runtime_take_source(Runtime *r, const SourceSpec *spec, char *text, uint32_t *ret_id);
/* The configuration's sources, all or those of `which`; their texts are taken over. What can't be added is a warning. */
void runtime_take_sources(Runtime *r, Config *config, const bool *which, Problems *warnings);
/* A warning of a source that the engine has refused. */
void runtime_left_out(const Runtime *r, const SourceSpec *spec, int result, Problems *warnings);
/* Puts `next` in the place of the configuration in effect, but for its sources; it is taken over. The rest as in_effect_change(). */
int runtime_switch(Runtime *r, Config *next, bool with_keys, Problems *warnings);
/* Says them in the log; their contents are taken over. */
void runtime_tell(const Runtime *r, Problems *warnings);
void runtime_set_unset(Runtime *r, const Directive *d, bool unset);
/* Bits of LineOrigin: the files that the directive's lines stand in. */
uint8_t runtime_file_lines(const Config *c, const Directive *d);
/* Whether the line stands in the files, or in that of saved lines. */
bool source_is_of_files(const SourceLine *l);

/* Reads what the disk has, in normal form: whoever has written it, its lines are known again. */
void saved_read(Runtime *r);
/* What is being written counts as saved from now on: who was first to have something saved is not to lose it by reading the files again.
 * If the disk refuses it, it is not saved after all. */
void saved_foresee(Runtime *r);
/* Whether it could be written; as runtime_save(). */
int saved_check(const Runtime *r, char why[static RUNTIME_WHY_MAX]);
/* Has it written with a line more, unless the files have that line, or it has. */
void saved_append(Runtime *r, const SourceLine *l);
