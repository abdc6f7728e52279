/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Numbers that are typed: the whole word, and nothing else. Pure. */

#include <stdbool.h>
#include <stdint.h>

/* Finite. */
bool numeral_real(const char *text, double *ret);
/* Decimal, from min to max. */
bool numeral_whole(const char *text, int64_t min, int64_t max, int64_t *ret);
