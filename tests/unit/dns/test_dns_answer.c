/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "dns/dns_edns.h"
#include "dns/dns_records.h"
#include "support/dns_kit.h"
#include "support/suite.h"

/* A reply in the making, and what it is about. */
struct reply {
	struct dns_question question;
	struct dns_writer writer;
	uint8_t message[LVN_DNS_MESSAGE_MAX];
};

static struct reply reply;

static void
begin_reply(const char *name, uint16_t type, unsigned flags)
{
	reply.question = (struct dns_question){name_of(name), type, DNS_CLASS_IN};
	lvn_dns_message_begin(&reply.writer, reply.message, sizeof(reply.message), 1,
	    (uint16_t)(DNS_FLAG_RESPONSE | flags));
	ck_assert_int_eq(lvn_dns_message_write_question(&reply.writer, &reply.question), 0);
}

static void
add_data(enum dns_section section, const char *owner, uint32_t ttl, const struct dns_data *data)
{
	struct dns_name name = name_of(owner);

	lvn_dns_message_begin_record(&reply.writer, section, &name, data->type, DNS_CLASS_IN, ttl);
	lvn_dns_records_write(&reply.writer, data);
	ck_assert_int_eq(lvn_dns_message_end_record(&reply.writer), 0);
}

static void
add_bytes(const char *owner, uint16_t type, uint32_t ttl, const void *bytes, size_t size)
{
	struct dns_name name = name_of(owner);

	lvn_dns_message_begin_record(
	    &reply.writer, DNS_SECTION_ANSWER, &name, type, DNS_CLASS_IN, ttl);
	lvn_write_bytes(&reply.writer.out, bytes, size);
	ck_assert_int_eq(lvn_dns_message_end_record(&reply.writer), 0);
}

static void
add_a(const char *owner, uint32_t ttl, const char *address)
{
	add_bytes(owner, DNS_TYPE_A, ttl, address, 4);
}

static void
add_name(const char *owner, uint16_t type, uint32_t ttl, const char *name)
{
	struct dns_data data = {type, {.name = name_of(name)}};

	add_data(DNS_SECTION_ANSWER, owner, ttl, &data);
}

static void
add_soa(const char *owner, uint32_t ttl, uint32_t minimum)
{
	struct dns_data data = {DNS_TYPE_SOA,
	    {.soa = {.primary = name_of("ns"), .mailbox = name_of("host"), .minimum = minimum}}};

	add_data(DNS_SECTION_AUTHORITY, owner, ttl, &data);
}

static int
read_reply(struct dns_answer **answer_out)
{
	return lvn_dns_answer_read(
	    reply.message, lvn_dns_message_size(&reply.writer), &reply.question, answer_out);
}

static struct dns_answer *
must_read(void)
{
	struct dns_answer *answer;

	ck_assert_int_eq(read_reply(&answer), 0);
	ck_assert_uint_eq(answer->references, 1);
	ck_assert_uint_eq(answer->type, reply.question.type);
	return answer;
}

static void
must_refuse(void)
{
	struct dns_answer *answer;

	ck_assert_int_eq(read_reply(&answer), -EBADMSG);
}

/* The answer has this status and TTL, no records; it is freed. */
static void
check_nothing(struct dns_answer *answer, unsigned status, uint32_t ttl)
{
	size_t size;

	ck_assert_uint_eq(answer->status, status);
	ck_assert_uint_eq(answer->ttl, ttl);
	ck_assert_uint_eq(answer->count, 0);
	ck_assert_ptr_null(lvn_dns_answer_addresses(answer));
	ck_assert_ptr_null(lvn_dns_answer_next(answer, NULL, &size));
	lvn_dns_answer_unref(answer);
}

static void
check_canonical(const struct dns_answer *answer, const char *expected)
{
	struct dns_name name;

	ck_assert(lvn_dns_answer_canonical(answer, &name));
	check_name(&name, expected);
}

