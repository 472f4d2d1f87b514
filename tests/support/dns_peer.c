/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/dns_peer.h"

#include <arpa/inet.h>
#include <levin/sim.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* ---- Servers -------------------------------------------------------------------------- */

static void
note_query(struct dns_peer *peer, const struct script_query *query)
{
	const char *type = query->type == TYPE_A ? "A" : query->type == TYPE_AAAA ? "AAAA" : "PTR";

	if (peer->queries < DNS_PEER_NAMES)
		snprintf(peer->names[peer->queries], sizeof(peer->names[0]), "%s %.290s", type,
		    query->name);
	peer->queries++;
}

static void
serve(evutil_socket_t fd, short what, void *arg)
{
	static struct script_query query;
	static struct script_message reply;
	struct dns_peer *peer = arg;
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	ssize_t n;

	(void)what;
	while ((n = levin_sim_recvfrom(fd, query.message.bytes, sizeof(query.message.bytes),
		    (struct sockaddr *)&from, &size)) > 12) {
		query.message.size = (int)n;
		query.number = peer->queries + 1;
		script_read_query(&query);
		note_query(peer, &query);
		reply.size = 0;
		peer->reply(&query, &reply);
		if (reply.size)
			levin_sim_sendto(
			    fd, reply.bytes, (size_t)reply.size, (struct sockaddr *)&from, size);
		size = sizeof(from);
	}
}

void
dns_peer_open(
    struct dns_peer *peer, struct event_base *base, const char *address, dns_peer_fn *reply)
{
	memset(peer, 0, sizeof(*peer));
	peer->reply = reply;
	peer->address = address;
	peer->fd = levin_sim_datagram_socket(simulation_under_test(), address);
	ck_assert_int_ge(peer->fd, 0);
	peer->ev = event_new(base, peer->fd, EV_READ | EV_PERSIST, serve, peer);
	ck_assert_int_eq(event_add(peer->ev, NULL), 0);
}

void
dns_peer_close(struct dns_peer *peer)
{
	event_free(peer->ev);
	levin_sim_close(peer->fd);
}

void
dns_peer_silent(const struct script_query *query, struct script_message *reply)
{
	(void)query;
	(void)reply;
}

void
dns_peer_by_name(const struct script_query *query, struct script_message *reply)
{
	static const char rcodes[] = " fsxir";
	char how = query->name[query->type == TYPE_AAAA ? 2 : 0];
	const char *found = strchr(rcodes, how);

	if (how == 'q')
		return;
	script_begin(reply, query, found ? (int)(found - rcodes) : 0);
	if (query->type == TYPE_PTR) {
		script_add_name(reply, NULL, TYPE_PTR, 60, "host.test");
	} else if (how == 'c') {
		script_add_name(reply, NULL, TYPE_CNAME, 100, "between.test");
		script_add_name(reply, "between.test", TYPE_CNAME, 50, "Real.Test");
		script_add_addresses(reply, "Real.Test", query->type, 300, 1);
	} else if (how >= '1' && how <= '9') {
		script_add_addresses(reply, NULL, query->type, 300, how - '0');
	} else if (!found || how == 'x') {
		script_add_soa(reply, 60, 30);
	}
}

/* ---- Callbacks ------------------------------------------------------------------------ */

static void
add_text(struct dns_seen *seen, const char *text)
{
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s%s", used ? " " : "", text);
}

void
dns_see(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct dns_seen *seen = arg;

	if (type == DNS_CNAME) {
		snprintf(seen->canonical, sizeof(seen->canonical), "%s", *(char **)addresses);
		return;
	}
	seen->calls++;
	seen->result = result;
	seen->type = type;
	seen->count = count;
	seen->ttl = ttl;
	seen->text[0] = '\0';
	for (int i = 0; addresses && i < count; i++) {
		char text[INET6_ADDRSTRLEN] = "";

		if (type == DNS_PTR)
			add_text(seen, ((char **)addresses)[i]);
		else if (type == DNS_IPv4_A)
			add_text(seen, inet_ntop(AF_INET, (char *)addresses + (size_t)i * 4, text,
					   sizeof(text)));
		else
			add_text(seen, inet_ntop(AF_INET6, (char *)addresses + (size_t)i * 16, text,
					   sizeof(text)));
	}
}

void
dns_see_list(int error, struct evutil_addrinfo *list, void *arg)
{
	struct dns_seen *seen = arg;

	seen->calls++;
	seen->result = error;
	seen->count = 0;
	seen->text[0] = '\0';
	seen->canonical[0] = '\0';
	ck_assert(!list == (error != 0));
	if (list && list->ai_canonname)
		snprintf(seen->canonical, sizeof(seen->canonical), "%s", list->ai_canonname);
	for (struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		char text[INET6_ADDRSTRLEN] = "";

		seen->count++;
		getnameinfo(
		    at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
		add_text(seen, text);
	}
	if (list)
		evutil_freeaddrinfo(list);
}

/* ---- Time ----------------------------------------------------------------------------- */

void
dns_run(struct event_base *base, int ms)
{
	event_base_loopexit(base, MS(ms));
	ck_assert_int_ge(event_base_dispatch(base), 0);
}

void
dns_await(struct event_base *base, struct dns_seen *seen)
{
	for (int i = 0; i < 1000000 && seen->calls == 0; i++)
		dns_run(base, 1);
	ck_assert_int_eq(seen->calls, 1);
}
