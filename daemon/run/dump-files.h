/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The dump files, IP.dat in dumpdir: what each source has measured, over a restart of the daemon. They are good for one start:
 * used or not, they are gone afterwards. Files of others, chronyd's too, are left alone.
 */

#include "run/parts.h"

/* Before the engine is started. With `load` (-r) the samples are handed to it; a file that is of no use is named with the
 * reason. Then all files of ours are removed. */
void dump_files_take(Parts *p, bool load);
/* Writes one for each source that has samples. Of two sources with one address, on two ports, only the first has a file. */
void dump_files_save(Parts *p);
