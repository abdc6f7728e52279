/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sockets for NTP, nonblocking. That of one request: a fresh one each time, so that its port is one that nobody can foresee
 * (RFC 9109) unless it is fixed, connected, so that only the server's address and port get through, and closed after the reply. Also what is done
 * one packet at a time with the unconnected ones of a server (os/udp-group.h), which itself handles many (os/udp-batch.h).
 */

#include "base/net-address.h"
#include "base/time.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct UdpOptions {
        NetAddress bind4, bind6; /* source addresses; ADDRESS_NONE = any */
        char device[IFNAMSIZ];   /* network interface, "" = any */
        bool fixed_port;         /* several sockets share the port, each with a remote of its own: */
        uint16_t port;           /* this one; 0 = the next one that the kernel draws */
        int dscp;                /* 0..63 */
} UdpOptions;

typedef enum UdpResult {
        UDP_PACKET,
        UDP_NOTHING, /* no more now */
        UDP_TRUNCATED, /* a datagram longer than the buffer: its head is there, but it is nothing that we asked for */
} UdpResult;

typedef struct UdpReceipt {
        size_t n;
        Wall at;            /* of arrival */
        bool kernel;        /* stamped by the kernel on arrival, not by us when we read it */
        NetAddress local;   /* where it arrived; ADDRESS_NONE if unknown */
        NetEndpoint remote; /* where it came from */
} UdpReceipt;

/* When the kernel handed a packet to the network. */
typedef struct UdpSentStamp {
        uint32_t number; /* which packet of that socket: 0 is the first whose stamp was wanted */
        Wall at;
} UdpSentStamp;

/* When a packet left. */
typedef struct UdpDeparture {
        Wall at;
        bool kernel; /* stamped by the kernel, not by us before we handed it over */
} UdpDeparture;

/* A socket connected to `remote`: its descriptor, or a negative errno (-ENETUNREACH: no route to that family now; -EADDRINUSE: the
 * fixed port is somebody else's; -ENODEV). */
int udp_open(const UdpOptions *options, const NetEndpoint *remote);
/* The port that a socket is bound to, 0 = none. */
uint16_t udp_local_port(int fd);

/* Sends to a peer from an unconnected socket; `wants_stamp`: the kernel stamps the departure. 0 and the time just before it was
 * handed over; or a negative errno: then the numbers of stamps begin at 0 again. */
int udp_send_to(
        int fd, const uint8_t *bytes, size_t n, const NetEndpoint *to, bool wants_stamp, Wall *ret_sent);

/* 0 and the time just before it was handed over; or a negative errno, that of an earlier ICMP answer included. */
int udp_send(int fd, const uint8_t *bytes, size_t n, Wall *ret_sent);

/* UDP_PACKET: *ret is the next stamp of a packet that was sent; UDP_NOTHING: there is none (yet, or ever: not all networks give
 * one). Most are there when udp_send() returns; for the others the socket polls as in error (EPOLLERR), and goes on to do so until
 * all of them are taken. Or a negative errno. Errors of ICMP are left to udp_receive(). */
int udp_take_sent_stamp(int fd, UdpSentStamp *ret);

/* An UdpResult, or a negative errno: -ECONNREFUSED and its like are what an ICMP message said; such an error does not close the
 * socket. */
int udp_receive(int fd, uint8_t *buffer, size_t size, UdpReceipt *ret);

/* The kernel stamps arrivals only while somebody wants it and takes a moment to begin: a socket that does nothing but
 * want it, to be kept as long as requests are made. Its descriptor or a negative errno. */
int udp_hold_stamps(void);
