/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text that came from outside, made safe to show: whatever a peer, a name server or a configuration file wrote, it
 * cannot move a terminal's cursor, begin a second line, or turn the reading direction around. The result is valid
 * UTF-8, as D-Bus and the journal want it.
 */

#include <stdbool.h>
#include <stddef.h>

/* In place: each octet of a control character (C0, DEL, C1), of a bidirectional override or of invalid UTF-8 becomes
 * '?'. The length stays. True if nothing had to be changed. */
bool printable_clean(char *text);
