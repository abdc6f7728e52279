/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The samples of one source over a restart: the text of a dump file (IP.dat in dumpdir), and what became of the clock since.
 *
 * The format is ours, not chrony's SRC0: that one does not say how the clocks stood to one another when it was written, so
 * nobody could see what happened to the clock since. Its header is another one: either daemon leaves the other's files alone.
 * docs/dump-files.md describes it. Pure; what is read may be anything.
 */

#include "base/net-address.h"
#include "base/strtab.h"
#include "core/sample.h"

#include <stddef.h>

enum {
        DUMP_SAMPLES_MAX = 64,
        DUMP_TEXT_MAX = 512 + DUMP_SAMPLES_MAX * 192,
};

#define DUMP_HEADER "timeball-samples"

/* How the clocks stand to one another at one instant. */
typedef struct ClockMoment {
        Mono mono;
        Raw raw;
        Wall kernel; /* CLOCK_REALTIME, also under -x */
        Local local;
        double local_rate; /* what Local gains on Mono once nobody slews, s/s: 0 but for -x */
        double kernel_ppm; /* rate of the kernel's clock then, > 0 = it makes up for a fast one */
} ClockMoment;

typedef struct Dump {
        ClockMoment moment; /* when it was written */
        NetEndpoint remote;
        size_t n;
        Sample samples[DUMP_SAMPLES_MAX]; /* oldest first */
} Dump;

/* What is wrong with a dump. */
typedef enum DumpFault {
        DUMP_FINE,
        DUMP_FOREIGN, /* not a file of ours */
        DUMP_VERSION,
        DUMP_WORD,          /* another word, or the end, where one is due */
        DUMP_NUMBER,        /* not a number, or out of range */
        DUMP_ADDRESS,       /* not an IP address */
        DUMP_ORDER,         /* a sample is not newer than the one before */
        DUMP_FUTURE_SAMPLE, /* newer than the dump itself */
        DUMP_OLD_SAMPLE,    /* older than the boot of the machine */
        DUMP_SURPLUS,       /* something follows the end */
        DUMP_FUTURE,        /* written later than now */
        DUMP_STEPPED,       /* the clock was set since, or the machine started */
        DUMP_DISTURBED,     /* the machine slept since, or somebody changed the clock's rate */
        DUMP_FAULTS
} DumpFault;

DECLARE_STRTAB(DumpFault, dump_fault);

/* Returns its length without the NUL; 0 if it would not fit (it does). */
size_t dump_emit(const Dump *dump, char ret[static DUMP_TEXT_MAX]);
/* A text of n octets. *ret_line (always set): where the fault is. Finds the faults up to DUMP_SURPLUS. */
DumpFault dump_parse(const char *text, size_t n, Dump *ret, unsigned *ret_line);

/* What happened to Local between two moments: see estimator_adjust(). */
typedef struct ClockShift {
        Local at; /* what Local would show now if nothing had happened */
        double dfreq;
        double doffset_s;
} ClockShift;

/*
 * Our own end and start are known exactly: a slew in progress was dropped, under -x the virtual clock begins anew. Mono tells
 * how much time has passed, since it runs at the kernel's rate, which we leave in force. That nobody else touched the clock
 * is looked for: a step, and another start of the machine, move CLOCK_REALTIME against Mono; sleep and other rates move Mono
 * against Raw.
 */
DumpFault dump_shift(const ClockMoment *then, const ClockMoment *now, ClockShift *ret);