TEST(lvn_dns_answer_read__addresses)
{
	struct dns_answer *answer;
	struct dns_name name;

	begin_reply("www.example.com", DNS_TYPE_A, DNS_FLAG_AUTHENTIC_DATA);
	add_a("www.example.com", 60, "abcd");
	add_a("WWW.example.com", 50, "efgh");
	add_a("www.example.com", 70, "ijkl");
	answer = must_read();

	ck_assert_uint_eq(answer->status, 0);
	ck_assert_uint_eq(answer->ttl, 50);
	ck_assert_uint_eq(answer->count, 3);
	ck_assert(answer->authentic);
	ck_assert_mem_eq(lvn_dns_answer_addresses(answer), "abcdefghijkl", 12);
	ck_assert(!lvn_dns_answer_canonical(answer, &name));
	ck_assert_uint_eq(lvn_dns_answer_memory(answer), 20 + 12);
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_next__every_address)
{
	struct dns_answer *answer;
	const uint8_t *data = NULL;
	size_t size, count = 0;

	begin_reply("a", DNS_TYPE_AAAA, 0);
	add_bytes("a", DNS_TYPE_AAAA, 1, "0123456789abcdef", 16);
	add_bytes("a", DNS_TYPE_AAAA, 1, "ghijklmnopqrstuv", 16);
	answer = must_read();

	while ((data = lvn_dns_answer_next(answer, data, &size))) {
		ck_assert_uint_eq(size, 16);
		ck_assert_mem_eq(data, count++ == 0 ? "0123456789abcdef" : "ghijklmnopqrstuv", 16);
	}
	ck_assert_uint_eq(count, 2);
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_next__data_with_names_that_are_not_compressed)
{
	struct dns_answer *answer;
	const uint8_t *data;
	size_t size;

	begin_reply("4.3.2.1.in-addr.arpa", DNS_TYPE_PTR, 0);
	add_name("4.3.2.1.in-addr.arpa", DNS_TYPE_PTR, 9, "a.in-addr.arpa");
	add_name("4.3.2.1.in-addr.arpa", DNS_TYPE_PTR, 9, ".");
	add_name("4.3.2.1.in-addr.arpa", DNS_TYPE_PTR, 9, "a.in-addr.arpa");
	answer = must_read();

	ck_assert_uint_eq(answer->count, 3);
	ck_assert_ptr_null(lvn_dns_answer_addresses(answer));
	data = lvn_dns_answer_next(answer, NULL, &size);
	ck_assert_uint_eq(size, 16);
	ck_assert_mem_eq(data, "\1a\7in-addr\4arpa", 16);
	data = lvn_dns_answer_next(answer, data, &size);
	ck_assert_uint_eq(size, 1);
	data = lvn_dns_answer_next(answer, data, &size);
	ck_assert_uint_eq(size, 16);
	ck_assert_ptr_null(lvn_dns_answer_next(answer, data, &size));
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_next__data_of_no_bytes)
{
	struct dns_answer *answer;
	const uint8_t *data;
	size_t size = 7;

	begin_reply("a", 65280, 0);
	add_bytes("a", 65280, 1, "", 0);
	add_bytes("a", 65280, 1, "xy", 2);
	answer = must_read();

	data = lvn_dns_answer_next(answer, NULL, &size);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(size, 0);
	data = lvn_dns_answer_next(answer, data, &size);
	ck_assert_uint_eq(size, 2);
	ck_assert_mem_eq(data, "xy", 2);
	ck_assert_ptr_null(lvn_dns_answer_next(answer, data, &size));
	lvn_dns_answer_unref(answer);
}

/*
 * A name of 255 bytes from 72: three labels of 63 bytes and one of 61 overlap, and behind each
 * is a pointer to the one before.
 */
static void
add_overlapping_labels(unsigned at)
{
	uint8_t bytes[72] = {[0] = 61, [2] = 63, [4] = 63, [6] = 63};

	for (unsigned label = 2; label <= 6; label += 2) {
		bytes[label + 64] = 0xc0;
		bytes[label + 65] = (uint8_t)(at + label - 2);
	}
	add_bytes(".", 65280, 1, bytes, sizeof(bytes));
}

