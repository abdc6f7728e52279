/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a server, pool or peer line to the SourceSpec that the engine takes, and what else a line of a source must be checked
 * for. */

#include "config/lines.h"
#include "core/source-spec.h"

/* `origin` as in SourceSpec. 0, 1 if no source can be made of it (a warning says why), or -ENOMEM. */
int source_spec_make(ConfigLine *l, const char *origin, Problems *problems, SourceSpec *ret);

/* False for an address of another family than the one that is wanted. */
bool source_spec_fits_family(const SourceSpec *spec);

/* The words that follow the driver's parameter after colons. 0, 1 if refused (with a problem), or -ENOMEM. */
int refclock_line_check(const ConfigLine *l, Problems *problems);
