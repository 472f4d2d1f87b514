/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/address_list.h"

#include <event2/util.h>
#include <netdb.h>

#include "support/suite.h"

static struct address_list list;

static void
set_up(void)
{
	lvn_address_list_init(&list);
}

static void
tear_down(void)
{
	lvn_address_list_clear(&list);
}

TEST_FIXTURE(set_up, tear_down);

/* 10.0.0.0, 10.0.0.1 ... */
static void
add_numbers(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};

		lvn_address_list_add_bytes(&list, AF_INET, bytes, 1);
	}
}

static uint32_t
number_of(const struct addrinfo *info)
{
	return ntohl(((const struct sockaddr_in *)(const void *)info->ai_addr)->sin_addr.s_addr);
}

TEST(lvn_address_list_add__any_number_of_addresses)
{
	const struct address_list_form form = {.port = 80, .socket_type = SOCK_STREAM};
	struct addrinfo *info;
	uint32_t i = 0;

	add_numbers(1000);
	ck_assert_int_eq(lvn_address_list_make(&list, &form, &info), 0);

	for (const struct addrinfo *at = info; at; at = at->ai_next, i++)
		ck_assert_uint_eq(number_of(at), 0x0a000000 + i);
	ck_assert_uint_eq(i, 1000);
	evutil_freeaddrinfo(info);
}

TEST(lvn_address_list_add_bytes__both_families)
{
	static const uint8_t bytes[32] = {0x20, 0x01, [15] = 1, 0x20, 0x01, [31] = 2};
	static const uint8_t four[8] = {1, 2, 3, 4, 5, 6, 7, 8};

	lvn_address_list_add_bytes(&list, AF_INET6, bytes, 2);
	lvn_address_list_add_bytes(&list, AF_INET, four, 2);

	ck_assert_uint_eq(list.count, 4);
	ck_assert_int_eq(list.items[1].v6.sin6_family, AF_INET6);
	ck_assert_uint_eq(list.items[1].v6.sin6_addr.s6_addr[15], 2);
	ck_assert_uint_eq(list.items[1].v6.sin6_scope_id, 0);
	ck_assert_uint_eq(ntohl(list.items[3].v4.sin_addr.s_addr), 0x05060708);
}

TEST(lvn_address_list_make__one_entry_for_each_type_of_socket)
{
	const struct address_list_form form = {.port = 53, .canonical = "name.test"};
	struct addrinfo *info;

	add_numbers(2);
	ck_assert_int_eq(lvn_address_list_make(&list, &form, &info), 0);

	ck_assert_str_eq(info->ai_canonname, "name.test");
	ck_assert_int_eq(info->ai_socktype, SOCK_STREAM);
	ck_assert_int_eq(info->ai_protocol, IPPROTO_TCP);
	ck_assert_int_eq(info->ai_next->ai_socktype, SOCK_DGRAM);
	ck_assert_int_eq(info->ai_next->ai_protocol, IPPROTO_UDP);
	ck_assert_ptr_null(info->ai_next->ai_canonname);
	ck_assert_uint_eq(number_of(info), number_of(info->ai_next));
	ck_assert_uint_ne(number_of(info), number_of(info->ai_next->ai_next));
	ck_assert_ptr_null(info->ai_next->ai_next->ai_next->ai_next);
	evutil_freeaddrinfo(info);
}

TEST(lvn_address_list_make__short_of_memory_before)
{
	const struct address_list_form form = {.port = 53};
	struct addrinfo *info = NULL;

	add_numbers(1);
	list.is_short_of_memory = true;

	ck_assert_int_eq(lvn_address_list_make(&list, &form, &info), EVUTIL_EAI_MEMORY);
	ck_assert_ptr_null(info);
}
