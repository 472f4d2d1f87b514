/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that replies to every question with one address, as fast as it can: the other side of
 * clients.
 */
#ifndef BENCH_DNS_STUB_H
#define BENCH_DNS_STUB_H

#include <netinet/in.h>

/* A UDP socket on a free port of loopback. */
int dns_socket(struct sockaddr_in *address_out);

/* What a process of its own does (loopback_start). */
struct dns_stub {
	int fd;
	unsigned lost_percent; /* of the questions, at random */
};
void be_dns_stub(const struct sockaddr_in *address, const void *stub);

/* Replies to what has come, by recvmsg and sendmsg, which the clients do not use. */
void dns_stub_step(int fd);

#endif
