/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tests that a reply has to pass, as a table of small named checks (RFC 5905, 9.2; the lettered ones are those of
 * chrony 4.8). A check looks at facts and changes nothing.
 *
 * Classes: a reply is VALID (it answers our request: 1 2 3 5), SYNCED (its sender claims to have the time: 6 7) and GOOD
 * (it is worth a sample: A B C D). Each class needs the ones before it.
 */

#include "core/assoc.h"
#include "core/packet-mac.h"
#include "wire/ntp-packet.h"

typedef enum PacketClass { PACKET_CLASS_VALID, PACKET_CLASS_SYNCED, PACKET_CLASS_GOOD } PacketClass;

/* All that checks may look at. The measurement is meaningful once the VALID class has passed. */
typedef struct PacketFacts {
        const NtpPacket *packet;
        Mono now;
        int poll;                               /* of the association, log2 s */
        const AssocRequest *request, *previous; /* as in Assoc */
        bool interleaved;                       /* the packet is, by its origin */
        NtpStamp last_rx, last_tx;              /* of the last valid reply */
        PacketMac mac;                          /* what it proves under the source's key */
        const AssocOptions *options;
        const AssocContext *context;
        Sample sample;
        AssocInstants at;               /* that it was measured at */
        double delay_limit_s;           /* by maxdelayquant; infinite without */
        double response_time_s;         /* that the server took */
        StampSource rx_stamp, tx_stamp; /* of our two stamps of the sample */
} PacketFacts;

/* Bits of tests. */
enum {
        PACKET_TEST_NEW = 1 << 0,       /* test 1 */
        PACKET_TEST_AUTHENTIC = 1 << 3, /* test 5 */
};

/* Runs the checks of one class in order; the first failure is the reason, PACKET_GOOD if there is none. *ret_tests gets the
 * bit of each check that passed; bit i is the i-th of 1 2 3 5 6 7 A B C D. */
PacketReason packet_check(PacketClass class, const PacketFacts *facts, uint32_t *ret_tests);
