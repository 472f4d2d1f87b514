/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "dns/server_query.h"
#include "support/dns_bytes.h"
#include "support/suite.h"

static struct dns_bytes bytes;
static struct server_query query;

static int
read_query(void)
{
	return lvn_server_query_read(bytes.at, bytes.size, &query);
}

TEST(lvn_server_query_read__a_query)
{
	put_query(&bytes, 0x1234, "www.example.com", 28);

	ck_assert_int_eq(read_query(), 0);
	ck_assert_uint_eq(query.header.id, 0x1234);
	ck_assert_uint_eq(query.header.counts[DNS_SECTION_QUESTION], 1);
	ck_assert_uint_eq(query.questions_end, bytes.size);
	ck_assert(!query.edns.present);
	ck_assert_uint_eq(query.edns.udp_size, 512);
}

TEST(lvn_server_query_read__with_edns)
{
	put_header(&bytes, 1, 0, 2, 0, 0, 1);
	put_question(&bytes, "a", 1);
	put_question(&bytes, "b", 1);
	put_opt(&bytes, 1232, 0, 0x8000);

	ck_assert_int_eq(read_query(), 0);
	ck_assert_uint_eq(query.questions_end, bytes.size - 11);
	ck_assert(query.edns.present && query.edns.dnssec_ok);
	ck_assert_uint_eq(query.edns.udp_size, 1232);
}

/* The names of the others are pointers to that of the first, which has 16 bytes. */
static void
put_questions(unsigned count)
{
	put_header(&bytes, 1, 0, (int)count, 0, 0, 0);
	put_question(&bytes, "abcdefg.abcdef", 1);
	for (unsigned i = 1; i < count; i++) {
		put_16(&bytes, 0xc00c);
		put_16(&bytes, 1);
		put_16(&bytes, 1);
	}
}

TEST(lvn_server_query_read__names_of_many_questions)
{
	put_questions(LVN_SERVER_NAMES_MAX / 16);
	ck_assert_int_eq(read_query(), 0);
	ck_assert_uint_eq(query.names_size, LVN_SERVER_NAMES_MAX);

	put_questions(LVN_SERVER_NAMES_MAX / 16 + 1);
	ck_assert_int_eq(read_query(), DNS_RCODE_FORMERR);
}

TEST(lvn_server_query_read__every_prefix)
{
	size_t whole;

	put_header(&bytes, 1, 0, 1, 0, 0, 1);
	put_question(&bytes, "www.example.com", 1);
	put_opt(&bytes, 1232, 0, 0);
	whole = bytes.size;

	for (bytes.size = 0; bytes.size < whole; bytes.size++)
		ck_assert_int_eq(read_query(), bytes.size < 12 ? -EBADMSG : DNS_RCODE_FORMERR);
	ck_assert_int_eq(read_query(), 0);
	put_8(&bytes, 0);
	ck_assert_int_eq(read_query(), DNS_RCODE_FORMERR);
}

static void
one_question(unsigned flags)
{
	put_header(&bytes, 1, flags, 1, 0, 0, 0);
	put_question(&bytes, "a", 1);
}

TEST(lvn_server_query_read__a_reply_is_no_query)
{
	one_question(0x8000);
	ck_assert_int_eq(read_query(), -EBADMSG);
	one_question(0x8000 | 4 << LVN_DNS_OPCODE_SHIFT);
	ck_assert_int_eq(read_query(), -EBADMSG);
}

TEST_RANGE(lvn_server_query_read__other_operations, 1, 16)
{
	one_question((unsigned)_i << LVN_DNS_OPCODE_SHIFT);
	ck_assert_int_eq(read_query(), DNS_RCODE_NOTIMP);
	/* Their questions may have another form. */
	bytes.size = 12;
	ck_assert_int_eq(read_query(), DNS_RCODE_NOTIMP);
}

TEST(lvn_server_query_read__other_flags_do_not_matter)
{
	one_question(0x07ff);
	ck_assert_int_eq(read_query(), 0);
}

/* ---- Malformed -------------------------------------------------------------------------- */

