/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVUTIL_AI_ADDRCONFIG: which families are left out, with interfaces that are made up here.
 */
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/platform.h"
#include "support/suite.h"

#if LVN_HAVE_GETIFADDRS
#include <ifaddrs.h>

static struct sockaddr_in address_4;
static struct sockaddr_in6 address_6;
static struct ifaddrs interfaces[2];
static int looks;

/* In the executable, before the C library's. */
int
getifaddrs(struct ifaddrs **list)
{
	looks++;
	interfaces[0].ifa_next = &interfaces[1];
	interfaces[0].ifa_addr = (struct sockaddr *)&address_4;
	interfaces[1].ifa_addr = (struct sockaddr *)&address_6;
	*list = interfaces;
	return 0;
}

void
freeifaddrs(struct ifaddrs *list)
{
	(void)list;
}

static void
have(uint32_t v4, uint8_t first_of_6)
{
	address_4.sin_family = AF_INET;
	address_4.sin_addr.s_addr = htonl(v4);
	address_6.sin6_family = AF_INET6;
	address_6.sin6_addr = (struct in6_addr){.s6_addr = {[0] = first_of_6, [15] = 1}};
}

static void
note_families(int error, struct evutil_addrinfo *list, void *families)
{
	ck_assert_int_eq(error, 0);
	for (struct evutil_addrinfo *at = list; at; at = at->ai_next)
		*(int *)families |= at->ai_family == AF_INET ? 4 : 6;
	evutil_freeaddrinfo(list);
}

/* 4, 6, or 4 | 6 for both. */
static int
families_of(struct evdns_base *dns, const char *name, int family)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = EVUTIL_AI_ADDRCONFIG, .ai_family = family, .ai_socktype = SOCK_STREAM};
	int families = 0;

	ck_assert_ptr_null(evdns_getaddrinfo(dns, name, "80", &hints, note_families, &families));
	return families;
}

static struct event_base *base;
static struct evdns_base *dns;

static void
set_up(void)
{
	base = event_base_new();
	dns = evdns_base_new(base, EVDNS_BASE_NO_CACHE);
	looks = 0;
}

static void
tear_down(void)
{
	evdns_base_free(dns, 0);
	event_base_free(base);
}

TEST_FIXTURE(set_up, tear_down);

TEST(evdns_getaddrinfo__addrconfig_leaves_out_families_that_the_host_does_not_have)
{
	have(0x0a000001, 0xfe);
	address_6.sin6_addr.s6_addr[1] = 0x80;

	ck_assert_int_eq(families_of(dns, "localhost", AF_UNSPEC), 4);
	ck_assert_int_eq(families_of(dns, NULL, AF_UNSPEC), 4);
	ck_assert_int_eq(families_of(dns, "localhost", AF_INET6), 6);
	ck_assert_int_eq(families_of(dns, "::1", AF_UNSPEC), 6);
}

TEST(evdns_getaddrinfo__addrconfig_with_ipv6_alone)
{
	have(0x7f000001, 0x20);

	ck_assert_int_eq(families_of(dns, "localhost", AF_UNSPEC), 6);
}

TEST(evdns_getaddrinfo__addrconfig_without_any_address_leaves_out_nothing)
{
	have(0xa9fe0001, 0);

	ck_assert_int_eq(families_of(dns, "localhost", AF_UNSPEC), 4 | 6);
}

TEST(evdns_getaddrinfo__addrconfig_looks_seldom)
{
	have(0x0a000001, 0x20);

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(families_of(dns, "localhost", AF_UNSPEC), 4 | 6);

	ck_assert_int_eq(looks, 1);
}
#else
TEST(evdns_getaddrinfo__addrconfig_leaves_out_nothing_where_interfaces_are_unknown)
{
	ck_assert(!LVN_HAVE_GETIFADDRS);
}
#endif
