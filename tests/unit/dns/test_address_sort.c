/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/compiler.h"
#include "base/private.h"
#include "dns/address_sort.h"
#include "loop/base.h"
#include "support/suite.h"

enum { MOST = 4 };

struct row {
	const char *destinations[MOST];
	const char *sources[MOST]; /* NULL: it cannot be reached */
	const char *sorted;
};

static const struct row rows[] = {
    /* The examples of RFC 6724 10.2, without those of rules 3, 4 and 7. */
    {{"2001:db8:1::1", "198.51.100.121"}, {"2001:db8:1::2", "169.254.13.78"},
	"2001:db8:1::1 198.51.100.121 "},
    {{"2001:db8:1::1", "198.51.100.121"}, {"fe80::1", "198.51.100.117"},
	"198.51.100.121 2001:db8:1::1 "},
    {{"10.1.2.3", "2001:db8:1::1"}, {"10.1.2.4", "2001:db8:1::2"}, "2001:db8:1::1 10.1.2.3 "},
    {{"2001:db8:1::1", "fe80::1"}, {"2001:db8:1::2", "fe80::2"}, "fe80::1 2001:db8:1::1 "},
    {{"2001:db8:3ffe::1", "2001:db8:1::1"}, {"2001:db8:3f44::2", "2001:db8:1::2"},
	"2001:db8:1::1 2001:db8:3ffe::1 "},
    {{"2001:db8:1::1", "2002:c633:6401::1"}, {"2002:c633:6401::2", "2002:c633:6401::2"},
	"2002:c633:6401::1 2001:db8:1::1 "},
    {{"2002:c633:6401::1", "2001:db8:1::1"}, {"2002:c633:6401::2", "2001:db8:1::2"},
	"2001:db8:1::1 2002:c633:6401::1 "},
    /* Rule 1: what cannot be reached comes last, and is sorted by what is known of it. */
    {{"2001:db8::1", "192.0.2.1"}, {NULL, "192.0.2.9"}, "192.0.2.1 2001:db8::1 "},
    {{"192.0.2.1", "2001:db8::1", "192.0.2.2"}, {NULL, NULL, NULL},
	"2001:db8::1 192.0.2.1 192.0.2.2 "},
    /* Alike: in their order. */
    {{"192.0.2.3", "192.0.2.1", "192.0.2.2"}, {"192.0.2.1", "192.0.2.1", "192.0.2.1"},
	"192.0.2.3 192.0.2.1 192.0.2.2 "},
    {{"2001:db8::9", "2001:db8::1", "2001:db8::2"}, {"2001:db8::2", "2001:db8::2", "2001:db8::2"},
	"2001:db8::9 2001:db8::1 2001:db8::2 "},
    /* The policy table: precedences, the highest one first; each has its own label. */
    {{"fc00::1", "2001::1", "192.0.2.1", "2001:db8::1"},
	{"fc00::2", "2001::2", "192.0.2.2", "2001:db8::2"},
	"2001:db8::1 192.0.2.1 2001::1 fc00::1 "},
    {{"3ffe::1", "fdff::1", "2002::1", "::1"}, {"3ffe::2", "fdff::2", "2002::2", "::1"},
	"::1 2002::1 fdff::1 3ffe::1 "},
    {{"::8.8.8.8", "fec0::1", "2001::1"}, {"::8.8.8.9", "fec0::2", "2001::2"},
	"2001::1 fec0::1 ::8.8.8.8 "},
    /* Scopes: loopback and 169.254 are of the link, private addresses are global. */
    {{"127.0.0.1", "10.0.0.1"}, {"10.0.0.2", "10.0.0.2"}, "10.0.0.1 127.0.0.1 "},
    {{"10.0.0.1", "127.0.0.1"}, {"10.0.0.2", "127.0.0.1"}, "127.0.0.1 10.0.0.1 "},
    {{"192.168.0.1", "169.254.0.1"}, {"192.168.0.2", "169.254.0.2"}, "169.254.0.1 192.168.0.1 "},
    {{"ff0e::1", "ff02::1", "ff05::1"}, {"2001:db8::1", "fe80::1", "fec0::1"},
	"ff02::1 ff0e::1 ff05::1 "},
};

static union inet_sockaddr
address_of(const char *text)
{
	union inet_sockaddr address = {.v6 = {0}};
	int size = sizeof(address);

	ck_assert_int_eq(evutil_parse_sockaddr_port(text, &address.any, &size), 0);
	return address;
}

static void
print(const union inet_sockaddr *addresses, size_t count, char *text, size_t capacity)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		const void *bytes = addresses[i].any.sa_family == AF_INET
					? (const void *)&addresses[i].v4.sin_addr
					: (const void *)&addresses[i].v6.sin6_addr;

		inet_ntop(
		    addresses[i].any.sa_family, bytes, text + size, (socklen_t)(capacity - size));
		size += strlen(text + size);
		memcpy(text + size++, " ", 2);
	}
}

