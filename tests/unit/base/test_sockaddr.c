/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/inet.h"
#include "base/sockaddr.h"
#include "support/suite.h"

/* "HOST PORT SCOPE" of what was read, or "none". */
static const char *
described(const char *text)
{
	static char description[128];
	union inet_sockaddr address;
	char host[LVN_INET6_TEXT_CAPACITY];
	int size = lvn_sockaddr_read(text, &address);

	if (size == (int)sizeof(address.v4)) {
		ck_assert_int_eq(address.any.sa_family, AF_INET);
		lvn_inet_write_4((const uint8_t *)&address.v4.sin_addr, host);
		snprintf(
		    description, sizeof(description), "%s %u", host, ntohs(address.v4.sin_port));
		return description;
	}
	if (size == (int)sizeof(address.v6)) {
		ck_assert_int_eq(address.any.sa_family, AF_INET6);
		lvn_inet_write_6((const uint8_t *)&address.v6.sin6_addr, host);
		snprintf(description, sizeof(description), "%s %u %u", host,
		    ntohs(address.v6.sin6_port), address.v6.sin6_scope_id);
		return description;
	}
	ck_assert_int_eq(size, -EINVAL);
	return "none";
}

TEST(lvn_sockaddr_read__every_form)
{
	static const char *const forms[][2] = {{"1.2.3.4", "1.2.3.4 0"},
	    {"1.2.3.4:80", "1.2.3.4 80"}, {"1.2.3.4:65535", "1.2.3.4 65535"}, {"::1", "::1 0 0"},
	    {"1::80", "1::80 0 0"}, {"[::1]", "::1 0 0"}, {"[::1]:80", "::1 80 0"},
	    {"fe80::1%lo", "fe80::1 0 1"}, {"[fe80::1%77]:8", "fe80::1 8 77"}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		ck_assert_str_eq(described(forms[i][0]), forms[i][1]);
}

TEST(lvn_sockaddr_read__ignores_what_follows_a_port)
{
	ck_assert_str_eq(described("1.2.3.4:80x"), "1.2.3.4 80");
	ck_assert_str_eq(described("1.2.3.4: +80"), "1.2.3.4 80");
	ck_assert_str_eq(described("[::1]x"), "::1 0 0");
	ck_assert_str_eq(described("1.2.3.4:4294967376"), "1.2.3.4 80");
}

TEST(lvn_sockaddr_read__wrong_port)
{
	static const char *const texts[] = {"1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:-1",
	    "1.2.3.4:x", "[::1]:", "[::1]:0", "1.2.3.4:9223372036854775888",
	    "1.2.3.4:99999999999999999999"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(described(texts[i]), "none");
}

TEST(lvn_sockaddr_read__wrong_address)
{
	static const char *const texts[] = {"", ":", "[", "]", "[]", "[]:80", "[::1",
	    "[1.2.3.4]:80", "localhost", "localhost:80", ":80", "1.2.3.4:80:90", "1.2.3.4%lo",
	    "[ ::1]", "[fe80::1%no-such-if]:80"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(described(texts[i]), "none");
}

TEST(lvn_sockaddr_read__host_of_at_most_127_characters)
{
	char text[160];

	snprintf(text, sizeof(text), "%0121d.2.3.4:80", 1);
	ck_assert_str_eq(described(text), "1.2.3.4 80");
	snprintf(text, sizeof(text), "%0122d.2.3.4:80", 1);
	ck_assert_str_eq(described(text), "none");
	snprintf(text, sizeof(text), "%0122d.2.3.4", 1);
	ck_assert_str_eq(described(text), "1.2.3.4 0");
	snprintf(text, sizeof(text), "[::%0119d.2.3.4]", 1);
	ck_assert_str_eq(described(text), "::1.2.3.4 0 0");
	snprintf(text, sizeof(text), "[::%0120d.2.3.4]", 1);
	ck_assert_str_eq(described(text), "none");
}

static int
compare(const char *left, const char *right, bool with_port)
{
	union inet_sockaddr a;
	union inet_sockaddr b;
	int one_way;
	int other_way;

	ck_assert_int_gt(lvn_sockaddr_read(left, &a), 0);
	ck_assert_int_gt(lvn_sockaddr_read(right, &b), 0);
	one_way = lvn_sockaddr_compare(&a.any, &b.any, with_port);
	other_way = lvn_sockaddr_compare(&b.any, &a.any, with_port);
	ck_assert_int_eq((one_way > 0) - (one_way < 0), (other_way < 0) - (other_way > 0));
	return one_way;
}

TEST(lvn_sockaddr_compare__ports_only_if_asked)
{
	ck_assert_int_eq(compare("1.2.3.4:80", "1.2.3.4:80", true), 0);
	ck_assert_int_ne(compare("1.2.3.4:80", "1.2.3.4:81", true), 0);
	ck_assert_int_eq(compare("1.2.3.4:80", "1.2.3.4:81", false), 0);
	ck_assert_int_ne(compare("[::1]:80", "[::1]:81", true), 0);
	ck_assert_int_eq(compare("[::1]:80", "[::1]:81", false), 0);
	ck_assert_int_ne(compare("1.2.3.4:80", "1.2.3.5:80", false), 0);
	ck_assert_int_lt(compare("[::1]:80", "[::2]:80", false), 0);
}

TEST(lvn_sockaddr_compare__families_come_before_addresses)
{
	ck_assert_int_lt(compare("1.2.3.4", "::", true), 0);
	ck_assert_int_eq(compare("fe80::1%1", "fe80::1%2", true), 0);
}

TEST(lvn_sockaddr_compare__other_families_are_never_equal)
{
	struct sockaddr_un path = {AF_UNIX, "/a"};
	const struct sockaddr *address = (const struct sockaddr *)&path;

	ck_assert_int_ne(lvn_sockaddr_compare(address, address, true), 0);
}
