/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A configuration without one of its directives or options: tests/sim/effects.py proves by it that a scenario that says it is
 * about some directive fails when the directive has lost its effect. */

/* Takes the directive `name`, or every option of that name with its value, out of the line. NULL: leaves it as it is. */
void leave_out(char *line, const char *name);
