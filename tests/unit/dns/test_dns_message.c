/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/dns_kit.h"
#include "support/suite.h"

/* id 0x1234, a reply with recursion, one question, one answer. */
#define HEADER "\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
#define NAME   "\3www\7example\3com\0"
#define TO_12  "\xc0\x0c"
#define A_IN   "\0\1\0\1"

/* Bytes of a literal, without its zero byte. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static struct dns_reader
open_message(const uint8_t *message, size_t size)
{
	struct dns_reader reader;
	struct dns_header header;

	ck_assert_int_eq(lvn_dns_message_open(&reader, message, size, &header), 0);
	return reader;
}

/* Reads a name at `at` of these bytes, which stand behind a header. */
static bool
reads_name(const uint8_t *bytes, size_t size, size_t at, struct dns_name *name_out)
{
	/* Of exactly this size, so that a sanitizer sees what is read beyond. */
	uint8_t *message = calloc(1, LVN_DNS_HEADER_SIZE + size);
	struct dns_reader reader;
	bool result;

	memcpy(message + LVN_DNS_HEADER_SIZE, bytes, size);
	reader = open_message(message, LVN_DNS_HEADER_SIZE + size);
	reader.in.at += at;
	result = lvn_dns_message_read_name(&reader, name_out);
	ck_assert(result == !reader.in.overrun);
	free(message);
	return result;
}

static bool
is_name(const uint8_t *bytes, size_t size, size_t at)
{
	struct dns_name name;

	return reads_name(bytes, size, at, &name);
}

