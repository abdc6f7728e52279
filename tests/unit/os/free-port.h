/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A UDP port for a server of a test, free in both families: drawn from those that the kernel gives to nobody by itself, so that
 * no client of another test gets it between two servers of this one.
 */

#include "os/entropy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FREE_PORTS_FIRST = 10000, FREE_PORTS = 20000 };

static inline uint16_t free_port(void) {
        Entropy entropy;
        const Rng rng = entropy_rng(&entropy);

        for (int i = 0; i < 100; i++) {
                uint16_t port = (uint16_t)(FREE_PORTS_FIRST + rng_u64(&rng) % FREE_PORTS);
                struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
                int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                int r = bind(fd, (struct sockaddr *)&address, sizeof(address));

                close(fd);
                if (r == 0)
                        return port;
        }
        fail_msg("no port is free");
        return 0;
}
