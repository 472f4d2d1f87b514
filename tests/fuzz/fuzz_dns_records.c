/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as the data of a record whose type the first one chooses: what can be read is written
 * again, alone and in a message, is the same there, and has a text.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_records.h"
#include "dns/dns_text.h"
#include "fuzz/must.h"

static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_SOA,
    DNS_TYPE_PTR, DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_NAPTR,
    DNS_TYPE_DNAME, DNS_TYPE_TLSA, DNS_TYPE_SVCB, DNS_TYPE_HTTPS, DNS_TYPE_CAA, 65280};

static uint8_t plain[LVN_DNS_MESSAGE_MAX], plain_again[LVN_DNS_MESSAGE_MAX];
static uint8_t message[LVN_DNS_MESSAGE_MAX];
/* Four characters for each byte and a few for each field. */
static char text[4 * LVN_DNS_MESSAGE_MAX + 4096];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the size of the plain data. */
static size_t
write_plain(const struct dns_data *data, uint8_t *bytes_out)
{
	struct writer out = {bytes_out, bytes_out + LVN_DNS_MESSAGE_MAX, false};

	lvn_dns_records_write_plain(&out, data);
	must(!out.overrun);
	must((size_t)(out.at - bytes_out) == lvn_dns_records_plain_size(data));
	return (size_t)(out.at - bytes_out);
}

static void
check_text(const struct dns_data *data)
{
	static char cut[64];
	size_t length = lvn_dns_text_print_data(data, text, sizeof(text));

	must(length < sizeof(text) && strlen(text) == length);
	must(lvn_dns_text_print_data(data, cut, sizeof(cut)) == length);
	must(strlen(cut) == (length < sizeof(cut) ? length : sizeof(cut) - 1));
	must(strncmp(cut, text, strlen(cut)) == 0);
	for (size_t i = 0; i < length; i++)
		must((uint8_t)text[i] >= ' ' && text[i] != 0x7f);
}

/* The data in a message are read as the same again. */
static void
check_in_message(const struct dns_data *data, const uint8_t *expected, size_t size)
{
	static const struct dns_name owner = {9, {4, 'm', 'a', 'i', 'l', 2, 'a', 'b', 0}};
	struct dns_writer writer;
	struct dns_header header;
	struct dns_reader reader;
	struct dns_record record;
	struct dns_data again;

	lvn_dns_message_begin(&writer, message, sizeof(message), 0, 0);
	lvn_dns_message_begin_record(
	    &writer, DNS_SECTION_ANSWER, &owner, data->type, DNS_CLASS_IN, 0);
	lvn_dns_records_write(&writer, data);
	must(lvn_dns_message_end_record(&writer) == 0);
	must(lvn_dns_message_open(&reader, message, lvn_dns_message_size(&writer), &header) == 0);
	must(lvn_dns_message_read_record(&reader, &record));
	must(record.data_size <= size);
	reader = lvn_dns_message_data(&reader, &record);
	must(lvn_dns_records_read(&reader, record.type, &again) == 0);
	must(write_plain(&again, plain_again) == size);
	must(memcmp(plain_again, expected, size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_reader reader;
	struct dns_data read;
	uint16_t type;

	if (size == 0 || size > 4096)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	reader = lvn_dns_message_plain_data(data + 1, size - 1);
	if (lvn_dns_records_read(&reader, type, &read) < 0)
		return 0;
	must(write_plain(&read, plain) == size - 1);
	must(memcmp(plain, data + 1, size - 1) == 0);
	check_text(&read);
	check_in_message(&read, data + 1, size - 1);
	return 0;
}
