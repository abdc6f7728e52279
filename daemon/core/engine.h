/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The engine joins associations, estimators, selection and discipline: events in, actions out. The daemon (run/) and
 * the simulator (tests/sim/) drive it through exactly these calls, and neither adds a decision of its own.
 *
 * After every event the caller takes out all actions, executes them, and arms its one timer for engine_next_deadline().
 * It knows no I/O: time, randomness, stamps and addresses come in as arguments.
 */

#include "base/rng.h"
#include "core/action.h"
#include "core/chronicle.h"
#include "core/clock-event.h"
#include "core/dump.h"
#include "core/engine-options.h"
#include "core/history.h"
#include "core/key-ring.h"
#include "core/name.h"
#include "core/served-time.h"
#include "core/snapshot.h"
#include "core/source-spec.h"

typedef struct Engine Engine;

/* NULL: out of memory. *rng is copied. */
Engine *engine_new(const EngineOptions *options, const Rng *rng);
Engine *engine_free(Engine *e);

/* Adds what a line says before or after the start: a server, a pool or a peer; -EOPNOTSUPP for other kinds, -ENOSPC above SOURCES_MAX,
 * -EEXIST for an address or a name that is there already, -ENOMEM. *ret_id (may be NULL) is the id of its first source: ids
 * begin at 1 and are never reused. */
int engine_add_source(Engine *e, Now now, const SourceSpec *spec, uint32_t *ret_id);

/* The pool, or what is one for a server or a peer, that the source belongs to; 0: there is no such source. */
uint32_t engine_pool(const Engine *e, uint32_t source);
/* How many sources it has; 0: there is no such pool. */
size_t engine_pool_sources(const Engine *e, uint32_t pool);

/* Its first source, 0: there is no such pool. */
uint32_t engine_pool_first(const Engine *e, uint32_t pool);
/* SourceIdentity.origin of all its sources, from now on. */
void engine_set_origin(Engine *e, uint32_t pool, const char *origin);

/* Whether somebody may ask us for the time, and follow us: EngineOptions.serving anew. */
void engine_set_serving(Engine *e, bool serving);

/* The symmetric keys that sources name by id: looked up each time one is used, so that the ring's owner may change it between
 * two events. Not owned; NULL = none. */
void engine_set_keys(Engine *e, const KeyRing *keys);

/* Where samples and updates are to be remembered. Not owned; NULL, as at first: nowhere. */
void engine_set_history(Engine *e, History *history);

/* What is to be written down, of the kinds that it wants: to be called again when that has changed, and before engine_start() if the
 * start is to be in it. Not owned; NULL, as at first: nothing. */
void engine_set_chronicle(Engine *e, Chronicle *chronicle);

/* What an earlier run knew of the clock's rate; before engine_start(), which then sets it. */
void engine_restore_drift(Engine *e, const Drift *drift);
/* What the next run should know of it: for ACTION_SAVE_DRIFT, and at the end. It counts as saved from then on; false: nothing
 * was learnt since the last time. */
bool engine_take_drift(Engine *e, Drift *ret);

/* The samples of a source, oldest first; of more than `max` the newest. Their number, 0 also if there is no such source. */
size_t engine_samples(const Engine *e, uint32_t source, size_t max, Sample *ret);
/* Those of an earlier run, which count once the source with that address has answered; `shift`: dump_shift() at `now` or just
 * before. 0, -EEXIST, -ENOSPC or -ENOMEM. */
int engine_restore_samples(Engine *e, const Dump *dump, const ClockShift *shift);

/* The clock's state at start; polling begins at once, sources apart from one another. */
void engine_start(Engine *e, Now now, const ClockState *clock);

/* The leap seconds of a list or a time zone, at start or when the file has changed. */
void engine_set_leap_table(Engine *e, Now now, const LeapTable *table);

/* Events. */
void engine_on_timer(Engine *e, Now now);
/* When the last packet of `assoc` left; again with a better stamp if one comes later (see assoc_on_sent). */
void engine_on_sent(Engine *e, uint32_t assoc, const AssocStamp *sent);
/* What was sent came to nothing: an ICMP message said so. */
void engine_on_send_failed(Engine *e, uint32_t assoc);
/* The packet could not be sent at all: a source with the option auto_offline is offline from then on. */
void engine_on_unsent(Engine *e, Now now, uint32_t assoc);
/* A packet that came to the socket of `assoc` from its remote endpoint. */
void engine_on_packet(Engine *e, Now now, uint32_t assoc, const AssocReceipt *receipt);

/* Whose a datagram is that came to the server's socket: the association that it is for, to be given to engine_on_packet(), if it is
 * of a symmetric mode and from a configured peer's endpoint; 0: the responder's. */
uint32_t engine_find_peer(const Engine *e, const NetEndpoint *from, const uint8_t *bytes, size_t n);

/* The endpoints of all peers whose address is known, in the order of their making; of more than `max` the first. Their number. */
size_t engine_peers(const Engine *e, size_t max, NetEndpoint *ret);

/* The answer to ACTION_RESOLVE: the addresses in the resolver's order; those above NAME_ADDRESSES_MAX are ignored. */
void engine_on_resolved(
        Engine *e, Now now, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n);
void engine_on_clock(Engine *e, Now now, const ClockEvent *event);
/* The network changed (link up, new address): resolve again what is unresolved and ask the unreachable at once. */
void engine_on_network(Engine *e, Now now);

/* The next action; false if there is none. */
bool engine_next_action(Engine *e, Action *ret);
/* When engine_on_timer() wants to be called. */
Mono engine_next_deadline(const Engine *e);

/* What a server of this clock has to say at `now`. */
ServedTime engine_served(const Engine *e, Now now);

/* The state for readers (bus, command line, server): valid until the next event, or the next call of it. `clock` is the
 * state of the clock at `now`. */
const Snapshot *engine_snapshot(Engine *e, Now now, const ClockState *clock);
