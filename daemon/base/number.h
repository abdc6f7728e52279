/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Numbers as decimal text, as lines of configuration have them. */

#define NUMBER_TEXT_MAX 32

/* The shortest decimal text that reads back as the same number. */
const char *number_format(double number, char buffer[static NUMBER_TEXT_MAX]);
