/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is in effect: the lines of the files, the saved ones and those that came while running; and the only way to change it. The
 * Daemon owns it. Whatever changes, changes as a line of the configuration does: read by the same table, and remembered, so that it
 * outlives a reload and can be saved. An order is carried out at once or refused, and then nothing has changed.
 *
 * The engine's actions are carried out before a function returns; timer and bus follow when the loop goes on.
 */

#include "config/amend.h"
#include "config/command-line.h"
#include "config/source-list.h"
#include "core/source-change.h"
#include "run/parts.h"
#include "run/saved-text.h"

typedef struct Runtime Runtime;

enum { RUNTIME_WHY_MAX = AMEND_WHY_MAX };

/* Where a source's line can come from besides the files (SourceSpec.origin); those of run/hints.c are never saved. */
#define RUNTIME_ORIGIN       "runtime" /* from somebody who may have it saved */
#define RUNTIME_ORIGIN_SAVED "saved"   /* likewise, and it is; to add one means to have it saved */

/* Takes over `config`; the others stay the caller's and must live as long. 0 or a negative errno. */
int runtime_new(Parts *parts, const CommandLine *line, Config *config, Runtime **ret);
Runtime *runtime_free(Runtime *r);

/* Hands the sources of the configuration to the engine; once, at start. */
void runtime_start(Runtime *r);
/* The configuration in effect; valid until something changes. */
const Config *runtime_config(const Runtime *r);

/* Whether a line could be added that way, as far as it can be said without telling which keys and sources there are. *ret_text, which the
 * caller frees, is its normal form. Results as of runtime_add_source(). */
int runtime_check_source(const Runtime *r, const char *line, const char *origin, char **ret_text,
        char why[static RUNTIME_WHY_MAX]);
/* Adds a source as a line of server, pool or peer says. *ret_id (may be NULL): of its first source. 0; -EINVAL: why says what is
 * wrong with the line and what would be right; -EEXIST: its address or name is there already; -ENOSPC: above SOURCES_MAX; -EROFS: it can't
 * be saved, why says why; -ENOMEM. */
int runtime_add_source(
        Runtime *r, const char *line, const char *origin, char why[static RUNTIME_WHY_MAX], uint32_t *ret_id);
/* A server or a peer goes; of a pool one member, and the pool wants one fewer. -ENOENT. */
int runtime_remove_source(Runtime *r, uint32_t source);
/* A line goes with all its sources, by the id of its pool. -ENOENT. */
int runtime_remove_pool(Runtime *r, uint32_t pool);
/* The line that has made that pool, in normal form; valid until something changes. NULL: there is none. */
const char *runtime_line(Runtime *r, uint32_t pool);
/* As engine_modify_source(). */
int runtime_modify_source(Runtime *r, uint32_t source, const SourceChange *change);

/* Whether runtime_set() could take it, as far as the line alone says. */
int runtime_check_setting(const char *line, char why[static RUNTIME_WHY_MAX]);
/* One line of those that can be changed while running (directive_can_be_set()): "makestep 1 3", "local stratum 5", "maxupdateskew
 * 10", "reselectdist 1e-4"; or "local off": as if that directive had not been given. -EINVAL: why says what is wrong and what would be right; -ENOMEM. */
int runtime_set(Runtime *r, const char *line, char why[static RUNTIME_WHY_MAX]);

/* Reads everything again, as for a start: all of it comes into effect, or nothing. What came at run time stays on top; sources whose line
 * is the same keep their ids and what was measured. *ret_warnings (may be NULL): what is to be said about the files, and what can't
 * be changed while running; the caller frees strings and array. -EINVAL: why says FILE:LINE: what is wrong; -ENOMEM. */
int runtime_reload(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]);
/* Likewise, and what came at run time and was not saved goes; what is being saved stays. Hints and servers of timesync1 stay. */
int runtime_revert(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]);
/* Reads the files of the sourcedir directories again; what is wrong in them is a warning in the log. 0 or -ENOMEM. */
int runtime_reload_sources(Runtime *r);
/* Reads the file of the symmetric keys again. -EINVAL: it can't be read, and the keys stay; -ENOMEM. */
int runtime_reload_keys(Runtime *r, char why[static RUNTIME_WHY_MAX]);

/* Writes what came at run time behind what was saved before. *ret_warnings: what lines can't say. -EROFS: why says what keeps it from
 * being saved; -ENOMEM. Whether the disk takes it, and a source that is added with RUNTIME_ORIGIN_SAVED, says runtime_tell_saved():
 * until then it counts as not saved. */
int runtime_save(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]);
/* What became of a file that was written (os/state-writer.h). */
void runtime_on_written(Runtime *r, const char *path, int error);
/* Tells exactly once: when the disk has what was to be saved by now, or has refused it. */
void runtime_tell_saved(Runtime *r, SavedTold told, void *userdata);

/* Whether there is a file to save to. */
bool runtime_can_save(const Runtime *r);

/* As server_set_access(); the rules are remembered as lines of allow and deny. -ENODEV: there is no server. */
int runtime_set_access(Runtime *r, const AccessRule *rules, size_t n, bool all, bool replace);

/* Grows with everything that is changed. */
uint32_t runtime_generation(const Runtime *r);
/* Whether something has been changed that is not saved. */
bool runtime_is_dirty(const Runtime *r);
