/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What timeballd says of its own error, asked for on the virtual machine's bus as any client would. Asks only. */

typedef struct Published Published;

Published *published_new(void);
/* org.timeball1.Clock.MaxErrorSeconds; NaN if nobody answers or nothing is known. */
double published_max_error_s(Published *p);
