/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads messages, one in hexadecimal digits on each line.  Prints each record on a line of its
 * own, with its data as bytes and as text, and then the message as it is written again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "dns/dns_records.h"
#include "dns/dns_text.h"

enum { LINE_MAX_HERE = 2 * LVN_DNS_MESSAGE_MAX + 2, TEXT_CAPACITY = 1 << 18 };

static char line[LINE_MAX_HERE], text[TEXT_CAPACITY];
static uint8_t message[LVN_DNS_MESSAGE_MAX], again[LVN_DNS_MESSAGE_MAX];
static uint8_t plain[2 * LVN_DNS_MESSAGE_MAX];

static size_t
read_hex(const char *digits, uint8_t *bytes_out)
{
	size_t size = 0;

	while (digits[0] >= '0' && digits[1] >= '0') {
		bytes_out[size++] = (uint8_t)(lvn_number_digit_value(digits[0]) << 4 |
					      lvn_number_digit_value(digits[1]));
		digits += 2;
	}
	return size;
}

static void
print_hex(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static void
print_record(const struct dns_record *record, const struct dns_data *data)
{
	struct writer out = {plain, plain + sizeof(plain), false};
	char owner[LVN_DNS_NAME_TEXT_CAPACITY], type[LVN_DNS_TYPE_TEXT_CAPACITY];

	lvn_dns_name_print(&record->owner, owner);
	lvn_dns_text_print_type(record->type, type);
	lvn_dns_records_write_plain(&out, data);
	lvn_dns_text_print_data(data, text, sizeof(text));
	printf("record|%s|%s|%u|%lu|", owner, type, record->dns_class, (unsigned long)record->ttl);
	print_hex(plain, (size_t)(out.at - plain));
	printf("|%s\n", text);
}

static bool
copy_record(struct dns_reader *reader, struct dns_writer *writer, enum dns_section section)
{
	struct dns_record record;
	struct dns_reader in;
	struct dns_data data;

	if (!lvn_dns_message_read_record(reader, &record))
		return false;
	in = lvn_dns_message_data(reader, &record);
	if (lvn_dns_records_read(&in, record.type, &data) < 0)
		return false;
	print_record(&record, &data);
	lvn_dns_message_begin_record(
	    writer, section, &record.owner, record.type, record.dns_class, record.ttl);
	lvn_dns_records_write(writer, &data);
	return lvn_dns_message_end_record(writer) == 0;
}

static bool
copy_message(size_t size, struct dns_writer *writer)
{
	struct dns_question question;
	struct dns_header header;
	struct dns_reader reader;

	if (lvn_dns_message_open(&reader, message, size, &header) < 0)
		return false;
	lvn_dns_message_begin(writer, again, sizeof(again), header.id, header.flags);
	for (unsigned i = 0; i < header.counts[DNS_SECTION_QUESTION]; i++) {
		if (!lvn_dns_message_read_question(&reader, &question) ||
		    lvn_dns_message_write_question(writer, &question) < 0)
			return false;
	}
	for (unsigned section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++) {
		for (unsigned i = 0; i < header.counts[section]; i++) {
			if (!copy_record(&reader, writer, section))
				return false;
		}
	}
	return lvn_dns_message_is_done(&reader);
}

int
main(void)
{
	struct dns_writer writer;

	while (fgets(line, sizeof(line), stdin)) {
		if (copy_message(read_hex(line, message), &writer)) {
			printf("message|");
			print_hex(again, lvn_dns_message_size(&writer));
			printf("\n");
		} else {
			printf("malformed\n");
		}
	}
	return EXIT_SUCCESS;
}
