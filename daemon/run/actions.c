/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/actions.h"

#include "base/cleanup.h"
#include "os/synchronized-file.h"
#include "run/alert-watch.h"
#include "run/daemon.h"
#include "run/drift-file.h"
#include "run/messages.h"

#include <errno.h>
#include <string.h>

/* What somebody has to mend; that there is no route is said by the sources that do not answer. */
static bool is_to_be_mended(int error) {
        static const int errors[] = { EACCES, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EPERM };

        for (size_t i = 0; i < ELEMENTS(errors); i++)
                if (errors[i] == error)
                        return true;
        return false;
}

/* Each reason once, until there is another one. */
static void say_unsent(Parts *p, const ActionSend *send, int error) {
        LogLevel level = LOG_LEVEL_DEBUG;
        char to[NET_ADDRESS_TEXT_MAX];

        if (is_to_be_mended(error) && error != p->unsent_for) {
                level = LOG_LEVEL_WARNING;
                p->unsent_for = error;
        }
        log_record(p->log, level, MESSAGE_ID_UNSENT, NULL, "Could not send to %s: %s",
                net_address_format(&send->to.address, to), strerrordesc_np(error));
}

static void do_send(Parts *p, const ActionSend *send) {
        UdpDeparture departure;
        int r = send->symmetric ? server_send(p->server, send, &departure)
                                : exchanges_send(p->exchanges, send, &departure);

        if (r < 0) {
                say_unsent(p, send, -r);
                engine_on_unsent(p->engine, parts_now(p), send->assoc);
                return;
        }

        AssocStamp sent = parts_stamp(p, departure.at, departure.kernel);
        engine_on_sent(p->engine, send->assoc, &sent);
}

static void do_resolve(Parts *p, const ActionResolve *resolve) {
        int r = resolver_ask(p->resolver, resolve->query, resolve->name, resolve->family);

        if (r >= 0)
                return;
        log_warning(p->log, "Could not ask for the address of %s: %s", resolve->name, strerrordesc_np(-r));
        engine_on_resolved(p->engine, parts_now(p), resolve->query, RESOLVE_TRY_AGAIN, NULL, 0);
}

static void check(Parts *p, int r, const char *what) {
        if (r < 0)
                log_error(p->log, "Could not %s: %s", what, strerrordesc_np(-r));
}

/* Nobody is served a clock that is half set. */
static void do_step(Parts *p, double offset_s) {
        if (p->server)
                server_close(p->server);
        check(p, clock_step(p->clock, offset_s), "step the clock");
}

/* -q and -Q. */
static void do_set_once(Parts *p, double offset_s) {
        if (p->mode == RUN_SET_ONCE)
                check(p, clock_step(p->clock, offset_s), "step the clock");
        /* chronyd's sentence, with its sign: what the clock lacks. */
        log_warning(p->log, "System clock wrong by %.6f seconds (%s)", -offset_s,
                p->mode == RUN_SET_ONCE ? "step" : "ignored");
        (void)sd_event_exit(p->event, EXIT_SUCCESS);
}

static int status_of(GiveUpReason reason) {
        switch (reason) {
        case GIVE_UP_CHANGE:
                return EXIT_STATUS_CHANGE;
        case GIVE_UP_NO_SOURCE:
                return EXIT_FAILURE;
        }
        return EXIT_FAILURE;
}

/* A clock that is set once has no leap second. */
static void do_leap(Parts *p, const ActionLeap *leap) {
        if (p->server && !leap->slewed)
                server_close(p->server);
        if (p->mode == RUN_DAEMON)
                check(p, clock_leap(p->clock, leap->offset_s, leap->slewed), "let the clock leap a second");
}

/* For those who wait for the system's clock: a virtual one (-x) is nothing to them. */
static void mark_synchronized(const Parts *p) {
        int r = p->virtual_clock || p->mode != RUN_DAEMON ? 0 : synchronized_file_touch();

        if (r < 0 && r != -ENOENT)
                log_warning(p->log,
                        "systemd-time-wait-sync cannot be told that the clock is synchronized: %s",
                        strerrordesc_np(-r));
}

static void do_notice(Parts *p, const Notice *notice) {
        if (notice->kind == NOTICE_SYNCHRONIZED)
                mark_synchronized(p);
        const Snapshot *snapshot = parts_snapshot(p);
        message_of_notice(p->log, notice, snapshot);
        if (p->alerts)
                alert_watch_on_notice(p->alerts, notice, snapshot);
        if (p->bus)
                bus_notice(p->bus, notice);
}

void action_execute(Parts *p, const Action *action) {
        switch (action->kind) {
        case ACTION_SEND:
                do_send(p, &action->send);
                break;
        case ACTION_CLOSE:
                exchanges_close(p->exchanges, action->assoc);
                break;
        case ACTION_RESOLVE:
                do_resolve(p, &action->resolve);
                break;
        case ACTION_SET_BASE:
                check(p, clock_set_base(p->clock, action->base_ppm), "set the clock's rate");
                break;
        case ACTION_SLEW:
                check(p, clock_slew(p->clock, action->slew.offset_s, action->slew.duration),
                        "slew the clock");
                break;
        case ACTION_STEP:
                do_step(p, action->slew.offset_s);
                break;
        case ACTION_SET_ONCE:
                do_set_once(p, action->slew.offset_s);
                break;
        case ACTION_GIVE_UP:
                (void)sd_event_exit(p->event, status_of(action->give_up));
                break;
        case ACTION_LEAP:
                do_leap(p, &action->leap);
                break;
        case ACTION_QUALITY:
                check(p, clock_quality(p->clock, &action->quality), "tell the kernel how good the clock is");
                break;
        case ACTION_SAVE_DRIFT:
                drift_file_save(p);
                break;
        case ACTION_NOTICE:
                do_notice(p, &action->notice);
                break;
        }
}

void actions_execute(Parts *p) {
        Action action;

        while (engine_next_action(p->engine, &action))
                action_execute(p, &action);
}
