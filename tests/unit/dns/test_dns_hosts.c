/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "dns/dns_hosts.h"
#include "support/dns_kit.h"
#include "support/fail_nth.h"
#include "support/suite.h"

static const uint8_t key[LVN_SIPHASH_KEY_SIZE] = {7};
static struct dns_hosts *hosts;

static void
tear_down(void)
{
	lvn_dns_hosts_free(hosts);
}

TEST_FIXTURE(NULL, tear_down);

static void
read_text(const char *text, size_t size)
{
	ck_assert_int_eq(lvn_dns_hosts_read(text, size, key, &hosts), 0);
}

static size_t
print_address(const union inet_sockaddr *address, char *text, size_t capacity)
{
	char host[INET6_ADDRSTRLEN];

	if (address->any.sa_family == AF_INET) {
		ck_assert_uint_eq(address->v4.sin_port, 0);
		inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
		return (size_t)snprintf(text, capacity, "%s ", host);
	}
	ck_assert_uint_eq(address->v6.sin6_port, 0);
	inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
	return (size_t)snprintf(text, capacity, "%s%%%u ", host, address->v6.sin6_scope_id);
}

/* The addresses of a name, each with a blank behind it. */
static void
check(const char *name_text, const char *expected)
{
	const struct dns_host *host = NULL;
	struct dns_name name = name_of(name_text);
	char text[1000] = "";
	size_t size = 0;

	while ((host = lvn_dns_hosts_find(hosts, &name, host))) {
		union inet_sockaddr address;

		lvn_dns_hosts_address(hosts, host, &address);
		size += print_address(&address, text + size, sizeof(text) - size);
	}
	ck_assert_str_eq(text, expected);
}

static const char file[] = "# c\n"
			   "127.0.0.5 a b\tc # d\n"
			   "  127.0.0.6 A\n"
			   "::5 a\n"
			   "1.2.3.4:80 port\n"
			   "[::7]:80 port6\n"
			   "[::8] brackets\n"
			   "fe80::1%lo scoped\n"
			   "fe80::1%no-such-interface unscoped\n"
			   "foo bar\n"
			   "1.1.1.1\n"
			   "1.1.1.2#x glued\n"
			   "1.1.1.3 y#z w\n"
			   "1.1.1.4 dot. a.b.c\n"
			   "1.1.1.5\r\n"
			   "1.1.1.6 cr\r\n"
			   "1.2.3 short\n"
			   "1.1.1.7 e\0f g\n"
			   "1.1.1.8 a..b ok\n"
			   "1.1.1.9 last";

static const struct {
	const char *name;
	const char *addresses;
} names[] = {
    {"a", "127.0.0.5 127.0.0.6 ::5%0 "},
    {"A.", "127.0.0.5 127.0.0.6 ::5%0 "},
    {"b", "127.0.0.5 "},
    {"c", "127.0.0.5 "},
    {"d", ""},
    {"port", ""},
    {"port6", ""},
    {"brackets", "::8%0 "},
    {"scoped", "fe80::1%1 "},
    {"unscoped", ""},
    {"bar", ""},
    {"glued", ""},
    {"y", "1.1.1.3 "},
    {"w", ""},
    {"dot", "1.1.1.4 "},
    {"a.b.c", "1.1.1.4 "},
    {"A.B.c.", "1.1.1.4 "},
    {"b.c", ""},
    {"cr", "1.1.1.6 "},
    {"short", ""},
    {"e", "1.1.1.7 "},
    {"f", "1.1.1.7 "},
    {"ok", "1.1.1.8 "},
    {"last", "1.1.1.9 "},
    {".", ""},
};

TEST_RANGE(lvn_dns_hosts_find__names_of_a_file, 0, (int)LVN_COUNT_OF(names))
{
	read_text(file, sizeof(file) - 1);

	check(names[_i].name, names[_i].addresses);
	ck_assert_uint_eq(lvn_dns_hosts_count(hosts), 16);
}

TEST(lvn_dns_hosts_find__in_an_empty_file)
{
	read_text("", 0);

	check("a", "");
	ck_assert_uint_eq(lvn_dns_hosts_count(hosts), 0);
}

TEST(lvn_dns_hosts_canonical__is_the_first_name_of_the_line)
{
	const struct dns_host *host;
	struct dns_name name = name_of("H"), canonical;

	read_text("::1 x\n::2 a..b Host.Example host h\n::3 h\n", 41);

	host = lvn_dns_hosts_find(hosts, &name, NULL);
	lvn_dns_hosts_canonical(hosts, host, &canonical);
	check_name(&canonical, "Host.Example");

	host = lvn_dns_hosts_find(hosts, &name, host);
	lvn_dns_hosts_canonical(hosts, host, &canonical);
	check_name(&canonical, "h");
	ck_assert_ptr_null(lvn_dns_hosts_find(hosts, &name, host));
}

/* As the lists of advertisers are. */
TEST(lvn_dns_hosts_read__many_names)
{
	enum { NAMES = 100000, CAPACITY = NAMES * 32 };
	char *text = malloc(CAPACITY);
	size_t size = 0;

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < NAMES; i++)
		size += (size_t)snprintf(text + size, CAPACITY - size, "10.1.%d.%d h%d.example\n",
		    i / 256 % 256, i % 256, i);
	read_text(text, size);
	free(text);

	ck_assert_uint_eq(lvn_dns_hosts_count(hosts), NAMES);
	check("h0.example", "10.1.0.0 ");
	check("H65535.example", "10.1.255.255 ");
	check("h99999.example", "10.1.134.159 ");
	check("h100000.example", "");
}

TEST(lvn_dns_hosts_read__without_memory)
{
	struct fail_nth fail = {0};
	int rc;

	for (;; fail.number++) {
		fail_nth_begin(&fail);
		rc = lvn_dns_hosts_read(file, sizeof(file) - 1, key, &hosts);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_ptr_null(hosts);
	}

	ck_assert_uint_gt(fail.number, 5);
	ck_assert_int_eq(rc, 0);
	check("last", "1.1.1.9 ");
}

TEST(lvn_dns_hosts_free__ignores_null)
{
	lvn_dns_hosts_free(NULL);
}
