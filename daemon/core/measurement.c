/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/measurement.h"

static const double max_skew = 2000e-6;

AssocInstants measurement_instants(const FourStamps *stamps) {
        Local sent = stamps->sent.at;

        return (AssocInstants){
                .sent = sent,
                .remote_received = ntp_stamp_near(stamps->remote_receive, sent),
                .remote_sent = ntp_stamp_near(stamps->remote_transmit, sent),
                .received = stamps->received.at,
        };
}

Sample measure(const FourStamps *stamps, const NtpPacket *p, const AssocOptions *options,
        const AssocContext *context) {
        Local sent = stamps->sent.at, received = stamps->received.at;
        double local_s = local_seconds_since(received, sent);
        Local middle = local_add(sent, span_from_seconds(local_s / 2.0));
        Local remote_rx = ntp_stamp_near(stamps->remote_receive, middle);
        Local remote_tx = ntp_stamp_near(stamps->remote_transmit, middle);
        double remote_s = local_seconds_since(remote_tx, remote_rx);
        double precision_s = fmax(context->precision_s, ldexp(1.0, p->precision));
        double theta_s =
                (local_seconds_since(remote_rx, sent) + local_seconds_since(remote_tx, received)) / 2.0;
        Sample sample = {
                .at = middle,
                .offset_s = -(theta_s + options->offset_s),
                .delay_s = fmax(fabs(local_s - remote_s), precision_s),
                .dispersion_s = fmax(precision_s, stamps->received.error_s + stamps->sent.error_s) +
                                fmin(context->skew, max_skew) * fabs(local_s),
                .stratum = p->stratum > options->min_stratum ? p->stratum : options->min_stratum,
                .leap = p->leap,
        };

        sample.root_delay_s = ntp_short_seconds(p->root_delay) + sample.delay_s;
        sample.root_dispersion_s = ntp_short_seconds(p->root_dispersion) + sample.dispersion_s;
        return sample;
}
