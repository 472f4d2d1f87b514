/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses of simulated sockets: IPv4, IPv6, Unix.  Knows nothing about sockets.
 */
#ifndef LVN_SIM_SIM_ADDRESS_H
#define LVN_SIM_SIM_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/compiler.h"

/*
 * Invariants:
 *   1. bytes from `size` on are 0
 *   2. two addresses that mean the same are equal byte by byte: what does not count is 0
 */
struct sim_address {
	union {
		struct sockaddr_un local; /* first, for it is the largest */
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	unsigned size; /* 0: there is none */
};

/* From what a program gives.  Returns 0, -EINVAL or -EAFNOSUPPORT. */
int lvn_sim_address_set(
    struct sim_address *address, const struct sockaddr *given, unsigned given_size);

/* As much as there is space for, and the full size, as getsockname(2) does. */
void lvn_sim_address_get(const struct sim_address *address, struct sockaddr *out, unsigned *size);

/*
 * From text: an IPv4 address or an IPv6 one in brackets with a port, or the path of a Unix
 * socket, which begins with a slash.  Returns 0 or -EINVAL.
 */
int lvn_sim_address_read(struct sim_address *address, const char *text);

/* The wildcard, and the loopback address, of AF_INET or AF_INET6. */
struct sim_address lvn_sim_address_wildcard(int family, int port);
struct sim_address lvn_sim_address_loopback(int family, int port);

/* 0 for Unix sockets. */
int lvn_sim_address_port(const struct sim_address *address);
void lvn_sim_address_set_port(struct sim_address *address, int port);

bool lvn_sim_address_is_wildcard(const struct sim_address *address);
bool lvn_sim_address_equals(const struct sim_address *a, const struct sim_address *b);
/* The same but for the port. */
bool lvn_sim_address_is_same_host(const struct sim_address *a, const struct sim_address *b);

/* An IPv4 address as IPv6 sockets see it, and back; others stay as they are. */
struct sim_address lvn_sim_address_mapped(const struct sim_address *address);
struct sim_address lvn_sim_address_unmapped(const struct sim_address *address);

#endif
