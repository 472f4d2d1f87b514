/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "dns/dns_reply.h"
#include "support/dns_bytes.h"
#include "support/dns_kit.h"
#include "support/suite.h"

static struct dns_bytes query, reply_bytes, expected;
static uint8_t space[64];
static struct dns_reply reply;
static struct dns_reply_head head;

static void
set_up(void)
{
	put_query(&query, 0x1234, "www.example.com", 1);
	head = (struct dns_reply_head){
	    .id = 0x1234, .flags = 0x8180, .query = query.at, .query_size = query.size};
	lvn_dns_reply_init(&reply, space, sizeof(space));
	put_header(&expected, 0x1234, 0x8180, 1, 0, 0, 0);
	put_question(&expected, "www.example.com", 1);
}

static void
tear_down(void)
{
	lvn_dns_reply_clear(&reply);
}

TEST_FIXTURE(set_up, tear_down);

static int
add_bytes(enum dns_section section, const char *owner, unsigned type, const void *bytes,
    size_t size, size_t count)
{
	struct dns_name name = name_of(owner);

	return lvn_dns_reply_add(&reply, &(struct dns_reply_record){section, &name, (uint16_t)type,
					     DNS_CLASS_IN, 60, NULL, bytes, size, count});
}

static int
add_name(enum dns_section section, const char *owner, unsigned type, const char *target)
{
	struct dns_name name = name_of(owner), data = name_of(target);

	return lvn_dns_reply_add(&reply, &(struct dns_reply_record){section, &name, (uint16_t)type,
					     DNS_CLASS_IN, 60, &data, NULL, 0, 1});
}

static void
write_reply(size_t limit)
{
	memset(reply_bytes.at, 0xee, sizeof(reply_bytes.at));
	reply_bytes.size = lvn_dns_reply_write(&reply, &head, reply_bytes.at, limit);
	ck_assert_uint_le(reply_bytes.size, limit);
	/* Nothing behind it was touched. */
	ck_assert_uint_eq(reply_bytes.at[limit], 0xee);
}

/* What follows the owner. */
static void
put_fields(struct dns_bytes *bytes, unsigned type, unsigned ttl, unsigned size)
{
	put_16(bytes, type);
	put_16(bytes, 1);
	put_16(bytes, ttl >> 16);
	put_16(bytes, ttl & 0xffff);
	put_16(bytes, size);
}

static void
set_counts(struct dns_bytes *bytes, unsigned answers, unsigned authority, unsigned additional)
{
	size_t size = bytes->size;

	bytes->size = 6;
	put_16(bytes, answers);
	put_16(bytes, authority);
	put_16(bytes, additional);
	bytes->size = size;
}