/* The data of an HTTPS record with this name and a parameter: 65,535 bytes, or one more. */
static int
read_long_data(size_t plain_size)
{
	static uint8_t bytes[LVN_DNS_MESSAGE_MAX];
	/* Behind header, question, and the record's root, type, class, TTL and size. */
	const unsigned labels_at = 12 + 7 + 11;
	size_t size = plain_size - 2 - LVN_DNS_NAME_MAX - 4;
	struct dns_answer *answer;
	int rc;

	begin_reply("a", DNS_TYPE_HTTPS, 0);
	add_overlapping_labels(labels_at);
	memcpy(bytes, "\0\1\xc0\0\0\x09", 6);
	bytes[3] = (uint8_t)(labels_at + 6);
	bytes[6] = (uint8_t)(size >> 8);
	bytes[7] = (uint8_t)size;
	add_bytes("a", DNS_TYPE_HTTPS, 1, bytes, 8 + size);
	rc = read_reply(&answer);
	if (rc == 0) {
		ck_assert_ptr_nonnull(lvn_dns_answer_next(answer, NULL, &size));
		ck_assert_uint_eq(size, plain_size);
		lvn_dns_answer_unref(answer);
	}
	return rc;
}

TEST(lvn_dns_answer_read__data_longer_than_65535_bytes_without_compression)
{
	ck_assert_int_eq(read_long_data(65535), 0);
	ck_assert_int_eq(read_long_data(65536), -EBADMSG);
}

TEST(lvn_dns_answer_read__every_record_of_a_long_answer)
{
	struct dns_answer *answer;
	char address[4];

	begin_reply("a", DNS_TYPE_A, 0);
	for (unsigned i = 0; i < 4000; i++) {
		memcpy(address, &i, 4);
		add_a("a", 60, address);
	}
	answer = must_read();

	ck_assert_uint_eq(answer->count, 4000);
	for (unsigned i = 0; i < 4000; i++) {
		if (memcmp(lvn_dns_answer_addresses(answer) + (size_t)4 * i, &i, 4) != 0)
			ck_abort_msg("address %u", i);
	}
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_read__aliases_in_any_order)
{
	struct dns_answer *answer;

	begin_reply("www.example.com", DNS_TYPE_A, 0);
	add_name("b.example.net", DNS_TYPE_CNAME, 40, "C.example.org");
	add_a("c.example.ORG", 60, "abcd");
	add_name("WWW.example.com", DNS_TYPE_CNAME, 50, "b.example.net");
	answer = must_read();

	ck_assert_uint_eq(answer->count, 1);
	ck_assert_uint_eq(answer->ttl, 40);
	ck_assert_mem_eq(lvn_dns_answer_addresses(answer), "abcd", 4);
	check_canonical(answer, "C.example.org");
	lvn_dns_answer_unref(answer);
}

/* Names above 63 characters, up to the longest. */
TEST(lvn_dns_answer_read__a_long_alias)
{
	static const char label[] = "a123456789a123456789a123456789a123456789a123456789a12345678.";
	struct dns_answer *answer;
	char text[256] = "";

	for (unsigned i = 0; i < 4; i++)
		memcpy(text + i * strlen(label), label, sizeof(label));
	memcpy(text + 4 * strlen(label), "b12345678.c12", 14);
	begin_reply("a", DNS_TYPE_A, 0);
	add_name("a", DNS_TYPE_CNAME, 1, text);
	add_a(text, 1, "abcd");
	answer = must_read();

	ck_assert_uint_eq(answer->canonical_size, 255);
	check_canonical(answer, text);
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_read__records_of_other_names_do_not_count)
{
	begin_reply("www.example.com", DNS_TYPE_A, 0);
	add_a("example.com", 60, "abcd");
	add_a("www.example.net", 60, "abcd");
	add_name("example.com", DNS_TYPE_CNAME, 60, "www.example.com");

	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 0);
}

TEST(lvn_dns_answer_read__an_alias_and_records_of_another_name)
{
	begin_reply("www.example.com", DNS_TYPE_A, 0);
	add_name("www.example.com", DNS_TYPE_CNAME, 60, "b.example.com");
	add_a("c.example.com", 60, "abcd");
	add_soa("example.com", 100, 200);

	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 60);
}

