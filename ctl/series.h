/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the history remembers of the clock and of sources, and how its values are read. Pure. */

#include "format.h"

/* "offset" (s, with a sign), "frequency" (ppm, with a sign), "delay", "jitter" (s). */
const char *series_format(const char *series, double value, Unit unit, char buffer[static FORMAT_MAX]);
/* Its error, which has no sign. */
const char *series_format_error(const char *series, double error, Unit unit, char buffer[static FORMAT_MAX]);
