/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies of DNS servers: records, flags, codes and sizes.
 */
#include <errno.h>
#include <levin/sim.h>
#include <string.h>

#include "support/dns_server_kit.h"

TEST_FIXTURE(set_up, tear_down);

/* ---- Records ----------------------------------------------------------------------------- */

static void
add_records(struct evdns_server_request *req)
{
	static const char addresses_4[] = "\300\0\2\1\300\0\2\2";
	static const char address_6[] = "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1";
	struct in_addr address = {.s_addr = htonl(0xc0000201)};

	ck_assert_int_eq(evdns_server_request_add_a_reply(req, "a.b", 2, addresses_4, 60), 0);
	ck_assert_int_eq(evdns_server_request_add_aaaa_reply(req, "a.b", 1, address_6, -60), 0);
	ck_assert_int_eq(evdns_server_request_add_cname_reply(req, "c.b", "a.b.", 1 << 30), 0);
	ck_assert_int_eq(evdns_server_request_add_ptr_reply(req, &address, NULL, "a.b", 1), 0);
	ck_assert_int_eq(
	    evdns_server_request_add_ptr_reply(req, NULL, "2.2.0.192.in-addr.arpa", "", 2), 0);
	ck_assert_int_eq(evdns_server_request_add_reply(
			     req, EVDNS_AUTHORITY_SECTION, "b", 2, 1, 3, -1, 1, "a.b"),
	    0);
	ck_assert_int_eq(evdns_server_request_add_reply(
			     req, EVDNS_ADDITIONAL_SECTION, ".", 16, 3, 4, 3, 0, "\2hi"),
	    0);
	respond(req);
}

static void
put_record(const char *compressed, unsigned type, unsigned ttl, const char *data, size_t size)
{
	for (size_t i = 0; compressed[i]; i++)
		put_8(&expected, (uint8_t)compressed[i]);
	put_16(&expected, type);
	put_16(&expected, 1);
	put_16(&expected, ttl >> 16);
	put_16(&expected, ttl & 0xffff);
	put_16(&expected, (unsigned)size);
	for (size_t i = 0; i < size; i++)
		put_8(&expected, (uint8_t)data[i]);
}

