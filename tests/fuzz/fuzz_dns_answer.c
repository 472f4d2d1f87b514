/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reply to a question about "a.b": flags, type and counts are the first bytes, what is behind
 * the question the others.  An answer must keep its invariants; without aliases it has the
 * records that a plain walk through the message counts.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_answer.h"
#include "fuzz/must.h"

enum { CHOICES = 7, SIZE_MAX_HERE = 4096 };

static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_CNAME, DNS_TYPE_PTR,
    DNS_TYPE_SOA, DNS_TYPE_TXT, DNS_TYPE_HTTPS, 65280};

static uint8_t message[SIZE_MAX_HERE];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_invariants(const struct dns_answer *answer)
{
	const uint8_t *data = NULL;
	struct dns_name name;
	size_t size, count = 0, total = 0;

	must(answer->references == 1);
	must((answer->status == 0) == (answer->count > 0));
	must(answer->ttl <= INT32_MAX);
	while ((data = lvn_dns_answer_next(answer, data, &size))) {
		must(data + size <= answer->data + answer->records_size);
		count++;
		total += size;
		if (answer->type == DNS_TYPE_CNAME || answer->type == DNS_TYPE_PTR)
			must(lvn_dns_name_from_wire(data, size, &name) == 0);
	}
	must(count == answer->count && total <= answer->records_size);
	if (lvn_dns_answer_addresses(answer))
		must(total == answer->records_size);
	if (lvn_dns_answer_canonical(answer, &name))
		must(lvn_dns_name_from_wire(name.wire, name.size, &name) == 0);
}

/* The records of the question's name and type; -1 if it has an alias, or is malformed. */
static int
count_records(size_t size, const struct dns_question *question)
{
	struct dns_question asked;
	struct dns_header header;
	struct dns_reader reader;
	struct dns_record record;
	int count = 0;

	must(lvn_dns_message_open(&reader, message, size, &header) == 0);
	must(lvn_dns_message_read_question(&reader, &asked));
	for (unsigned i = 0; i < header.counts[DNS_SECTION_ANSWER]; i++) {
		if (!lvn_dns_message_read_record(&reader, &record))
			return -1;
		if (!lvn_dns_name_equal(&record.owner, &question->name) ||
		    record.dns_class != DNS_CLASS_IN)
			continue;
		if (record.type == question->type)
			count++;
		else if (record.type == DNS_TYPE_CNAME)
			return -1;
	}
	return count;
}

/* Puts a message together; returns its size. */
static size_t
make_message(const uint8_t *data, size_t size, struct dns_question *question_out)
{
	struct dns_writer writer;

	*question_out = (struct dns_question){
	    {5, {1, 'a', 1, 'b', 0}}, types[data[0] % (sizeof(types) / sizeof(types[0]))], 1};
	lvn_dns_message_begin(&writer, message, sizeof(message), 0,
	    (uint16_t)(DNS_FLAG_RESPONSE | (data[1] & DNS_RCODE_MASK) | data[2] % 8 << 8));
	must(lvn_dns_message_write_question(&writer, question_out) == 0);
	lvn_write_bytes(&writer.out, data + CHOICES, size - CHOICES);
	for (unsigned section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++)
		message[5 + 2 * section] = data[2 + section] % 32;
	return lvn_dns_message_size(&writer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question question;
	struct dns_answer *answer;
	int expected;

	if (size < CHOICES || size > SIZE_MAX_HERE / 2)
		return 0;
	size = make_message(data, size, &question);
	expected = count_records(size, &question);
	if (lvn_dns_answer_read(message, size, &question, &answer) < 0)
		return 0;
	check_invariants(answer);
	if (expected >= 0 && (answer->status == 0 || answer->status == LVN_DNS_STATUS_NODATA))
		must(answer->count == expected);
	lvn_dns_answer_unref(answer);
	return 0;
}
