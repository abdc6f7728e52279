/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/parts.h"

/* A clock that cannot be read does not exist: each backend reads by vDSO, and a failure leaves no time to go on with. */
static ClockState state_now(Parts *p) {
        ClockState state = { 0 };

        if (clock_read(p->clock, &state) < 0)
                abort();
        return state;
}

Now parts_now(Parts *p) {
        ClockState state = state_now(p);

        return (Now){ state.mono, state.local };
}

void parts_settle_soon(Parts *p) {
        (void)sd_event_source_set_enabled(p->settle, SD_EVENT_ONESHOT);
}

AssocStamp parts_stamp(Parts *p, Wall at, bool kernel) {
        return (AssocStamp){ clock_local(p->clock, at), p->precision_s,
                kernel ? STAMP_KERNEL : STAMP_DAEMON };
}

const Snapshot *parts_snapshot(Parts *p) {
        ClockState state = state_now(p);

        return engine_snapshot(p->engine, (Now){ state.mono, state.local }, &state);
}
