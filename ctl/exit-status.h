/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What timeballctl ends with. A function that returns one of these has said on stderr why, unless it is STATUS_OK.
 */

typedef enum ExitStatus {
        STATUS_OK = 0,
        STATUS_FAILURE = 1,
        STATUS_USAGE = 2,
        STATUS_NOT_RUNNING = 3,
        STATUS_NO_SUCH_SOURCE = 4,
        STATUS_NOT_AUTHORIZED = 5,
        STATUS_NOT_SYNCHRONIZED = 6,
} ExitStatus;
