/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The variant "mmsg" receives and sends several datagrams with one system call.
 */
#ifndef BENCH_DNS_PORT_RAW_H
#define BENCH_DNS_PORT_RAW_H

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "dns/wire.h"

enum { DNS_PORT_BATCH = 16 };

struct dns_port_place {
	struct sockaddr_in client;
	struct iovec vector;
	uint8_t query[DNS_QUERY_MAX];
	uint8_t reply[DNS_REPLY_MAX];
};

struct dns_port {
	struct engine engine;
	struct reader reader;
	int fd;
	unsigned batch;
	long answered;
	long wanted;
	struct dns_port_place places[DNS_PORT_BATCH];
	struct mmsghdr messages[DNS_PORT_BATCH];
};

static inline int
dns_port_receive(struct dns_port *port)
{
	for (unsigned i = 0; i < port->batch; i++) {
		struct dns_port_place *place = &port->places[i];

		place->vector = (struct iovec){place->query, DNS_QUERY_MAX};
		port->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = &place->client,
		    .msg_namelen = sizeof(place->client),
		    .msg_iov = &place->vector,
		    .msg_iovlen = 1,
		};
	}
	return recvmmsg(port->fd, port->messages, port->batch, MSG_DONTWAIT, NULL);
}

ON_READY(dns_port_on_batch)
{
	struct dns_port *port = arg;
	int count;

	do {
		count = dns_port_receive(port);
		for (int i = 0; i < count; i++) {
			struct dns_port_place *place = &port->places[i];
			size_t size =
			    dns_write_reply(place->reply, place->query, port->messages[i].msg_len);

			place->vector = (struct iovec){place->reply, size};
		}
		if (count > 0 && sendmmsg(port->fd, port->messages, (unsigned)count, 0) != count)
			bench_fail("sendmmsg has not sent everything");
		port->answered += count > 0 ? count : 0;
	} while (count == (int)port->batch);
	if (port->answered >= port->wanted)
		engine_stop(&port->engine);
}

ON_READY(dns_port_on_readable)
{
	struct dns_port *port = arg;
	struct dns_port_place *place = &port->places[0];
	socklen_t address_size = sizeof(place->client);
	struct sockaddr *client = (struct sockaddr *)&place->client;
	ssize_t size;

	while ((size = recvfrom(port->fd, place->query, DNS_QUERY_MAX, 0, client, &address_size)) >=
	       0) {
		size_t reply_size = dns_write_reply(place->reply, place->query, (size_t)size);

		bench_must((int)sendto(port->fd, place->reply, reply_size, 0, client, address_size),
		    "sendto");
		port->answered++;
	}
	if (port->answered >= port->wanted)
		engine_stop(&port->engine);
}

static inline void
dns_port_open(struct dns_port *port, const char *variant, int fd)
{
	bool uses_batches = strcmp(variant, "mmsg") == 0;

	engine_choose(uses_batches ? "" : variant);
	engine_open(&port->engine);
	port->fd = fd;
	port->batch = uses_batches ? DNS_PORT_BATCH : 1;
	bench_must(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
	reader_init(&port->reader, &port->engine, fd,
	    uses_batches ? dns_port_on_batch : dns_port_on_readable, port);
	reader_start(&port->reader);
}

#endif