TEST(lvn_dns_reply_write__nothing_but_the_question)
{
	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

TEST(lvn_dns_reply_write__sections_in_the_order_of_the_wire)
{
	ck_assert_int_eq(add_bytes(DNS_SECTION_ADDITIONAL, "c", 1, "3333", 4, 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 1, "1111", 4, 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_AUTHORITY, "b", 1, "2222", 4, 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "d", 16, "", 0, 1), 0);
	put_name(&expected, "a");
	put_fields(&expected, 1, 60, 4);
	put_16(&expected, 0x3131);
	put_16(&expected, 0x3131);
	put_name(&expected, "d");
	put_fields(&expected, 16, 60, 0);
	put_name(&expected, "b");
	put_fields(&expected, 1, 60, 4);
	put_16(&expected, 0x3232);
	put_16(&expected, 0x3232);
	put_name(&expected, "c");
	put_fields(&expected, 1, 60, 4);
	put_16(&expected, 0x3333);
	put_16(&expected, 0x3333);
	set_counts(&expected, 2, 1, 1);

	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

TEST(lvn_dns_reply_add__several_records_at_once)
{
	ck_assert_int_eq(
	    add_bytes(DNS_SECTION_ANSWER, "www.example.com", 1, "\1\2\3\4\5\6\7\x8", 4, 2), 0);
	for (unsigned i = 0; i < 2; i++) {
		put_16(&expected, 0xc00c);
		put_fields(&expected, 1, 60, 4);
		put_16(&expected, 0x0102 + i * 0x0404);
		put_16(&expected, 0x0304 + i * 0x0404);
	}
	set_counts(&expected, 2, 0, 0);

	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

static const struct {
	unsigned type;
	bool is_compressed;
} types_of_names[] = {{2, true}, {3, true}, {4, true}, {5, true}, {6, false}, {7, true}, {8, true},
    {9, true}, {12, true}, {15, false}, {17, false}, {33, false}, {39, false}};

TEST_RANGE(lvn_dns_reply_write__names_are_compressed_where_rfc_3597_allows_it, 0,
    (int)(sizeof(types_of_names) / sizeof(types_of_names[0])))
{
	unsigned type = types_of_names[_i].type;

	ck_assert_int_eq(add_name(DNS_SECTION_ANSWER, "example.com", type, "www.example.com"), 0);
	put_16(&expected, 0xc010);
	put_fields(&expected, type, 60, types_of_names[_i].is_compressed ? 2 : 17);
	if (types_of_names[_i].is_compressed)
		put_16(&expected, 0xc00c);
	else
		put_name(&expected, "www.example.com");
	set_counts(&expected, 1, 0, 0);

	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

TEST(lvn_dns_reply_write__letters_keep_their_case)
{
	ck_assert_int_eq(add_name(DNS_SECTION_ANSWER, "WWW.example.com", 5, "x.EXAMPLE.com"), 0);
	put_8(&expected, 3);
	put_8(&expected, 'W');
	put_16(&expected, 'W' << 8 | 'W');
	put_16(&expected, 0xc010);
	put_fields(&expected, 5, 60, 12);
	put_16(&expected, 0x178);
	put_8(&expected, 7);
	for (int i = 0; i < 7; i++)
		put_8(&expected, (unsigned)"EXAMPLE"[i]);
	put_16(&expected, 0xc018);
	set_counts(&expected, 1, 0, 0);

	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

/* ---- Limits ------------------------------------------------------------------------------ */

#define RECORD_SIZE (2 + 10 + 4)

/* As many addresses as were asked for, whose owner is the name that was asked for. */
static void
add_addresses(enum dns_section section, size_t count)
{
	static uint8_t addresses[4 * 1000];

	ck_assert_int_eq(add_bytes(section, "www.example.com", 1, addresses, 4, count), 0);
}

TEST_RANGE(lvn_dns_reply_write__records_are_left_out_whole, 512, 512 + RECORD_SIZE + 1)
{
	size_t fitting = ((size_t)_i - query.size) / RECORD_SIZE;

	add_addresses(DNS_SECTION_ANSWER, 100);
	write_reply((size_t)_i);

	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8180 | 0x200);
	ck_assert_uint_eq(count_of(&reply_bytes, 1), fitting);
	ck_assert_uint_eq(reply_bytes.size, query.size + fitting * RECORD_SIZE);
}

TEST(lvn_dns_reply_write__up_to_the_last_byte)
{
	size_t limit = query.size + 50 * RECORD_SIZE;

	add_addresses(DNS_SECTION_ANSWER, 50);
	write_reply(limit);
	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8180);
	ck_assert_uint_eq(count_of(&reply_bytes, 1), 50);

	write_reply(limit - 1);
	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8380);
	ck_assert_uint_eq(count_of(&reply_bytes, 1), 49);
}

TEST(lvn_dns_reply_write__nothing_follows_what_was_left_out)
{
	static uint8_t large[500];

	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, sizeof(large), 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, "", 0, 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ADDITIONAL, "a", 16, "", 0, 1), 0);
	write_reply(512);

	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8380);
	ck_assert_uint_eq(reply_bytes.size, query.size);
}

TEST(lvn_dns_reply_write__additional_records_may_be_missing_without_a_flag)
{
	add_addresses(DNS_SECTION_ANSWER, 1);
	add_addresses(DNS_SECTION_ADDITIONAL, 100);
	write_reply(512);

	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8180);
	ck_assert_uint_eq(count_of(&reply_bytes, 3), (512 - query.size) / RECORD_SIZE - 1);
}

TEST(lvn_dns_reply_write__addresses_of_a_referral_may_not_be_missing)
{
	ck_assert_int_eq(add_name(DNS_SECTION_AUTHORITY, "example.com", 2, "www.example.com"), 0);
	add_addresses(DNS_SECTION_ADDITIONAL, 100);
	write_reply(512);

	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8380);
}

TEST(lvn_dns_reply_write__questions_that_do_not_fit)
{
	put_header(&query, 0x1234, 0x100, 100, 0, 0, 0);
	for (int i = 0; i < 100; i++)
		put_question(&query, "www.example.com", 1);
	head.query_size = query.size;
	add_addresses(DNS_SECTION_ANSWER, 1);
	write_reply(512);

	/* The first one, and then pointers to it. */
	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8380);
	ck_assert_uint_eq(count_of(&reply_bytes, 0), 1 + (512 - 12 - 21) / 6);
	ck_assert_uint_eq(count_of(&reply_bytes, 1), 0);
}

