/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "dns/dns_log.h"
#include "dns/dns_search.h"
#include "dns/resolv_conf.h"
#include "support/fail_nth.h"
#include "support/suite.h"

static struct dns_options defaults;
static struct resolv_conf conf;
static unsigned warnings;
static char last[600];

static void
keep_warning(int is_warning, const char *text)
{
	ck_assert_int_eq(is_warning, 1);
	warnings++;
	snprintf(last, sizeof(last), "%s", text);
}

static void
set_up(void)
{
	lvn_dns_options_init(&defaults);
	lvn_dns_log_set_fn(keep_warning);
}

static void
tear_down(void)
{
	lvn_resolv_conf_clear(&conf);
}

TEST_FIXTURE(set_up, tear_down);

static void
read_parts(const char *text, const char *host_name, unsigned parts)
{
	lvn_resolv_conf_clear(&conf);
	ck_assert_int_eq(
	    lvn_resolv_conf_read(text, strlen(text), host_name, parts, &defaults, &conf), 0);
}

static void
print_server(const union inet_sockaddr *server, char *text, size_t capacity)
{
	char host[INET6_ADDRSTRLEN];

	if (server->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &server->v4.sin_addr, host, sizeof(host));
		snprintf(text, capacity, "%s:%d ", host, ntohs(server->v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &server->v6.sin6_addr, host, sizeof(host));
		snprintf(text, capacity, "[%s%%%u]:%d ", host, server->v6.sin6_scope_id,
		    ntohs(server->v6.sin6_port));
	}
}

static void
check_servers(const char *expected)
{
	char text[2000] = "";

	for (size_t i = 0; i < conf.server_count; i++)
		print_server(&conf.servers[i], text + strlen(text), sizeof(text) - strlen(text));
	ck_assert_str_eq(text, expected);
}

static void
check_suffixes(const char *expected)
{
	char text[2000] = "";
	size_t size = 0;

	for (size_t i = 0; conf.suffixes && i < conf.suffixes->count; i++) {
		char name[LVN_DNS_NAME_TEXT_CAPACITY];

		lvn_dns_name_print(&conf.suffixes->names[i], name);
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s ", name);
	}
	ck_assert_str_eq(text, expected);
}

static const struct {
	const char *text;
	const char *servers;
	unsigned warnings;
} servers[] = {
    {"", "", 0},
    {"nameserver 1.1.1.1\n", "1.1.1.1:53 ", 0},
    {"nameserver 1.1.1.1", "1.1.1.1:53 ", 0},
    {"nameserver 1.1.1.1\r\n", "1.1.1.1:53 ", 0},
    {"\n\nnameserver\t1.1.1.1 \nnameserver 2.2.2.2\n", "1.1.1.1:53 2.2.2.2:53 ", 0},
    {"# nameserver 1.1.1.1\n; nameserver 1.1.1.1\n#nameserver 1.1.1.1\n", "", 0},
    {"nameserver 1.1.1.1 # the first\nnameserver 2.2.2.2 ;\n", "1.1.1.1:53 2.2.2.2:53 ", 0},
    {"  nameserver 1.1.1.1\n", "1.1.1.1:53 ", 0},
    {"nameserver 1.1.1.1 2.2.2.2\n", "1.1.1.1:53 ", 0},
    {"nameserver 1.2.3.4:99\n", "1.2.3.4:99 ", 0},
    {"nameserver ::2\nnameserver [::1]\nnameserver [::1]:77\n", "[::2%0]:53 [::1%0]:53 [::1%0]:77 ",
	0},
    {"nameserver fe80::1%lo\nnameserver [fe80::2%lo]:5\n", "[fe80::1%1]:53 [fe80::2%1]:5 ", 0},
    {"nameserver fe80::1%no-such-interface\n", "", 1},
    {"nameserver 1.1.1.1#\nnameserver 1.1.1.2;x\n", "", 2},
    {"nameserver foo\nnameserver 1.2.3\nnameserver 1.2.3.4:0\nnameserver 1.2.3.4:99999\n", "", 4},
    {"nameserver\nnameserver #\n", "", 0},
    {"NAMESERVER 1.1.1.1\nnameservers 1.1.1.1\nname 1.1.1.1\nnameserver:1.1.1.1\n", "", 0},
};

TEST_RANGE(lvn_resolv_conf_read__servers, 0, (int)LVN_COUNT_OF(servers))
{
	read_parts(servers[_i].text, NULL, DNS_OPTIONS_ALL);

	check_servers(servers[_i].servers);
	ck_assert_uint_eq(warnings, servers[_i].warnings);
}

/* D2: a text in brackets once overran its copy. */
TEST(lvn_resolv_conf_read__addresses_of_any_length)
{
	static const char *const frames[][2] = {{"nameserver ", ""}, {"nameserver [", "]:53"},
	    {"nameserver [::1]:", ""}, {"nameserver ::1%", ""}, {"options timeout:", ""}};
	char text[1100];

	for (size_t i = 0; i < LVN_COUNT_OF(frames); i++) {
		for (size_t length = 1; length < 1000; length++) {
			size_t size = strlen(frames[i][0]);

			memcpy(text, frames[i][0], size);
			memset(text + size, '9', length);
			memcpy(text + size + length, frames[i][1], strlen(frames[i][1]) + 1);

			read_parts(text, NULL, DNS_OPTIONS_ALL);

			/* A port of 9 to 9999, and a scope. */
			ck_assert_uint_eq(
			    conf.server_count, i == 2 ? length < 5 : i == 3 && length < 252);
		}
	}
}

