/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/reason.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const packet_reasons[PACKET_REASONS] = {
        [PACKET_GOOD] = "good",
        [PACKET_MALFORMED] = "malformed",
        [PACKET_WRONG_MODE] = "wrong-mode",
        [PACKET_NOT_ASKED] = "not-asked",
        [PACKET_DUPLICATE] = "duplicate",
        [PACKET_BOGUS_ORIGIN] = "bogus-origin",
        [PACKET_ZERO_TIMESTAMP] = "zero-timestamp",
        [PACKET_UNAUTHENTICATED] = "unauthenticated",
        [PACKET_NO_MAC] = "no-mac",
        [PACKET_CRYPTO_NAK] = "crypto-nak",
        [PACKET_OTHER_KEY] = "other-key",
        [PACKET_BAD_MAC] = "bad-mac",
        [PACKET_HEARD] = "heard",
        [PACKET_KISS_OF_DEATH] = "kiss-of-death",
        [PACKET_UNSYNCHRONIZED] = "unsynchronized",
        [PACKET_BAD_STRATUM] = "bad-stratum",
        [PACKET_ROOT_DISTANCE] = "root-distance",
        [PACKET_DELAY_TOO_LONG] = "delay-too-long",
        [PACKET_UNPAIRED] = "unpaired",
        [PACKET_FIRST_INTERLEAVED] = "first-interleaved",
        [PACKET_BAD_OFFSET] = "bad-offset",
        [PACKET_DELAY_RATIO] = "delay-ratio",
        [PACKET_DELAY_DEVIATION] = "delay-deviation",
        [PACKET_DELAY_QUANTILE] = "delay-quantile",
        [PACKET_SYNC_LOOP] = "sync-loop",
        [PACKET_NEAR_LEAP] = "near-leap",
        [PACKET_WARM_UP] = "warm-up",
};
DEFINE_STRTAB(PacketReason, packet_reason, packet_reasons);

bool packet_reason_is_authentication(PacketReason reason) {
        return reason >= PACKET_UNAUTHENTICATED && reason <= PACKET_BAD_MAC;
}

static const char *const source_states[SOURCE_STATES] = {
        [SOURCE_UNRESOLVED] = "unresolved",
        [SOURCE_NO_SELECT] = "no-select",
        [SOURCE_NO_SAMPLES] = "no-samples",
        [SOURCE_UNSYNCHRONIZED] = "unsynchronized",
        [SOURCE_BAD_STRATUM] = "bad-stratum",
        [SOURCE_DISTANT] = "distant",
        [SOURCE_JITTERY] = "jittery",
        [SOURCE_WAITING] = "waiting",
        [SOURCE_UNREACHABLE] = "unreachable",
        [SOURCE_ORPHAN] = "orphan",
        [SOURCE_UNTRUSTED] = "untrusted",
        [SOURCE_FALSETICKER] = "falseticker",
        [SOURCE_WAITING_QUORUM] = "waiting-quorum",
        [SOURCE_NOT_PREFERRED] = "not-preferred",
        [SOURCE_NOT_UPDATED] = "not-updated",
        [SOURCE_NOT_COMBINED] = "not-combined",
        [SOURCE_SELECTABLE] = "selectable",
        [SOURCE_COMBINED] = "combined",
        [SOURCE_SELECTED] = "selected",
};
DEFINE_STRTAB(SourceState, source_state, source_states);

char source_state_char(SourceState state) {
        static const char characters[SOURCE_STATES + 1] = "?NMsrd~wSOTxWPUD-+*";

        return (size_t)state < SOURCE_STATES ? characters[state] : '?';
}

typedef enum Unit { UNIT_NONE, UNIT_COUNT, UNIT_SECONDS, UNIT_PPM, UNIT_PERCENT } Unit;

/* %v and %l stand for value and limit in the unit, %a and %n for the sources that agree and that had a vote. */
typedef struct Sentence {
        const char *text;
        Unit unit;
} Sentence;

static const Sentence state_sentences[SOURCE_STATES] = {
        [SOURCE_UNRESOLVED] = { "its name has no address yet", UNIT_NONE },
        [SOURCE_NO_SELECT] = { "excluded by its option noselect", UNIT_NONE },
        [SOURCE_NO_SAMPLES] = { "no samples yet", UNIT_NONE },
        [SOURCE_UNSYNCHRONIZED] = { "says of itself that it is not synchronized", UNIT_NONE },
        [SOURCE_BAD_STRATUM] = { "stratum %v exceeds maxstratum %l", UNIT_COUNT },
        [SOURCE_DISTANT] = { "root distance %v exceeds maxdistance %l", UNIT_SECONDS },
        [SOURCE_JITTERY] = { "jitter %v exceeds maxjitter %l", UNIT_SECONDS },
        [SOURCE_WAITING] = { "waits at start for sources that have too few samples yet", UNIT_NONE },
        [SOURCE_UNREACHABLE] = { "does not answer, and its newest sample, %v old, is older than all samples of the "
                                 "reachable sources, up to %l old",
                UNIT_SECONDS },
        [SOURCE_ORPHAN] = { "has the orphan stratum, and another source was chosen to serve it", UNIT_NONE },
        [SOURCE_UNTRUSTED] = { "its interval reaches %v out of the one that %a of %n sources agree on",
                UNIT_SECONDS },
        [SOURCE_FALSETICKER] = { "its interval is %v away from the one that %a of %n sources agree on",
                UNIT_SECONDS },
        [SOURCE_WAITING_QUORUM] = { "only %v of the %l sources that minsources asks for are usable",
                UNIT_COUNT },
        [SOURCE_NOT_PREFERRED] = { "a source with the option prefer is usable", UNIT_NONE },
        [SOURCE_NOT_UPDATED] = { "waits for the next sample of the source that would be selected",
                UNIT_NONE },
        [SOURCE_NOT_COMBINED] = { "root distance %v exceeds %l, the limit for combining", UNIT_SECONDS },
        [SOURCE_SELECTABLE] = { "usable, not used", UNIT_NONE },
        [SOURCE_COMBINED] = { "agrees with the selected source and gives %v of the combined offset",
                UNIT_PERCENT },
        [SOURCE_SELECTED] = { "followed", UNIT_NONE },
};

