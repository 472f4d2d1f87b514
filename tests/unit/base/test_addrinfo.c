/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/addrinfo.h"
#include "base/memory.h"
#include "support/suite.h"

static const struct addrinfo stream = {
    .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

/* Every allocation fails from the one with this number on. */
static int allocations_left;

static bool
no_memory_left(void *context)
{
	(void)context;
	return allocations_left-- <= 0;
}

static struct addrinfo *
own(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};

	return lvn_addrinfo_new((const struct sockaddr *)&address, sizeof(address), &stream);
}

TEST(lvn_addrinfo_look_up__numbers_need_no_name_server)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	struct sockaddr_in address;

	ck_assert_int_eq(lvn_addrinfo_look_up("1.2.3.4", "80", &hints, &list), 0);

	memcpy(&address, list->ai_addr, sizeof(address));
	ck_assert_uint_eq(ntohl(address.sin_addr.s_addr), 0x01020304);
	ck_assert_uint_eq(ntohs(address.sin_port), 80);
	ck_assert_ptr_null(list->ai_next);
	lvn_addrinfo_free(list);
}

TEST(lvn_addrinfo_look_up__without_hints_there_are_no_flags)
{
	struct addrinfo *list;

	ck_assert_int_eq(lvn_addrinfo_look_up("1.2.3.4", "80", NULL, &list), 0);

	ck_assert_int_eq(list->ai_flags, 0);
	lvn_addrinfo_free(list);
}

TEST(lvn_addrinfo_look_up__name_with_numeric_host_fails)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *list;

	ck_assert_int_eq(lvn_addrinfo_look_up("localhost", "80", &hints, &list), EAI_NONAME);
}

TEST(lvn_addrinfo_new__has_address_and_hints)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = 7};
	struct addrinfo *list =
	    lvn_addrinfo_new((const struct sockaddr *)&address, sizeof(address), &stream);

	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(list->ai_family, AF_INET6);
	ck_assert_int_eq(list->ai_socktype, SOCK_STREAM);
	ck_assert_int_eq(list->ai_protocol, IPPROTO_TCP);
	ck_assert(list->ai_flags & AI_PASSIVE);
	ck_assert_uint_eq(list->ai_addrlen, sizeof(address));
	ck_assert_mem_eq(list->ai_addr, &address, sizeof(address));
	ck_assert_ptr_null(list->ai_next);
	ck_assert_ptr_null(list->ai_canonname);
	lvn_addrinfo_free(list);
}

TEST(lvn_addrinfo_new__too_large_address)
{
	char address[sizeof(struct sockaddr_storage) + 1] = {0};

	ck_assert_ptr_null(
	    lvn_addrinfo_new((const struct sockaddr *)(void *)address, sizeof(address), &stream));
}

TEST(lvn_addrinfo_join__keeps_the_order)
{
	struct addrinfo *list = lvn_addrinfo_join(NULL, own(1));

	list = lvn_addrinfo_join(list, own(2));
	list = lvn_addrinfo_join(list, NULL);
	list = lvn_addrinfo_join(list, lvn_addrinfo_join(own(3), own(4)));

	for (uint16_t port = 1; port <= 4; port++) {
		struct sockaddr_in address;
		struct addrinfo *next = list->ai_next;

		memcpy(&address, list->ai_addr, sizeof(address));
		ck_assert_uint_eq(address.sin_port, port);
		list->ai_next = NULL;
		lvn_addrinfo_free(list);
		list = next;
	}
	ck_assert_ptr_null(list);
}

TEST(lvn_addrinfo_set_canonical_name__copies_and_replaces)
{
	char name[] = "first";
	struct addrinfo *list = own(1);

	ck_assert_int_eq(lvn_addrinfo_set_canonical_name(list, name), 0);
	name[0] = 'x';
	ck_assert_str_eq(list->ai_canonname, "first");
	ck_assert_int_eq(lvn_addrinfo_set_canonical_name(list, "second"), 0);
	ck_assert_str_eq(list->ai_canonname, "second");
	lvn_addrinfo_free(list);
}

TEST(lvn_addrinfo_new__out_of_memory)
{
	struct addrinfo *list = own(1);

	lvn_memory_set_fault(no_memory_left, NULL);
	ck_assert_ptr_null(own(2));
	ck_assert_int_eq(lvn_addrinfo_set_canonical_name(list, "name"), -ENOMEM);
	lvn_memory_set_fault(NULL, NULL);

	ck_assert_ptr_null(list->ai_canonname);
	lvn_addrinfo_free(list);
}

TEST(lvn_addrinfo_free__null)
{
	lvn_addrinfo_free(NULL);
}
