/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DNS server port on a UDP socket of a simulated world, and a client: for suites that include
 * this, with TEST_FIXTURE(set_up, tear_down).
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_SERVER_KIT_H
#define LEVIN_TESTS_SUPPORT_DNS_SERVER_KIT_H

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <netinet/in.h>

#include "support/dns_bytes.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static struct levin_sim *sim;
static struct event_base *base;
static int server, client;
static struct sockaddr_in server_address;
static struct evdns_server_port *port;

/* What the callback did: how often, and what it has to do. */
static int calls;
static void (*act)(struct evdns_server_request *req);
static struct evdns_server_request *held[100];

static struct dns_bytes query, reply, expected;

static inline void
on_query(struct evdns_server_request *req, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	held[calls++] = req;
	if (act)
		act(req);
}

static inline void
respond(struct evdns_server_request *req)
{
	ck_assert_int_eq(evdns_server_request_respond(req, 0), 0);
}

static inline void
drop(struct evdns_server_request *req)
{
	ck_assert_int_eq(evdns_server_request_drop(req), 0);
}

static inline void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	client = levin_sim_datagram_socket(sim, "10.0.0.2:1053");
	server_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(53)};
	ck_assert_int_eq(inet_pton(AF_INET, "10.0.0.1", &server_address.sin_addr), 1);
	port = evdns_add_server_port_with_base(base, server, 0, on_query, &calls);
	ck_assert_ptr_nonnull(port);
	act = respond;
}

static inline void
tear_down(void)
{
	evdns_close_server_port(port);
	event_base_free(base);
	levin_sim_free(sim);
}

static inline void
send_query(void)
{
	ck_assert_int_eq(levin_sim_sendto(client, query.at, query.size,
			     (struct sockaddr *)&server_address, sizeof(server_address)),
	    (ssize_t)query.size);
}

/* Returns false if there is no reply. */
static inline bool
receive_reply(void)
{
	ssize_t size = levin_sim_read(client, reply.at, sizeof(reply.at));

	reply.size = size < 0 ? 0 : (size_t)size;
	return size >= 0;
}

/* Sends the query, runs the loop, and receives the reply. */
static inline void
ask(void)
{
	send_query();
	turn(base);
	ck_assert(receive_reply());
}

static inline bool
is_open(int fd)
{
	return levin_sim_error(fd) >= 0;
}

#endif
