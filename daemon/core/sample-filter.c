/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/sample-filter.h"

#include <math.h>
#include <stdlib.h>

enum {
        PICK_MIN = 4,     /* with more samples than this, those that were measured badly are left out */
        AVERAGE_MAX = 50, /* pairs that the usual variance is the average of */
};
static const double bad_dispersion = 1.5; /* times the smallest one */
static const double max_deviation_s = 16.0;
static const double chi_square = 2.706; /* 90 % of the squares of one standard normal number are smaller */

struct SampleFilter {
        size_t size;
        size_t n, polls; /* samples, and polls that they are from */
        double usual_variance;
        int n_pairs; /* that the usual variance is known from */
        Sample samples[];
};

SampleFilter *sample_filter_new(size_t polls) {
        SampleFilter *f = calloc(1, sizeof(*f) + polls * sizeof(f->samples[0]));

        if (f)
                f->size = polls;
        return f;
}

SampleFilter *sample_filter_free(SampleFilter *f) {
        free(f);
        return NULL;
}

void sample_filter_reset(SampleFilter *f) {
        f->n = f->polls = 0;
        f->usual_variance = 0.0;
        f->n_pairs = 0;
}

/* Keeps the samples that were measured about as well as the best one, if enough are left. */
static void drop_bad(SampleFilter *f) {
        double limit_s = HUGE_VAL;
        size_t n_good = 0, n = 0;

        if (f->n <= PICK_MIN)
                return;
        for (size_t i = 0; i < f->n; i++)
                limit_s = fmin(limit_s, bad_dispersion * f->samples[i].dispersion_s);
        for (size_t i = 0; i < f->n; i++)
                n_good += f->samples[i].dispersion_s <= limit_s;
        if (n_good < PICK_MIN)
                return;
        for (size_t i = 0; i < f->n; i++)
                if (f->samples[i].dispersion_s <= limit_s)
                        f->samples[n++] = f->samples[i];
        f->n = n;
}

static void sort_by_offset(Sample *samples, size_t n) {
        for (size_t i = 1; i < n; i++) {
                Sample moving = samples[i];
                size_t k = i;
                for (; k > 0 && samples[k - 1].offset_s > moving.offset_s; k--)
                        samples[k] = samples[k - 1];
                samples[k] = moving;
        }
}

/* Two that happen to be close say nothing of how well they are known: then the usual variance does. */
static double deviation(SampleFilter *f, double apart_s) {
        double variance = apart_s * apart_s / 2.0;
        double usual = f->n_pairs > 0 ? f->usual_variance : variance;

        if (f->n_pairs < AVERAGE_MAX)
                f->n_pairs++;
        f->usual_variance += (variance - f->usual_variance) / f->n_pairs;
        return sqrt(variance / chi_square < usual ? usual : variance);
}

static Sample mean_of(const Sample *a, const Sample *b) {
        Sample mean = *a;

        mean.at = local_add(a->at, span_from_seconds(local_seconds_since(b->at, a->at) / 2.0));
        mean.offset_s = (a->offset_s + b->offset_s) / 2.0;
        mean.delay_s = (a->delay_s + b->delay_s) / 2.0;
        mean.dispersion_s = (a->dispersion_s + b->dispersion_s) / 2.0;
        mean.root_delay_s = (a->root_delay_s + b->root_delay_s) / 2.0;
        mean.root_dispersion_s = (a->root_dispersion_s + b->root_dispersion_s) / 2.0;
        return mean;
}

/* False: they are so far apart that they mean nothing. */
static bool take_median(SampleFilter *f, Sample *ret) {
        drop_bad(f);
        sort_by_offset(f->samples, f->n);

        const Sample *low = &f->samples[(f->n - 1) / 2], *high = &f->samples[f->n / 2];
        double deviation_s =
                low == high ? sqrt(f->usual_variance) : deviation(f, high->offset_s - low->offset_s);
        Sample median = mean_of(low, high);

        if (deviation_s > max_deviation_s)
                return false;
        median.dispersion_s = fmax(median.dispersion_s, deviation_s);
        median.root_dispersion_s = fmax(median.root_dispersion_s, deviation_s);
        *ret = median;
        return true;
}

bool sample_filter_add(SampleFilter *f, const Sample *sample, Sample *ret) {
        Sample median;

        f->samples[f->n++] = *sample;
        if (++f->polls < f->size)
                return false;
        bool taken = take_median(f, &median);
        f->n = f->polls = 0;
        if (!taken)
                return false;
        median.stratum = sample->stratum;
        median.leap = sample->leap;
        *ret = median;
        return true;
}

void sample_filter_miss(SampleFilter *f) {
        if (f->polls + 1 < f->size)
                f->polls++;
}

void sample_filter_adjust(SampleFilter *f, Local at, double dfreq, double doffset_s) {
        for (size_t i = 0; i < f->n; i++) {
                Sample *s = &f->samples[i];
                double change_s = local_seconds_since(at, s->at) * dfreq - doffset_s;
                s->at = local_add(s->at, span_from_seconds(change_s));
                s->offset_s += change_s;
        }
}
