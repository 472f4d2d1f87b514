/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getaddrinfo that does not block, with name servers in the simulated world.
 */
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <levin/sim.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "support/dns_case.h"

static struct evdns_getaddrinfo_request *
begin(const char *name, int family, int flags, struct dns_seen *seen)
{
	struct evutil_addrinfo hints = {
	    .ai_family = family, .ai_flags = flags, .ai_socktype = SOCK_STREAM};

	memset(seen, 0, sizeof(*seen));
	return evdns_getaddrinfo(dns, name, "80", &hints, dns_see_list, seen);
}

static struct dns_seen
look_up(const char *name, int family)
{
	struct dns_seen seen;
	bool is_pending = begin(name, family, 0, &seen) != NULL;

	ck_assert_int_eq(seen.calls, is_pending ? 0 : 1);
	dns_await(base, &seen);
	return seen;
}

/* ---- Both families -------------------------------------------------------------------- */

/* What each pair of replies comes to. */
TEST_IN_SIMULATION(evdns_getaddrinfo__half_a_result_is_a_result)
{
	static const char outcomes[] = "1nxfsirq";
	char name[] = "a-a.test";

	set_up(_i);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "2");
	for (int i = 1; outcomes[i]; i++) {
		struct dns_seen seen;

		name[0] = '1';
		name[2] = outcomes[i];
		seen = look_up(name, AF_UNSPEC);
		ck_assert_int_eq(seen.result, 0);
		ck_assert_str_eq(seen.text, "10.0.0.1");
		name[0] = outcomes[i];
		name[2] = '1';
		seen = look_up(name, AF_UNSPEC);
		ck_assert_int_eq(seen.result, 0);
		ck_assert_str_eq(seen.text, "2001:db8::1");
	}
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__errors_are_told_apart)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = {
	    {"n-n.test", EVUTIL_EAI_NODATA},
	    {"x-x.test", EVUTIL_EAI_NONAME},
	    {"n-x.test", EVUTIL_EAI_NODATA},
	    {"x-n.test", EVUTIL_EAI_NODATA},
	    {"s-s.test", EVUTIL_EAI_AGAIN},
	    {"q-q.test", EVUTIL_EAI_AGAIN},
	    {"n-q.test", EVUTIL_EAI_AGAIN},
	    {"x-s.test", EVUTIL_EAI_AGAIN},
	    {"r-r.test", EVUTIL_EAI_FAIL},
	    {"f-f.test", EVUTIL_EAI_FAIL},
	    {"i-i.test", EVUTIL_EAI_FAIL},
	    {"r-n.test", EVUTIL_EAI_FAIL},
	};

	set_up(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(look_up(cases[i].name, AF_UNSPEC).result, cases[i].error);
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__asks_for_the_wanted_family_only)
{
	set_up(_i);

	ck_assert_str_eq(look_up("1-1.test", AF_INET).text, "10.0.0.1");
	ck_assert_int_eq(peer.queries, 1);
	ck_assert_str_eq(look_up("2-2.test", AF_INET6).text, "2001:db8::1 2001:db8::2");
	ck_assert_int_eq(peer.queries, 2);
	ck_assert_int_eq(look_up("1-n.test", AF_INET6).result, EVUTIL_EAI_NODATA);
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__second_family_has_the_time_of_allow_skew)
{
	struct dns_seen seen;
	int64_t before;

	set_up(_i);
	evdns_base_set_option(dns, "getaddrinfo-allow-skew", "0.7");
	evdns_base_set_option(dns, "timeout", "20");
	before = levin_sim_now_ns(simulation_under_test());

	seen = look_up("1-q.test", AF_UNSPEC);

	ck_assert_str_eq(seen.text, "10.0.0.1");
	ck_assert_int_ge(levin_sim_now_ns(simulation_under_test()) - before, 700000000);
	ck_assert_int_le(levin_sim_now_ns(simulation_under_test()) - before, 720000000);
	dns_run(base, 100000);
	ck_assert_int_eq(seen.calls, 1);
	tear_down();
}

