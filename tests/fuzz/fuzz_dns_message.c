/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as a message: what can be read is written again, with compression, and read the same.
 * The first byte chooses whether the second message may be as long as it needs.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_edns.h"
#include "dns/dns_message.h"
#include "fuzz/must.h"

static uint8_t copy[LVN_DNS_MESSAGE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_name(const struct dns_name *name)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	size_t length = lvn_dns_name_print(name, text);
	struct dns_name again;

	must(length == strlen(text));
	must(lvn_dns_name_parse(text, length, &again) == 0);
	must(lvn_dns_name_same_case(name, &again));
	must(lvn_dns_name_from_wire(name->wire, name->size, &again) == 0);
	must(lvn_dns_name_is_below(name, &again));
}

static void
check_edns(const struct dns_edns *edns)
{
	struct dns_cookie cookie;

	must(edns->udp_size >= LVN_DNS_PLAIN_MAX);
	if (lvn_dns_edns_cookie(edns, &cookie) == 0)
		must(cookie.server_size <= LVN_DNS_SERVER_COOKIE_MAX);
}

static bool
write_record(struct dns_writer *writer, enum dns_section section, const struct dns_record *record)
{
	lvn_dns_message_begin_record(
	    writer, section, &record->owner, record->type, record->dns_class, record->ttl);
	lvn_write_bytes(&writer->out, record->data, record->data_size);
	return lvn_dns_message_end_record(writer) == 0;
}

/* Returns whether all of the message could be read, and written within the limit. */
static bool
rewrite(struct dns_reader *reader, const struct dns_header *header, struct dns_writer *writer)
{
	struct dns_question question;
	struct dns_record record;

	for (unsigned i = 0; i < header->counts[DNS_SECTION_QUESTION]; i++) {
		if (!lvn_dns_message_read_question(reader, &question))
			return false;
		check_name(&question.name);
		if (lvn_dns_message_write_question(writer, &question) < 0)
			return false;
	}
	for (unsigned section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++) {
		for (unsigned i = 0; i < header->counts[section]; i++) {
			if (!lvn_dns_message_read_record(reader, &record))
				return false;
			check_name(&record.owner);
			if (!write_record(writer, section, &record))
				return false;
		}
	}
	return true;
}

static void
compare(struct dns_reader *one, struct dns_reader *two, const struct dns_header *header)
{
	unsigned records = header->counts[DNS_SECTION_ANSWER] +
			   header->counts[DNS_SECTION_AUTHORITY] +
			   header->counts[DNS_SECTION_ADDITIONAL];
	struct dns_question question, question_again;
	struct dns_record record, again;

	for (unsigned i = 0; i < header->counts[DNS_SECTION_QUESTION]; i++) {
		must(lvn_dns_message_read_question(one, &question));
		must(lvn_dns_message_read_question(two, &question_again));
		must(lvn_dns_name_same_case(&question.name, &question_again.name));
		must(question.type == question_again.type);
		must(question.dns_class == question_again.dns_class);
	}
	for (unsigned i = 0; i < records; i++) {
		must(lvn_dns_message_read_record(one, &record));
		must(lvn_dns_message_read_record(two, &again));
		must(lvn_dns_name_same_case(&record.owner, &again.owner));
		must(record.type == again.type && record.dns_class == again.dns_class);
		must(record.ttl == again.ttl && record.data_size == again.data_size);
		must(memcmp(record.data, again.data, record.data_size) == 0);
	}
	must(lvn_dns_message_is_done(two));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_header header, header_again;
	struct dns_reader reader, start, again;
	struct dns_writer writer;
	struct dns_edns edns;
	size_t limit;

	if (size == 0)
		return 0;
	limit = data[0] % 2 == 0 ? sizeof(copy) : LVN_DNS_HEADER_SIZE + (size_t)data[0];
	if (lvn_dns_edns_find(data + 1, size - 1, &edns) == 0)
		check_edns(&edns);
	if (lvn_dns_message_open(&reader, data + 1, size - 1, &header) < 0)
		return 0;
	start = reader;
	lvn_dns_message_begin(&writer, copy, limit, header.id, header.flags);
	if (!rewrite(&reader, &header, &writer))
		return 0;
	must(lvn_dns_message_size(&writer) <= limit);
	must(lvn_dns_message_open(&again, copy, lvn_dns_message_size(&writer), &header_again) == 0);
	must(memcmp(&header, &header_again, sizeof(header)) == 0);
	compare(&start, &again, &header);
	return 0;
}
