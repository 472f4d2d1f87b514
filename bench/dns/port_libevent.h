/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_DNS_PORT_LIBEVENT_H
#define BENCH_DNS_PORT_LIBEVENT_H

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/util.h>

struct dns_port {
	struct engine engine;
	long answered;
	long wanted;
};

static void
dns_on_query(struct evdns_server_request *request, void *arg)
{
	static const unsigned char address[] = {192, 0, 2, 1};
	struct dns_port *port = arg;

	bench_must(evdns_server_request_add_a_reply(
		       request, request->questions[0]->name, 1, address, 3600),
	    "evdns_server_request_add_a_reply");
	evdns_server_request_set_flags(request, EVDNS_FLAGS_AA);
	bench_must(evdns_server_request_respond(request, 0), "evdns_server_request_respond");
	if (++port->answered >= port->wanted)
		engine_stop(&port->engine);
}

static inline void
dns_port_open(struct dns_port *port, const char *variant, int fd)
{
	engine_choose(variant);
	engine_open(&port->engine);
	evutil_make_socket_nonblocking(fd);
	if (!evdns_add_server_port_with_base(port->engine.base, fd, 0, dns_on_query, port))
		bench_fail("evdns_add_server_port_with_base");
}

#endif
