/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a name server sees of a resolver on the kernel's sockets: ids and source ports without a
 * pattern.
 */
#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "differential/dns_script.h"
#include "support/chance.h"
#include "support/suite.h"

enum { QUERIES = 20000, UNDER_WAY = 50, PORTS = 65536 };

static struct event_base *base;
static struct evdns_base *dns;
static uint16_t ids[QUERIES], ports[QUERIES];
static unsigned seen, begun, ended;

static void
serve(evutil_socket_t fd, short what, void *arg)
{
	static struct script_query query;
	static struct script_message reply;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;

	(void)what;
	(void)arg;
	while ((n = recvfrom(fd, query.message.bytes, sizeof(query.message.bytes), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &size)) > 12) {
		if (seen < QUERIES) {
			ids[seen] =
			    (uint16_t)(query.message.bytes[0] << 8 | query.message.bytes[1]);
			ports[seen++] = ntohs(from.sin_port);
		}
		query.message.size = (int)n;
		script_begin(&reply, &query, 3);
		sendto(fd, reply.bytes, (size_t)reply.size, 0, (struct sockaddr *)&from, size);
		size = sizeof(from);
	}
}

static void begin(void);

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)type;
	(void)count;
	(void)ttl;
	(void)addresses;
	(void)arg;
	ck_assert_int_eq(result, DNS_ERR_NOTEXIST);
	ended++;
	begin();
}

static void
begin(void)
{
	if (begun == QUERIES)
		return;
	begun++;
	ck_assert_ptr_nonnull(evdns_base_resolve_ipv4(dns, "www.test", 0, on_answer, NULL));
}

/* The order in which ports first came. */
static unsigned
list_new_ports(uint16_t *new_ports)
{
	static bool is_known[PORTS];
	unsigned count = 0;

	for (unsigned i = 0; i < seen; i++) {
		if (!is_known[ports[i]])
			new_ports[count++] = ports[i];
		is_known[ports[i]] = true;
	}
	return count;
}

TEST_SECONDS(120);

TEST(evdns_base_resolve_ipv4__ids_and_ports_without_a_pattern)
{
	static uint16_t new_ports[QUERIES];
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	unsigned high[CHANCE_CELLS] = {0}, low[CHANCE_CELLS] = {0}, count, near = 0;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct event *readable;

	base = event_base_new();
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	readable = event_new(base, fd, EV_READ | EV_PERSIST, serve, NULL);
	event_add(readable, NULL);
	dns = evdns_base_new(base, EVDNS_BASE_NO_CACHE);
	ck_assert_int_eq(
	    evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&address, size, 0), 0);
	for (int i = 0; i < UNDER_WAY; i++)
		begin();
	while (ended < QUERIES)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_uint_eq(seen, QUERIES);
	for (unsigned i = 0; i < QUERIES; i++) {
		high[ids[i] >> 8]++;
		low[ids[i] & 0xff]++;
	}
	chance_check_even(high, "ids");
	chance_check_even(low, "ids");
	chance_check_correlation(ids, ids + 1, QUERIES - 1, 0.05, "ids and the next ones");
	/* A port serves 128 questions and what is sent together; the next one is somewhere else. */
	count = list_new_ports(new_ports);
	ck_assert_uint_ge(count, QUERIES / 160);
	for (unsigned i = 1; i < count; i++)
		near += abs(new_ports[i] - new_ports[i - 1]) < 256;
	ck_assert_uint_lt(near, count / 4);
	chance_check_correlation(new_ports, new_ports + 1, count - 1, 0.6, "ports in turn");

	evdns_base_free(dns, 0);
	event_free(readable);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	evutil_closesocket(fd);
}