static bool
source_in_row(
    void *context, const union inet_sockaddr *destination, union inet_sockaddr *source_out)
{
	const struct row *row = context;

	for (size_t i = 0; i < MOST && row->destinations[i]; i++) {
		union inet_sockaddr candidate = address_of(row->destinations[i]);

		if (memcmp(&candidate, destination, sizeof(candidate)) != 0)
			continue;
		if (row->sources[i])
			*source_out = address_of(row->sources[i]);
		return row->sources[i];
	}
	ck_abort_msg("asked for another destination");
	return false;
}

TEST_RANGE(lvn_address_sort_by__rules, 0, (int)LVN_COUNT_OF(rows))
{
	struct row row = rows[_i];
	union inet_sockaddr addresses[MOST];
	char sorted[300] = "";
	size_t count = 0;

	for (; count < MOST && row.destinations[count]; count++)
		addresses[count] = address_of(row.destinations[count]);

	lvn_address_sort_by(source_in_row, &row, addresses, count);

	print(addresses, count, sorted, sizeof(sorted));
	ck_assert_str_eq(sorted, row.sorted);
}

static bool
source_by_parity(
    void *context, const union inet_sockaddr *destination, union inet_sockaddr *source_out)
{
	unsigned *asked = context;

	(*asked)++;
	*source_out = *destination;
	return ntohl(destination->v4.sin_addr.s_addr) % 2 == 1;
}

TEST(lvn_address_sort_by__sorts_the_first_ones_of_many)
{
	enum { COUNT = LVN_ADDRESS_SORT_MAX + 3 };
	union inet_sockaddr addresses[COUNT];
	unsigned asked = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		addresses[i] = address_of("192.0.2.0:80");
		addresses[i].v4.sin_addr.s_addr = htonl(0xc0000200 + i);
	}

	lvn_address_sort_by(source_by_parity, &asked, addresses, COUNT);

	ck_assert_uint_eq(asked, LVN_ADDRESS_SORT_MAX);
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned half = LVN_ADDRESS_SORT_MAX / 2;
		unsigned last = i < LVN_ADDRESS_SORT_MAX ? (i % half) * 2 + (i < half) : i;

		ck_assert_uint_eq(ntohl(addresses[i].v4.sin_addr.s_addr) - 0xc0000200, last);
		ck_assert_uint_eq(ntohs(addresses[i].v4.sin_port), 80);
	}
}

TEST(lvn_address_sort_by__asks_nothing_about_one_address)
{
	union inet_sockaddr address = address_of("192.0.2.1");
	unsigned asked = 0;

	lvn_address_sort_by(source_by_parity, &asked, &address, 1);
	lvn_address_sort_by(source_by_parity, &asked, NULL, 0);

	ck_assert_uint_eq(asked, 0);
}

/* There is a loopback interface everywhere; a multicast address needs a route to be reached. */
TEST(lvn_address_sort__by_the_kernel)
{
	union inet_sockaddr addresses[] = {
	    address_of("255.255.255.255"), address_of("127.0.0.1:7")};
	char sorted[100];

	lvn_address_sort(NULL, addresses, 2);

	print(addresses, 2, sorted, sizeof(sorted));
	ck_assert_str_eq(sorted, "127.0.0.1 255.255.255.255 ");
	ck_assert_uint_eq(ntohs(addresses[0].v4.sin_port), 7);
}

TEST(lvn_address_sort__in_a_simulated_world)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);
	struct event_base *base = levin_sim_base_new(sim, NULL);
	union inet_sockaddr addresses[] = {
	    address_of("192.0.2.1"), address_of("127.0.0.1"), address_of("::1")};
	char sorted[100];

	lvn_address_sort(lvn_base_world(base), addresses, 3);

	/* Sources are loopback addresses: the scope of 192.0.2.1 is another one. */
	print(addresses, 3, sorted, sizeof(sorted));
	ck_assert_str_eq(sorted, "::1 127.0.0.1 192.0.2.1 ");
	ck_assert_int_eq(levin_sim_count_descriptors(sim), 0);
	event_base_free(base);
	levin_sim_free(sim);
}

TEST(lvn_address_sort__without_descriptors)
{
	union inet_sockaddr addresses[] = {address_of("192.0.2.1"), address_of("::1")};
	struct rlimit before, none;
	char sorted[100];

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	lvn_address_sort(NULL, addresses, 2);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);

	print(addresses, 2, sorted, sizeof(sorted));
	ck_assert_str_eq(sorted, "::1 192.0.2.1 ");
}
