/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an estimator could reach that need not learn anything: one Kalman filter that is told the wander of the clock and the
 * shortest delay. For comparison only; it is linked in the place of core/estimator.c. */

void limit_estimator_tell(double wander, double shortest_delay_s);