/* At x.a.test there is an address for IPv6: the search for IPv4 does not go on without it. */
TEST_IN_SIMULATION(evdns_getaddrinfo__families_share_the_position_of_the_search)
{
	struct dns_seen seen;

	set_up(_i);
	evdns_base_search_add(dns, "b.test");
	evdns_base_search_add(dns, "a.test");

	seen = look_up("n-1", AF_UNSPEC);

	ck_assert_str_eq(seen.text, "2001:db8::1");
	ck_assert_int_eq(peer.queries, 2);
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__each_family_fails_over_for_itself)
{
	struct dns_peer silent;

	set_up(_i);
	evdns_base_clear_nameservers_and_suspend(dns);
	dns_peer_open(&silent, base, "192.0.2.2:53", dns_peer_silent);
	evdns_base_nameserver_ip_add(dns, silent.address);
	evdns_base_nameserver_ip_add(dns, peer.address);
	evdns_base_resume(dns);

	for (int i = 1; i < 10; i++) {
		char name[] = "1-1.test";

		name[0] = (char)('0' + i);
		ck_assert_int_eq(look_up(name, AF_UNSPEC).count, i + 1);
	}

	dns_peer_close(&silent);
	tear_down();
}

/* ---- The list ------------------------------------------------------------------------- */

static void
keep_list(int error, struct evutil_addrinfo *list, void *arg)
{
	ck_assert_int_eq(error, 0);
	*(struct evutil_addrinfo **)arg = list;
}

TEST_IN_SIMULATION(evdns_getaddrinfo__types_of_sockets)
{
	static const struct {
		int type, protocol;
		int types[2], protocols[2];
	} cases[] = {
	    {0, 0, {SOCK_STREAM, SOCK_DGRAM}, {IPPROTO_TCP, IPPROTO_UDP}},
	    {SOCK_STREAM, 0, {SOCK_STREAM}, {IPPROTO_TCP}},
	    {SOCK_DGRAM, 0, {SOCK_DGRAM}, {IPPROTO_UDP}},
	    {0, IPPROTO_UDP, {SOCK_DGRAM}, {IPPROTO_UDP}},
	    {0, IPPROTO_TCP, {SOCK_STREAM}, {IPPROTO_TCP}},
	    {SOCK_RAW, 99, {SOCK_RAW}, {99}},
	    {0, IPPROTO_ICMP, {-1}, {IPPROTO_ICMP}},
	};

	set_up(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evutil_addrinfo hints = {.ai_family = AF_INET,
		    .ai_socktype = cases[i].type,
		    .ai_protocol = cases[i].protocol};
		struct evutil_addrinfo *list = NULL;
		int count = 0;

		ck_assert_ptr_null(
		    evdns_getaddrinfo(dns, "1.2.3.4", "99", &hints, keep_list, &list));
		for (struct evutil_addrinfo *at = list; at; at = at->ai_next, count++) {
			ck_assert_int_eq(
			    at->ai_socktype, cases[i].types[count] < 0 ? 0 : cases[i].types[count]);
			ck_assert_int_eq(at->ai_protocol, cases[i].protocols[count]);
			ck_assert_int_eq(
			    ntohs(((struct sockaddr_in *)(void *)at->ai_addr)->sin_port), 99);
		}
		ck_assert_int_eq(count, cases[i].types[1] ? 2 : 1);
		evutil_freeaddrinfo(list);
	}
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__canonical_name)
{
	static const struct {
		const char *name, *canonical;
	} cases[] = {{"c-c.test", "Real.Test"}, {"1-1.test", "1-1.test"}, {"1-n", "1-n.a.test"},
	    {"1.2.3.4", "1.2.3.4"}};
	struct dns_seen seen;

	set_up(_i);
	evdns_base_search_add(dns, "a.test");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].name, AF_INET, EVUTIL_AI_CANONNAME, &seen);
		dns_await(base, &seen);
		ck_assert_str_eq(seen.canonical, cases[i].canonical);
	}
	begin("c-c.test", AF_INET, 0, &seen);
	dns_await(base, &seen);
	ck_assert_str_eq(seen.canonical, "");
	tear_down();
}

