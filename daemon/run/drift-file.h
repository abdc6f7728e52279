/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The drift file on its way between the engine and the disk: read before the start, written when the engine asks for it and
 * at the end, through the parts' writer. A file that is missing, broken or not to be written is no reason not to keep time.
 *
 * It always holds the rate of the machine's clock. Under -x the engine's own rate is only what the virtual clock has on top of
 * the kernel's, whose rate is taken off and added here. If somebody else has changed that one meanwhile, the skew says so.
 */

#include "run/parts.h"

/* What the file of the parts says, for engine_restore_drift(). max_drift in s/s. False: nothing that can be used; if the file is
 * broken, a warning names line and fault. */
bool drift_file_load(Parts *p, double max_drift, Drift *ret);
/* The file of the parts from now on, NULL = none; the text must live as long. */
void drift_file_point(Parts *p, const char *path);
/* What became of a file that was written (os/state-writer.h). */
void drift_file_on_written(Parts *p, const char *path, int error);
/* Writes what the engine has learnt since the last time, if anything. */
void drift_file_save(Parts *p);
