/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/dump.h"

#include "base/word-reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { VERSION = 1, STRATUM_MAX = 15 };

/* Readings of several clocks belong together within some microseconds, and the kernel keeps a rate far better than this: what
 * is more was not us. */
static const double reading_error_s = 1e-4, rate_error = 1e-7;
static const double seconds_max = 1e9;

static const char *const fault_names[] = {
        [DUMP_FINE] = "nothing is wrong",
        [DUMP_FOREIGN] = "this is no dump of timeballd",
        [DUMP_VERSION] = "it is of another version",
        [DUMP_WORD] = "another word is due here",
        [DUMP_NUMBER] = "not a number, or out of range",
        [DUMP_ADDRESS] = "not an IP address",
        [DUMP_ORDER] = "this sample is not newer than the one before",
        [DUMP_FUTURE_SAMPLE] = "this sample is newer than the dump",
        [DUMP_OLD_SAMPLE] = "this sample is older than the start of the machine",
        [DUMP_SURPLUS] = "something follows the end",
        [DUMP_FUTURE] = "it was written in the future",
        [DUMP_STEPPED] = "the clock was set since, or the machine started",
        [DUMP_DISTURBED] = "the machine slept since, or somebody changed the clock's rate",
};
DEFINE_STRTAB(DumpFault, dump_fault, fault_names);

/* Writing. */

typedef struct Text {
        char *at;
        size_t room;
} Text;

static void __attribute__((format(printf, 2, 3))) add(Text *t, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        int n = vsnprintf(t->at, t->room, format, arguments);
        va_end(arguments);
        size_t written = n < 0 || (size_t)n >= t->room ? t->room : (size_t)n;
        t->at += written;
        t->room -= written;
}

static void add_moment(Text *t, const ClockMoment *m) {
        add(t, "mono %" PRId64 "\nraw %" PRId64 "\nkernel %" PRId64 "\nlocal %" PRId64 "\n", m->mono.ns,
                m->raw.ns, m->kernel.ns, m->local.ns);
        add(t, "local-rate %.17g\nkernel-ppm %.17g\n", m->local_rate, m->kernel_ppm);
}

size_t dump_emit(const Dump *dump, char ret[static DUMP_TEXT_MAX]) {
        Text t = { ret, DUMP_TEXT_MAX };
        char address[NET_ADDRESS_TEXT_MAX];

        add(&t, DUMP_HEADER " %d\n", VERSION);
        add_moment(&t, &dump->moment);
        add(&t, "source %s %u\n", net_address_format(&dump->remote.address, address), dump->remote.port);
        add(&t, "samples %zu\n", dump->n);
        for (size_t i = 0; i < dump->n; i++) {
                const Sample *s = &dump->samples[i];

                add(&t, "%" PRId64 " %.17g %.17g %.17g %.17g %.17g %u %d\n", s->at.ns, s->offset_s,
                        s->delay_s, s->dispersion_s, s->root_delay_s, s->root_dispersion_s, s->stratum,
                        (int)s->leap);
        }
        add(&t, "end\n");
        return t.room > 0 ? DUMP_TEXT_MAX - t.room : 0;
}

/* Reading: the first fault counts, and what follows it is not looked at. */

typedef struct DumpReader {
        WordReader words;
        DumpFault fault;
} DumpReader;

static void blame(DumpReader *r, DumpFault fault) {
        if (r->fault == DUMP_FINE)
                r->fault = fault;
}

static void read_word(DumpReader *r, const char *word) {
        if (r->fault == DUMP_FINE && !word_reader_expect(&r->words, word))
                blame(r, DUMP_WORD);
}

static int64_t read_integer(DumpReader *r, int64_t min, int64_t max) {
        int64_t number = min;

        if (r->fault == DUMP_FINE && !word_reader_integer(&r->words, min, max, &number))
                blame(r, DUMP_NUMBER);
        return number;
}

static double read_real(DumpReader *r, double min, double max) {
        double number = 0.0;

        if (r->fault == DUMP_FINE && !word_reader_real(&r->words, &number))
                blame(r, DUMP_NUMBER);
        if (number < min || number > max)
                blame(r, DUMP_NUMBER);
        return number;
}

/* Half the range: no difference of two instants overflows. */
static int64_t read_instant(DumpReader *r) {
        return read_integer(r, INT64_MIN / 2, INT64_MAX / 2);
}

static void read_header(DumpReader *r) {
        int64_t version;

        if (!word_reader_expect(&r->words, DUMP_HEADER))
                blame(r, DUMP_FOREIGN);
        else if (!word_reader_integer(&r->words, VERSION, VERSION, &version))
                blame(r, DUMP_VERSION);
}

