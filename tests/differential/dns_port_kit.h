/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs about DNS servers: a port on loopback, a client, and cases in processes of their own,
 * because the reference crashes in some.
 */
#ifndef DIFFERENTIAL_DNS_PORT_KIT_H
#define DIFFERENTIAL_DNS_PORT_KIT_H

#include <event2/dns_struct.h>

#include "dns_kit.h"

static struct event_base *base;
static int server, client;
static struct evdns_server_port *port;
/* What the callback does with a request, which it has described. */
static void (*act)(struct evdns_server_request *request);
static struct script_message query;

static inline void
say_bytes(const char *label, const unsigned char *bytes, int size)
{
	char text[2 * 150 + 1] = "";

	for (int i = 0; i < size && i < 150; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	say("  %s, %d bytes: %s%s", label, size, text, size > 150 ? " ..." : "");
}

static inline void
on_query(struct evdns_server_request *request, void *arg)
{
	say("  %s, flags %x", (const char *)arg, (unsigned)request->flags);
	for (int i = 0; i < request->nquestions && i < 3; i++)
		say("    \"%s\" %d %d", request->questions[i]->name, request->questions[i]->type,
		    request->questions[i]->dns_question_class);
	if (request->nquestions > 3)
		say("    and %d more", request->nquestions - 3);
	if (act)
		act(request);
	else
		say("  respond: %d", evdns_server_request_respond(request, 0));
}

static inline void
open_port(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	base = kit_base();
	server = kit_fixed(socket(AF_INET, SOCK_DGRAM, 0));
	bind(server, (struct sockaddr *)&address, sizeof(address));
	getsockname(server, (struct sockaddr *)&address, &size);
	client = kit_fixed(socket(AF_INET, SOCK_DGRAM, 0));
	connect(client, (struct sockaddr *)&address, size);
	port = evdns_add_server_port_with_base(base, server, 0, on_query, (void *)"query");
}

static inline void
put_header(int id, int flags, int questions, int additional)
{
	query.size = 0;
	script_put_number(&query, (uint32_t)id, 2);
	script_put_number(&query, (uint32_t)flags, 2);
	script_put_number(&query, (uint32_t)questions, 2);
	script_put_number(&query, 0, 4);
	script_put_number(&query, (uint32_t)additional, 2);
}

static inline void
put_question(const char *name, int type, int dns_class)
{
	script_put_name(&query, name);
	script_put_number(&query, (uint32_t)type, 2);
	script_put_number(&query, (uint32_t)dns_class, 2);
}

static inline void
put_query(const char *name)
{
	put_header(0x1234, 0x100, 1, 0);
	put_question(name, 1, 1);
}

static inline void
send_query(void)
{
	if (send(client, query.bytes, (size_t)query.size, 0) != query.size)
		say("kit: not sent");
}

/* Returns false if there is none. */
static inline bool
say_reply(void)
{
	unsigned char bytes[8192];
	ssize_t size = recv(client, bytes, sizeof(bytes), 0);

	if (size < 0)
		say("  no reply");
	else
		say_bytes("reply", bytes, (int)size);
	return size >= 0;
}

static inline void
ask(void)
{
	send_query();
	event_base_loop(base, EVLOOP_NONBLOCK);
	say_reply();
}

static inline void
say_is_open(const char *what)
{
	say("  %s: the socket is %s", what, fcntl(server, F_GETFL) < 0 ? "closed" : "open");
}

/* In a process of its own. */
static inline void
run_case(const char *text, void (*body)(void))
{
	if (kit_begin_call(text, open_port)) {
		body();
		kit_end_call(0);
	}
}

#endif
