/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DNS functions of libevent 1.4, on one global resolver.
 */
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <netinet/in.h>
#include <string.h>

#include "support/suite.h"

static struct event_base *base;

static void
set_up(void)
{
	base = event_init();
	ck_assert_ptr_nonnull(base);
}

static void
tear_down(void)
{
	evdns_shutdown(0);
	event_base_free(base);
}

TEST_FIXTURE(set_up, tear_down);

TEST(evdns_get_global_base__is_made_when_it_is_set_up)
{
	ck_assert_ptr_null(evdns_get_global_base());
	ck_assert_int_eq(evdns_nameserver_ip_add("192.0.2.1"), 0);
	ck_assert_ptr_nonnull(evdns_get_global_base());
	ck_assert_int_eq(evdns_count_nameservers(), 1);

	evdns_shutdown(1);

	ck_assert_ptr_null(evdns_get_global_base());
}

TEST(evdns_init__replaces_the_global_resolver)
{
	struct evdns_base *first;

	ck_assert_int_eq(evdns_init(), 0);
	first = evdns_get_global_base();
	ck_assert_ptr_nonnull(first);
	ck_assert_int_ge(evdns_count_nameservers(), 1);
	ck_assert_int_eq(evdns_init(), 0);

	ck_assert_ptr_nonnull(evdns_get_global_base());
}

TEST(evdns_set_option__and_others_forward)
{
	ck_assert_int_eq(evdns_set_option("timeout", "3", 0), 0);
	ck_assert_int_eq(evdns_set_option("timeout", "x", 0), -1);
	ck_assert_int_eq(evdns_nameserver_add(htonl(INADDR_LOOPBACK)), 0);
	evdns_search_add("a.test");
	evdns_search_ndots_set(2);
	evdns_search_clear();
	ck_assert_int_eq(evdns_clear_nameservers_and_suspend(), 0);
	ck_assert_int_eq(evdns_count_nameservers(), 0);
	ck_assert_int_eq(evdns_resume(), 0);
	ck_assert_int_eq(evdns_resolv_conf_parse(DNS_OPTION_NAMESERVERS, "/no/such/file"),
	    EVDNS_ERROR_FAILED_TO_OPEN_FILE);
	ck_assert_int_eq(evdns_count_nameservers(), 1);
}

static void
note_result(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)type;
	(void)count;
	(void)ttl;
	(void)addresses;
	*(int *)arg = result;
	event_base_loopbreak(base);
}

TEST(evdns_resolve_ipv4__and_others_forward)
{
	struct in_addr v4 = {.s_addr = htonl(INADDR_LOOPBACK)};
	struct in6_addr v6 = in6addr_loopback;
	int results[4] = {-1, -1, -1, -1};

	ck_assert_int_eq(evdns_clear_nameservers_and_suspend(), -1);
	evdns_search_add("a.test");
	ck_assert_int_eq(evdns_resolve_ipv4("localhost", 0, note_result, &results[0]), 0);
	ck_assert_int_eq(evdns_resolve_ipv6("localhost", 0, note_result, &results[1]), 0);
	ck_assert_int_eq(evdns_resolve_ipv4("", 0, note_result, &results[0]), -1);
	event_base_dispatch(base);
	ck_assert_int_eq(evdns_resolve_reverse(&v4, 0, note_result, &results[2]), 0);
	ck_assert_int_eq(evdns_resolve_reverse_ipv6(&v6, 0, note_result, &results[3]), 0);
	evdns_shutdown(1);
	event_base_dispatch(base);

	ck_assert_int_eq(results[0], DNS_ERR_NONE);
	ck_assert_int_eq(results[1], DNS_ERR_NONE);
	ck_assert_int_eq(results[2], DNS_ERR_SHUTDOWN);
	ck_assert_int_eq(results[3], DNS_ERR_SHUTDOWN);
}