TEST(lvn_dns_answer_read__other_types_and_classes_do_not_count)
{
	struct dns_name name = name_of("a");

	begin_reply("a", DNS_TYPE_A, 0);
	add_bytes("a", DNS_TYPE_AAAA, 60, "0123456789abcdef", 16);
	lvn_dns_message_begin_record(
	    &reply.writer, DNS_SECTION_ANSWER, &name, DNS_TYPE_A, DNS_CLASS_IN + 2, 60);
	lvn_write_bytes(&reply.writer.out, "abcd", 4);
	ck_assert_int_eq(lvn_dns_message_end_record(&reply.writer), 0);

	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 0);
}

TEST(lvn_dns_answer_read__records_of_other_sections_do_not_count)
{
	struct dns_data data = {DNS_TYPE_A, {.a = {1, 2, 3, 4}}};

	begin_reply("a", DNS_TYPE_A, 0);
	add_data(DNS_SECTION_AUTHORITY, "a", 60, &data);
	add_data(DNS_SECTION_ADDITIONAL, "a", 60, &data);

	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 0);
}

/* `count` aliases from n0 on, then an address. */
static void
reply_with_aliases(unsigned count)
{
	char owner[16], target[16];

	begin_reply("n0", DNS_TYPE_A, 0);
	for (unsigned i = 0; i < count; i++) {
		snprintf(owner, sizeof(owner), "n%u", i);
		snprintf(target, sizeof(target), "n%u", i + 1);
		add_name(owner, DNS_TYPE_CNAME, 60, target);
	}
	snprintf(owner, sizeof(owner), "n%u", count);
	add_a(owner, 60, "abcd");
}

TEST(lvn_dns_answer_read__16_aliases_at_most)
{
	struct dns_answer *answer;

	reply_with_aliases(16);
	answer = must_read();
	ck_assert_uint_eq(answer->count, 1);
	check_canonical(answer, "n16");
	lvn_dns_answer_unref(answer);

	reply_with_aliases(17);
	must_refuse();
	reply_with_aliases(20);
	must_refuse();
}

TEST(lvn_dns_answer_read__loops_of_aliases)
{
	begin_reply("a", DNS_TYPE_A, 0);
	add_name("a", DNS_TYPE_CNAME, 60, "a");
	must_refuse();

	begin_reply("a", DNS_TYPE_A, 0);
	add_name("a", DNS_TYPE_CNAME, 60, "b");
	add_name("b", DNS_TYPE_CNAME, 60, "c");
	add_name("c", DNS_TYPE_CNAME, 60, "B");
	must_refuse();
}

TEST(lvn_dns_answer_read__the_alias_itself_is_asked_for)
{
	struct dns_answer *answer;
	const uint8_t *data;
	struct dns_name name;
	size_t size;

	begin_reply("a", DNS_TYPE_CNAME, 0);
	add_name("a", DNS_TYPE_CNAME, 60, "b");
	add_name("b", DNS_TYPE_CNAME, 50, "c");
	answer = must_read();

	ck_assert_uint_eq(answer->count, 1);
	ck_assert_uint_eq(answer->ttl, 60);
	ck_assert(!lvn_dns_answer_canonical(answer, &name));
	data = lvn_dns_answer_next(answer, NULL, &size);
	ck_assert_int_eq(lvn_dns_name_from_wire(data, size, &name), 0);
	check_name(&name, "b");
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_answer_read__ttl_with_the_highest_bit_is_0)
{
	static const struct {
		uint32_t sent, read;
	} cases[] = {{0, 0}, {INT32_MAX, INT32_MAX}, {UINT32_C(1) << 31, 0}, {UINT32_MAX, 0}};

	for (size_t i = 0; i < LVN_COUNT_OF(cases); i++) {
		struct dns_answer *answer;

		begin_reply("a", DNS_TYPE_A, 0);
		add_a("a", cases[i].sent, "abcd");
		answer = must_read();
		ck_assert_uint_eq(answer->ttl, cases[i].read);
		lvn_dns_answer_unref(answer);
	}
}

/* RFC 2308 5: the lower one of the SOA record's TTL and its MINIMUM. */
TEST(lvn_dns_answer_read__negative_ttl)
{
	begin_reply("www.example.com", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	add_soa("example.com", 100, 200);
	check_nothing(must_read(), DNS_RCODE_NXDOMAIN, 100);

	begin_reply("www.example.com", DNS_TYPE_A, 0);
	add_soa("Example.com", 300, 200);
	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 200);

	begin_reply("example.com", DNS_TYPE_A, 0);
	add_soa("example.com", 0, 200);
	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 0);
}