TEST(evdns_server_request_add_reply__all_kinds_of_records)
{
	act = add_records;
	put_query(&query, 0x1234, "a.b", 255);
	put_header(&expected, 0x1234, 0x8100, 1, 6, 1, 1);
	put_question(&expected, "a.b", 255);
	put_record("\300\14", 1, 60, "\300\0\2\1", 4);
	put_record("\300\14", 1, 60, "\300\0\2\2", 4);
	put_record("\300\14", 28, 0, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	put_record("\1c\300\16", 5, 1 << 30, "\300\14", 2);
	put_name(&expected, "1.2.0.192.in-addr.arpa");
	put_record("", 12, 1, "\300\14", 2);
	put_record("\1"
		   "2\300\143",
	    12, 2, "", 1);
	put_record("\300\16", 2, 3, "\300\14", 2);
	put_8(&expected, 0);
	put_record("", 16, 4, "\2hi", 3);
	expected.at[expected.size - 10] = 3;

	ask();

	check_bytes(&reply, &expected);
}

static void
add_what_is_wrong(struct evdns_server_request *req)
{
	static const char label[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char name[300] = "";
	struct in_addr address = {0};

	for (int i = 0; i < 128; i++)
		strcat(name, "a.");
#define FAILS(call)                         \
	do {                                \
		errno = 0;                  \
		ck_assert_int_eq(call, -1); \
		ck_assert_int_ne(errno, 0); \
	} while (0)
	FAILS(evdns_server_request_add_a_reply(req, "a", 0, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, "a", -1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, "a", 1, NULL, 60));
	FAILS(evdns_server_request_add_aaaa_reply(req, "a", 0, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, NULL, 1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, "a..b", 1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, ".a", 1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, "a\\", 1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, label, 1, "1234", 60));
	FAILS(evdns_server_request_add_a_reply(req, name, 1, "1234", 60));
	FAILS(evdns_server_request_add_cname_reply(req, "a", NULL, 60));
	FAILS(evdns_server_request_add_cname_reply(req, "a", label, 60));
	FAILS(evdns_server_request_add_ptr_reply(req, NULL, NULL, "a", 60));
	FAILS(evdns_server_request_add_ptr_reply(req, &address, "a", "a", 60));
	FAILS(evdns_server_request_add_ptr_reply(req, &address, NULL, NULL, 60));
	FAILS(evdns_server_request_add_reply(req, -1, "a", 1, 1, 60, 4, 0, "1234"));
	FAILS(evdns_server_request_add_reply(req, 3, "a", 1, 1, 60, 4, 0, "1234"));
	FAILS(evdns_server_request_add_reply(req, 0, "a", 65536, 1, 60, 4, 0, "1234"));
	FAILS(evdns_server_request_add_reply(req, 0, "a", 1, -1, 60, 4, 0, "1234"));
	FAILS(evdns_server_request_add_reply(req, 0, "a", 1, 1, 60, -1, 0, "1234"));
	FAILS(evdns_server_request_add_reply(req, 0, "a", 1, 1, 60, 65536, 0, label));
	FAILS(evdns_server_request_add_reply(req, 0, "a", 5, 1, 60, 4, 1, NULL));
	/* Without bytes. */
	ck_assert_int_eq(evdns_server_request_add_reply(req, 0, "a", 10, 1, 60, 4, 0, NULL), 0);
	respond(req);
}

TEST(evdns_server_request_add_reply__wrong_arguments)
{
	act = add_what_is_wrong;
	put_query(&query, 0x1234, "a", 1);
	put_header(&expected, 0x1234, 0x8100, 1, 1, 0, 0);
	put_question(&expected, "a", 1);
	put_record("\300\14", 10, 60, "", 0);

	ask();

	check_bytes(&reply, &expected);
}

/* A program answers with the name that it was asked for. */
static void
add_name_of_question(struct evdns_server_request *req)
{
	ck_assert_int_eq(
	    evdns_server_request_add_a_reply(req, req->questions[0]->name, 1, "1234", 0), 0);
	respond(req);
}

TEST_RANGE(evdns_server_request_add_reply__the_name_of_the_question, 0, 256)
{
	act = add_name_of_question;
	put_header(&query, 0x1234, 0, 1, 0, 0, 0);
	put_8(&query, 2);
	put_8(&query, (unsigned)_i);
	put_8(&query, '1');
	put_8(&query, 0);
	put_16(&query, 1);
	put_16(&query, 1);
	expected = query;
	expected.at[2] = 0x80;
	expected.at[7] = 1;
	put_record("\300\14", 1, 0, "1234", 4);

	ask();

	check_bytes(&reply, &expected);
}

/* ---- Flags and codes --------------------------------------------------------------------- */

static void
set_flags_twice(struct evdns_server_request *req)
{
	evdns_server_request_set_flags(req, EVDNS_FLAGS_AA | 0x20);
	evdns_server_request_set_flags(req, EVDNS_FLAGS_RD | ~0x7ff);
	ck_assert_int_eq(req->flags, 0x1a0);
	respond(req);
}

TEST(evdns_server_request_set_flags__replaces_two_and_adds_others)
{
	act = set_flags_twice;
	put_query(&query, 1, "a", 1);
	ask();

	ck_assert_uint_eq(flags_of(&reply), 0x81a0);
}

static void
set_every_flag(struct evdns_server_request *req)
{
	evdns_server_request_set_flags(req, -1);
	respond(req);
}

TEST(evdns_server_request_set_flags__not_those_of_the_library)
{
	act = set_every_flag;
	put_query(&query, 1, "a", 1);
	ask();

	ck_assert_uint_eq(flags_of(&reply), 0x87b0);
}

static void
respond_with_codes(struct evdns_server_request *req)
{
	static const int wrong[] = {-1, 16, 65, 256};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(evdns_server_request_respond(req, wrong[i]), -1);
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert_int_eq(evdns_server_request_respond(req, 15), 0);
}

TEST(evdns_server_request_respond__codes_of_four_bits)
{
	act = respond_with_codes;
	put_query(&query, 1, "a", 1);
	ask();

	ck_assert_uint_eq(flags_of(&reply), 0x810f);
	ck_assert(!receive_reply());
}

TEST(evdns_server_request_drop__sends_nothing)
{
	act = drop;
	put_query(&query, 1, "a", 1);
	send_query();
	turn(base);

	ck_assert_int_eq(calls, 1);
	ck_assert(!receive_reply());
}

static void
ask_for_address(struct evdns_server_request *req)
{
	struct sockaddr_storage address = {.ss_family = 77};
	struct sockaddr *any = (struct sockaddr *)&address;

	ck_assert_int_eq(evdns_server_request_get_requesting_addr(req, any, -1), -1);
	ck_assert_int_eq(evdns_server_request_get_requesting_addr(req, any, 15), -1);
	ck_assert_int_eq(address.ss_family, 77);
	ck_assert_int_eq(evdns_server_request_get_requesting_addr(req, any, 16), 16);
	ck_assert_int_eq(evdns_server_request_get_requesting_addr(req, any, sizeof(address)), 16);
	respond(req);
}

TEST(evdns_server_request_get_requesting_addr__needs_space)
{
	act = ask_for_address;
	put_query(&query, 1, "a", 1);
	ask();
}

/* ---- Sizes ------------------------------------------------------------------------------- */

static void
add_500_addresses(struct evdns_server_request *req)
{
	static char addresses[2000];

	ck_assert_int_eq(evdns_server_request_add_a_reply(req, "a", 500, addresses, 0), 0);
	respond(req);
}

static const struct {
	int udp_size; /* -1: no EDNS */
	size_t limit;
} sizes[] = {{-1, 512}, {0, 512}, {511, 512}, {512, 512}, {513, 513}, {1232, 1232}, {4096, 4096},
    {4097, 4096}, {65535, 4096}};

TEST_RANGE(evdns_server_request_respond__honours_the_size_of_the_client, 0,
    (int)(sizeof(sizes) / sizeof(sizes[0])))
{
	bool has_edns = sizes[_i].udp_size >= 0;
	size_t others = 12 + 7 + (has_edns ? 11 : 0);
	size_t records = (sizes[_i].limit - others) / 16;

	act = add_500_addresses;
	put_header(&query, 1, 0, 1, 0, 0, has_edns);
	put_question(&query, "a", 1);
	if (has_edns)
		put_opt(&query, (unsigned)sizes[_i].udp_size, 0, 0x8000);
	ask();

	ck_assert_uint_eq(flags_of(&reply), 0x8200);
	ck_assert_uint_eq(count_of(&reply, 1), records);
	ck_assert_uint_eq(reply.size, others + records * 16);
	if (has_edns)
		ck_assert_mem_eq(reply.at + reply.size - 11, "\0\0\x29\4\xd0\0\0\x80\0\0\0", 11);
}

/* More than the memory in which the replies of a turn are collected. */
TEST(evdns_server_request_respond__many_large_replies_in_a_turn)
{
	act = add_500_addresses;
	put_header(&query, 1, 0, 1, 0, 0, 1);
	put_question(&query, "a", 1);
	put_opt(&query, 4096, 0, 0);
	for (int i = 0; i < 16; i++)
		send_query();
	turn(base);

	for (int i = 0; i < 16; i++) {
		ck_assert(receive_reply());
		ck_assert_uint_eq(count_of(&reply, 1), (4096 - 12 - 7 - 11) / 16);
	}
}
