/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_edns.h"

#include <errno.h>
#include <string.h>

#include "support/dns_kit.h"
#include "support/suite.h"

/* A header with these counts of questions, answers, authorities and additional records. */
#define HEADER(q, an, au, ad) "\0\0\x81\x80\0" q "\0" an "\0" au "\0" ad
#define QUESTION              "\1a\0\0\1\0\1"
/* Of 4,096 bytes, rcode 1 * 16, version 0, DO. */
#define OPT "\0\0\x29\x10\0\1\0\x80\0\0\0"
#define A   "\1a\0\0\1\0\1\0\0\0\0\0\4abcd"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static int
find(const uint8_t *message, size_t size)
{
	struct dns_edns edns;

	return lvn_dns_edns_find(message, size, &edns);
}

static struct dns_edns
found(const uint8_t *message, size_t size)
{
	struct dns_edns edns;

	ck_assert_int_eq(lvn_dns_edns_find(message, size, &edns), 0);
	return edns;
}

/* A message with the options that are given. */
static struct dns_edns
with_options(const uint8_t *options, size_t size)
{
	static uint8_t message[512];

	memcpy(message, HEADER("\0", "\0", "\0", "\1") OPT, 12 + 11);
	message[12 + 10] = (uint8_t)size;
	memcpy(message + 12 + 11, options, size);
	return found(message, 12 + 11 + size);
}

TEST(lvn_dns_edns_find__fields)
{
	struct dns_edns edns = found(BYTES(HEADER("\1", "\1", "\1", "\2") QUESTION A A A OPT));

	ck_assert(edns.present);
	ck_assert(edns.dnssec_ok);
	ck_assert_uint_eq(edns.version, 0);
	ck_assert_uint_eq(edns.udp_size, 4096);
	ck_assert_uint_eq(lvn_dns_edns_rcode(&edns, 0x8187), 0x17);
	ck_assert_uint_eq(edns.options_size, 0);
}

TEST(lvn_dns_edns_find__a_message_without_it)
{
	struct dns_edns edns = found(BYTES(HEADER("\1", "\1", "\0", "\0") QUESTION A));
	const uint8_t *data;
	size_t size;

	ck_assert(!edns.present);
	ck_assert_uint_eq(edns.udp_size, 512);
	ck_assert_uint_eq(lvn_dns_edns_rcode(&edns, 0x8183), 3);
	ck_assert(!lvn_dns_edns_option(&edns, DNS_OPTION_CODE_COOKIE, &data, &size));
}

TEST(lvn_dns_edns_find__sizes_below_512_mean_512)
{
	struct dns_edns edns =
	    found(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\0\0\0\1\0\0\0\0"));

	ck_assert_uint_eq(edns.udp_size, 512);
	ck_assert_uint_eq(edns.version, 1);
	ck_assert(!edns.dnssec_ok);
	edns = found(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\2\1\0\1\0\0\0\0"));
	ck_assert_uint_eq(edns.udp_size, 513);
}

TEST(lvn_dns_edns_find__once_and_in_the_additional_section)
{
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\0", "\0", "\2") OPT OPT)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\1", "\0", "\0") OPT)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\0", "\1", "\0") OPT)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\0", "\0", "\3") A OPT A)), 0);
}

TEST(lvn_dns_edns_find__only_of_the_root)
{
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\0", "\0", "\1") "\1a" OPT)), -EBADMSG);
}

TEST(lvn_dns_edns_find__the_counts_are_what_is_there)
{
	ck_assert_int_eq(find(BYTES(HEADER("\1", "\1", "\0", "\0") QUESTION A "x")), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\1", "\2", "\0", "\0") QUESTION A)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\2", "\0", "\0", "\0") QUESTION)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\1", "\0", "\0", "\0") QUESTION A)), -EBADMSG);
	ck_assert_int_eq(find(BYTES(HEADER("\0", "\0", "\0", "\0"))), 0);
}

TEST(lvn_dns_edns_find__cut_anywhere)
{
	static const uint8_t message[] = HEADER("\1", "\1", "\0", "\1") QUESTION A OPT;

	for (size_t size = 0; size < sizeof(message) - 1; size++)
		ck_assert_int_eq(find(message, size), -EBADMSG);
	ck_assert_int_eq(find(message, sizeof(message) - 1), 0);
}

