/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_query.h"

#include <string.h>

#include "support/suite.h"

static const uint8_t question[] = "\3www\7example\0\0\1\0\1";

static struct dns_query query = {
    .question = question,
    .question_size = sizeof(question) - 1,
    .id = 0x1234,
    .flags = DNS_FLAG_RECURSION_DESIRED,
};
static uint8_t message[LVN_DNS_QUERY_PADDED_MAX];

#define ck_message(size, expected)                                         \
	do {                                                               \
		ck_assert_uint_eq(size, sizeof(expected) - 1);             \
		ck_assert_mem_eq(message, expected, sizeof(expected) - 1); \
	} while (0)

#define QUESTION "\3www\7example\0\0\1\0\1"

TEST(lvn_dns_query_write__header_and_question)
{
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\0" QUESTION);
}

TEST(lvn_dns_query_write__edns)
{
	query.udp_size = 1232;
	query.dnssec_ok = true;
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\x04\xd0\0\0\x80\0\0\0");
}

TEST(lvn_dns_query_write__cookie)
{
	static const struct dns_cookie cookie = {"clientco", "serverco", 8};
	static const struct dns_cookie client_cookie = {"clientco", "", 0};

	query.udp_size = 512;
	query.cookie = &client_cookie;
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\1" QUESTION
	    "\0\0\x29\x02\0\0\0\0\0\0\14\0\12\0\10clientco");
	query.cookie = &cookie;
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\1" QUESTION
	    "\0\0\x29\x02\0\0\0\0\0\0\24\0\12\0\20clientcoserverco");
}

TEST(lvn_dns_query_write__the_longest_name_and_cookie)
{
	static uint8_t longest[LVN_DNS_QUERY_QUESTION_MAX];
	static const struct dns_cookie cookie = {"clientco", "", LVN_DNS_SERVER_COOKIE_MAX};

	query.question = longest;
	query.question_size = sizeof(longest);
	query.udp_size = 1232;
	query.cookie = &cookie;
	ck_assert_uint_eq(
	    lvn_dns_query_write(&query, message, LVN_DNS_QUERY_MAX), LVN_DNS_QUERY_MAX);
}

/* RFC 8467: from what is sent, nobody learns how long the name is. */
TEST(lvn_dns_query_write__padding_to_multiples_of_128)
{
	static const struct dns_cookie cookie = {"clientco", "", LVN_DNS_SERVER_COOKIE_MAX};
	static uint8_t longest[LVN_DNS_QUERY_QUESTION_MAX];

	query.question = longest;
	query.udp_size = 1232;
	query.is_padded = true;
	for (size_t size = 5; size <= sizeof(longest); size++) {
		/* With an OPT record, and the head of the padding. */
		size_t least = LVN_DNS_HEADER_SIZE + size + LVN_DNS_EDNS_SIZE + 4;

		query.question_size = size;
		query.cookie = NULL;
		ck_assert_uint_eq(lvn_dns_query_write(&query, message, sizeof(message)),
		    (least + 127) / 128 * 128);
		query.cookie = &cookie;
		ck_assert_uint_eq(lvn_dns_query_write(&query, message, sizeof(message)),
		    (least + 4 + 40 + 127) / 128 * 128);
	}
}

TEST(lvn_dns_query_write__no_padding_without_edns)
{
	query.is_padded = true;
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\0" QUESTION);
}

TEST(lvn_dns_query_write__a_reply_without_records)
{
	query.flags = 0x8183;
	ck_message(lvn_dns_query_write(&query, message, sizeof(message)),
	    "\x12\x34\x81\x83\0\1\0\0\0\0\0\0" QUESTION);
}