TEST(lvn_dns_message_open__header)
{
	struct dns_reader reader;
	struct dns_header header;

	ck_assert_int_eq(lvn_dns_message_open(&reader,
			     BYTES("\x12\x34\x81\x80\0\1\1\2\0\3\xff\xff"
				   "x"),
			     &header),
	    0);

	ck_assert_uint_eq(header.id, 0x1234);
	ck_assert_uint_eq(header.flags,
	    DNS_FLAG_RESPONSE | DNS_FLAG_RECURSION_DESIRED | DNS_FLAG_RECURSION_AVAILABLE);
	ck_assert_uint_eq(header.counts[DNS_SECTION_QUESTION], 1);
	ck_assert_uint_eq(header.counts[DNS_SECTION_ANSWER], 0x102);
	ck_assert_uint_eq(header.counts[DNS_SECTION_AUTHORITY], 3);
	ck_assert_uint_eq(header.counts[DNS_SECTION_ADDITIONAL], 0xffff);
	ck_assert_uint_eq(lvn_reader_left(&reader.in), 1);
	ck_assert(!lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_open__shorter_than_a_header)
{
	uint8_t message[LVN_DNS_HEADER_SIZE] = {0};
	struct dns_reader reader;
	struct dns_header header;

	for (size_t size = 0; size < sizeof(message); size++)
		ck_assert_int_eq(lvn_dns_message_open(&reader, message, size, &header), -EBADMSG);
	ck_assert_int_eq(lvn_dns_message_open(&reader, message, sizeof(message), &header), 0);
	ck_assert(lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_open__longer_than_a_message)
{
	uint8_t *message = calloc(1, LVN_DNS_MESSAGE_MAX + 1);
	struct dns_reader reader;
	struct dns_header header;

	ck_assert_int_eq(lvn_dns_message_open(&reader, message, LVN_DNS_MESSAGE_MAX, &header), 0);
	ck_assert_int_eq(
	    lvn_dns_message_open(&reader, message, LVN_DNS_MESSAGE_MAX + 1, &header), -EBADMSG);
	free(message);
}

TEST(lvn_dns_message_read_name__labels_and_a_pointer)
{
	struct dns_name name;

	ck_assert(reads_name(BYTES("\7example\3com\0\3www\xc0\x0c"), 13, &name));
	check_name(&name, "www.example.com");
	/* A pointer alone, to a name that ends in a pointer. */
	ck_assert(reads_name(BYTES("\3com\0\7example\xc0\x0c\xc0\x11"), 15, &name));
	check_name(&name, "example.com");
	ck_assert(reads_name(BYTES("\0\xc0\x0c"), 1, &name));
	check_name(&name, ".");
}

TEST(lvn_dns_message_read_name__ends_behind_the_first_pointer)
{
	struct dns_reader reader = open_message(BYTES(HEADER "\1a\0\1b\xc0\x0c\1c\xc0\x0f!"));
	struct dns_name name;

	ck_assert(lvn_dns_message_read_name(&reader, &name));
	check_name(&name, "a");
	ck_assert(lvn_dns_message_read_name(&reader, &name));
	check_name(&name, "b.a");
	ck_assert(lvn_dns_message_read_name(&reader, &name));
	check_name(&name, "c.b.a");
	ck_assert_uint_eq(lvn_read_be(&reader.in, 1), '!');
	ck_assert(lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_read_name__cut_anywhere)
{
	static const uint8_t bytes[] = "\3com\0\3www\7example\xc0\x0c";

	for (size_t size = 5; size < sizeof(bytes) - 1; size++)
		ck_assert(!is_name(bytes, size, 5));
	ck_assert(is_name(bytes, sizeof(bytes) - 1, 5));
}

TEST(lvn_dns_message_read_name__pointers_go_back_and_not_into_the_header)
{
	/* To itself, to what follows, beyond the end. */
	ck_assert(!is_name(BYTES("\xc0\x0c"), 0));
	ck_assert(!is_name(BYTES("\xc0\x0e\0"), 0));
	ck_assert(!is_name(BYTES("\xff\xff"), 0));
	/* To the beginning of its own labels. */
	ck_assert(!is_name(BYTES("\1a\xc0\x0c"), 0));
	/* Two that point to each other. */
	ck_assert(!is_name(BYTES("\xc0\x0e\xc0\x0c"), 2));
	/* To labels that run into the pointer again. */
	ck_assert(!is_name(BYTES("\1a\1b\xc0\x0e"), 0));
	/* Into the header. */
	for (unsigned i = 0; i < LVN_DNS_HEADER_SIZE; i++) {
		uint8_t bytes[] = {0, 0xc0, (uint8_t)i};

		ck_assert(!is_name(bytes, sizeof(bytes), 1));
	}
}

/* Labels may run from the target through the place of the pointer's own labels: they end. */
TEST(lvn_dns_message_read_name__a_target_that_runs_into_later_labels)
{
	struct dns_name name;

	/* At 12: "b", whose byte behind is the label that points to it. */
	ck_assert(!reads_name(BYTES("\1b\1a\xc0\x0c"), 2, &name));
	ck_assert(reads_name(BYTES("\2\1b\0\xc0\x0d"), 4, &name));
	check_name(&name, "b");
}

TEST(lvn_dns_message_read_name__reserved_bits_of_a_length)
{
	uint8_t bytes[70] = {64};

	ck_assert(!is_name(bytes, sizeof(bytes), 0));
	bytes[0] = 0x80;
	ck_assert(!is_name(bytes, sizeof(bytes), 0));
	bytes[0] = 63;
	ck_assert(is_name(bytes, sizeof(bytes), 0));
}

/* Behind the root, `count` pointers, each to the one before. */
static bool
is_chain(unsigned count)
{
	uint8_t bytes[1 + 2 * 255] = {0};

	for (unsigned i = 0; i < count; i++) {
		unsigned target = LVN_DNS_HEADER_SIZE + (i == 0 ? 0 : 1 + 2 * (i - 1));

		bytes[1 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
		bytes[2 + 2 * i] = (uint8_t)target;
	}
	return is_name(bytes, 1 + 2 * (size_t)count, 1 + 2 * ((size_t)count - 1));
}

TEST(lvn_dns_message_read_name__a_chain_of_pointers_has_an_end)
{
	ck_assert(is_chain(1));
	ck_assert(is_chain(127));
	ck_assert(!is_chain(128));
	ck_assert(!is_chain(200));
}

TEST(lvn_dns_message_read_name__255_bytes_at_most)
{
	uint8_t bytes[400] = {0};
	size_t at = 0;

	for (unsigned i = 0; i < 3; i++, at += 64)
		bytes[at] = 63;
	bytes[at] = 61;
	ck_assert(is_name(bytes, sizeof(bytes), 0));
	bytes[at] = 62;
	ck_assert(!is_name(bytes, sizeof(bytes), 0));

	/* By compression: 63 bytes in front of 189 and 190. */
	at = 256;
	bytes[192] = 0;
	bytes[at] = 61;
	bytes[at + 62] = 0xc0;
	bytes[at + 63] = LVN_DNS_HEADER_SIZE;
	ck_assert(is_name(bytes, sizeof(bytes), at));
	bytes[at] = 62;
	bytes[at + 63] = 0xc0;
	bytes[at + 64] = LVN_DNS_HEADER_SIZE;
	ck_assert(!is_name(bytes, sizeof(bytes), at));
}

TEST(lvn_dns_message_skip_name__to_the_root_or_behind_a_pointer)
{
	struct dns_reader reader = open_message(BYTES(HEADER "\1a\0\1b\xc0\x0c\xc0\x0f\0!"));

	for (int i = 0; i < 4; i++)
		ck_assert(lvn_dns_message_skip_name(&reader));
	ck_assert_uint_eq(lvn_read_be(&reader.in, 1), '!');
	ck_assert(lvn_dns_message_is_done(&reader));
	ck_assert(!lvn_dns_message_skip_name(&reader));
	ck_assert(reader.in.overrun);
}

TEST(lvn_dns_message_skip_name__cut_anywhere_and_reserved_bits)
{
	static const uint8_t bytes[] = HEADER "\3www\7example\xc0\x0c";
	struct dns_reader reader;

	for (size_t size = LVN_DNS_HEADER_SIZE; size < sizeof(bytes) - 1; size++) {
		reader = open_message(bytes, size);
		ck_assert(!lvn_dns_message_skip_name(&reader));
		ck_assert(!lvn_dns_message_skip_name(&reader));
	}
	reader = open_message(BYTES(HEADER "\100aaaa"));
	ck_assert(!lvn_dns_message_skip_name(&reader));
	reader = open_message(BYTES(HEADER "\200aaaa"));
	ck_assert(!lvn_dns_message_skip_name(&reader));
}

TEST(lvn_dns_message_read_name__127_labels)
{
	uint8_t bytes[257];
	struct dns_name name;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 2 == 0 ? 1 : 'x';
	bytes[254] = 0;
	ck_assert(reads_name(bytes, 255, 0, &name));
	ck_assert_uint_eq(name.size, 255);
	bytes[254] = 1;
	bytes[256] = 0;
	ck_assert(!reads_name(bytes, 257, 0, &name));
}

TEST(lvn_dns_message_plain_data__has_no_pointers)
{
	static const uint8_t bytes[] = "\1a\0long enough for an offset of 12\xc0\x0c";
	struct dns_reader reader = lvn_dns_message_plain_data(bytes, sizeof(bytes) - 1);
	struct dns_name name;

	ck_assert(lvn_dns_message_read_name(&reader, &name));
	check_name(&name, "a");
	reader.in.at = bytes + sizeof(bytes) - 3;
	ck_assert(!lvn_dns_message_read_name(&reader, &name));
}

TEST(lvn_dns_message_read_question__name_type_class)
{
	struct dns_reader reader = open_message(BYTES(HEADER NAME "\0\x1c\0\3"));
	struct dns_question question;

	ck_assert(lvn_dns_message_read_question(&reader, &question));

	check_name(&question.name, "www.example.com");
	ck_assert_uint_eq(question.type, DNS_TYPE_AAAA);
	ck_assert_uint_eq(question.dns_class, 3);
	ck_assert(lvn_dns_message_is_done(&reader));
	ck_assert(!lvn_dns_message_read_question(&reader, &question));
	ck_assert(!lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_read_record__fields)
{
	struct dns_reader reader =
	    open_message(BYTES(HEADER NAME A_IN TO_12 A_IN "\0\1\0\2\0\4\xc0\0\2\1"));
	struct dns_question question;
	struct dns_record record;

	ck_assert(lvn_dns_message_read_question(&reader, &question));
	ck_assert(lvn_dns_message_read_record(&reader, &record));

	check_name(&record.owner, "www.example.com");
	ck_assert_uint_eq(record.type, DNS_TYPE_A);
	ck_assert_uint_eq(record.dns_class, DNS_CLASS_IN);
	ck_assert_uint_eq(record.ttl, 0x10002);
	ck_assert_uint_eq(record.data_size, 4);
	ck_assert_mem_eq(record.data, "\xc0\0\2\1", 4);
	ck_assert(lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_read_record__a_ttl_with_the_highest_bit_is_0)
{
	struct dns_reader reader = open_message(BYTES(HEADER "\0" A_IN "\x7f\xff\xff\xff\0\0"
							     "\0" A_IN "\x80\0\0\0\0\0"
							     "\0" A_IN "\xff\xff\xff\xff\0\0"
							     "\0\0\x29\0\1\xff\1\x80\0\0\0"));
	struct dns_record record;

	ck_assert(lvn_dns_message_read_record(&reader, &record));
	ck_assert_uint_eq(record.ttl, INT32_MAX);
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	ck_assert_uint_eq(record.ttl, 0);
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	ck_assert_uint_eq(record.ttl, 0);
	/* The fields of an OPT record. */
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	ck_assert_uint_eq(record.ttl, 0xff018000);
}

TEST(lvn_dns_message_read_record__cut_anywhere)
{
	static const uint8_t message[] = HEADER NAME A_IN "\0\0\0\1\0\4\xc0\0\2\1";

	for (size_t size = LVN_DNS_HEADER_SIZE; size < sizeof(message) - 1; size++) {
		uint8_t *cut = malloc(size);
		struct dns_reader reader;
		struct dns_record record;

		memcpy(cut, message, size);
		reader = open_message(cut, size);
		ck_assert(!lvn_dns_message_read_record(&reader, &record));
		ck_assert(!lvn_dns_message_is_done(&reader));
		free(cut);
	}
}

TEST(lvn_dns_message_data__ends_with_the_record)
{
	struct dns_reader reader = open_message(BYTES(
	    HEADER NAME "\0\5\0\1\0\0\0\1\0\4\1x\xc0\x0c" NAME "\0\5\0\1\0\0\0\1\0\3\1x\xc0\x0c"));
	struct dns_record record;
	struct dns_reader data;
	struct dns_name name;

	ck_assert(lvn_dns_message_read_record(&reader, &record));
	data = lvn_dns_message_data(&reader, &record);
	ck_assert(lvn_dns_message_read_name(&data, &name));
	check_name(&name, "x.www.example.com");
	ck_assert(lvn_dns_message_is_done(&data));
	/* The second byte of the pointer is not in the data any more. */
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	data = lvn_dns_message_data(&reader, &record);
	ck_assert(!lvn_dns_message_read_name(&data, &name));
}

static struct dns_question
question_of(const char *text, uint16_t type)
{
	return (struct dns_question){name_of(text), type, DNS_CLASS_IN};
}

static int
write_a(struct dns_writer *writer, const char *owner, const void *address)
{
	struct dns_name name = name_of(owner);

	lvn_dns_message_begin_record(
	    writer, DNS_SECTION_ANSWER, &name, DNS_TYPE_A, DNS_CLASS_IN, 60);
	lvn_write_bytes(&writer->out, address, 4);
	return lvn_dns_message_end_record(writer);
}

TEST(lvn_dns_message_write__question_and_record)
{
	static const uint8_t expected[] =
	    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" NAME A_IN TO_12 A_IN "\0\0\0\x3c\0\4\xc0\0\2\1";
	struct dns_question question = question_of("www.example.com", DNS_TYPE_A);
	uint8_t message[LVN_DNS_PLAIN_MAX];
	struct dns_writer writer;

	lvn_dns_message_begin(&writer, message, sizeof(message), 0x1234, 0x8100);
	ck_assert_int_eq(lvn_dns_message_write_question(&writer, &question), 0);
	ck_assert_int_eq(write_a(&writer, "www.example.com", "\xc0\0\2\1"), 0);
	lvn_dns_message_set_flags(&writer, 0x8180);

	ck_assert_uint_eq(lvn_dns_message_size(&writer), sizeof(expected) - 1);
	ck_assert_mem_eq(message, expected, sizeof(expected) - 1);
}

/* Writes the names into the data of one record; returns their bytes. */
static size_t
write_names(uint8_t *message, size_t limit, const char *const *names, size_t count)
{
	struct dns_name root = name_of(".");
	struct dns_writer writer;
	size_t before;

	lvn_dns_message_begin(&writer, message, limit, 0, 0);
	lvn_dns_message_begin_record(
	    &writer, DNS_SECTION_ANSWER, &root, DNS_TYPE_MX, DNS_CLASS_IN, 0);
	before = lvn_dns_message_size(&writer);
	for (size_t i = 0; i < count; i++) {
		struct dns_name name = name_of(names[i]);

		lvn_dns_message_write_compressed(&writer, &name);
	}
	ck_assert_int_eq(lvn_dns_message_end_record(&writer), 0);
	return lvn_dns_message_size(&writer) - before;
}

TEST(lvn_dns_message_write_compressed__points_to_the_longest_name_written_before)
{
	static const char *const names[] = {"a.example.com", "example.com", "b.a.example.com",
	    "com", "com.example", "b.a.example.com", "."};
	/* The first one begins at 12 + 11. */
	static const uint8_t expected[] = "\1a\7example\3com\0"
					  "\xc0\x19"
					  "\1b\xc0\x17"
					  "\xc0\x21"
					  "\3com\7example\0"
					  "\xc0\x28"
					  "\0";
	uint8_t message[LVN_DNS_PLAIN_MAX];
	size_t size = write_names(message, sizeof(message), names, LVN_COUNT_OF(names));

	ck_assert_uint_eq(size, sizeof(expected) - 1);
	ck_assert_mem_eq(message + 23, expected, sizeof(expected) - 1);
}

TEST(lvn_dns_message_write_compressed__keeps_upper_and_lower_case)
{
	static const char *const names[] = {
	    "www.Example.com", "www.example.com", "WWW.Example.com"};
	static const uint8_t expected[] = "\3www\7Example\3com\0"
					  "\3www\7example\xc0\x23"
					  "\3WWW\xc0\x1b";
	uint8_t message[LVN_DNS_PLAIN_MAX];
	size_t size = write_names(message, sizeof(message), names, LVN_COUNT_OF(names));

	ck_assert_uint_eq(size, sizeof(expected) - 1);
	ck_assert_mem_eq(message + 23, expected, sizeof(expected) - 1);
}

TEST(lvn_dns_message_end_record__one_byte_too_little)
{
	struct dns_question question = question_of("www.example.com", DNS_TYPE_A);
	/* Header, question, record with a pointer. */
	size_t needed = 12 + 21 + 16;

	for (size_t limit = 12 + 21; limit <= needed; limit++) {
		uint8_t *message = malloc(limit), before[64];
		struct dns_writer writer;

		lvn_dns_message_begin(&writer, message, limit, 1, 2);
		ck_assert_int_eq(lvn_dns_message_write_question(&writer, &question), 0);
		memcpy(before, message, 12 + 21);
		ck_assert_int_eq(
		    write_a(&writer, "www.example.com", "abcd"), limit == needed ? 0 : -EMSGSIZE);
		ck_assert_uint_eq(
		    lvn_dns_message_size(&writer), limit == needed ? needed : 12 + 21);
		if (limit < needed)
			ck_assert_mem_eq(message, before, 12 + 21);
		free(message);
	}
}

TEST(lvn_dns_message_end_record__goes_on_after_a_record_that_was_too_long)
{
	struct dns_name owner = name_of("long.example.org"), other = name_of("example.org");
	uint8_t message[64];
	struct dns_writer writer;
	struct dns_reader reader;
	struct dns_record record;

	lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0);
	lvn_dns_message_begin_record(
	    &writer, DNS_SECTION_ANSWER, &owner, DNS_TYPE_TXT, DNS_CLASS_IN, 0);
	for (unsigned i = 0; i < 64; i++)
		lvn_write_be(&writer.out, 0, 1);
	ck_assert_int_eq(lvn_dns_message_end_record(&writer), -EMSGSIZE);
	/* Its labels are forgotten as targets. */
	lvn_dns_message_begin_record(
	    &writer, DNS_SECTION_AUTHORITY, &other, DNS_TYPE_TXT, DNS_CLASS_IN, 7);
	lvn_write_be(&writer.out, 0, 1);
	ck_assert_int_eq(lvn_dns_message_end_record(&writer), 0);

	ck_assert_mem_eq(message + 4, "\0\0\0\0\0\1\0\0", 8);
	reader = open_message(message, lvn_dns_message_size(&writer));
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	check_name(&record.owner, "example.org");
	ck_assert(lvn_dns_message_is_done(&reader));
}

TEST(lvn_dns_message_write_question__one_byte_too_little)
{
	struct dns_question question = question_of("a.b", DNS_TYPE_A);
	uint8_t message[12 + 9];
	struct dns_writer writer;

	lvn_dns_message_begin(&writer, message, sizeof(message) - 1, 0, 0);
	ck_assert_int_eq(lvn_dns_message_write_question(&writer, &question), -EMSGSIZE);
	ck_assert_uint_eq(lvn_dns_message_size(&writer), 12);
	lvn_dns_message_extend(&writer, 1);
	ck_assert_int_eq(lvn_dns_message_write_question(&writer, &question), 0);
	ck_assert_mem_eq(message + 4, "\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1", 17);
}

/* Thousands of names, far more than are remembered, and beyond what pointers reach. */
TEST(lvn_dns_message_write_compressed__names_of_a_full_message)
{
	uint8_t *message = malloc(LVN_DNS_MESSAGE_MAX);
	struct dns_writer writer;
	struct dns_reader reader;
	struct dns_header header;
	struct dns_record record;
	unsigned count = 0;
	char text[64];

	lvn_dns_message_begin(&writer, message, LVN_DNS_MESSAGE_MAX, 0, 0);
	do
		snprintf(text, sizeof(text), "host-%u.zone-%u.example.com", count, count % 7);
	while (write_a(&writer, text, "abcd") == 0 && ++count > 0);

	ck_assert_uint_gt(count, 1000);
	ck_assert_uint_gt(lvn_dns_message_size(&writer), LVN_DNS_MESSAGE_MAX - 64);
	ck_assert_int_eq(
	    lvn_dns_message_open(&reader, message, lvn_dns_message_size(&writer), &header), 0);
	ck_assert_uint_eq(header.counts[DNS_SECTION_ANSWER], count);
	for (unsigned i = 0; i < count; i++) {
		if (!lvn_dns_message_read_record(&reader, &record))
			ck_abort_msg("record %u", i);
		snprintf(text, sizeof(text), "host-%u.zone-%u.example.com", i, i % 7);
		check_name(&record.owner, text);
	}
	ck_assert(lvn_dns_message_is_done(&reader));
	free(message);
}

/* A name of one to four labels from few letters, so that many share an end. */
static struct dns_name
random_name(uint32_t *state)
{
	static const char labels[][8] = {"a", "A", "bc", "example", "com"};
	struct dns_name name = name_of(".");

	do {
		struct dns_name label;

		*state = *state * 1664525 + 1013904223;
		label = name_of(labels[(*state >> 16) % LVN_COUNT_OF(labels)]);
		ck_assert_int_eq(lvn_dns_name_append(&label, &name), 0);
		name = label;
	} while (*state >> 30 != 0 && name.size < 200);
	return name;
}

TEST(lvn_dns_message_write_compressed__random_names_are_read_again)
{
	uint32_t state = 1;

	for (unsigned round = 0; round < 500; round++) {
		struct dns_name root = name_of("."), names[60];
		uint8_t message[4096];
		struct dns_writer writer;
		struct dns_reader reader;
		struct dns_record record;

		lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0);
		lvn_dns_message_begin_record(
		    &writer, DNS_SECTION_ANSWER, &root, DNS_TYPE_NS, DNS_CLASS_IN, 0);
		for (size_t i = 0; i < LVN_COUNT_OF(names); i++) {
			names[i] = random_name(&state);
			lvn_dns_message_write_compressed(&writer, &names[i]);
		}
		ck_assert_int_eq(lvn_dns_message_end_record(&writer), 0);
		reader = open_message(message, lvn_dns_message_size(&writer));
		ck_assert(lvn_dns_message_read_record(&reader, &record));
		reader = lvn_dns_message_data(&reader, &record);
		for (size_t i = 0; i < LVN_COUNT_OF(names); i++) {
			struct dns_name name;

			if (!lvn_dns_message_read_name(&reader, &name) ||
			    !lvn_dns_name_same_case(&name, &names[i]))
				ck_abort_msg("name %zu of round %u", i, round);
		}
		ck_assert(lvn_dns_message_is_done(&reader));
	}
}

/*
 * The hash of a.a.N is that of a.N for one N in 65,536.  What the caller's memory holds behind
 * the first label must not matter then.
 */
TEST(lvn_dns_message_write_compressed__never_points_into_the_name_itself)
{
	for (unsigned n = 0; n < 400000; n++) {
		uint8_t message[64] = {0};
		struct dns_question question = {.type = DNS_TYPE_A, .dns_class = DNS_CLASS_IN};
		struct dns_writer writer;
		char text[32];
		int length = snprintf(text, sizeof(text), "a.a.%u", n);

		if (lvn_dns_name_parse(text, (size_t)length, &question.name) < 0)
			ck_abort();
		memcpy(message + LVN_DNS_HEADER_SIZE + 2, question.name.wire + 4,
		    question.name.size - 4U);
		lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0);
		if (lvn_dns_message_write_question(&writer, &question) < 0 ||
		    memcmp(message + LVN_DNS_HEADER_SIZE, question.name.wire, question.name.size) !=
			0)
			ck_abort_msg("%s", text);
	}
}
