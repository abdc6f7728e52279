/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties as lines NAME=VALUE, for scripts: numbers are not formatted. */

#include "options.h"

/* Those that the options name, all of which are there, in their order; or all. */
void show_draw(const Value *properties, const Options *o, FILE *out);
/* One value: lists as words, dictionaries as NAME=VALUE words, what is nested deeper as JSON. */
void show_value(const Value *v, FILE *out);