static void
reply_long_alias(const struct script_query *query, struct script_message *reply)
{
	static const char alias[] =
	    "a23456789012345678901234567890123456789012345678901234567890123."
	    "b23456789012345678901234567890123456789012345678901234567890123.test";

	script_begin(reply, query, 0);
	script_add_name(reply, NULL, TYPE_CNAME, 60, alias);
	script_add_addresses(reply, alias, query->type, 60, 1);
}

TEST_IN_SIMULATION(evdns_getaddrinfo__alias_above_63_characters)
{
	struct dns_seen seen;

	set_up(_i);
	peer.reply = reply_long_alias;

	begin("name.test", AF_INET, EVUTIL_AI_CANONNAME, &seen);
	dns_await(base, &seen);

	ck_assert_str_eq(seen.text, "10.0.0.1");
	ck_assert_uint_eq(strlen(seen.canonical), 132);
	tear_down();
}

/* ---- At once -------------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_getaddrinfo__numbers_need_no_server)
{
	static const struct {
		const char *node;
		int family, error;
		const char *text;
	} cases[] = {
	    {"1.2.3.4", AF_UNSPEC, 0, "1.2.3.4"},
	    {"1.2.3.4", AF_INET6, EVUTIL_EAI_ADDRFAMILY, ""},
	    {"::1", AF_UNSPEC, 0, "::1"},
	    {"::1", AF_INET, EVUTIL_EAI_ADDRFAMILY, ""},
	    {"2001:db8::1", AF_INET6, 0, "2001:db8::1"},
	    {NULL, AF_INET, 0, "127.0.0.1"},
	    {NULL, AF_INET6, 0, "::1"},
	    {NULL, AF_UNSPEC, 0, "127.0.0.1 ::1"},
	    {"1.2.3.4", 77, EVUTIL_EAI_FAMILY, ""},
	};
	struct dns_seen seen;

	set_up(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_ptr_null(
		    begin(cases[i].node, cases[i].family, EVUTIL_AI_ADDRCONFIG, &seen));
		ck_assert_int_eq(seen.calls, 1);
		ck_assert_int_eq(seen.result, cases[i].error);
		ck_assert_str_eq(seen.text, cases[i].text);
	}
	begin(NULL, AF_UNSPEC, EVUTIL_AI_PASSIVE, &seen);
	ck_assert_str_eq(seen.text, "0.0.0.0 ::");
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__wrong_arguments_are_reported_at_once)
{
	struct dns_seen seen = {0};

	set_up(_i);

	ck_assert_ptr_null(evdns_getaddrinfo(dns, NULL, NULL, NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);
	ck_assert_ptr_null(evdns_getaddrinfo(dns, "a", "65536", NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);
	ck_assert_ptr_null(evdns_getaddrinfo(dns, "a", "", NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);
	ck_assert_ptr_null(evdns_getaddrinfo(dns, "a..b", NULL, NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_FAIL);
	ck_assert_ptr_null(evdns_getaddrinfo(dns, "", NULL, NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);
	ck_assert_ptr_null(evdns_getaddrinfo(NULL, "a", NULL, NULL, dns_see_list, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_FAIL);
	ck_assert_int_eq(seen.calls, 6);
	tear_down();
}

TEST_IN_SIMULATION(evdns_getaddrinfo__localhost_without_an_entry)
{
	struct dns_seen seen;

	set_up(_i);

	ck_assert_ptr_null(begin("localhost", AF_UNSPEC, 0, &seen));
	ck_assert_str_eq(seen.text, "::1 127.0.0.1");
	ck_assert_ptr_null(begin("name.localhost", AF_INET, 0, &seen));
	ck_assert_str_eq(seen.text, "127.0.0.1");
	ck_assert_ptr_null(begin("name.invalid", AF_INET, 0, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);

	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

/* ---- Hosts files ---------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_getaddrinfo__entries_of_hosts_files)
{
	struct dns_seen seen;

	set_up(_i);
	levin_sim_set_file(simulation_under_test(), "/hosts",
	    "10.1.1.1 host alias\n10.1.1.2 host\n2001:db8::9 six\n");
	ck_assert_int_eq(evdns_base_load_hosts(dns, "/hosts"), 0);
	ck_assert_int_eq(evdns_base_load_hosts(dns, "/missing"), -1);

	ck_assert_ptr_null(begin("HOST.", AF_INET, 0, &seen));
	ck_assert_str_eq(seen.text, "10.1.1.1 10.1.1.2");
	ck_assert_ptr_null(begin("alias", AF_UNSPEC, EVUTIL_AI_CANONNAME, &seen));
	ck_assert_str_eq(seen.text, "10.1.1.1");
	ck_assert_str_eq(seen.canonical, "host");
	ck_assert_ptr_null(begin("six", AF_UNSPEC, 0, &seen));
	ck_assert_str_eq(seen.text, "2001:db8::9");
	evdns_base_clear_host_addresses(dns);
	ck_assert_ptr_nonnull(begin("host", AF_INET, 0, &seen));
	tear_down();
}

/* libevent reports success without an address. */
TEST_IN_SIMULATION(evdns_getaddrinfo__entry_of_the_other_family_is_asked_for)
{
	struct dns_seen seen;

	set_up(_i);
	levin_sim_set_file(simulation_under_test(), "/hosts", "10.1.1.1 n-2.test\n");
	evdns_base_load_hosts(dns, "/hosts");

	seen = look_up("n-2.test", AF_INET6);

	ck_assert_str_eq(seen.text, "2001:db8::1 2001:db8::2");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_load_hosts__null_is_localhost)
{
	set_up(_i);

	ck_assert_int_eq(evdns_base_load_hosts(dns, NULL), 0);

	ck_assert_str_eq(look_up("localhost", AF_INET).text, "127.0.0.1");
	tear_down();
}

