/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "sim/sim_name.h"
#include "support/suite.h"

static struct levin_sim sim;

static void
set_up(void)
{
	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, NULL), 0);
	lvn_sim_kernel_init(&sim, 1, 0);
}

static struct sim_address
address(const char *text)
{
	struct sim_address read;

	ck_assert_int_eq(lvn_sim_address_read(&read, text), 0);
	return read;
}

static int
bind_name(struct sim_name *name, enum sim_name_kind kind, const char *text)
{
	struct sim_address at = address(text);

	lvn_sim_name_init(name, kind, at.any.sa_family);
	return lvn_sim_name_bind(&sim, name, &at);
}

static struct sim_name *
find(enum sim_name_kind kind, const char *text)
{
	struct sim_address at = address(text);

	return lvn_sim_name_find(&sim, kind, &at);
}

TEST_FIXTURE(set_up, NULL);

TEST(lvn_sim_name_find__by_kind_and_address)
{
	struct sim_name one;
	struct sim_name two;

	ck_assert_int_eq(bind_name(&one, SIM_NAME_LISTENER, "10.0.0.1:80"), 0);
	ck_assert_int_eq(bind_name(&two, SIM_NAME_DATAGRAM, "10.0.0.1:80"), 0);

	ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "10.0.0.1:80"), &one);
	ck_assert_ptr_eq(find(SIM_NAME_DATAGRAM, "10.0.0.1:80"), &two);
	ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "[::ffff:10.0.0.1]:80"), &one);
	ck_assert_ptr_null(find(SIM_NAME_LISTENER, "10.0.0.2:80"));
	ck_assert_ptr_null(find(SIM_NAME_LISTENER, "10.0.0.1:81"));
	lvn_sim_name_release(&one);
	ck_assert_ptr_null(find(SIM_NAME_LISTENER, "10.0.0.1:80"));
}

TEST(lvn_sim_name_find__an_exact_address_before_a_wildcard)
{
	struct sim_address wildcard = address("0.0.0.0:80");
	struct sim_name all;
	struct sim_name one;

	lvn_sim_name_init(&all, SIM_NAME_LISTENER, AF_INET);
	all.shares_port = true;
	ck_assert_int_eq(bind_name(&one, SIM_NAME_LISTENER, "10.0.0.1:80"), 0);
	one.shares_port = true;
	ck_assert_int_eq(lvn_sim_name_bind(&sim, &all, &wildcard), 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "10.0.0.1:80"), &one);
		ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "10.0.0.2:80"), &all);
	}
}

TEST(lvn_sim_name_find__an_ipv6_wildcard_takes_ipv4_unless_it_says_no)
{
	struct sim_address six = address("[::]:80");
	struct sim_name name;

	ck_assert_int_eq(bind_name(&name, SIM_NAME_LISTENER, "[::]:80"), 0);
	ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "10.0.0.1:80"), &name);
	lvn_sim_name_release(&name);
	lvn_sim_name_init(&name, SIM_NAME_LISTENER, AF_INET6);
	name.is_v6_only = true;
	ck_assert_int_eq(lvn_sim_name_bind(&sim, &name, &six), 0);
	ck_assert_ptr_null(find(SIM_NAME_LISTENER, "10.0.0.1:80"));
	ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "[2001:db8::1]:80"), &name);
}

TEST(lvn_sim_name_bind__errors)
{
	struct sim_address four = address("10.0.0.1:80");
	struct sim_name name;
	struct sim_name other;

	ck_assert_int_eq(bind_name(&name, SIM_NAME_STREAM, "10.0.0.1:80"), 0);
	ck_assert_int_eq(lvn_sim_name_bind(&sim, &name, &four), -EINVAL);
	ck_assert_int_eq(bind_name(&other, SIM_NAME_LISTENER, "10.0.0.1:80"), -EADDRINUSE);
	lvn_sim_name_init(&other, SIM_NAME_STREAM, AF_INET6);
	ck_assert_int_eq(lvn_sim_name_bind(&sim, &other, &four), -EAFNOSUPPORT);
}

TEST(lvn_sim_name_bind__port_0_takes_a_free_one)
{
	struct sim_name first;
	struct sim_name second;

	ck_assert_int_eq(bind_name(&first, SIM_NAME_LISTENER, "10.0.0.1"), 0);
	ck_assert_int_eq(bind_name(&second, SIM_NAME_LISTENER, "10.0.0.1"), 0);
	ck_assert_int_ge(lvn_sim_address_port(&first.address), 32768);
	ck_assert_int_ne(
	    lvn_sim_address_port(&first.address), lvn_sim_address_port(&second.address));
}

TEST(lvn_sim_name_bind_for__only_datagrams_can_be_found)
{
	struct sim_address to = address("10.0.0.1:80");
	struct sim_name stream;
	struct sim_name datagram;

	lvn_sim_name_init(&stream, SIM_NAME_STREAM, AF_INET);
	lvn_sim_name_init(&datagram, SIM_NAME_DATAGRAM, AF_INET);
	lvn_sim_name_bind_for(&sim, &stream, &to);
	lvn_sim_name_bind_for(&sim, &datagram, &to);
	ck_assert_ptr_null(lvn_sim_name_find(&sim, SIM_NAME_STREAM, &stream.address));
	ck_assert_ptr_eq(lvn_sim_name_find(&sim, SIM_NAME_DATAGRAM, &datagram.address), &datagram);
}

TEST(lvn_sim_name_take_over__the_listener_is_found)
{
	struct sim_name stream;
	struct sim_name listener;

	ck_assert_int_eq(bind_name(&stream, SIM_NAME_STREAM, "10.0.0.1:80"), 0);
	lvn_sim_name_init(&listener, SIM_NAME_LISTENER, AF_INET);
	lvn_sim_name_take_over(&sim, &listener, &stream);
	ck_assert_ptr_eq(find(SIM_NAME_LISTENER, "10.0.0.1:80"), &listener);
	ck_assert_uint_eq(stream.address.size, 0);
}

TEST(lvn_sim_name_as_seen__by_family)
{
	struct sim_address plain = address("10.0.0.1:80");
	struct sim_address mapped = address("[::ffff:10.0.0.1]:80");
	struct sim_name name;
	struct sim_address seen;

	lvn_sim_name_init(&name, SIM_NAME_STREAM, AF_INET6);
	seen = lvn_sim_name_as_seen(&name, &plain);
	ck_assert(lvn_sim_address_equals(&seen, &mapped));
	lvn_sim_name_init(&name, SIM_NAME_STREAM, AF_INET);
	seen = lvn_sim_name_as_seen(&name, &mapped);
	ck_assert(lvn_sim_address_equals(&seen, &plain));
}