static const Sentence cause_sentences[VERDICT_CAUSES] = {
        [CAUSE_UNAUTHENTICATED] = { "not authenticated, which authselectmode asks for", UNIT_NONE },
        [CAUSE_NTS_MISSING] = { "cannot be authenticated as its option nts asks: NTS is not in this version yet",
                UNIT_NONE },
        [CAUSE_OFFLINE] = { "offline: not asked, by its option", UNIT_NONE },
        [CAUSE_NO_ANSWER] = { "%v requests, no answer", UNIT_COUNT },
        [CAUSE_FEW_SAMPLES] = { "too few samples yet: %v of %l", UNIT_COUNT },
        [CAUSE_NO_KEY] = { "not asked: there is no key %v", UNIT_COUNT },
        [CAUSE_NOT_AUTHENTIC] = { "no samples yet: its replies under key %v are not authentic", UNIT_COUNT },
        [CAUSE_STRATUM_LOW] = { "stratum %v is below minstratum %l", UNIT_COUNT },
        [CAUSE_UNREACHABLE_RUN] = { "has not answered %v polls, more than maxunreach %l", UNIT_COUNT },
        [CAUSE_NO_MAJORITY] = { "no majority: at most %a of %n sources agree", UNIT_NONE },
        [CAUSE_PARTLY] = { "its interval covers only a part of the one that %a of %n sources agree on",
                UNIT_NONE },
        [CAUSE_ORPHAN_OURS] = { "has the orphan stratum, and it is this machine that serves it", UNIT_NONE },
        [CAUSE_ORPHAN_NEEDLESS] = { "has the orphan stratum, and a source that has not is usable",
                UNIT_NONE },
        [CAUSE_NOT_REQUIRED] = { "no source with the option require is usable", UNIT_NONE },
        [CAUSE_FREQUENCY] = { "frequency differs by %v from that of the selected source, more than %l",
                UNIT_PPM },
        [CAUSE_PENALTY] = { "was too far from the selected source lately: stays out for %v more updates",
                UNIT_COUNT },
        [CAUSE_SHARED] = { "followed, and gives %v of the combined offset", UNIT_PERCENT },
};

static int format_seconds(double s, char *buffer, size_t size) {
        static const struct {
                double below_s, factor;
                const char *unit;
        } scales[] = { { 999.5e-9, 1e9, "ns" }, { 999.5e-6, 1e6, "us" }, { 999.5e-3, 1e3, "ms" } };

        for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++)
                if (fabs(s) < scales[i].below_s)
                        return snprintf(buffer, size, "%.3g %s", s * scales[i].factor, scales[i].unit);
        return snprintf(buffer, size, fabs(s) < 999.5 ? "%.3g s" : "%.0f s", s);
}

static int format_figure(double figure, Unit unit, char *buffer, size_t size) {
        switch (unit) {
        case UNIT_NONE:
        case UNIT_COUNT:
                return snprintf(buffer, size, "%.0f", figure);
        case UNIT_SECONDS:
                return format_seconds(figure, buffer, size);
        case UNIT_PPM:
                return snprintf(buffer, size, "%.3g ppm", figure * 1e6);
        case UNIT_PERCENT:
                return snprintf(buffer, size, "%.0f %%", figure * 100.0);
        }
        return 0;
}

static int format_placeholder(char placeholder, const Verdict *v, Unit unit, char *buffer, size_t size) {
        switch (placeholder) {
        case 'v':
                return format_figure(v->value, unit, buffer, size);
        case 'l':
                return format_figure(v->limit, unit, buffer, size);
        case 'a':
                return snprintf(buffer, size, "%d", v->agreeing);
        case 'n':
                return snprintf(buffer, size, v->trusted ? "%d trusted" : "%d", v->voters);
        }
        return 0;
}

const char *verdict_format(const Verdict *v, char buffer[static VERDICT_TEXT_MAX]) {
        const Sentence *sentence =
                v->cause == CAUSE_PLAIN ? &state_sentences[v->state] : &cause_sentences[v->cause];
        size_t n = 0;

        for (const char *c = sentence->text; *c && n < VERDICT_TEXT_MAX - 1; c++)
                if (*c == '%')
                        n += (size_t)format_placeholder(
                                *++c, v, sentence->unit, buffer + n, VERDICT_TEXT_MAX - n);
                else
                        buffer[n++] = *c;
        buffer[n < VERDICT_TEXT_MAX ? n : VERDICT_TEXT_MAX - 1] = '\0';
        return buffer;
}