TEST(lvn_resolv_conf_read__a_zero_byte_is_a_blank)
{
	static const char text[] = "nameserver\0001.1.1.1\0\nnameserver 2.2.2.2\n";

	ck_assert_int_eq(
	    lvn_resolv_conf_read(text, sizeof(text) - 1, NULL, DNS_OPTIONS_ALL, &defaults, &conf),
	    0);

	check_servers("1.1.1.1:53 2.2.2.2:53 ");
}

TEST(lvn_resolv_conf_read__too_many_servers)
{
	char text[LVN_RESOLV_CONF_SERVERS * 30 + 60];
	size_t size = 0;

	for (int i = 0; i <= LVN_RESOLV_CONF_SERVERS; i++)
		size +=
		    (size_t)snprintf(text + size, sizeof(text) - size, "nameserver 1.1.1.%d\n", i);

	read_parts(text, NULL, DNS_OPTIONS_ALL);

	ck_assert_uint_eq(conf.server_count, LVN_RESOLV_CONF_SERVERS);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_str_eq(last, "Too many nameservers; left out 1.1.1.32");
}

static const struct {
	const char *text;
	const char *suffixes;
} suffixes[] = {
    {"search a.x b.x c.x\n", "a.x b.x c.x "},
    {"search\ta.x\t b.x \r\n", "a.x b.x "},
    {"domain d.x\n", "d.x "},
    {"domain a.x b.x\n", "a.x "},
    {"domain d.x\nsearch a.x b.x\n", "a.x b.x "},
    {"search a.x b.x\ndomain d.x\n", "d.x "},
    {"search a.x b.x\nsearch c.x\n", "c.x "},
    {"search a.x # b.x\n", "a.x "},
    {"search a.x ;b.x\n", "a.x "},
    {"search .a.x b.x. .\n", "a.x b.x . "},
    {"search a..x b.x\n", "b.x "},
    /* Without a list: from the host's name, which is me.host.org. */
    {"", "host.org "},
    {"search a.x\nsearch\n", "host.org "},
    {"search a..x\n", "host.org "},
};

TEST_RANGE(lvn_resolv_conf_read__suffixes, 0, (int)LVN_COUNT_OF(suffixes))
{
	read_parts(suffixes[_i].text, "me.host.org", DNS_OPTION_SEARCH);

	check_suffixes(suffixes[_i].suffixes);
}

TEST(lvn_resolv_conf_read__names_of_the_host_without_a_domain)
{
	static const char *const names[] = {NULL, "", "me", "me.", "me..org"};

	for (size_t i = 0; i < LVN_COUNT_OF(names); i++) {
		read_parts("", names[i], DNS_OPTIONS_ALL);
		check_suffixes(i == 4 ? "org " : "");
	}
}

TEST(lvn_resolv_conf_read__many_suffixes)
{
	char text[100000];

	memcpy(text, "search ", 7);
	for (size_t i = 7; i < sizeof(text); i++)
		text[i] = i % 2 ? 'a' : ' ';
	ck_assert_int_eq(
	    lvn_resolv_conf_read(text, sizeof(text), NULL, DNS_OPTIONS_ALL, &defaults, &conf), 0);

	ck_assert_uint_eq(conf.suffixes->count, LVN_DNS_SUFFIXES_MAX);
	ck_assert_uint_eq(warnings, 1);
}

TEST(lvn_resolv_conf_read__options)
{
	defaults.max_inflight = 9;

	read_parts("options ndots:2 timeout:7\toptions attempts:x rotate use-vc\n"
		   "options ndots timeout: edns0 max-timeouts:5 # attempts:8\n",
	    NULL, DNS_OPTIONS_ALL);

	ck_assert_uint_eq(conf.options.ndots, 2);
	ck_assert_int_eq(conf.options.timeout_ns, 7000000000);
	ck_assert_uint_eq(conf.options.attempts, 3);
	ck_assert_uint_eq(conf.options.max_timeouts, 5);
	ck_assert_uint_eq(conf.options.max_inflight, 9);
	ck_assert(conf.options.use_tcp);
	ck_assert_uint_eq(conf.options.given, GIVEN_TIMEOUT | GIVEN_MAX_TIMEOUTS);
	ck_assert_uint_eq(warnings, 3);
	ck_assert_str_eq(last, "Option timeout has no such value: ");
}

/* Which part of the file each flag reads. */
TEST(lvn_resolv_conf_read__parts)
{
	static const char text[] = "nameserver 1.1.1.1\nsearch a.x\n"
				   "options ndots:3 timeout:7 bind-to:127.0.0.9\n";

	for (unsigned parts = 0; parts < 8; parts++) {
		bool search = parts & DNS_OPTION_SEARCH;
		bool network = parts & DNS_OPTION_NAMESERVERS;

		read_parts(text, "me.host.org", parts);

		check_servers(network ? "1.1.1.1:53 " : "");
		check_suffixes(search ? "a.x " : "");
		ck_assert_uint_eq(conf.options.ndots, search ? 3 : 1);
		ck_assert_uint_eq(conf.options.bind_to_size > 0, network);
		ck_assert_int_eq(
		    conf.options.timeout_ns, (parts & DNS_OPTION_MISC ? 7 : 5) * 1000000000LL);
	}
}

TEST(lvn_resolv_conf_read__without_memory)
{
	static const char text[] = "nameserver 1.1.1.1\nsearch a.x b.x\n";
	struct fail_nth fail = {0};
	int rc;

	for (;; fail.number++) {
		fail_nth_begin(&fail);
		rc = lvn_resolv_conf_read(
		    text, sizeof(text) - 1, "a.b", DNS_OPTIONS_ALL, &defaults, &conf);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_uint_eq(conf.server_count, 0);
		ck_assert_ptr_null(conf.suffixes);
	}

	ck_assert_uint_eq(fail.number, 2);
	ck_assert_int_eq(rc, 0);
	check_suffixes("a.x b.x ");
}
