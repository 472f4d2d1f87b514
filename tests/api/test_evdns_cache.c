/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cache of a resolver in the hands of programs.
 */
#include <event2/buffer.h>
#include <event2/dns.h>
#include <levin/dns.h>
#include <netdb.h>
#include <string.h>

#include "support/dns_peer.h"

static struct event_base *base;
static struct evdns_base *dns;

static void
set_up(int i)
{
	base = base_on(backend_under_test(i));
	dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	ck_assert_ptr_nonnull(dns);
}

static void
tear_down(void)
{
	evdns_base_free(dns, 0);
	dns_run(base, 1);
	event_base_free(base);
}

/* Addresses without a server: numbers, in front of those of `before`. */
static struct evutil_addrinfo *
address(const char *text, struct evutil_addrinfo *before)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = EVUTIL_AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct evutil_addrinfo *list;

	ck_assert_int_eq(evutil_getaddrinfo(text, "80", &hints, &list), 0);
	list->ai_next = before;
	return list;
}

static void
write_addresses(const char *name, int ttl)
{
	char copy[64];
	struct evutil_addrinfo *list =
	    address("10.0.0.1", address("10.0.0.2", address("10.0.0.1", address("::5", NULL))));

	strcpy(copy, name);
	evdns_cache_write(dns, copy, list, ttl);
	evutil_freeaddrinfo(list);
}

static struct dns_seen
find(const char *name, int family, int flags)
{
	struct evutil_addrinfo hints = {
	    .ai_family = family, .ai_flags = flags, .ai_socktype = SOCK_STREAM};
	struct evutil_addrinfo *list = NULL;
	struct dns_seen seen = {0};

	int error = evdns_cache_lookup(dns, name, &hints, 99, &list);

	dns_see_list(error, list, &seen);
	return seen;
}

TEST_IN_SIMULATION(evdns_cache_write__addresses_of_both_families_once_each)
{
	struct dns_seen seen;

	set_up(_i);

	write_addresses("name.test", 60);

	ck_assert_str_eq(find("NAME.test", AF_INET, 0).text, "10.0.0.1 10.0.0.2");
	ck_assert_str_eq(find("name.test.", AF_INET6, 0).text, "::5");
	ck_assert_int_eq(find("name.test", AF_UNSPEC, 0).count, 3);
	seen = find("name.test", AF_INET, EVUTIL_AI_CANONNAME);
	ck_assert_str_eq(seen.canonical, "name.test");
	tear_down();
}

TEST_IN_SIMULATION(evdns_cache_write__expires)
{
	set_up(_i);

	write_addresses("name.test", 60);
	dns_run(base, 59000);
	ck_assert_int_eq(find("name.test", AF_INET, 0).result, 0);
	dns_run(base, 2000);

	ck_assert_int_eq(find("name.test", AF_INET, 0).result, EVUTIL_EAI_NONAME);
	tear_down();
}

TEST_IN_SIMULATION(evdns_cache_write__is_what_getaddrinfo_finds)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct dns_seen seen = {0};

	set_up(_i);
	write_addresses("name.test", 60);

	ck_assert_ptr_null(evdns_getaddrinfo(dns, "name.test", "80", &hints, dns_see_list, &seen));

	ck_assert_str_eq(seen.text, "10.0.0.1 10.0.0.2");
	tear_down();
}

TEST_IN_SIMULATION(evdns_cache_write__nothing_to_keep)
{
	set_up(_i);

	write_addresses("name.test", 0);
	write_addresses("other.test", -1);
	write_addresses("a..b", 60);

	ck_assert_int_eq(find("name.test", AF_UNSPEC, 0).result, EVUTIL_EAI_NONAME);
	ck_assert_int_eq(find("other.test", AF_UNSPEC, 0).result, EVUTIL_EAI_NONAME);
	ck_assert_int_eq(find("a..b", AF_UNSPEC, 0).result, EVUTIL_EAI_NONAME);
	tear_down();
}

/* The line of the cache says it, such as "2 hits, 1 misses". */
static void
check_counts(const char *counts)
{
	struct evbuffer *text = evbuffer_new();

	ck_assert_int_eq(levin_dns_dump(dns, text), 0);
	ck_assert_int_ge(evbuffer_search(text, counts, strlen(counts), NULL).pos, 0);
	evbuffer_free(text);
}

/* Each question once, however often the cache is asked for it. */
TEST_IN_SIMULATION(evdns_getaddrinfo__hits_and_misses_of_the_cache)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct dns_seen seen = {0};
	struct dns_peer peer;

	set_up(_i);
	dns_peer_open(&peer, base, "192.0.2.1:53", dns_peer_by_name);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "192.0.2.1"), 0);

	evdns_getaddrinfo(dns, "1-1.test", "80", &hints, dns_see_list, &seen);
	dns_await(base, &seen);
	check_counts(" 0 hits, 1 misses,");
	hints.ai_family = AF_UNSPEC;
	seen.calls = 0;
	evdns_getaddrinfo(dns, "1-1.test", "80", &hints, dns_see_list, &seen);
	dns_await(base, &seen);
	check_counts(" 1 hits, 2 misses,");
	evdns_getaddrinfo(dns, "1-1.test", "80", &hints, dns_see_list, &seen);
	check_counts(" 3 hits, 2 misses,");
	ck_assert_int_eq(peer.queries, 2);

	find("1-1.test", AF_INET, 0);
	find("none.test", AF_INET, 0);
	check_counts(" 4 hits, 3 misses,");
	dns_peer_close(&peer);
	tear_down();
}

TEST_IN_SIMULATION(evdns_cache_lookup__port_and_no_hints)
{
	struct evutil_addrinfo *list;

	set_up(_i);
	write_addresses("name.test", 60);

	ck_assert_int_eq(evdns_cache_lookup(dns, "name.test", NULL, 99, &list), 0);

	for (struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		if (at->ai_family == AF_INET)
			ck_assert_int_eq(
			    ntohs(((struct sockaddr_in *)(void *)at->ai_addr)->sin_port), 99);
	}
	evutil_freeaddrinfo(list);
	tear_down();
}

TEST_IN_SIMULATION(evdns_cache_lookup__one_family_is_a_result)
{
	struct evutil_addrinfo *list = address("10.0.0.1", NULL);
	char name[] = "name.test";

	set_up(_i);
	evdns_cache_write(dns, name, list, 60);
	evutil_freeaddrinfo(list);

	ck_assert_str_eq(find("name.test", AF_UNSPEC, 0).text, "10.0.0.1");
	ck_assert_int_eq(find("name.test", AF_INET6, 0).result, EVUTIL_EAI_NONAME);
	tear_down();
}

TEST_IN_SIMULATION(EVDNS_BASE_NO_CACHE__nothing_is_kept)
{
	set_up(_i);
	evdns_base_free(dns, 0);
	dns = evdns_base_new(base, EVDNS_BASE_NO_CACHE);

	write_addresses("name.test", 60);

	ck_assert_int_eq(find("name.test", AF_UNSPEC, 0).result, EVUTIL_EAI_NONAME);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_nameserver_ip_add__forgets_what_others_have_said)
{
	set_up(_i);
	write_addresses("name.test", 60);

	evdns_base_nameserver_ip_add(dns, "192.0.2.1");

	ck_assert_int_eq(find("name.test", AF_UNSPEC, 0).result, EVUTIL_EAI_NONAME);
	tear_down();
}