static void read_moment(DumpReader *r, ClockMoment *ret) {
        read_word(r, "mono");
        ret->mono.ns = read_instant(r);
        read_word(r, "raw");
        ret->raw.ns = read_instant(r);
        read_word(r, "kernel");
        ret->kernel.ns = read_instant(r);
        read_word(r, "local");
        ret->local.ns = read_instant(r);
        read_word(r, "local-rate");
        ret->local_rate = read_real(r, -0.5, 0.5);
        read_word(r, "kernel-ppm");
        ret->kernel_ppm = read_real(r, -2e5, 2e5);
}

static void read_source(DumpReader *r, NetEndpoint *ret) {
        read_word(r, "source");
        if (r->fault == DUMP_FINE && (!word_reader_next(&r->words) || !r->words.whole ||
                                             net_address_parse(r->words.word, &ret->address) != 0))
                blame(r, DUMP_ADDRESS);
        ret->port = (uint16_t)read_integer(r, 0, UINT16_MAX);
}

static void read_sample(DumpReader *r, Sample *ret) {
        ret->at.ns = read_instant(r);
        ret->offset_s = read_real(r, -seconds_max, seconds_max);
        ret->delay_s = read_real(r, 0.0, seconds_max);
        ret->dispersion_s = read_real(r, 0.0, seconds_max);
        ret->root_delay_s = read_real(r, 0.0, seconds_max);
        ret->root_dispersion_s = read_real(r, 0.0, seconds_max);
        ret->stratum = (uint8_t)read_integer(r, 0, STRATUM_MAX);
        ret->leap = (LeapStatus)read_integer(r, LEAP_NORMAL, LEAP_DELETE);
}

static void check_sample(DumpReader *r, const Dump *dump, size_t i) {
        Local booted = { ns_sub(dump->moment.local.ns, dump->moment.mono.ns) };
        Local at = dump->samples[i].at;

        if (i > 0 && !local_before(dump->samples[i - 1].at, at))
                blame(r, DUMP_ORDER);
        if (local_before(dump->moment.local, at))
                blame(r, DUMP_FUTURE_SAMPLE);
        if (local_before(at, booted))
                blame(r, DUMP_OLD_SAMPLE);
}

DumpFault dump_parse(const char *text, size_t n, Dump *ret, unsigned *ret_line) {
        DumpReader r = { .fault = DUMP_FINE };
        Dump dump = { 0 };

        word_reader_init(&r.words, text, n);
        read_header(&r);
        read_moment(&r, &dump.moment);
        read_source(&r, &dump.remote);
        read_word(&r, "samples");
        dump.n = (size_t)read_integer(&r, 0, DUMP_SAMPLES_MAX);
        for (size_t i = 0; i < dump.n && r.fault == DUMP_FINE; i++) {
                read_sample(&r, &dump.samples[i]);
                check_sample(&r, &dump, i);
        }
        read_word(&r, "end");
        if (r.fault == DUMP_FINE && word_reader_next(&r.words))
                blame(&r, DUMP_SURPLUS);
        *ret_line = r.words.line;
        if (r.fault == DUMP_FINE)
                *ret = dump;
        return r.fault;
}

/* From one run to the next. */

DumpFault dump_shift(const ClockMoment *then, const ClockMoment *now, ClockShift *ret) {
        Span passed = mono_sub(now->mono, then->mono);
        double passed_s = span_seconds(passed);
        double by_raw_s = span_seconds(raw_sub(now->raw, then->raw)) * (1.0 - then->kernel_ppm * 1e-6);
        int64_t was_ns = ns_sub(then->kernel.ns, then->mono.ns), is_ns = ns_sub(now->kernel.ns, now->mono.ns);
        double tolerance_s = reading_error_s + rate_error * passed_s;

        if (passed.ns < 0)
                return DUMP_FUTURE;
        if (fabs(span_seconds((Span){ ns_sub(is_ns, was_ns) })) > reading_error_s)
                return DUMP_STEPPED;
        if (fabs(passed_s - by_raw_s) > tolerance_s)
                return DUMP_DISTURBED;
        ret->at = local_add(then->local, passed);
        ret->at = local_add(ret->at, span_from_seconds(passed_s * then->local_rate));
        ret->doffset_s = local_seconds_since(ret->at, now->local);
        ret->dfreq = 1.0 - (1.0 + now->local_rate) / (1.0 + then->local_rate);
        return DUMP_FINE;
}
