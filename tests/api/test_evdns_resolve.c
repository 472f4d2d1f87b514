/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lookups of records of one type, with name servers in the simulated world.
 */
#include <event2/dns.h>
#include <string.h>

#include "support/dns_case.h"

static struct dns_seen
look_up(const char *name)
{
	struct dns_seen seen = {0};

	ck_assert_ptr_nonnull(evdns_base_resolve_ipv4(dns, name, 0, dns_see, &seen));
	ck_assert_int_eq(seen.calls, 0);
	dns_await(base, &seen);
	return seen;
}

/* ---- Answers -------------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__addresses_in_the_order_of_the_reply)
{
	struct dns_seen seen;

	set_up(_i);

	seen = look_up("3-3.test");

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_int_eq(seen.type, DNS_IPv4_A);
	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.ttl, 300);
	ck_assert_str_eq(seen.text, "10.0.0.1 10.0.0.2 10.0.0.3");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv6__addresses_in_the_order_of_the_reply)
{
	struct dns_seen seen = {0};

	set_up(_i);

	evdns_base_resolve_ipv6(dns, "3-2.test", 0, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.type, DNS_IPv6_AAAA);
	ck_assert_str_eq(seen.text, "2001:db8::1 2001:db8::2");
	ck_assert_str_eq(peer.names[0], "AAAA 3-2.test");
	tear_down();
}

static void
reply_seventy(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add_addresses(reply, NULL, query->type, 300, 70);
}

/* More than 32, which libevent takes. */
TEST_IN_SIMULATION(evdns_base_resolve_ipv4__all_addresses_of_a_reply)
{
	struct dns_seen seen;

	set_up(_i);
	peer.reply = reply_seventy;

	seen = look_up("many.test");

	ck_assert_int_eq(seen.count, 70);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__results_tell_errors_apart)
{
	static const struct {
		const char *name;
		int result, ttl;
	} cases[] = {
	    {"n-n.test", DNS_ERR_NODATA, 30},
	    {"x-x.test", DNS_ERR_NOTEXIST, 30},
	    {"f-f.test", DNS_ERR_FORMAT, 0},
	    {"s-s.test", DNS_ERR_SERVERFAILED, 0},
	    {"i-i.test", DNS_ERR_NOTIMPL, 0},
	    {"r-r.test", DNS_ERR_REFUSED, 0},
	    {"q-q.test", DNS_ERR_TIMEOUT, 0},
	};

	set_up(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_seen seen = look_up(cases[i].name);

		ck_assert_int_eq(seen.result, cases[i].result);
		ck_assert_int_eq(seen.type, 0);
		ck_assert_int_eq(seen.count, 0);
		ck_assert_int_eq(seen.ttl, cases[i].ttl);
	}
	tear_down();
}

/* Other name servers instead of an answer, as from one that does not know the zone. */
static void
refer(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add(reply, SECTION_AUTHORITY, "", 2, 300, "\2ns", 4);
}

static void
refer_without_recursion(const struct script_query *query, struct script_message *reply)
{
	refer(query, reply);
	reply->bytes[3] &= 0x7f;
}

/* RFC 9520 2.2, 2.5: servers that know nothing of the name do not say that it has no addresses. */
TEST_IN_SIMULATION(evdns_base_resolve_ipv4__lame_servers_are_a_failure)
{
	static dns_peer_fn *const replies[] = {refer, refer_without_recursion};
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	set_up(_i);
	for (int i = 0; i < 2; i++) {
		struct dns_seen seen = {0};

		peer.reply = replies[i];
		ck_assert_int_eq(look_up("2-2.test").result, DNS_ERR_SERVERFAILED);
		evdns_getaddrinfo(dns, "2-2.test", "80", &hints, dns_see_list, &seen);
		dns_await(base, &seen);
		ck_assert_int_eq(seen.result, EVUTIL_EAI_AGAIN);
	}
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__ttl_is_the_lowest_of_the_chain)
{
	struct dns_seen seen;

	set_up(_i);

	seen = look_up("c-c.test");

	ck_assert_int_eq(seen.ttl, 50);
	ck_assert_str_eq(seen.canonical, "");
	tear_down();
}

