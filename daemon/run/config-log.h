/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is said at start about the command line and the configuration: options that do nothing, problems that did not keep
 * the daemon from starting, and what was given without effect yet. Nothing of the list is cut off: it goes on in further
 * records.
 */

#include "base/log.h"
#include "config/command-line.h"

void config_log(Log *log, const CommandLine *line, const Config *config);