/* ---- The cache ------------------------------------------------------------------------ */

TEST_IN_SIMULATION(evdns_getaddrinfo__cached_names_are_answered_at_once)
{
	struct dns_seen seen;

	set_up(_i);
	look_up("1-2.test", AF_UNSPEC);
	look_up("x-x.test", AF_UNSPEC);
	ck_assert_int_eq(peer.queries, 4);

	ck_assert_ptr_null(begin("1-2.TEST", AF_UNSPEC, 0, &seen));
	ck_assert_int_eq(seen.count, 3);
	ck_assert_ptr_null(begin("1-2.test", AF_INET, 0, &seen));
	ck_assert_str_eq(seen.text, "10.0.0.1");
	ck_assert_ptr_null(begin("x-x.test", AF_INET6, 0, &seen));
	ck_assert_int_eq(seen.result, EVUTIL_EAI_NONAME);

	ck_assert_int_eq(peer.queries, 4);
	dns_run(base, 301 * 1000);
	ck_assert_ptr_nonnull(begin("1-2.test", AF_UNSPEC, 0, &seen));
	dns_await(base, &seen);
	ck_assert_int_eq(peer.queries, 6);
	tear_down();
}

static unsigned allocations;

static void *
count_allocation(size_t size)
{
	allocations++;
	return malloc(size);
}

TEST_IN_SIMULATION(evdns_getaddrinfo__a_cached_name_allocates_the_result_alone)
{
	struct dns_seen seen;

	set_up(_i);
	look_up("1-0.test", AF_INET);
	event_set_mem_functions(count_allocation, realloc, free);

	ck_assert_ptr_null(begin("1-0.test", AF_INET, 0, &seen));
	ck_assert_str_eq(seen.text, "10.0.0.1");
	ck_assert_uint_eq(allocations, 1);
	tear_down();
}

