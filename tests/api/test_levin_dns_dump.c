/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a resolver as text.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/dns.h>
#include <levin/dns.h>
#include <levin/sim.h>
#include <string.h>

#include "support/dns_peer.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_peer peer;

static void
set_up(int i, int flags)
{
	base = base_on(backend_under_test(i));
	dns_peer_open(&peer, base, "192.0.2.1:53", dns_peer_by_name);
	dns = evdns_base_new(base, flags);
	ck_assert_ptr_nonnull(dns);
}

static void
tear_down(void)
{
	evdns_base_free(dns, 0);
	dns_run(base, 1);
	dns_peer_close(&peer);
	event_base_free(base);
}

/* Behind what the buffer has already.  "#" is what an entry of the cache takes. */
static void
check_dump(const char *expected)
{
	struct evbuffer *output = evbuffer_new();
	char *text, *end;

	evbuffer_add(output, "before ", 7);
	ck_assert_int_eq(levin_dns_dump(dns, output), 0);
	evbuffer_add(output, "", 1);
	text = (char *)evbuffer_pullup(output, -1);
	end = strstr(text, " bytes");
	if (end) {
		char *number = end;

		while (number[-1] != ' ')
			number--;
		*number = '#';
		memmove(number + 1, end, strlen(end) + 1);
	}
	ck_assert_str_eq(text, expected);
	evbuffer_free(output);
}

TEST_IN_SIMULATION(levin_dns_dump__a_resolver_without_anything)
{
	set_up(_i, EVDNS_BASE_NO_CACHE);

	check_dump("before requests: 0 unfinished\n"
		   "queries: 0 unfinished, 0 of 64 at once, 0 waiting, no name server\n"
		   "search: ndots 1\n"
		   "cache: off\n");
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_dump__servers_requests_search_and_cache)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct evutil_addrinfo known = {.ai_family = AF_INET,
	    .ai_addr = (struct sockaddr *)&address,
	    .ai_addrlen = sizeof(address)};
	char name[] = "known.test";
	struct dns_seen first = {0}, second = {0};

	set_up(_i, 0);
	evdns_base_set_option(dns, "max-inflight", "3");
	evdns_base_nameserver_ip_add(dns, "192.0.2.1");
	evdns_base_nameserver_ip_add(dns, "[2001:db8::1]:5353");
	evdns_base_search_add(dns, "a.test");
	evdns_cache_write(dns, name, &known, 60);
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &first);
	dns_await(base, &first);
	evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &second);
	dns_run(base, 1);

	check_dump("before requests: 1 unfinished\n"
		   "queries: 1 unfinished, 1 of 3 at once, 0 waiting\n"
		   "name server 192.0.2.1:53: works, latency 0 us, 2 sent, 1 replies, 0 timeouts, "
		   "0 errors, 0 failures in a row, 1 pending\n"
		   "name server [2001:db8::1]:5353: failed, latency 0 us, 1 sent, "
		   "0 replies, 0 timeouts, 1 errors, 3 failures in a row, 0 pending\n"
		   "search: ndots 1, a.test\n"
		   "cache: 1 entries, # bytes, 0 hits, 0 misses, 0 expired, 0 evicted\n");
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_dump__while_suspended)
{
	struct dns_seen seen = {0};

	set_up(_i, EVDNS_BASE_NO_CACHE);
	evdns_base_clear_nameservers_and_suspend(dns);
	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen);

	check_dump("before requests: 1 unfinished\n"
		   "queries: 1 unfinished, 0 of 64 at once, 1 waiting, suspended, no name server\n"
		   "search: ndots 1\n"
		   "cache: off\n");
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_dump__misuse_and_memory_that_is_short)
{
	struct evbuffer *output = evbuffer_new();
	unsigned failures = 0;

	set_up(_i, 0);
	errno = 0;
	ck_assert_int_eq(levin_dns_dump(NULL, output), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_dns_dump(dns, NULL), -1);

	evbuffer_add(output, "x", 1);
	for (unsigned every = 1; every < 100; every++) {
		size_t size = evbuffer_get_length(output);
		int rc;

		levin_sim_fail_allocations(simulation_under_test(), every, 0);
		rc = levin_dns_dump(dns, output);
		levin_sim_fail_allocations(simulation_under_test(), 0, 0);
		if (rc == 0)
			break;
		failures++;
		ck_assert_uint_eq(evbuffer_get_length(output), size);
	}

	ck_assert_uint_gt(failures, 0);
	evbuffer_free(output);
	tear_down();
}
