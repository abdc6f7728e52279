/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which sources are meant: as the daemon has it, or as chronyc spells subnets. Pure. */

enum { SELECTOR_MAX = 512 };

/* "255.255.255.0/192.0.2.0", mask before address, becomes "192.0.2.0/24"; everything else stays as it is. */
void selector_from_text(const char *text, char ret[static SELECTOR_MAX]);
