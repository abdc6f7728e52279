/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text in a terminal: how many columns it takes, and cutting it to fit. Pure; knows UTF-8, not the locale. */

#include <stddef.h>

/* Columns of valid UTF-8: 0 for combining characters, 2 for wide ones. */
size_t text_width(const char *text);

/* At most `columns` columns of text, in a buffer of `size` bytes; what is cut is shown by an ellipsis ("..." if !utf8). */
const char *text_ellipsize(const char *text, size_t columns, int utf8, char *buffer, size_t size);

/* A copy that is safe to show (base/printable.h). */
const char *text_clean(const char *text, char *buffer, size_t size);
