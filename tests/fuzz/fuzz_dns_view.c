/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reply to a question about "a.b" as an answer of levin/dns.h.  Bytes say what the records are:
 * section, owner, type, size of the data; or they are what follows the question.  An answer has
 * the records that a plain walk through the message finds, refers to its own memory alone, and
 * what it says of each record agrees with the record's data.
 */
#include <levin/dns.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_exchange.h"
#include "dns/dns_records.h"
#include "dns/dns_view.h"
#include "fuzz/must.h"

enum { HEAD = 5, RECORD_HEAD = 5, SIZE_MAX_HERE = 4096 };

static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_SOA,
    DNS_TYPE_PTR, DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_NAPTR,
    DNS_TYPE_OPT, DNS_TYPE_DNAME, DNS_TYPE_TLSA, DNS_TYPE_SVCB, DNS_TYPE_HTTPS, DNS_TYPE_CAA,
    65280};

static const struct dns_name names[] = {{5, {1, 'a', 1, 'b', 0}}, {5, {1, 'A', 1, 'B', 0}},
    {7, {1, 'c', 1, 'a', 1, 'b', 0}}, {1, {0}}, {5, {3, '.', '\\', 0, 0}}};

static uint8_t message[LVN_DNS_MESSAGE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- Messages ------------------------------------------------------------------------- */

/* Adds a record that the bytes describe; returns how many these are. */
static size_t
add_record(struct dns_writer *writer, const uint8_t *data, size_t size)
{
	size_t data_size = data[3];
	unsigned section = writer->record_section + data[0] % 2;

	if (data_size > size - RECORD_HEAD)
		data_size = size - RECORD_HEAD;
	if (section < DNS_SECTION_ANSWER)
		section = DNS_SECTION_ANSWER;
	if (section > DNS_SECTION_ADDITIONAL)
		section = DNS_SECTION_ADDITIONAL;
	lvn_dns_message_begin_record(writer, section, &names[data[1] % LVN_COUNT_OF(names)],
	    types[data[2] % LVN_COUNT_OF(types)], data[4] == 3 ? 3 : DNS_CLASS_IN, data[4]);
	lvn_write_bytes(&writer->out, data + RECORD_HEAD, data_size);
	(void)!lvn_dns_message_end_record(writer);
	return RECORD_HEAD + data_size;
}

/* Returns the size of the message. */
static size_t
make_message(const uint8_t *data, size_t size)
{
	struct dns_question question = {
	    names[0], types[data[0] % LVN_COUNT_OF(types)], DNS_CLASS_IN};
	struct dns_writer writer;

	lvn_dns_message_begin(
	    &writer, message, sizeof(message), 0, (uint16_t)(DNS_FLAG_RESPONSE | data[1] << 4));
	must(lvn_dns_message_write_question(&writer, &question) == 0);
	if (data[2] > 64) {
		for (size_t at = HEAD; at + RECORD_HEAD <= size;)
			at += add_record(&writer, data + at, size - at);
	} else {
		lvn_write_bytes(&writer.out, data + HEAD, size - HEAD);
		for (unsigned section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++)
			message[5 + 2 * section] = data[1 + section] % 32;
	}
	return lvn_dns_message_size(&writer);
}

/* Counts the records of each section that an answer has.  Returns whether all could be read. */
static bool
count_records(size_t size, size_t counts_out[DNS_SECTION_COUNT])
{
	struct dns_question question;
	struct dns_header header;
	struct dns_reader reader;

	must(lvn_dns_message_open(&reader, message, size, &header) == 0);
	must(lvn_dns_message_read_question(&reader, &question));
	for (size_t section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++) {
		counts_out[section] = 0;
		for (unsigned i = 0; i < header.counts[section]; i++) {
			struct dns_record record;
			struct dns_reader in;
			struct dns_data data;

			if (!lvn_dns_message_read_record(&reader, &record))
				return false;
			if (record.dns_class != DNS_CLASS_IN || record.type == DNS_TYPE_OPT)
				continue;
			in = lvn_dns_message_data(&reader, &record);
			if (lvn_dns_records_read(&in, record.type, &data) < 0)
				return false;
			counts_out[section]++;
		}
	}
	return lvn_dns_message_is_done(&reader);
}

/* ---- Answers -------------------------------------------------------------------------- */

/* The text is that of a name, and of this one if that is not NULL. */
static void
check_name(const char *text, const struct dns_name *expected)
{
	struct dns_name name;

	must(lvn_dns_name_parse(text, strlen(text), &name) == 0);
	must(!expected || lvn_dns_name_equal(&name, expected));
}

static void
check_text(const struct levin_dns_record *record)
{
	char cut[20];
	size_t length = levin_dns_record_print(record, NULL, 0);
	char *text = malloc(length + 1);

	must(length > 0 && levin_dns_record_print(record, text, length + 1) == length);
	must(strlen(text) == length);
	must(levin_dns_record_print(record, cut, sizeof(cut)) == length);
	must(strncmp(cut, text, strlen(cut)) == 0);
	free(text);
}

/* Its strings are the data, with a byte for the size of each. */
static void
check_strings(const struct levin_dns_record *record)
{
	size_t size = 0;

	for (size_t i = 0; i < record->as.txt.count; i++) {
		must(record->as.txt.strings[i].bytes == record->data.bytes + size + 1);
		size += 1 + record->as.txt.strings[i].size;
	}
	must(record->as.txt.count > 0 && size == record->data.size);
}

static void
check_parameters(const struct levin_dns_svcb *svcb)
{
	for (size_t i = 1; i < svcb->count; i++)
		must(svcb->parameters[i].key > svcb->parameters[i - 1].key);
}

static void
check_data(const struct levin_dns_record *record)
{
	struct dns_reader in = lvn_dns_message_plain_data(record->data.bytes, record->data.size);
	struct dns_data data;

	must(lvn_dns_records_read(&in, record->type, &data) == 0);
	switch (record->type) {
	case DNS_TYPE_A:
		must(memcmp(&record->as.a, record->data.bytes, 4) == 0);
		break;
	case DNS_TYPE_AAAA:
		must(memcmp(&record->as.aaaa, record->data.bytes, 16) == 0);
		break;
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
	case DNS_TYPE_DNAME:
		check_name(record->as.name, &data.as.name);
		break;
	case DNS_TYPE_MX:
		check_name(record->as.mx.exchange, &data.as.mx.exchange);
		break;
	case DNS_TYPE_SOA:
		check_name(record->as.soa.primary, &data.as.soa.primary);
		check_name(record->as.soa.mailbox, &data.as.soa.mailbox);
		break;
	case DNS_TYPE_SRV:
		check_name(record->as.srv.target, &data.as.srv.target);
		break;
	case DNS_TYPE_NAPTR:
		check_name(record->as.naptr.replacement, &data.as.naptr.replacement);
		break;
	case DNS_TYPE_TXT:
		check_strings(record);
		break;
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		check_name(record->as.svcb.target, &data.as.svcb.target);
		check_parameters(&record->as.svcb);
		break;
	default:
		break;
	}
}

static void
check_section(const struct levin_dns_record *record, size_t count)
{
	for (; record; record = record->next) {
		must(count-- > 0 && record->dns_class == DNS_CLASS_IN);
		check_name(record->name, NULL);
		check_data(record);
		check_text(record);
	}
	must(count == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_outcome outcome = {.rcode = 0};
	size_t counts[DNS_SECTION_COUNT];
	struct levin_dns_answer *answer;
	uint8_t *copy;
	int rc;

	if (size < HEAD || size > SIZE_MAX_HERE)
		return 0;
	outcome.size = make_message(data, size);
	copy = malloc(outcome.size);
	memcpy(copy, message, outcome.size);
	outcome.message = copy;
	rc = lvn_dns_view_new(&outcome, &names[1], &answer);
	free(copy);
	must((rc == 0) == count_records(outcome.size, counts));
	if (rc < 0)
		return 0;
	/* In the case that the program has asked in. */
	must(strcmp(answer->name, "A.B") == 0);
	check_section(answer->records, counts[DNS_SECTION_ANSWER]);
	check_section(answer->authority, counts[DNS_SECTION_AUTHORITY]);
	check_section(answer->additional, counts[DNS_SECTION_ADDITIONAL]);
	lvn_dns_view_free(answer);
	return 0;
}