TEST(lvn_dns_answer_read__negative_ttl_of_another_zone)
{
	begin_reply("www.example.com", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	add_soa("example.net", 100, 200);
	check_nothing(must_read(), DNS_RCODE_NXDOMAIN, 0);

	begin_reply("www.example.com", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	add_soa("x.www.example.com", 100, 200);
	add_soa(".", 80, 90);
	check_nothing(must_read(), DNS_RCODE_NXDOMAIN, 80);
}

TEST(lvn_dns_answer_read__no_name_behind_an_alias)
{
	struct dns_answer *answer;

	begin_reply("a", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	add_name("a", DNS_TYPE_CNAME, 60, "b.example");
	add_soa("example", 100, 200);
	answer = must_read();

	check_canonical(answer, "b.example");
	check_nothing(answer, DNS_RCODE_NXDOMAIN, 60);
}

TEST(lvn_dns_answer_read__nxdomain_with_records_has_none)
{
	begin_reply("a", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	add_a("a", 60, "abcd");

	check_nothing(must_read(), DNS_RCODE_NXDOMAIN, 0);
}

TEST_RANGE(lvn_dns_answer_read__other_rcodes, 1, 16)
{
	if (_i == DNS_RCODE_NXDOMAIN)
		return;
	begin_reply("a", DNS_TYPE_A, (unsigned)_i);
	add_a("a", 60, "abcd");
	check_nothing(must_read(), (unsigned)_i, 0);

	/* Without the question, as servers send it that could not read it. */
	lvn_dns_message_begin(&reply.writer, reply.message, sizeof(reply.message), 1,
	    (uint16_t)(DNS_FLAG_RESPONSE | _i));
	check_nothing(must_read(), (unsigned)_i, 0);
}

TEST(lvn_dns_answer_read__rcodes_of_edns)
{
	static const unsigned rcodes[] = {DNS_RCODE_BADVERS, DNS_RCODE_BADCOOKIE, 0xfff};

	for (size_t i = 0; i < LVN_COUNT_OF(rcodes); i++) {
		begin_reply("a", DNS_TYPE_A, rcodes[i] & DNS_RCODE_MASK);
		lvn_dns_edns_begin(&reply.writer, 1232, false, (uint8_t)(rcodes[i] >> 4));
		ck_assert_int_eq(lvn_dns_edns_end(&reply.writer), 0);

		check_nothing(must_read(), rcodes[i], 0);
	}
}

/* Data of these sizes in records of this type. */
static void
refuse_size(uint16_t type, size_t size)
{
	begin_reply("a", type, 0);
	add_bytes("a", type, 60, "0123456789abcdefgh", size);
	must_refuse();
}

TEST(lvn_dns_answer_read__addresses_of_other_sizes)
{
	static const size_t wrong_for_a[] = {0, 3, 5, 8, 16};
	static const size_t wrong_for_aaaa[] = {0, 4, 15, 17};

	for (size_t i = 0; i < LVN_COUNT_OF(wrong_for_a); i++)
		refuse_size(DNS_TYPE_A, wrong_for_a[i]);
	for (size_t i = 0; i < LVN_COUNT_OF(wrong_for_aaaa); i++)
		refuse_size(DNS_TYPE_AAAA, wrong_for_aaaa[i]);
}

TEST(lvn_dns_answer_read__malformed_names_in_data)
{
	refuse_size(DNS_TYPE_CNAME, 4);
	refuse_size(DNS_TYPE_PTR, 0);
	/* A byte behind the alias. */
	begin_reply("a", DNS_TYPE_A, 0);
	add_bytes("a", DNS_TYPE_CNAME, 60, "\1b\0!", 4);
	must_refuse();
	/* Not of the name that is asked for: nobody looks. */
	begin_reply("a", DNS_TYPE_A, 0);
	add_bytes("b", DNS_TYPE_CNAME, 60, "\1b\0!", 4);
	check_nothing(must_read(), LVN_DNS_STATUS_NODATA, 0);
}

TEST(lvn_dns_answer_read__a_malformed_soa)
{
	struct dns_name name = name_of("a");

	begin_reply("a", DNS_TYPE_A, 0);
	lvn_dns_message_begin_record(
	    &reply.writer, DNS_SECTION_AUTHORITY, &name, DNS_TYPE_SOA, DNS_CLASS_IN, 9);
	lvn_write_bytes(&reply.writer.out, "\0\0", 2);
	ck_assert_int_eq(lvn_dns_message_end_record(&reply.writer), 0);
	must_refuse();
}

/* ---- messages that are no reply to the question a. IN A ---- */

#define REPLY(q, an, ad) "\0\1\x81\x80\0" q "\0" an "\0\0\0" ad
#define Q                "\1a\0\0\1\0\1"
#define RR               "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4abcd"
#define OPT(version)     "\0\0\x29\0\0\0" version "\0\0\0\0"

static const struct evil {
	const char *name;
	const char *bytes;
	size_t size;
	int result;
} evils[] = {
#define EVIL(name, literal, result)                        \
	{                                                  \
		name, literal, sizeof(literal) - 1, result \
	}
    EVIL("good", REPLY("\1", "\1", "\0") Q RR, 0),
    EVIL("good, other case", REPLY("\1", "\1", "\0") "\1A\0\0\1\0\1" RR, 0),
    EVIL("no bytes", "", -EBADMSG),
    EVIL("11 bytes", "\0\1\x81\x80\0\0\0\0\0\0\0", -EBADMSG),
    EVIL("header only", REPLY("\0", "\0", "\0"), -EBADMSG),
    EVIL("no question", REPLY("\0", "\1", "\0") "\1a\0\0\1\0\1\0\0\0\x3c\0\4abcd", -EBADMSG),
    EVIL("question twice", REPLY("\2", "\1", "\0") Q Q RR, -EBADMSG),
    EVIL("other name", REPLY("\1", "\1", "\0") "\1b\0\0\1\0\1" RR, -EBADMSG),
    EVIL("other type", REPLY("\1", "\1", "\0") "\1a\0\0\2\0\1" RR, -EBADMSG),
    EVIL("other class", REPLY("\1", "\1", "\0") "\1a\0\0\1\0\3" RR, -EBADMSG),
    EVIL("other name, refused", "\0\1\x81\x85\0\1\0\0\0\0\0\0\1b\0\0\1\0\1", -EBADMSG),
    EVIL("no response", "\0\1\1\0\0\1\0\1\0\0\0\0" Q RR, -EBADMSG),
    EVIL("other opcode", "\0\1\xa1\x80\0\1\0\1\0\0\0\0" Q RR, -EBADMSG),
    EVIL("no answer where one is counted", REPLY("\1", "\1", "\0") Q, -EBADMSG),
    EVIL("fewer answers than counted", REPLY("\1", "\2", "\0") Q RR, -EBADMSG),
    EVIL("more answers than counted", REPLY("\1", "\1", "\0") Q RR RR, -EBADMSG),
    EVIL("a byte behind the end", REPLY("\1", "\1", "\0") Q RR "\0", -EBADMSG),
    EVIL("cut in the question", REPLY("\1", "\0", "\0") "\1a\0\0\1\0", -EBADMSG),
    EVIL(
	"cut in the data", REPLY("\1", "\1", "\0") Q "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4abc", -EBADMSG),
    EVIL("pointer to itself", REPLY("\1", "\1", "\0") Q "\xc0\x13\0\1\0\1\0\0\0\x3c\0\4abcd",
	-EBADMSG),
    EVIL("pointer forward", REPLY("\1", "\1", "\0") Q "\xc0\x15\0\1\0\1\0\0\0\x3c\0\4abcd",
	-EBADMSG),
    EVIL("pointer into the header", REPLY("\1", "\1", "\0") Q "\xc0\4\0\1\0\1\0\0\0\x3c\0\4abcd",
	-EBADMSG),
    EVIL("pointer in the question", REPLY("\1", "\0", "\0") "\xc0\x0c\0\1\0\1", -EBADMSG),
    EVIL("label of 64 bytes",
	REPLY("\1", "\0",
	    "\0") "\x40"
		  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0\0\1\0\1",
	-EBADMSG),
    EVIL("OPT", REPLY("\1", "\1", "\1") Q RR OPT("\0"), 0),
    EVIL("OPT of a later version", REPLY("\1", "\1", "\1") Q RR OPT("\1"), 0),
    EVIL("OPT twice", REPLY("\1", "\1", "\2") Q RR OPT("\0") OPT("\0"), -EBADMSG),
    EVIL("OPT as answer", REPLY("\1", "\1", "\0") Q OPT("\0"), -EBADMSG),
    EVIL("OPT of a name", REPLY("\1", "\1", "\1") Q RR "\1a" OPT("\0"), -EBADMSG),
};

TEST_RANGE(lvn_dns_answer_read__evils, 0, (int)LVN_COUNT_OF(evils))
{
	const struct evil *evil = &evils[_i];
	struct dns_question question = {name_of("a"), DNS_TYPE_A, DNS_CLASS_IN};
	struct dns_answer *answer;
	int rc = lvn_dns_answer_read(evil->bytes, evil->size, &question, &answer);

	if (rc != evil->result)
		ck_abort_msg("%s: %d", evil->name, rc);
	if (rc == 0)
		lvn_dns_answer_unref(answer);
}

/* ---- answers from elsewhere, memory ---- */

TEST(lvn_dns_answer_of_addresses__with_and_without_a_canonical_name)
{
	struct dns_name canonical = name_of("b");
	struct dns_answer *answer =
	    lvn_dns_answer_of_addresses(DNS_TYPE_A, 60, "abcdefgh", 2, &canonical);

	ck_assert_uint_eq(answer->count, 2);
	ck_assert_uint_eq(answer->ttl, 60);
	ck_assert_mem_eq(lvn_dns_answer_addresses(answer), "abcdefgh", 8);
	check_canonical(answer, "b");
	lvn_dns_answer_unref(answer);

	answer = lvn_dns_answer_of_addresses(DNS_TYPE_AAAA, 60, "0123456789abcdef", 1, NULL);
	ck_assert_mem_eq(lvn_dns_answer_addresses(answer), "0123456789abcdef", 16);
	ck_assert(!lvn_dns_answer_canonical(answer, &canonical));
	lvn_dns_answer_unref(answer);
	ck_assert_ptr_null(lvn_dns_answer_of_addresses(DNS_TYPE_A, 60, "", 0, NULL));
	ck_assert_ptr_null(lvn_dns_answer_of_addresses(DNS_TYPE_A, 60, "", 65536, NULL));
}

TEST(lvn_dns_answer_of_failure__status_and_ttl)
{
	check_nothing(
	    lvn_dns_answer_of_failure(DNS_TYPE_A, DNS_RCODE_SERVFAIL, 5), DNS_RCODE_SERVFAIL, 5);
}

TEST(lvn_dns_answer_unref__the_last_reference)
{
	struct dns_answer *answer = lvn_dns_answer_of_failure(DNS_TYPE_A, 3, 5);

	ck_assert_ptr_eq(lvn_dns_answer_ref(answer), answer);
	lvn_dns_answer_unref(answer);
	ck_assert_uint_eq(answer->references, 1);
	lvn_dns_answer_unref(answer);
	lvn_dns_answer_unref(NULL);
}

static bool
no_memory(void *context)
{
	(void)context;
	return true;
}

TEST(lvn_dns_answer_read__no_memory)
{
	struct dns_answer *answer;

	lvn_memory_set_fault(no_memory, NULL);
	begin_reply("a", DNS_TYPE_A, 0);
	add_a("a", 60, "abcd");
	ck_assert_int_eq(read_reply(&answer), -ENOMEM);
	begin_reply("a", DNS_TYPE_A, DNS_RCODE_NXDOMAIN);
	ck_assert_int_eq(read_reply(&answer), -ENOMEM);
	begin_reply("a", DNS_TYPE_A, DNS_RCODE_REFUSED);
	ck_assert_int_eq(read_reply(&answer), -ENOMEM);
	ck_assert_ptr_null(lvn_dns_answer_of_addresses(DNS_TYPE_A, 60, "abcd", 1, NULL));
	lvn_memory_set_fault(NULL, NULL);
}
