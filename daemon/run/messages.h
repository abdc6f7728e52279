/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon says to people: each kind of notice with its level, its MESSAGE_ID and its sentence, and the few messages of
 * the daemon itself that have an id. docs/messages.md lists the ids; they never change.
 */

#include "base/log.h"
#include "core/alert.h"
#include "core/notice.h"
#include "core/snapshot.h"

#define MESSAGE_ID_STARTED       "8286fdc5489b4289bc05422a09372d12"
#define MESSAGE_ID_STOPPED       "5d6d94c6cadb4b5ab35c267c74dbb617"
#define MESSAGE_ID_CONFIG        "4544ad28e0a04e10bb496b327a0e1679"
#define MESSAGE_ID_UNSENT        "773fc0d6a4c34fc7bd62f9ecca884d1f"
#define MESSAGE_ID_STATE_FILE    "217977524c364cd1abb23635dbe97bc8"
#define MESSAGE_ID_ALERT_RAISED  "5449ba70556344d5b878c9099475ca10"
#define MESSAGE_ID_ALERT_CLEARED "9f46169f75cd41debd9af82328aac579"
#define MESSAGE_ID_CORRECTION    "2de2813f94784d2f8f999d64359ba55e"
#define MESSAGE_ID_MAIL          "0d4072b286b8464fa79ec89f7d29ad7f"
#define MESSAGE_ID_LEAP_FILE     "dee1f87366524ff998e03cf4735ceae7"

/* Queues the notice. `snapshot` gives the source's name and the clocks' readings; it was made after the notice. */
void message_of_notice(Log *log, const Notice *notice, const Snapshot *snapshot);

/* Queues that an alert is raised, or is over. */
void message_of_alert(Log *log, AlertId id, const Alert *alert);

/* The id of a kind, 32 hex digits. */
const char *message_id_of_notice(NoticeKind kind);

#define SOURCE_TEXT_MAX (NET_ADDRESS_TEXT_MAX + 280)
/* "ADDRESS (NAME)", "ADDRESS" if that is the name, "NAME" without an address, "an unknown source" if nothing is known. */
const char *source_text(
        const NetAddress *address, const SourceView *view, char buffer[static SOURCE_TEXT_MAX]);
