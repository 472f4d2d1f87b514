/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_edns.h"

#include <errno.h>
#include <string.h>

/* The fields of the TTL (RFC 6891 6.1.3). */
#define RCODE_SHIFT   24
#define VERSION_SHIFT 16
#define DNSSEC_OK     0x8000

#define RECORD_CLASS_AND_TTL_SIZE    6
#define QUESTION_TYPE_AND_CLASS_SIZE 4

/* The code and the size in front of an option's data. */
#define OPTION_HEADER_SIZE 4

/* Reads one option. */
static bool
read_option(struct reader *in, uint16_t *code_out, const uint8_t **data_out, size_t *size_out)
{
	*code_out = (uint16_t)lvn_read_be(in, 2);
	*size_out = (size_t)lvn_read_be(in, 2);
	*data_out = lvn_read_bytes(in, *size_out);
	return !in->overrun;
}

static bool
are_options_well_formed(const uint8_t *options, size_t size)
{
	struct reader in = {options, options + size, false};
	const uint8_t *data;
	uint16_t code;
	size_t data_size;

	while (lvn_reader_left(&in) > 0) {
		if (!read_option(&in, &code, &data, &data_size))
			return false;
	}
	return true;
}

int
lvn_dns_edns_of_record(const struct dns_record *record, struct dns_edns *edns_out)
{
	if (record->type != DNS_TYPE_OPT || record->owner.size != 1 ||
	    !are_options_well_formed(record->data, record->data_size))
		return -EBADMSG;
	*edns_out = (struct dns_edns){
	    .present = true,
	    .dnssec_ok = (record->ttl & DNSSEC_OK) != 0,
	    .version = (uint8_t)(record->ttl >> VERSION_SHIFT),
	    .extended_rcode = (uint8_t)(record->ttl >> RCODE_SHIFT),
	    .udp_size =
		record->dns_class > LVN_DNS_PLAIN_MAX ? record->dns_class : LVN_DNS_PLAIN_MAX,
	    .options = record->data,
	    .options_size = record->data_size,
	};
	return 0;
}

/* Reads a record of this section, and takes note if it is the OPT record. */
static bool
pass_record(struct dns_reader *reader, size_t section, struct dns_edns *edns)
{
	const struct reader before = reader->in;
	struct dns_record record;

	if (!lvn_dns_message_skip_name(reader))
		return false;
	if (lvn_read_be(&reader->in, 2) != DNS_TYPE_OPT) {
		lvn_read_bytes(&reader->in, RECORD_CLASS_AND_TTL_SIZE);
		return lvn_read_bytes(&reader->in, (size_t)lvn_read_be(&reader->in, 2)) != NULL;
	}
	reader->in = before;
	if (!lvn_dns_message_read_record(reader, &record))
		return false;
	return section == DNS_SECTION_ADDITIONAL && !edns->present &&
	       lvn_dns_edns_of_record(&record, edns) == 0;
}

int
lvn_dns_edns_find(const void *message, size_t size, struct dns_edns *edns_out)
{
	struct dns_edns edns = {.udp_size = LVN_DNS_PLAIN_MAX};
	struct dns_header header;
	struct dns_reader reader;

	if (lvn_dns_message_open(&reader, message, size, &header) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < header.counts[DNS_SECTION_QUESTION]; i++) {
		if (!lvn_dns_message_skip_name(&reader) ||
		    !lvn_read_bytes(&reader.in, QUESTION_TYPE_AND_CLASS_SIZE))
			return -EBADMSG;
	}
	for (size_t section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++) {
		for (unsigned i = 0; i < header.counts[section]; i++) {
			if (!pass_record(&reader, section, &edns))
				return -EBADMSG;
		}
	}
	if (!lvn_dns_message_is_done(&reader))
		return -EBADMSG;
	*edns_out = edns;
	return 0;
}

uint16_t
lvn_dns_edns_rcode(const struct dns_edns *edns, uint16_t flags)
{
	return (uint16_t)(edns->extended_rcode << 4 | (flags & DNS_RCODE_MASK));
}

