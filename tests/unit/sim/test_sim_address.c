/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "sim/sim_address.h"
#include "support/suite.h"

static struct sim_address
read_text(const char *text)
{
	struct sim_address address;

	ck_assert_int_eq(lvn_sim_address_read(&address, text), 0);
	return address;
}

static const struct {
	const char *text;
	int family;
	int port;
	bool is_wildcard;
} texts[] = {
    {"10.0.0.1:80", AF_INET, 80, false},
    {"10.0.0.1", AF_INET, 0, false},
    {"0.0.0.0:1", AF_INET, 1, true},
    {"[2001:db8::1]:53", AF_INET6, 53, false},
    {"::", AF_INET6, 0, true},
    {"/run/server", AF_UNIX, 0, false},
};

TEST_RANGE(lvn_sim_address_read__text, 0, 6)
{
	struct sim_address address = read_text(texts[_i].text);

	ck_assert_int_eq(address.any.sa_family, texts[_i].family);
	ck_assert_int_eq(lvn_sim_address_port(&address), texts[_i].port);
	ck_assert_int_eq(lvn_sim_address_is_wildcard(&address), texts[_i].is_wildcard);
}

TEST(lvn_sim_address_read__refuses_nonsense)
{
	struct sim_address address;
	char path[200];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(lvn_sim_address_read(&address, "nonsense"), -EINVAL);
	ck_assert_int_eq(lvn_sim_address_read(&address, ""), -EINVAL);
	ck_assert_int_eq(lvn_sim_address_read(&address, path), -EINVAL);
}

TEST(lvn_sim_address_set__what_does_not_count_is_0)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_in b = a;
	struct sockaddr_un c = {.sun_family = AF_UNIX, .sun_path = "/x"};
	struct sim_address first;
	struct sim_address second;

	memset(b.sin_zero, 7, sizeof(b.sin_zero));
	ck_assert_int_eq(lvn_sim_address_set(&first, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(lvn_sim_address_set(&second, (struct sockaddr *)&b, sizeof(b)), 0);
	ck_assert(lvn_sim_address_equals(&first, &second));

	c.sun_path[10] = 'y';
	first = read_text("/x");
	ck_assert_int_eq(lvn_sim_address_set(&second, (struct sockaddr *)&c, sizeof(c)), 0);
	ck_assert(lvn_sim_address_equals(&first, &second));
	/* The zero byte counts. */
	ck_assert_uint_eq(first.size, offsetof(struct sockaddr_un, sun_path) + 3);
}

TEST(lvn_sim_address_set__refuses_what_is_too_short_or_unknown)
{
	struct sockaddr_storage given = {.ss_family = AF_INET};
	struct sockaddr *any = (struct sockaddr *)&given;
	struct sim_address address;

	ck_assert_int_eq(lvn_sim_address_set(&address, any, 1), -EINVAL);
	ck_assert_int_eq(lvn_sim_address_set(&address, any, 8), -EINVAL);
	given.ss_family = AF_INET6;
	ck_assert_int_eq(lvn_sim_address_set(&address, any, 16), -EINVAL);
	given.ss_family = AF_UNIX;
	ck_assert_int_eq(lvn_sim_address_set(&address, any, sizeof(given)), -EINVAL);
	given.ss_family = AF_APPLETALK;
	ck_assert_int_eq(lvn_sim_address_set(&address, any, sizeof(given)), -EAFNOSUPPORT);
}

TEST(lvn_sim_address_get__as_much_as_fits_and_the_whole_size)
{
	struct sim_address address = read_text("10.0.0.1:80");
	struct sockaddr_in out = {0};
	unsigned size = sizeof(sa_family_t);

	lvn_sim_address_get(&address, (struct sockaddr *)&out, &size);
	ck_assert_uint_eq(size, sizeof(out));
	ck_assert_int_eq(out.sin_family, AF_INET);
	ck_assert_uint_eq(out.sin_port, 0);
	lvn_sim_address_get(&address, (struct sockaddr *)&out, &size);
	ck_assert_uint_eq(ntohs(out.sin_port), 80);
}

TEST(lvn_sim_address_is_same_host__whatever_the_port)
{
	struct sim_address a = read_text("10.0.0.1:80");
	struct sim_address b = read_text("10.0.0.1:81");
	struct sim_address c = read_text("10.0.0.2:80");

	ck_assert(lvn_sim_address_is_same_host(&a, &b));
	ck_assert(!lvn_sim_address_is_same_host(&a, &c));
	ck_assert(!lvn_sim_address_equals(&a, &b));
}

TEST(lvn_sim_address_mapped__and_back)
{
	struct sim_address plain = read_text("10.0.0.1:80");
	struct sim_address six = read_text("[2001:db8::1]:80");
	struct sim_address mapped = lvn_sim_address_mapped(&plain);
	struct sim_address back = lvn_sim_address_unmapped(&mapped);
	struct sim_address same = read_text("[::ffff:10.0.0.1]:80");

	ck_assert(lvn_sim_address_equals(&mapped, &same));
	ck_assert(lvn_sim_address_equals(&back, &plain));
	mapped = lvn_sim_address_mapped(&six);
	ck_assert(lvn_sim_address_equals(&mapped, &six));
	mapped = lvn_sim_address_unmapped(&six);
	ck_assert(lvn_sim_address_equals(&mapped, &six));
}

TEST(lvn_sim_address_loopback__of_both_families)
{
	struct sim_address four = read_text("127.0.0.1:7");
	struct sim_address six = read_text("[::1]:7");
	struct sim_address made = lvn_sim_address_loopback(AF_INET, 7);

	ck_assert(lvn_sim_address_equals(&made, &four));
	made = lvn_sim_address_loopback(AF_INET6, 7);
	ck_assert(lvn_sim_address_equals(&made, &six));
}
