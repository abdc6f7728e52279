/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TRIES = 8 };

/* One look at the clocks, from the quickest of some tries. */
typedef struct Look {
        int64_t raw_ns, wall_ns;
        int64_t ahead_ns; /* Wall minus true time */
        int64_t width_ns; /* within which the clocks were read */
} Look;

/* What has been seen since the last line. Margins are bound minus error, the least of all seconds. */
typedef struct Seen {
        int64_t worst_ns, width_ns;
        double kernel_margin_ns, published_margin_ns;
        double slowest_ppm, fastest_ppm; /* what Wall gained on Raw from look to look */
        int status_or, status_and;
        int backwards, answers;
        long maxerror_us;
} Seen;

struct Watch {
        const World *world;
        Published *published;
        int sets_fd; /* a timer that ends whenever somebody sets the clock */
        int sets;
        Look last;
        struct timex kernel;
        int kernel_state;
        double published_ns;
        Seen seen;
};

static Look look(const World *world) {
        Look best = { .width_ns = INT64_MAX };

        for (int i = 0; i < TRIES; i++) {
                int64_t before_ns = clock_ns(CLOCK_MONOTONIC_RAW), wall_ns = clock_ns(CLOCK_REALTIME);
                int64_t width_ns = clock_ns(CLOCK_MONOTONIC_RAW) - before_ns,
                        raw_ns = before_ns + width_ns / 2;

                if (width_ns < best.width_ns)
                        best = (Look){ raw_ns, wall_ns, wall_ns - world_true_ns(world, raw_ns), width_ns };
        }
        return best;
}

static int64_t within_ns(const Look *l) {
        return llabs(l->ahead_ns) - l->width_ns / 2;
}

static void seen_clear(Seen *s) {
        *s = (Seen){
                .kernel_margin_ns = (double)INFINITY,
                .published_margin_ns = (double)INFINITY,
                .slowest_ppm = (double)INFINITY,
                .fastest_ppm = -(double)INFINITY,
                .status_and = INT_MAX,
        };
}

static void count_sets(Watch *w) {
        const struct itimerspec never = { .it_value.tv_sec = LONG_MAX };
        uint64_t expirations;

        if (read(w->sets_fd, &expirations, sizeof(expirations)) < 0 && errno == ECANCELED)
                w->sets++;
        (void)timerfd_settime(w->sets_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

Watch *watch_new(Published *published) {
        Watch *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->published = published;
        w->sets_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        count_sets(w);
        return w->sets_fd < 0 ? watch_free(w) : w;
}

Watch *watch_free(Watch *w) {
        if (w && w->sets_fd >= 0)
                (void)close(w->sets_fd);
        free(w);
        return NULL;
}

void watch_begin(Watch *w, const World *world) {
        w->world = world;
        w->last = look(world);
        count_sets(w);
        w->sets = 0;
        seen_clear(&w->seen);
}

static void compare_rates(Watch *w, const Look *now) {
        double raw_ns = (double)(now->raw_ns - w->last.raw_ns),
               wall_ns = (double)(now->wall_ns - w->last.wall_ns);
        double gained_ppm = (wall_ns - raw_ns) / raw_ns * 1e6;

        w->seen.slowest_ppm = fmin(w->seen.slowest_ppm, gained_ppm);
        w->seen.fastest_ppm = fmax(w->seen.fastest_ppm, gained_ppm);
        w->seen.backwards += wall_ns < 0.0;
}

/* The error was between what it was before and after the question. */
static void compare_bounds(Watch *w, const Look *before) {
        Look after;

        w->kernel = (struct timex){ 0 };
        w->kernel_state = adjtimex(&w->kernel);
        w->published_ns = published_max_error_s(w->published) * 1e9;
        after = look(w->world);
        double error_ns =
                (double)(within_ns(before) < within_ns(&after) ? within_ns(before) : within_ns(&after));

        w->seen.kernel_margin_ns =
                fmin(w->seen.kernel_margin_ns, (double)w->kernel.maxerror * 1e3 - error_ns);
        w->seen.maxerror_us =
                w->kernel.maxerror > w->seen.maxerror_us ? w->kernel.maxerror : w->seen.maxerror_us;
        w->seen.status_or |= w->kernel.status;
        w->seen.status_and &= w->kernel.status;
        if (isnan(w->published_ns))
                return;
        w->seen.answers++;
        w->seen.published_margin_ns = fmin(w->seen.published_margin_ns, w->published_ns - error_ns);
}

void watch_look(Watch *w, bool whole) {
        Look now = look(w->world);

        count_sets(w);
        compare_rates(w, &now);
        w->seen.worst_ns = llabs(now.ahead_ns) > w->seen.worst_ns ? llabs(now.ahead_ns) : w->seen.worst_ns;
        w->seen.width_ns = now.width_ns > w->seen.width_ns ? now.width_ns : w->seen.width_ns;
        w->last = now;
        if (whole)
                compare_bounds(w, &now);
}

void watch_tell(Watch *w, const char *phase, int second) {
        const struct timex *k = &w->kernel;
        const Seen *s = &w->seen;

        printf("state phase=%s second=%d ahead_ns=%ld worst_ns=%ld width_ns=%ld slowest_ppm=%.3f fastest_ppm=%.3f "
               "backwards=%d sets=%d",
                phase, second, (long)w->last.ahead_ns, (long)s->worst_ns, (long)s->width_ns, s->slowest_ppm,
                s->fastest_ppm, s->backwards, w->sets);
        printf(" tick=%ld freq=%ld status=%d status_or=%d status_and=%d maxerror_us=%ld maxerror_most_us=%ld esterror_us=%ld "
               "tai=%d clock=%d",
                k->tick, k->freq, k->status, s->status_or, s->status_and, k->maxerror, s->maxerror_us,
                k->esterror, k->tai, w->kernel_state);
        printf(" published_ns=%.0f answers=%d kernel_margin_ns=%.0f published_margin_ns=%.0f\n",
                w->published_ns, s->answers, s->kernel_margin_ns, s->published_margin_ns);
        seen_clear(&w->seen);
}