bool
lvn_dns_edns_option(
    const struct dns_edns *edns, uint16_t code, const uint8_t **data_out, size_t *size_out)
{
	struct reader in;
	const uint8_t *data;
	uint16_t found;
	size_t size;

	if (!edns->present)
		return false;
	in = (struct reader){edns->options, edns->options + edns->options_size, false};
	while (lvn_reader_left(&in) > 0 && read_option(&in, &found, &data, &size)) {
		if (found != code)
			continue;
		*data_out = data;
		*size_out = size;
		return true;
	}
	return false;
}

int
lvn_dns_edns_cookie(const struct dns_edns *edns, struct dns_cookie *cookie_out)
{
	struct dns_cookie cookie = {.server_size = 0};
	const uint8_t *data;
	size_t size;

	if (!lvn_dns_edns_option(edns, DNS_OPTION_CODE_COOKIE, &data, &size))
		return -ENOENT;
	if (size < LVN_DNS_CLIENT_COOKIE_SIZE)
		return -EBADMSG;
	memcpy(cookie.client, data, LVN_DNS_CLIENT_COOKIE_SIZE);
	data += LVN_DNS_CLIENT_COOKIE_SIZE;
	size -= LVN_DNS_CLIENT_COOKIE_SIZE;
	if (size > 0 && (size < LVN_DNS_SERVER_COOKIE_MIN || size > LVN_DNS_SERVER_COOKIE_MAX))
		return -EBADMSG;
	memcpy(cookie.server, data, size);
	cookie.server_size = (uint8_t)size;
	*cookie_out = cookie;
	return 0;
}

void
lvn_dns_edns_begin(
    struct dns_writer *writer, uint16_t udp_size, bool dnssec_ok, uint8_t extended_rcode)
{
	static const struct dns_name root = {1, {0}};
	uint32_t fields = (uint32_t)extended_rcode << RCODE_SHIFT | (dnssec_ok ? DNSSEC_OK : 0);

	lvn_dns_message_begin_record(
	    writer, DNS_SECTION_ADDITIONAL, &root, DNS_TYPE_OPT, udp_size, fields);
}

void
lvn_dns_edns_add(struct dns_writer *writer, uint16_t code, const void *data, size_t size)
{
	lvn_write_be(&writer->out, code, 2);
	lvn_write_be(&writer->out, size, 2);
	lvn_write_bytes(&writer->out, data, size);
}

void
lvn_dns_edns_add_cookie(struct dns_writer *writer, const struct dns_cookie *cookie)
{
	uint8_t data[LVN_DNS_CLIENT_COOKIE_SIZE + LVN_DNS_SERVER_COOKIE_MAX];

	memcpy(data, cookie->client, LVN_DNS_CLIENT_COOKIE_SIZE);
	memcpy(data + LVN_DNS_CLIENT_COOKIE_SIZE, cookie->server, cookie->server_size);
	lvn_dns_edns_add(writer, DNS_OPTION_CODE_COOKIE, data,
	    LVN_DNS_CLIENT_COOKIE_SIZE + (size_t)cookie->server_size);
}

void
lvn_dns_edns_add_padding(struct dns_writer *writer, size_t block)
{
	size_t left = lvn_writer_left(&writer->out);
	size_t size, excess;

	if (left < OPTION_HEADER_SIZE)
		return;
	excess = (lvn_dns_message_size(writer) + OPTION_HEADER_SIZE) % block;
	size = excess > 0 ? block - excess : 0;
	if (size > left - OPTION_HEADER_SIZE)
		size = left - OPTION_HEADER_SIZE;
	lvn_write_be(&writer->out, DNS_OPTION_CODE_PADDING, 2);
	lvn_write_be(&writer->out, size, 2);
	while (size-- > 0)
		lvn_write_be(&writer->out, 0, 1);
}

int
lvn_dns_edns_end(struct dns_writer *writer)
{
	return lvn_dns_message_end_record(writer);
}
