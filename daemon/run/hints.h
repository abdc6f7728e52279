/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes sources of what networks offer (core/hint-table.h) and of the servers that timesync1 is given while running, through
 * run/runtime.h, and removes them again; both are forgotten at the end. A hint never displaces a source with authentication:
 * while one is configured, those of hints carry noselect. The Daemon owns it.
 */

#include "bus/hint-ops.h"
#include "run/parts.h"

typedef struct Hints Hints;

/* 0 or -ENOMEM. */
int hints_new(Parts *parts, HintsPolicy policy, Hints **ret);
Hints *hints_free(Hints *h);

/* After each event: what is configured has changed, perhaps. */
void hints_update(Hints *h);
/* Interfaces have come, gone, or got another name. */
void hints_on_network(Hints *h);

/* What the bus asks and orders; the userdata is the Parts, whose hints are not NULL. */
extern const BusHintOps hint_ops;
