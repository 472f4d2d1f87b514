/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An hour of lookups in virtual time, with servers that come and go: each lookup has its callback,
 * and memory does not grow.
 */
#include <event2/dns.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/dns_peer.h"

/* ---- Memory ----------------------------------------------------------------------------- */

/* In front of each block. */
union block {
	size_t size;
	max_align_t alignment;
};

static size_t bytes_in_use;

static void *
counting_realloc(void *old, size_t size)
{
	union block *block = old ? (union block *)old - 1 : NULL;
	size_t before = block ? block->size : 0;

	block = realloc(block, sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	bytes_in_use = bytes_in_use - before + size;
	return block + 1;
}

static void *
counting_malloc(size_t size)
{
	return counting_realloc(NULL, size);
}

static void
counting_free(void *old)
{
	union block *block = old ? (union block *)old - 1 : NULL;

	if (!block)
		return;
	bytes_in_use -= block->size;
	free(block);
}

/* ---- Lookups ---------------------------------------------------------------------------- */

enum { SERVERS = 3, PARTS = 6, PART_S = 600, LOOKUPS_A_SECOND = 5, NAMES = 400 };

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_peer peers[SERVERS];
static bool is_open[SERVERS];
static long begun, ended, found;

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)type;
	(void)count;
	(void)ttl;
	(void)addresses;
	(void)arg;
	ended++;
	found += result == DNS_ERR_NONE;
}

static void
on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	(void)arg;
	ended++;
	found += error == 0;
	if (list)
		evutil_freeaddrinfo(list);
}

static size_t
draw(size_t bound)
{
	return (size_t)levin_sim_random(simulation_under_test(), bound);
}

/* Some names are aliases, do not exist, or have no reply. */
static void
look_up(void)
{
	static const char outcomes[] = "1123cnxsq";
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char name[32];
	char outcome = outcomes[draw(sizeof(outcomes) - 1)];

	snprintf(name, sizeof(name), "%c-%c-%d.test", outcome, outcome, (int)draw(NAMES));
	begun++;
	if (draw(2))
		evdns_getaddrinfo(dns, name, NULL, &hints, on_list, NULL);
	else
		ck_assert_ptr_nonnull(evdns_base_resolve_ipv4(dns, name, 0, on_answer, NULL));
}

static void
open_server(int i)
{
	static const char *const addresses[SERVERS] = {
	    "192.0.2.1:53", "192.0.2.2:53", "[2001:db8::1]:53"};

	dns_peer_open(&peers[i], base, addresses[i], dns_peer_by_name);
	is_open[i] = true;
}

static void
close_server(int i)
{
	dns_peer_close(&peers[i]);
	is_open[i] = false;
}

/* One is gone or silent, or is there again; sometimes the resolver gets all of them anew. */
static void
change_a_server(void)
{
	int i = (int)draw(SERVERS);

	if (!is_open[i])
		open_server(i);
	else if (draw(2))
		close_server(i);
	else
		peers[i].reply = draw(2) ? dns_peer_silent : dns_peer_by_name;
	if (draw(4) > 0)
		return;
	evdns_base_clear_nameservers_and_suspend(dns);
	for (i = 0; i < SERVERS; i++)
		evdns_base_nameserver_ip_add(dns, peers[i].address);
	evdns_base_resume(dns);
}

/* Returns the bytes in use when all lookups have ended. */
static size_t
run_part(void)
{
	for (int second = 0; second < PART_S; second++) {
		for (int i = 0; i < LOOKUPS_A_SECOND; i++)
			look_up();
		if (second % 20 == 0)
			change_a_server();
		dns_run(base, 1000);
	}
	dns_run(base, 120000);
	ck_assert_int_eq(ended, begun);
	return bytes_in_use;
}

TEST_IN_SIMULATION(evdns_base__an_hour_with_servers_that_come_and_go)
{
	size_t after_first;

	event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
	base = base_on(backend_under_test(_i));
	dns = evdns_base_new(base, 0);
	for (int i = 0; i < SERVERS; i++) {
		open_server(i);
		evdns_base_nameserver_ip_add(dns, peers[i].address);
	}

	after_first = run_part();
	for (int part = 1; part < PARTS; part++)
		ck_assert_uint_le(run_part(), after_first + after_first / 4);

	ck_assert_int_gt(found, begun / 4);
	evdns_base_free(dns, 0);
	dns_run(base, 1);
	for (int i = 0; i < SERVERS; i++) {
		if (is_open[i])
			close_server(i);
	}
	event_base_free(base);
}