TEST_IN_SIMULATION(DNS_CNAME_CALLBACK__second_call_with_the_canonical_name)
{
	struct dns_seen seen = {0};

	set_up(_i);

	evdns_base_resolve_ipv4(dns, "c-c.test", DNS_CNAME_CALLBACK, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_str_eq(seen.text, "10.0.0.1");
	ck_assert_str_eq(seen.canonical, "Real.Test");
	tear_down();
}

TEST_IN_SIMULATION(DNS_CNAME_CALLBACK__no_second_call_without_an_alias)
{
	struct dns_seen seen = {0};

	set_up(_i);

	evdns_base_resolve_ipv4(dns, "1-1.test", DNS_CNAME_CALLBACK, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_str_eq(seen.canonical, "");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_reverse__name_of_an_address)
{
	struct dns_seen four = {0}, six = {0};
	struct in_addr v4 = {.s_addr = htonl(0x01020304)};
	struct in6_addr v6 = in6addr_loopback;

	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");

	evdns_base_resolve_reverse(dns, &v4, 0, dns_see, &four);
	evdns_base_resolve_reverse_ipv6(dns, &v6, 0, dns_see, &six);
	dns_await(base, &four);
	dns_await(base, &six);

	ck_assert_int_eq(four.type, DNS_PTR);
	ck_assert_int_eq(four.count, 1);
	ck_assert_str_eq(four.text, "host.test");
	ck_assert_str_eq(six.text, "host.test");
	ck_assert_int_eq(peer.queries, 2);
	tear_down();
}

static void
reply_long_pointer(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add_name(reply, NULL, TYPE_PTR, 60,
	    "a23456789012345678901234567890123456789012345678901234567890123."
	    "b23456789012345678901234567890123456789012345678901234567890123.test");
}

TEST_IN_SIMULATION(evdns_base_resolve_reverse__names_above_63_characters)
{
	struct dns_seen seen = {0};
	struct in_addr v4 = {.s_addr = htonl(0x01020304)};

	set_up(_i);
	peer.reply = reply_long_pointer;

	evdns_base_resolve_reverse(dns, &v4, 0, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_uint_eq(strlen(seen.text), 132);
	tear_down();
}

/* ---- Names ---------------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__names_that_are_none_are_refused)
{
	struct dns_seen seen = {0};
	char name[300];

	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");
	memset(name, 'a', sizeof(name));
	name[64] = '\0';

	ck_assert_ptr_null(evdns_base_resolve_ipv4(dns, "", 0, dns_see, &seen));
	ck_assert_ptr_null(evdns_base_resolve_ipv4(dns, "a..b", 0, dns_see, &seen));
	ck_assert_ptr_null(evdns_base_resolve_ipv4(dns, name, 0, dns_see, &seen));
	for (size_t i = 1; i < 260; i += 2)
		name[i] = '.';
	name[64] = 'a';
	name[259] = '\0';
	ck_assert_ptr_null(evdns_base_resolve_ipv4(dns, name, 0, dns_see, &seen));
	dns_run(base, 10);

	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__localhost_is_answered_without_a_server)
{
	struct dns_seen seen, six = {0};

	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");

	seen = look_up("localhost");
	ck_assert_str_eq(seen.text, "127.0.0.1");
	seen = look_up("Some.LocalHost.");
	ck_assert_str_eq(seen.text, "127.0.0.1");
	evdns_base_resolve_ipv6(dns, "localhost", 0, dns_see, &six);
	dns_await(base, &six);
	ck_assert_str_eq(six.text, "::1");

	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__invalid_and_onion_leave_the_host_alone)
{
	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");

	ck_assert_int_eq(look_up("name.invalid").result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(look_up("name.onion").result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(look_up("invalid").result, DNS_ERR_NOTEXIST);

	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__search_list)
{
	set_up(_i);
	evdns_base_search_add(dns, "b.test");
	evdns_base_search_add(dns, "a.test");

	ck_assert_int_eq(look_up("x-x").result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(look_up("x-x.y").result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(look_up("x-x.").result, DNS_ERR_NOTEXIST);

	ck_assert_int_eq(peer.queries, 7);
	ck_assert_str_eq(peer.names[0], "A x-x.a.test");
	ck_assert_str_eq(peer.names[1], "A x-x.b.test");
	ck_assert_str_eq(peer.names[2], "A x-x");
	ck_assert_str_eq(peer.names[3], "A x-x.y");
	ck_assert_str_eq(peer.names[4], "A x-x.y.a.test");
	ck_assert_str_eq(peer.names[5], "A x-x.y.b.test");
	ck_assert_str_eq(peer.names[6], "A x-x");
	tear_down();
}

TEST_IN_SIMULATION(DNS_QUERY_NO_SEARCH__the_name_alone)
{
	struct dns_seen seen = {0};

	set_up(_i);
	evdns_base_search_add(dns, "a.test");

	evdns_base_resolve_ipv4(dns, "x-x", DNS_QUERY_NO_SEARCH, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(peer.queries, 1);
	ck_assert_str_eq(peer.names[0], "A x-x");
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_search_ndots_set__names_with_as_many_dots_come_first_as_they_are)
{
	set_up(_i);
	evdns_base_search_add(dns, "a.test");
	evdns_base_search_ndots_set(dns, 2);

	look_up("x-x.y");
	evdns_base_search_ndots_set(dns, -3);
	look_up("x-x");

	ck_assert_str_eq(peer.names[0], "A x-x.y.a.test");
	ck_assert_str_eq(peer.names[1], "A x-x.y");
	ck_assert_str_eq(peer.names[2], "A x-x");
	tear_down();
}

/* ---- Cancelling ----------------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_cancel_request__callback_comes_once_from_the_loop)
{
	struct dns_seen early = {0}, late = {0};
	struct evdns_request *request;

	set_up(_i);

	evdns_cancel_request(dns, evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &early));
	ck_assert_int_eq(early.calls, 0);
	dns_await(base, &early);
	request = evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &late);
	dns_run(base, 10);
	evdns_cancel_request(NULL, request);
	ck_assert_int_eq(late.calls, 0);
	dns_await(base, &late);
	dns_run(base, 60000);

	ck_assert_int_eq(early.result, DNS_ERR_CANCEL);
	ck_assert_int_eq(early.calls, 1);
	ck_assert_int_eq(late.result, DNS_ERR_CANCEL);
	ck_assert_int_eq(late.calls, 1);
	tear_down();
}

static struct evdns_request *other;

static void
cancel_other(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_see(result, type, count, ttl, addresses, arg);
	evdns_cancel_request(dns, other);
}

/* Both answers are there when the first callback runs. */
TEST_IN_SIMULATION(evdns_cancel_request__of_an_answered_request_before_its_callback)
{
	struct dns_seen first = {0}, second = {0};

	set_up(_i);

	evdns_base_resolve_ipv4(dns, "1-1.test", 0, cancel_other, &first);
	other = evdns_base_resolve_ipv4(dns, "2-2.test", 0, dns_see, &second);
	dns_await(base, &first);
	dns_await(base, &second);

	ck_assert_int_eq(first.result, DNS_ERR_NONE);
	ck_assert_int_eq(second.result, DNS_ERR_CANCEL);
	ck_assert_int_eq(second.count, 0);
	tear_down();
}

#define MANY 1000

TEST_IN_SIMULATION(evdns_cancel_request__one_callback_for_each_of_many)
{
	static struct dns_seen seen[MANY];
	struct evdns_request *requests[MANY];

	set_up(_i);
	memset(seen, 0, sizeof(seen));

	for (int i = 0; i < MANY; i++)
		requests[i] = evdns_base_resolve_ipv4(
		    dns, i % 2 ? "1-1.test" : "q-q.test", 0, dns_see, &seen[i]);
	dns_run(base, 2);
	for (int i = 0; i < MANY; i++) {
		if (seen[i].calls == 0 && i % 3 != 0)
			evdns_cancel_request(dns, requests[i]);
	}
	dns_run(base, 3600000);

	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(seen[i].calls, 1);
	tear_down();
}

/* ---- Callbacks that do things --------------------------------------------------------- */

static struct dns_seen again;

static void
look_up_again(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_see(result, type, count, ttl, addresses, arg);
	evdns_base_resolve_ipv4(dns, "2-2.test", 0, dns_see, &again);
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__in_a_callback)
{
	struct dns_seen seen = {0};

	set_up(_i);
	memset(&again, 0, sizeof(again));

	evdns_base_resolve_ipv4(dns, "1-1.test", 0, look_up_again, &seen);
	dns_await(base, &seen);
	dns_await(base, &again);

	ck_assert_str_eq(again.text, "10.0.0.1 10.0.0.2");
	tear_down();
}

static int chain;

static void
look_up_for_ever(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)result;
	(void)type;
	(void)count;
	(void)ttl;
	(void)addresses;
	chain++;
	evdns_base_resolve_ipv4(dns, "localhost", 0, look_up_for_ever, arg);
}

/* Requests that are answered at once must not keep the loop in one callback. */
TEST_IN_SIMULATION(evdns_base_resolve_ipv4__endless_callbacks_leave_the_loop_its_turns)
{
	set_up(_i);
	chain = 0;

	evdns_base_resolve_ipv4(dns, "localhost", 0, look_up_for_ever, NULL);
	for (int i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_ge(chain, 5);
	ck_assert_int_le(chain, 20);
	tear_down();
}

static void
free_resolver(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_see(result, type, count, ttl, addresses, arg);
	if (dns)
		evdns_base_free(dns, 1);
	dns = NULL;
}

TEST_IN_SIMULATION(evdns_base_free__in_a_callback_ends_the_other_requests)
{
	struct dns_seen seen[4] = {{0}};

	set_up(_i);

	evdns_base_resolve_ipv4(dns, "1-1.test", DNS_CNAME_CALLBACK, free_resolver, &seen[0]);
	evdns_base_resolve_ipv4(dns, "2-2.test", 0, free_resolver, &seen[1]);
	evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &seen[2]);
	evdns_base_resolve_ipv4(dns, "localhost", 0, dns_see, &seen[3]);
	dns_run(base, 60000);

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(seen[i].calls, 1);
	ck_assert_int_eq(seen[2].result, DNS_ERR_SHUTDOWN);
	tear_down();
}

/* ---- Servers that fail ---------------------------------------------------------------- */

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__goes_on_with_the_server_that_works)
{
	struct dns_peer silent;

	set_up(_i);
	evdns_base_clear_nameservers_and_suspend(dns);
	dns_peer_open(&silent, base, "192.0.2.2:53", dns_peer_silent);
	evdns_base_nameserver_ip_add(dns, silent.address);
	evdns_base_nameserver_ip_add(dns, peer.address);
	evdns_base_resume(dns);

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(look_up("1-1.test").result, DNS_ERR_NONE);

	dns_peer_close(&silent);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__after_all_servers_were_dead)
{
	set_up(_i);
	peer.reply = dns_peer_silent;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(look_up("1-1.test").result, DNS_ERR_TIMEOUT);
	peer.reply = dns_peer_by_name;

	ck_assert_int_eq(look_up("1-1.test").result, DNS_ERR_NONE);
	tear_down();
}

/* Dead names hold no slots for ever. */
TEST_IN_SIMULATION(evdns_base_resolve_ipv4__while_many_names_have_no_answer)
{
	static struct dns_seen dead[200];
	struct dns_seen seen;

	set_up(_i);
	memset(dead, 0, sizeof(dead));
	for (int i = 0; i < 200; i++)
		evdns_base_resolve_ipv4(dns, "q-q.test", 0, dns_see, &dead[i]);
	dns_run(base, 1000);

	seen = look_up("1-1.test");

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	dns_run(base, 3600000);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(dead[i].calls, 1);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_resolve_ipv4__without_a_server_ends_with_a_timeout)
{
	struct dns_seen seen = {0};

	set_up(_i);
	evdns_base_clear_nameservers_and_suspend(dns);
	evdns_base_resume(dns);

	evdns_base_resolve_ipv4(dns, "1-1.test", 0, dns_see, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_TIMEOUT);
	tear_down();
}

TEST(evdns_err_to_string__every_number)
{
	ck_assert_str_eq(evdns_err_to_string(DNS_ERR_NONE), "no error");
	ck_assert_str_eq(evdns_err_to_string(DNS_ERR_NODATA), "no records in the reply");
	for (int i = -10; i < 100; i++)
		ck_assert_ptr_nonnull(evdns_err_to_string(i));
}
