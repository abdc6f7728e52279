/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of Source.SetOptions as a change for the engine: which keys there are, what each takes, and how "+prefer -trust"
 * is read. The keys and signs are those of the configuration's lines. Pure.
 */

#include "bus/call-options.h"
#include "core/source-change.h"

/* 0, or a negative errno with *error set: an unknown key, a value out of its range, nothing to change. Whether the values
 * fit those that stay, the engine knows. */
int option_change_read(const CallOption *options, size_t n, SourceChange *ret, sd_bus_error *error);
