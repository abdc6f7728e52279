/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * leap-seconds.list, as IERS and NIST publish it: lines of "NTP-seconds TAI-UTC # comment", with the seconds of the last
 * change after "#$", those of the expiry after "#@" and a SHA-1 over all these numbers after "#h". A parser over text in
 * memory; who reads the file is os/.
 */

#include "core/leap-table.h"

/* Fills *ret with LEAP_READ, and leaves it alone otherwise. A list without expiry or hash is taken as it is. *ret_line is the
 * line of what is wrong, from 1; 0 if it is no single one. */
LeapReading leap_list_parse(const uint8_t *text, size_t n, LeapTable *ret, unsigned *ret_line);
