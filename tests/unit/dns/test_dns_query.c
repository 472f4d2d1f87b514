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
static uint8_t message[LVN_DNS_QUERY_MAX];

#define ck_message(size, expected)                                         \
	do {                                                               \
		ck_assert_uint_eq(size, sizeof(expected) - 1);             \
		ck_assert_mem_eq(message, expected, sizeof(expected) - 1); \
	} while (0)

#define QUESTION "\3www\7example\0\0\1\0\1"

TEST(lvn_dns_query_write__header_and_question)
{
	ck_message(
	    lvn_dns_query_write(&query, message), "\x12\x34\x01\x00\0\1\0\0\0\0\0\0" QUESTION);
}

TEST(lvn_dns_query_write__edns)
{
	query.udp_size = 1232;
	query.dnssec_ok = true;
	ck_message(lvn_dns_query_write(&query, message),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\x04\xd0\0\0\x80\0\0\0");
}

TEST(lvn_dns_query_write__cookie)
{
	static const struct dns_cookie cookie = {"clientco", "serverco", 8};
	static const struct dns_cookie client_cookie = {"clientco", "", 0};

	query.udp_size = 512;
	query.cookie = &client_cookie;
	ck_message(lvn_dns_query_write(&query, message),
	    "\x12\x34\x01\x00\0\1\0\0\0\0\0\1" QUESTION
	    "\0\0\x29\x02\0\0\0\0\0\0\14\0\12\0\10clientco");
	query.cookie = &cookie;
	ck_message(lvn_dns_query_write(&query, message),
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
	ck_assert_uint_eq(lvn_dns_query_write(&query, message), LVN_DNS_QUERY_MAX);
}

TEST(lvn_dns_query_write_reply__never_has_edns)
{
	query.udp_size = 1232;
	query.flags = 0x8183;
	ck_message(lvn_dns_query_write_reply(&query, message),
	    "\x12\x34\x81\x83\0\1\0\0\0\0\0\0" QUESTION);
}
