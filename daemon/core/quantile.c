/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/quantile.h"

#include "core/median.h"

#include <math.h>

/* After so many turns, it takes as many moves in one direction before the steps grow. */
static const double patience = 100.0;

static const double steps_in_spread = 64.0;

void quantile_init(Quantile *q, double share, double min_step) {
        *q = (Quantile){ .share = share, .min_step = min_step };
}

/* The step grows as long as the direction stays, and with it the speed; around the quantile it stays small. */
static void estimate_move(QuantileEstimate *e, double value, int direction, double min_step) {
        if (e->direction == direction)
                e->step += min_step;
        else
                e->step = fmin(e->step - min_step, min_step);
        e->step = fmax(e->step, -patience * min_step);
        e->direction = direction;
        e->value += direction * fmax(e->step, min_step);

        double beyond = direction * (e->value - value) - min_step / 4.0;
        if (beyond > 0.0) {
                e->value -= direction * beyond;
                e->step -= beyond;
        }
}

/* The first numbers are the first estimates, in order. What most of them lie in tells how large a step has to be to get
 * anywhere in as many numbers as there will be. */
static void begin(Quantile *q, double value) {
        size_t place = q->n++;

        for (; place > 0 && q->estimates[place - 1].value > value; place--)
                q->estimates[place] = q->estimates[place - 1];
        q->estimates[place] = (QuantileEstimate){ .value = value };
        if (q->n < QUANTILE_ESTIMATES)
                return;
        double spread = q->estimates[QUANTILE_ESTIMATES - 2].value - q->estimates[1].value;
        q->min_step = fmax(q->min_step, spread / steps_in_spread);
}

void quantile_add(Quantile *q, double value, const Rng *rng) {
        if (q->n < QUANTILE_ESTIMATES) {
                begin(q, value);
                return;
        }
        for (size_t i = 0; i < q->n; i++) {
                QuantileEstimate *e = &q->estimates[i];
                double chance = rng_uniform(rng);
                if (value >= e->value && chance < q->share)
                        estimate_move(e, value, +1, q->min_step);
                else if (value < e->value && chance >= q->share)
                        estimate_move(e, value, -1, q->min_step);
        }
}

double quantile_get(const Quantile *q) {
        double values[QUANTILE_ESTIMATES];

        for (size_t i = 0; i < q->n; i++)
                values[i] = q->estimates[i].value;
        return q->n > 0 ? median_of(values, q->n) : 0.0;
}
