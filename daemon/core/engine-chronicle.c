/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine hands on to the chronicle. */

#include "core/engine-state.h"

void engine_set_chronicle(Engine *e, Chronicle *chronicle) {
        e->chronicle = chronicle;
        e->roster.means.heard = chronicle_wants(chronicle, CHRONICLE_MEASUREMENT) ? &e->heard : NULL;
}

/* Without a measurement the exchange has no middle. */
static Local instant_of(const AssocExchange *x, Local received) {
        if (x->at.received.ns == 0)
                return received;
        return (Local){ x->at.sent.ns + (x->at.received.ns - x->at.sent.ns) / 2 };
}

void engine_chronicle_packet(Engine *e, const Assoc *a, Local received) {
        const AssocExchange *x = &e->heard;
        ChronicleEntry entry = { .kind = CHRONICLE_MEASUREMENT, .address = a->remote.address };

        if (!e->roster.means.heard || x->mode == 0)
                return;
        entry.at = instant_of(x, received);
        entry.packet = (ChroniclePacket){
                .leap = x->leap,
                .stratum = x->stratum,
                .mode = x->mode,
                .tests = x->tests,
                .poll = a->poll.current,
                .remote_poll = x->poll,
                .score = a->poll.score,
                .offset_s = x->offset_s,
                .delay_s = x->delay_s,
                .dispersion_s = x->dispersion_s,
                .root_delay_s = x->root_delay_s,
                .root_dispersion_s = x->root_dispersion_s,
                .ref_id = x->ref_id,
                .interleaved = x->interleaved,
                .tx_stamp = (uint8_t)x->tx_stamp,
                .rx_stamp = (uint8_t)x->rx_stamp,
        };
        chronicle_add(e->chronicle, &entry);
}

bool engine_chronicle_before(const Engine *e, Now now, const Source *s, Estimate *ret) {
        return chronicle_wants(e->chronicle, CHRONICLE_STATISTICS) &&
               estimator_get(s->estimator, now.local, ret);
}

void engine_chronicle_estimate(Engine *e, Now now, const Source *s, const Estimate *before) {
        ChronicleEntry entry = { .kind = CHRONICLE_STATISTICS, .address = s->assoc.remote.address };
        Estimate x;

        if (!chronicle_wants(e->chronicle, CHRONICLE_STATISTICS) ||
                !estimator_get(s->estimator, now.local, &x))
                return;
        entry.at = x.newest;
        entry.estimate = (ChronicleEstimate){
                .std_dev_s = x.std_dev_s,
                .offset_s = x.offset_s,
                .offset_sd_s = x.offset_sd_s,
                .freq = x.freq,
                .skew = x.skew,
                .stress = before && before->skew > 0.0 ? fabs(before->freq - x.freq) / before->skew : 0.0,
                .n_samples = x.n_samples,
                .n_runs = x.n_runs,
                .asymmetry = x.asymmetry,
        };
        chronicle_add(e->chronicle, &entry);
}

static void add_verdict(Engine *e, Now now, const SelectCandidate *c, const Estimate *estimate) {
        bool measured = estimate->n_samples > 0;
        ChronicleEntry entry = {
                .kind = CHRONICLE_SELECTION,
                .at = now.local,
                .address = *c->remote,
                .verdict = {
                        .state = c->verdict.state,
                        .flags = c->effective,
                        .reach = c->reach,
                        .score = fmax(1.0, c->memory->score),
                        .age_s = measured ? local_seconds_since(now.local, estimate->newest) : 0.0,
                        .low_s = measured ? c->low_s : 0.0,
                        .high_s = measured ? c->high_s : 0.0,
                },
        };

        chronicle_add(e->chronicle, &entry);
}

void engine_chronicle_selection(Engine *e, Now now) {
        if (!chronicle_wants(e->chronicle, CHRONICLE_SELECTION))
                return;
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (e->candidates[i].remote)
                        add_verdict(e, now, &e->candidates[i], &e->candidates[i].estimate);
}

void engine_chronicle_update(Engine *e, Now now, const Source *s, const ClockBefore *before) {
        const Tracking *t = &e->discipline.tracking;
        ChronicleEntry entry = { .kind = CHRONICLE_TRACKING, .at = now.local };

        if (!chronicle_wants(e->chronicle, CHRONICLE_TRACKING))
                return;
        entry.update = (ChronicleUpdate){
                .synchronized = s != NULL,
                .freq_ppm = t->freq_ppm,
                .skew = t->n_updates > 0 ? t->skew : 1.0,
                .uncorrected_s = before->outstanding_s,
        };
        if (s) {
                ChronicleUpdate *u = &entry.update;

                entry.address = s->assoc.remote.address;
                u->stratum = t->stratum;
                u->leap = t->leap;
                u->n_combined = t->n_combined;
                u->offset_s = t->last_offset_s;
                u->offset_sd_s = t->offset_sd_s;
                u->root_delay_s = t->root_delay_s;
                u->root_dispersion_s = t->root_dispersion_s;
                u->max_error_s = before->max_error_s + fabs(before->outstanding_s);
        }
        chronicle_add(e->chronicle, &entry);
}