TEST(lvn_dns_reply_write__the_largest_message)
{
	add_addresses(DNS_SECTION_ANSWER, 1000);
	add_addresses(DNS_SECTION_ANSWER, 1000);
	add_addresses(DNS_SECTION_ANSWER, 1000);
	add_addresses(DNS_SECTION_ANSWER, 1000);
	add_addresses(DNS_SECTION_ANSWER, 1000);
	write_reply(65535);

	ck_assert_uint_eq(count_of(&reply_bytes, 1), (65535 - query.size) / RECORD_SIZE);
	ck_assert_uint_ge(lvn_dns_reply_bound(&reply), 5000 * RECORD_SIZE);
}

/* ---- EDNS -------------------------------------------------------------------------------- */

TEST(lvn_dns_reply_write__edns_is_answered_with_edns)
{
	head.has_edns = true;
	head.dnssec_ok = true;
	head.udp_size = 1232;
	put_opt(&expected, 1232, 0, 0x8000);
	set_counts(&expected, 0, 0, 1);

	write_reply(512);

	check_bytes(&reply_bytes, &expected);
}

TEST(lvn_dns_reply_write__there_is_space_for_edns_in_a_truncated_message)
{
	head.has_edns = true;
	head.udp_size = 1232;
	add_addresses(DNS_SECTION_ANSWER, 100);
	write_reply(512);

	ck_assert_uint_eq(flags_of(&reply_bytes), 0x8380);
	ck_assert_uint_eq(count_of(&reply_bytes, 1), (512 - 11 - query.size) / RECORD_SIZE);
	ck_assert_uint_eq(count_of(&reply_bytes, 3), 1);
	ck_assert_mem_eq(reply_bytes.at + reply_bytes.size - 11, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11);
}

TEST(lvn_dns_reply_write__an_opt_record_of_the_program_is_the_only_one)
{
	head.has_edns = true;
	ck_assert_int_eq(add_bytes(DNS_SECTION_ADDITIONAL, ".", 41, "\0\3\0\1x", 5, 1), 0);
	write_reply(512);

	ck_assert_uint_eq(count_of(&reply_bytes, 3), 1);
	ck_assert_uint_eq(reply_bytes.size, query.size + 11 + 5);
}

/* ---- Adding ------------------------------------------------------------------------------ */

TEST(lvn_dns_reply_add__sections_that_there_are_not)
{
	ck_assert_int_eq(add_bytes(DNS_SECTION_QUESTION, "a", 1, "1111", 4, 1), -EINVAL);
	ck_assert_int_eq(add_bytes(DNS_SECTION_COUNT, "a", 1, "1111", 4, 1), -EINVAL);
	ck_assert_int_eq(add_bytes((enum dns_section) - 1, "a", 1, "1111", 4, 1), -EINVAL);
	ck_assert_uint_eq(reply.size, 0);
}

TEST(lvn_dns_reply_add__sizes_that_do_not_fit)
{
	static uint8_t large[65536];

	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 65536, 1), -EINVAL);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 65535, 1), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 1, 65535), -EMSGSIZE);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 1, SIZE_MAX), -EMSGSIZE);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 1, 65534), 0);
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "a", 16, large, 1, 1), -EMSGSIZE);
	ck_assert_int_eq(add_bytes(DNS_SECTION_AUTHORITY, "a", 16, large, 1, 1), 0);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_larger_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST(lvn_dns_reply_add__without_memory)
{
	event_set_mem_functions(no_memory, no_larger_memory, free);
	/* The first ones need none. */
	ck_assert_int_eq(add_bytes(DNS_SECTION_ANSWER, "www.example.com", 1, "1111", 4, 1), 0);
	ck_assert_int_eq(
	    add_bytes(DNS_SECTION_ANSWER, "www.example.com", 1, "1111", 4, 1), -ENOMEM);
	ck_assert_int_eq(
	    add_bytes(DNS_SECTION_ANSWER, "www.example.com", 1, "22223333", 4, 2), -ENOMEM);
	write_reply(512);

	ck_assert_uint_eq(count_of(&reply_bytes, 1), 1);
	ck_assert_uint_eq(reply_bytes.size, query.size + RECORD_SIZE);
}