/* What is cached for the name as it is does not come before the name with a suffix. */
TEST_IN_SIMULATION(evdns_getaddrinfo__cached_names_in_a_search)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = EVUTIL_AI_NUMERICHOST, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct evutil_addrinfo *other;
	char name[] = "1-0";

	set_up(_i);
	ck_assert_int_eq(evutil_getaddrinfo("192.0.2.9", "80", &hints, &other), 0);
	evdns_cache_write(dns, name, other, 60);
	evutil_freeaddrinfo(other);
	ck_assert_str_eq(look_up("1-0", AF_INET).text, "192.0.2.9");

	evdns_base_search_add(dns, "test");

	ck_assert_str_eq(look_up("1-0", AF_INET).text, "10.0.0.1");
	ck_assert_str_eq(look_up("1-0.", AF_INET).text, "192.0.2.9");
	tear_down();
}

/* One family is cached, the other one is not. */
TEST_IN_SIMULATION(evdns_getaddrinfo__cached_family_waits_for_the_other_one)
{
	struct dns_seen seen;

	set_up(_i);
	look_up("1-2.test", AF_INET);

	seen = look_up("1-2.test", AF_UNSPEC);

	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(peer.queries, 2);
	tear_down();
}

TEST_IN_SIMULATION(EVDNS_BASE_NO_CACHE__every_call_asks)
{
	set_up(_i);
	evdns_base_free(dns, 0);
	dns = evdns_base_new(base, EVDNS_BASE_NO_CACHE);
	evdns_base_nameserver_ip_add(dns, peer.address);
	ck_assert_int_eq(evdns_base_count_nameservers(dns), 1);

	look_up("1-1.test", AF_INET);
	look_up("1-1.test", AF_INET);

	ck_assert_int_eq(peer.queries, 2);
	tear_down();
}

/* ---- Cancelling and freeing ----------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_getaddrinfo_cancel__callback_comes_once_from_the_loop)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	struct evdns_getaddrinfo_request *request;
	struct dns_seen seen;

	set_up(_i);
	for (int i = 0; i < 3; i++) {
		for (int wait = 0; wait < 2; wait++) {
			request = begin("1-q.test", families[i], 0, &seen);
			if (wait)
				dns_run(base, families[i] == AF_INET ? 0 : 10);
			if (seen.calls)
				break;
			evdns_getaddrinfo_cancel(request);
			ck_assert_int_eq(seen.calls, 0);
			dns_await(base, &seen);
			ck_assert_int_eq(seen.result, EVUTIL_EAI_CANCEL);
			dns_run(base, 60000);
			ck_assert_int_eq(seen.calls, 1);
		}
	}
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_free__failing_getaddrinfo)
{
	struct dns_seen half, none;

	set_up(_i);
	begin("1-q.test", AF_UNSPEC, 0, &half);
	begin("q-q.test", AF_UNSPEC, 0, &none);
	dns_run(base, 10);

	evdns_base_free(dns, 1);
	dns = NULL;
	ck_assert_int_eq(half.calls + none.calls, 0);
	dns_run(base, 60000);

	ck_assert_int_eq(half.calls, 1);
	ck_assert_int_eq(half.result, EVUTIL_EAI_FAIL);
	ck_assert_int_eq(none.calls, 1);
	ck_assert_int_eq(none.result, EVUTIL_EAI_FAIL);
	tear_down();
}

/* What was allocated for it is freed. */
TEST_IN_SIMULATION(evdns_base_free__dropping_getaddrinfo)
{
	struct dns_seen half, none;

	set_up(_i);
	begin("1-q.test", AF_UNSPEC, 0, &half);
	begin("q-q.test", AF_UNSPEC, 0, &none);
	dns_run(base, 10);

	evdns_base_free(dns, 0);
	dns = NULL;
	dns_run(base, 60000);

	ck_assert_int_eq(half.calls + none.calls, 0);
	tear_down();
}