static void
no_question(void)
{
	put_header(&bytes, 1, 0, 0, 0, 0, 0);
}

static void
pointer_to_itself(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 0);
	put_16(&bytes, 0xc00c);
	put_16(&bytes, 1);
	put_16(&bytes, 1);
}

static void
pointer_forwards(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 0);
	put_16(&bytes, 0xc012);
	put_16(&bytes, 1);
	put_16(&bytes, 1);
	put_name(&bytes, "a");
}

static void
pointer_into_the_header(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 0);
	put_16(&bytes, 0xc004);
	put_16(&bytes, 1);
	put_16(&bytes, 1);
}

static void
long_label(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 0);
	put_8(&bytes, 64);
	for (int i = 0; i < 64; i++)
		put_8(&bytes, 'a');
	put_8(&bytes, 0);
	put_16(&bytes, 1);
	put_16(&bytes, 1);
}

static void
long_name(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 0);
	for (int i = 0; i < 128; i++)
		put_16(&bytes, 0x161);
	put_8(&bytes, 0);
	put_16(&bytes, 1);
	put_16(&bytes, 1);
}

static void
two_opt_records(void)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 2);
	put_question(&bytes, "a", 1);
	put_opt(&bytes, 1232, 0, 0);
	put_opt(&bytes, 1232, 0, 0);
}

static void
opt_record_as_answer(void)
{
	put_header(&bytes, 1, 0, 1, 1, 0, 0);
	put_question(&bytes, "a", 1);
	put_opt(&bytes, 1232, 0, 0);
}

static void
records_missing(void)
{
	put_header(&bytes, 1, 0, 1, 0, 65535, 0);
	put_question(&bytes, "a", 1);
}

static void
questions_missing(void)
{
	put_header(&bytes, 1, 0, 65535, 0, 0, 0);
	put_question(&bytes, "a", 1);
}

static void (*const malformed[])(void) = {no_question, pointer_to_itself, pointer_forwards,
    pointer_into_the_header, long_label, long_name, two_opt_records, opt_record_as_answer,
    records_missing, questions_missing};

TEST_RANGE(lvn_server_query_read__malformed, 0, (int)(sizeof(malformed) / sizeof(malformed[0])))
{
	malformed[_i]();

	ck_assert_int_eq(read_query(), DNS_RCODE_FORMERR);
}

TEST(lvn_server_query_read__a_later_version_of_edns)
{
	put_header(&bytes, 1, 0, 1, 0, 0, 1);
	put_question(&bytes, "a", 1);
	put_opt(&bytes, 1232, 1, 0);

	ck_assert_int_eq(read_query(), DNS_RCODE_BADVERS);
}

/* ---- Refusals --------------------------------------------------------------------------- */

TEST(lvn_server_query_flags__are_copied_from_the_query)
{
	struct dns_header header = {.flags = 0x7fff};

	ck_assert_uint_eq(lvn_server_query_flags(&header), 0x8000 | 0x7800 | 0x0100 | 0x0010);
	header.flags = 0;
	ck_assert_uint_eq(lvn_server_query_flags(&header), 0x8000);
}

TEST(lvn_server_query_refuse__is_a_header)
{
	struct dns_header header = {.id = 0x1234, .flags = 0x2100};
	uint8_t reply[LVN_SERVER_REFUSAL_CAPACITY];

	ck_assert_uint_eq(lvn_server_query_refuse(&header, DNS_RCODE_NOTIMP, reply), 12);
	ck_assert_mem_eq(reply, "\x12\x34\xa1\x04\0\0\0\0\0\0\0\0", 12);
}

TEST(lvn_server_query_refuse__large_codes_are_in_an_opt_record)
{
	struct dns_header header = {.id = 0x1234};
	uint8_t reply[LVN_SERVER_REFUSAL_CAPACITY];

	ck_assert_uint_eq(lvn_server_query_refuse(&header, DNS_RCODE_BADVERS, reply), 23);
	ck_assert_mem_eq(reply, "\x12\x34\x80\0\0\0\0\0\0\0\0\1\0\0\x29\4\xd0\1\0\0\0\0\0", 23);
}
