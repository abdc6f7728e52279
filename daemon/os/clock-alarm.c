/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-alarm.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct ClockAlarm {
        const ClockAlarmOps *ops;
        void *userdata;
        int fd;
        sd_event_source *set_source;
        sd_event_source *due_source;
};

DEFINE_CLEANUP(ClockAlarm, clock_alarm_free)

static int watch_sets(int fd) {
        const struct itimerspec never = { .it_value.tv_sec = LONG_MAX };

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno
                                                                                                  : 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        ClockAlarm *a = userdata;
        uint64_t expirations;
        int r;

        if (read(fd, &expirations, sizeof(expirations)) < 0 && errno == EAGAIN)
                return 0;
        r = watch_sets(fd); /* before looking, so that a step during the look is not missed */
        a->ops->on_set(a->userdata);
        return r;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        ClockAlarm *a = userdata;

        a->ops->on_due(a->userdata);
        return 0;
}

int clock_alarm_new(sd_event *event, const ClockAlarmOps *ops, void *userdata, ClockAlarm **ret) {
        _cleanup_(clock_alarm_freep)
        ClockAlarm *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return -ENOMEM;
        a->ops = ops;
        a->userdata = userdata;
        a->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (a->fd < 0)
                return -errno;
        r = watch_sets(a->fd);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &a->set_source, a->fd, EPOLLIN, on_readable, a);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &a->due_source, CLOCK_MONOTONIC, 0, 1, on_time, a);
        if (r < 0)
                return r;
        clock_alarm_disarm(a);
        *ret = TAKE_PTR(a);
        return 0;
}

ClockAlarm *clock_alarm_free(ClockAlarm *a) {
        if (!a)
                return NULL;
        sd_event_source_disable_unref(a->set_source);
        sd_event_source_disable_unref(a->due_source);
        if (a->fd >= 0)
                close(a->fd);
        free(a);
        return NULL;
}

void clock_alarm_arm(ClockAlarm *a, const ClockReading *now, Span in) {
        int64_t monotonic_ns = now->mono.ns - now->asleep.ns;
        int64_t due_ns = ns_add(monotonic_ns, in.ns > 0 ? in.ns : 0);

        (void)sd_event_source_set_time(
                a->due_source, (uint64_t)((due_ns - 1) / NS_PER_US + 1)); /* never early */
        (void)sd_event_source_set_enabled(a->due_source, SD_EVENT_ONESHOT);
}

void clock_alarm_disarm(ClockAlarm *a) {
        (void)sd_event_source_set_enabled(a->due_source, SD_EVENT_OFF);
}