TEST(lvn_dns_edns_find__options_fill_the_data)
{
	ck_assert_int_eq(
	    find(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\0\0\0\0\0\0\0\5\0\x0c\0\1x")), 0);
	ck_assert_int_eq(
	    find(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\0\0\0\0\0\0\0\5\0\x0c\0\2x")),
	    -EBADMSG);
	ck_assert_int_eq(
	    find(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\0\0\0\0\0\0\0\3\0\x0c\0")),
	    -EBADMSG);
	ck_assert_int_eq(
	    find(BYTES(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\0\0\0\0\0\0\0\6\0\x0c\0\1x!")),
	    -EBADMSG);
}

TEST(lvn_dns_edns_of_record__other_types)
{
	struct dns_record record = {.owner = name_of("."), .type = DNS_TYPE_A};
	struct dns_edns edns;

	ck_assert_int_eq(lvn_dns_edns_of_record(&record, &edns), -EBADMSG);
}

TEST(lvn_dns_edns_option__the_first_with_this_code)
{
	struct dns_edns edns = with_options(BYTES("\0\1\0\0\xff\xfe\0\2ab\xff\xfe\0\1c"));
	const uint8_t *data;
	size_t size;

	ck_assert(lvn_dns_edns_option(&edns, 0xfffe, &data, &size));
	ck_assert_uint_eq(size, 2);
	ck_assert_mem_eq(data, "ab", 2);
	ck_assert(lvn_dns_edns_option(&edns, 1, &data, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert(!lvn_dns_edns_option(&edns, 2, &data, &size));
}

TEST(lvn_dns_edns_cookie__sizes)
{
	for (size_t size = 0; size <= 60; size++) {
		uint8_t options[64] = {0, DNS_OPTION_CODE_COOKIE, 0, (uint8_t)size};
		struct dns_cookie cookie;
		struct dns_edns edns;
		int expected = size == 8 || (size >= 16 && size <= 40) ? 0 : -EBADMSG;

		for (size_t i = 0; i < size; i++)
			options[4 + i] = (uint8_t)i;
		edns = with_options(options, 4 + size);
		ck_assert_int_eq(lvn_dns_edns_cookie(&edns, &cookie), expected);
		if (expected < 0)
			continue;
		ck_assert_mem_eq(cookie.client, options + 4, 8);
		ck_assert_uint_eq(cookie.server_size, size - 8);
		ck_assert_mem_eq(cookie.server, options + 12, size - 8);
	}
}

TEST(lvn_dns_edns_cookie__without_one)
{
	struct dns_edns edns = with_options(BYTES("\0\x0b\0\0"));
	struct dns_cookie cookie;

	ck_assert_int_eq(lvn_dns_edns_cookie(&edns, &cookie), -ENOENT);
}

TEST(lvn_dns_edns_end__a_record_with_options)
{
	static const uint8_t expected[] = HEADER("\0", "\0", "\0",
	    "\1") "\0\0\x29\4\xd0\1\0\x80\0\0\x1d" /* The record, 29 bytes of options. */
		  "\0\x0a\0\x10"
		  "clientcoserverco"
		  "\0\x0b\0\0"
		  "\0\x0c\0\1\0";
	struct dns_cookie cookie = {.server_size = 8};
	uint8_t message[128];
	struct dns_writer writer;

	memcpy(cookie.client, "clientco", 8);
	memcpy(cookie.server, "serverco", 8);
	lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0x8180);
	lvn_dns_edns_begin(&writer, 1232, true, 1);
	lvn_dns_edns_add_cookie(&writer, &cookie);
	lvn_dns_edns_add(&writer, 11, NULL, 0);
	/* 51 bytes with a padding of none. */
	lvn_dns_edns_add_padding(&writer, 13);
	ck_assert_int_eq(lvn_dns_edns_end(&writer), 0);

	ck_assert_uint_eq(lvn_dns_message_size(&writer), sizeof(expected) - 1);
	ck_assert_mem_eq(message, expected, sizeof(expected) - 1);
}

TEST(lvn_dns_edns_add_padding__up_to_a_multiple_or_the_limit)
{
	for (size_t limit = 12 + 11; limit < 150; limit++) {
		uint8_t message[150];
		struct dns_writer writer;

		lvn_dns_message_begin(&writer, message, limit, 0, 0);
		lvn_dns_edns_begin(&writer, 1232, false, 0);
		lvn_dns_edns_add_padding(&writer, 128);
		ck_assert_int_eq(lvn_dns_edns_end(&writer), 0);
		if (limit < 12 + 11 + 4)
			ck_assert_uint_eq(lvn_dns_message_size(&writer), 12 + 11);
		else
			ck_assert_uint_eq(lvn_dns_message_size(&writer), limit < 128 ? limit : 128);
		ck_assert_int_eq(find(message, lvn_dns_message_size(&writer)), 0);
	}
}

TEST(lvn_dns_edns_add_padding__nothing_is_missing)
{
	uint8_t message[150];
	struct dns_writer writer;

	lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0);
	lvn_dns_edns_begin(&writer, 1232, false, 0);
	lvn_dns_edns_add_padding(&writer, 27);
	ck_assert_int_eq(lvn_dns_edns_end(&writer), 0);

	ck_assert_uint_eq(lvn_dns_message_size(&writer), 27);
}

TEST(lvn_dns_edns_end__too_long_for_the_message)
{
	struct dns_cookie cookie = {.server_size = LVN_DNS_SERVER_COOKIE_MAX};
	uint8_t message[12 + 11 + 4 + 40];
	struct dns_writer writer;
	struct dns_edns edns;

	lvn_dns_message_begin(&writer, message, sizeof(message) - 1, 0, 0);
	lvn_dns_edns_begin(&writer, 1232, false, 0);
	lvn_dns_edns_add_cookie(&writer, &cookie);
	ck_assert_int_eq(lvn_dns_edns_end(&writer), -EMSGSIZE);
	ck_assert_uint_eq(lvn_dns_message_size(&writer), 12);

	lvn_dns_message_extend(&writer, 1);
	lvn_dns_edns_begin(&writer, 1232, false, 0);
	lvn_dns_edns_add_cookie(&writer, &cookie);
	ck_assert_int_eq(lvn_dns_edns_end(&writer), 0);
	edns = found(message, sizeof(message));
	ck_assert_int_eq(lvn_dns_edns_cookie(&edns, &cookie), 0);
	ck_assert_uint_eq(cookie.server_size, LVN_DNS_SERVER_COOKIE_MAX);
}
