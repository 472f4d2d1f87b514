/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/addrinfo.h"
#include "sim/sim_text.h"
#include "support/suite.h"

static struct levin_sim sim;

static void
set_up(void)
{
	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, NULL), 0);
	lvn_sim_kernel_init(&sim, 1, 0);
}

static void
tear_down(void)
{
	lvn_sim_text_clear(&sim);
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_sim_text_set__replaces_and_removes)
{
	ck_assert_ptr_null(lvn_sim_text_find(&sim, "/a"));
	ck_assert_int_eq(lvn_sim_text_set(&sim, "/a", "one"), 0);
	ck_assert_int_eq(lvn_sim_text_set(&sim, "/b", "two"), 0);
	ck_assert_str_eq(lvn_sim_text_find(&sim, "/a"), "one");
	ck_assert_int_eq(lvn_sim_text_set(&sim, "/a", "three"), 0);
	ck_assert_str_eq(lvn_sim_text_find(&sim, "/a"), "three");
	ck_assert_int_eq(lvn_sim_text_set(&sim, "/a", NULL), 0);
	ck_assert_ptr_null(lvn_sim_text_find(&sim, "/a"));
	ck_assert_str_eq(lvn_sim_text_find(&sim, "/b"), "two");
}

static const struct {
	const char *node;
	int family;
	int result;
	const char *address;
} look_ups[] = {
    {"192.0.2.7", AF_UNSPEC, 0, "192.0.2.7"},
    {"server", AF_UNSPEC, 0, "10.0.0.1"},
    {"SERVER.example", AF_INET, 0, "10.0.0.1"},
    {"server", AF_INET6, 0, "2001:db8::1"},
    {"serve", AF_UNSPEC, EAI_NONAME, NULL},
    {"10.0.0.1x", AF_UNSPEC, EAI_NONAME, NULL},
    {"broken", AF_UNSPEC, EAI_NONAME, NULL},
    {"last", AF_UNSPEC, 0, "10.0.0.2"},
};

TEST_RANGE(lvn_sim_text_look_up__numbers_and_names, 0, 8)
{
	struct addrinfo hints = {.ai_family = look_ups[_i].family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	char text[INET6_ADDRSTRLEN];

	ck_assert_int_eq(
	    lvn_sim_text_set(&sim, "/etc/hosts",
		"# server\n10.0.0.1 server server.example # last\n2001:db8::1\tserver\n"
		"no-address broken\n\n  10.0.0.2   last"),
	    0);
	ck_assert_int_eq(lvn_sim_text_look_up(&sim, look_ups[_i].node, "80", &hints, &list),
	    look_ups[_i].result);
	if (look_ups[_i].result != 0)
		return;
	ck_assert_int_eq(getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof(text), NULL, 0,
			     NI_NUMERICHOST),
	    0);
	ck_assert_str_eq(text, look_ups[_i].address);
	lvn_addrinfo_free(list);
}

static int
port_of(const struct addrinfo *at)
{
	if (at->ai_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)at->ai_addr)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)(const void *)at->ai_addr)->sin6_port);
}

TEST(lvn_sim_text_look_up__all_addresses_of_a_name)
{
	static const int families[] = {AF_INET6, AF_INET, AF_INET};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int count = 0;

	ck_assert_int_eq(
	    lvn_sim_text_set(&sim, "/etc/hosts",
		"2001:db8::1 server\n10.0.0.1 server\n10.0.0.9 other\n10.0.0.2 x server\n"),
	    0);

	ck_assert_int_eq(lvn_sim_text_look_up(&sim, "server", "80", &hints, &list), 0);

	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		ck_assert_int_eq(at->ai_family, families[count++]);
		ck_assert_int_eq(at->ai_socktype, SOCK_STREAM);
		ck_assert_int_eq(port_of(at), 80);
	}
	ck_assert_int_eq(count, 3);
	lvn_addrinfo_free(list);
}

TEST(lvn_sim_text_look_up__a_number_that_is_demanded)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *list = NULL;

	ck_assert_int_eq(lvn_sim_text_look_up(&sim, "localhost", "80", &hints, &list), EAI_NONAME);
	ck_assert_int_eq(lvn_sim_text_look_up(&sim, "localhost", "80", NULL, &list), 0);
	lvn_addrinfo_free(list);
}
