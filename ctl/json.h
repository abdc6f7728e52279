/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* JSON (RFC 8259) from and to values. Numbers are not formatted: SI units as they stand on the bus; NaN becomes null. */

#include "value.h"

#include <stdio.h>

typedef enum JsonStyle { JSON_OFF, JSON_SHORT, JSON_PRETTY } JsonStyle;

enum { JSON_RECORD = 0x1e, JSON_DEPTH_MAX = 64, JSON_NUMBER_MAX = 32 };

/* The text of one document with a newline at its end. */
void json_emit(const Value *v, JsonStyle style, FILE *out);

/* The same as one record of a sequence (RFC 7464), and out it goes. */
void json_emit_record(const Value *v, JsonStyle style, FILE *out);

/* 0 and *ret, which the caller frees; or the positive number of the line that is wrong. */
int json_parse(const char *text, Value **ret);

/* The shortest decimal that reads back as the same number; "null" unless it is finite. */
const char *json_real(double d, char buffer[static JSON_NUMBER_MAX]);
