/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * A server for each type of key. Who would not sign its requests would get replies without MAC; who would not look at the
 * reply's MAC would do as well here: for that there is 144.
 *
 * effect: key
 */
void scenario(Sim *s) {
        static const char secret[] = "thirty-two octets of no secrecy!"; /* AES256 wants just so many */
        char config[1024] = "", keys[1024] = "";
        TimeServer *servers[MAC_TYPES];
        size_t n_config = 0, n_keys = 0;

        sim_servers(s, "192.0.2.", MAC_TYPES, servers);
        for (unsigned i = 0; i < MAC_TYPES; i++) {
                const char *type = mac_type_to_string((MacType)i);
                size_t size = mac_secret_size((MacType)i);
                char own[sizeof(secret)];

                snprintf(own, sizeof(own), "%.*s", (int)(size ? size : sizeof(secret) - 1), secret);
                for (char *c = own; *c; c++)
                        *c = *c == ' ' ? '_' : *c; /* a key is one word */
                n_keys += (size_t)snprintf(
                        keys + n_keys, sizeof(keys) - n_keys, "%u %s ASCII:%s\n", i + 1, type, own);
                n_config += (size_t)snprintf(config + n_config, sizeof(config) - n_config,
                        "server 192.0.2.%u key %u iburst\n", i + 1, i + 1);
                time_server_add_key(servers[i], i + 1, (MacType)i, own);
        }
        Node *c = sim_client_with_keys(s, config, keys);
        sim_run(s, 2000.0);
        expect_synchronized(s, c, 1e-4);

        for (unsigned i = 0; i < MAC_TYPES; i++) {
                char address[NET_ADDRESS_TEXT_MAX];

                snprintf(address, sizeof(address), "192.0.2.%u", i + 1);
                const SourceView *v = node_source(c, address);
                expect(s, v->authenticated);
                expect_equal(
                        s, v->verdict.state == SOURCE_SELECTED || v->verdict.state == SOURCE_COMBINED, 1);
                expect_above(s, v->link.counters.good, 10);
                expect_equal(s, v->link.counters.good, v->link.counters.received);
                /* A longer code would be cut in version 4. */
                expect_equal(s, v->link.exchange.version, mac_digest_size((MacType)i) > 20 ? 3 : 4);
        }
}
