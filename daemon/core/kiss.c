/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/kiss.h"

#include "base/cleanup.h"

#include <string.h>

static const Kiss kisses[] = { { "RATE", false }, { "DENY", true }, { "RSTR", true } };

const Kiss *kiss_find(const NtpPacket *p) {
        char code[NTP_KISS_CODE_MAX];

        if (ntp_packet_kiss_code(p, code))
                for (size_t i = 0; i < ELEMENTS(kisses); i++)
                        if (strcmp(kisses[i].code, code) == 0)
                                return &kisses[i];
        return NULL;
}
