/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_records.h"

#include <errno.h>
#include <levin/dns.h>
#include <string.h>

#include "base/private.h"

#define FIELDS_MAX 8
#define STRING_MAX 255
#define ADDRESS_4  4
#define ADDRESS_6  16

struct layout {
	uint16_t type;
	struct dns_field fields[FIELDS_MAX];
};

/* The members have the same names in both. */
#define FIELD(kind, member)                                                       \
	{                                                                         \
		DNS_FIELD_##kind, (uint16_t)offsetof(struct dns_data, as.member), \
		    (uint16_t)offsetof(struct levin_dns_record, as.member)        \
	}

static const struct layout layouts[] = {
    {DNS_TYPE_A, {FIELD(ADDRESS_4, a)}},
    {DNS_TYPE_AAAA, {FIELD(ADDRESS_6, aaaa)}},
    {DNS_TYPE_NS, {FIELD(COMPRESSED_NAME, name)}},
    {DNS_TYPE_CNAME, {FIELD(COMPRESSED_NAME, name)}},
    {DNS_TYPE_PTR, {FIELD(COMPRESSED_NAME, name)}},
    {DNS_TYPE_DNAME, {FIELD(NAME, name)}},
    {DNS_TYPE_MX, {FIELD(U16, mx.preference), FIELD(COMPRESSED_NAME, mx.exchange)}},
    {DNS_TYPE_SOA, {FIELD(COMPRESSED_NAME, soa.primary), FIELD(COMPRESSED_NAME, soa.mailbox),
		       FIELD(U32, soa.serial), FIELD(U32, soa.refresh), FIELD(U32, soa.retry),
		       FIELD(U32, soa.expire), FIELD(U32, soa.minimum)}},
    {DNS_TYPE_TXT, {FIELD(STRINGS, txt)}},
    {DNS_TYPE_SRV, {FIELD(U16, srv.priority), FIELD(U16, srv.weight), FIELD(U16, srv.port),
		       FIELD(NAME, srv.target)}},
    {DNS_TYPE_NAPTR, {FIELD(U16, naptr.order), FIELD(U16, naptr.preference),
			 FIELD(STRING, naptr.flags), FIELD(STRING, naptr.services),
			 FIELD(STRING, naptr.expression), FIELD(NAME, naptr.replacement)}},
    {DNS_TYPE_TLSA, {FIELD(U8, tlsa.usage), FIELD(U8, tlsa.selector), FIELD(U8, tlsa.matching_type),
			FIELD(BYTES, tlsa.certificate)}},
    {DNS_TYPE_SVCB,
	{FIELD(U16, svcb.priority), FIELD(NAME, svcb.target), FIELD(PARAMETERS, svcb.parameters)}},
    {DNS_TYPE_HTTPS,
	{FIELD(U16, svcb.priority), FIELD(NAME, svcb.target), FIELD(PARAMETERS, svcb.parameters)}},
    {DNS_TYPE_CAA, {FIELD(U8, caa.flags), FIELD(TAG, caa.tag), FIELD(TEXT, caa.value)}},
};

static const struct dns_field other_fields[] = {
    {DNS_FIELD_OTHER, (uint16_t)offsetof(struct dns_data, as.other), 0}, {DNS_FIELD_END, 0, 0}};

const struct dns_field *
lvn_dns_records_fields(uint16_t type)
{
	for (size_t i = 0; i < LVN_COUNT_OF(layouts); i++) {
		if (layouts[i].type == type)
			return layouts[i].fields;
	}
	return other_fields;
}

static void
read_bytes(struct reader *in, size_t size, struct dns_bytes *bytes_out)
{
	bytes_out->bytes = lvn_read_bytes(in, size);
	bytes_out->size = size;
}

static void
read_string(struct reader *in, struct dns_bytes *string_out)
{
	read_bytes(in, (size_t)lvn_read_be(in, 1), string_out);
}

static bool
is_tag(const struct dns_bytes *tag)
{
	for (size_t i = 0; i < tag->size; i++) {
		uint8_t letter = tag->bytes[i] | 0x20;

		if ((letter < 'a' || letter > 'z') && (tag->bytes[i] < '0' || tag->bytes[i] > '9'))
			return false;
	}
	return tag->size > 0;
}

bool
lvn_dns_records_next_string(struct dns_bytes *strings, struct dns_bytes *string_out)
{
	struct reader in;
	struct dns_bytes string;

	if (strings->size == 0)
		return false;
	in = (struct reader){strings->bytes, strings->bytes + strings->size, false};
	read_string(&in, &string);
	if (in.overrun)
		return false;
	*string_out = string;
	*strings = (struct dns_bytes){in.at, lvn_reader_left(&in)};
	return true;
}

static bool
are_strings(struct dns_bytes strings)
{
	struct dns_bytes string;

	if (strings.size == 0)
		return false;
	while (lvn_dns_records_next_string(&strings, &string))
		continue;
	return strings.size == 0;
}

bool
lvn_dns_records_next_parameter(
    struct dns_bytes *parameters, uint16_t *key_out, struct dns_bytes *value_out)
{
	struct dns_bytes value;
	struct reader in;
	uint16_t key;

	if (parameters->size == 0)
		return false;
	in = (struct reader){parameters->bytes, parameters->bytes + parameters->size, false};
	key = (uint16_t)lvn_read_be(&in, 2);
	read_bytes(&in, (size_t)lvn_read_be(&in, 2), &value);
	if (in.overrun)
		return false;
	*key_out = key;
	*value_out = value;
	*parameters = (struct dns_bytes){in.at, lvn_reader_left(&in)};
	return true;
}

/* Keys come in rising order, each once (RFC 9460 2.2). */
static bool
are_parameters(struct dns_bytes parameters)
{
	struct dns_bytes value;
	int32_t previous = -1;
	uint16_t key;

	while (lvn_dns_records_next_parameter(&parameters, &key, &value)) {
		if (key <= previous)
			return false;
		previous = key;
	}
	return parameters.size == 0;
}

/* Reads one field into `member`.  False when it is malformed, or not there. */
static bool
read_field(struct dns_reader *reader, uint8_t kind, void *member)
{
	struct reader *in = &reader->in;

	switch ((enum dns_field_kind)kind) {
	case DNS_FIELD_U8:
		*(uint8_t *)member = (uint8_t)lvn_read_be(in, 1);
		break;
	case DNS_FIELD_U16:
		*(uint16_t *)member = (uint16_t)lvn_read_be(in, 2);
		break;
	case DNS_FIELD_U32:
		*(uint32_t *)member = (uint32_t)lvn_read_be(in, 4);
		break;
	case DNS_FIELD_ADDRESS_4:
	case DNS_FIELD_ADDRESS_6: {
		size_t size = kind == DNS_FIELD_ADDRESS_4 ? ADDRESS_4 : ADDRESS_6;
		const uint8_t *address = lvn_read_bytes(in, size);

		if (address)
			memcpy(member, address, size);
		break;
	}
	case DNS_FIELD_NAME:
	case DNS_FIELD_COMPRESSED_NAME:
		return lvn_dns_message_read_name(reader, member);
	case DNS_FIELD_STRING:
		read_string(in, member);
		break;
	case DNS_FIELD_TAG:
		read_string(in, member);
		return !in->overrun && is_tag(member);
	case DNS_FIELD_STRINGS:
		read_bytes(in, lvn_reader_left(in), member);
		return !in->overrun && are_strings(*(struct dns_bytes *)member);
	case DNS_FIELD_PARAMETERS:
		read_bytes(in, lvn_reader_left(in), member);
		return !in->overrun && are_parameters(*(struct dns_bytes *)member);
	case DNS_FIELD_TEXT:
	case DNS_FIELD_BYTES:
	case DNS_FIELD_OTHER:
		read_bytes(in, lvn_reader_left(in), member);
		break;
	case DNS_FIELD_END:
		break;
	}
	return !in->overrun;
}

int
lvn_dns_records_read(const struct dns_reader *data, uint16_t type, struct dns_data *data_out)
{
	struct dns_reader reader = *data;

	data_out->type = type;
	for (const struct dns_field *field = lvn_dns_records_fields(type);
	     field->kind != DNS_FIELD_END; field++) {
		if (!read_field(&reader, field->kind, (uint8_t *)data_out + field->at))
			return -EBADMSG;
	}
	return lvn_dns_message_is_done(&reader) ? 0 : -EBADMSG;
}

static void
write_bytes(struct writer *out, const struct dns_bytes *bytes)
{
	lvn_write_bytes(out, bytes->bytes, bytes->size);
}

static void
write_string(struct writer *out, const struct dns_bytes *string)
{
	if (string->size > STRING_MAX)
		out->overrun = true;
	lvn_write_be(out, string->size, 1);
	write_bytes(out, string);
}

/* Writes one field.  Names are plain. */
static void
write_field(struct writer *out, uint8_t kind, const void *member)
{
	const struct dns_name *name = member;

	switch ((enum dns_field_kind)kind) {
	case DNS_FIELD_U8:
		lvn_write_be(out, *(const uint8_t *)member, 1);
		break;
	case DNS_FIELD_U16:
		lvn_write_be(out, *(const uint16_t *)member, 2);
		break;
	case DNS_FIELD_U32:
		lvn_write_be(out, *(const uint32_t *)member, 4);
		break;
	case DNS_FIELD_ADDRESS_4:
		lvn_write_bytes(out, member, ADDRESS_4);
		break;
	case DNS_FIELD_ADDRESS_6:
		lvn_write_bytes(out, member, ADDRESS_6);
		break;
	case DNS_FIELD_NAME:
	case DNS_FIELD_COMPRESSED_NAME:
		lvn_write_bytes(out, name->wire, name->size);
		break;
	case DNS_FIELD_STRING:
	case DNS_FIELD_TAG:
		write_string(out, member);
		break;
	case DNS_FIELD_STRINGS:
	case DNS_FIELD_PARAMETERS:
	case DNS_FIELD_TEXT:
	case DNS_FIELD_BYTES:
	case DNS_FIELD_OTHER:
		write_bytes(out, member);
		break;
	case DNS_FIELD_END:
		break;
	}
}

void
lvn_dns_records_write(struct dns_writer *writer, const struct dns_data *data)
{
	for (const struct dns_field *field = lvn_dns_records_fields(data->type);
	     field->kind != DNS_FIELD_END; field++) {
		const void *member = (const uint8_t *)data + field->at;

		if (field->kind == DNS_FIELD_COMPRESSED_NAME)
			lvn_dns_message_write_compressed(writer, member);
		else
			write_field(&writer->out, field->kind, member);
	}
}

void
lvn_dns_records_write_plain(struct writer *out, const struct dns_data *data)
{
	for (const struct dns_field *field = lvn_dns_records_fields(data->type);
	     field->kind != DNS_FIELD_END; field++)
		write_field(out, field->kind, (const uint8_t *)data + field->at);
}

static size_t
field_size(uint8_t kind, const void *member)
{
	const struct dns_bytes *bytes = member;

	switch ((enum dns_field_kind)kind) {
	case DNS_FIELD_U8:
		return 1;
	case DNS_FIELD_U16:
		return 2;
	case DNS_FIELD_U32:
		return 4;
	case DNS_FIELD_ADDRESS_4:
		return ADDRESS_4;
	case DNS_FIELD_ADDRESS_6:
		return ADDRESS_6;
	case DNS_FIELD_NAME:
	case DNS_FIELD_COMPRESSED_NAME:
		return ((const struct dns_name *)member)->size;
	case DNS_FIELD_STRING:
	case DNS_FIELD_TAG:
		return 1 + bytes->size;
	case DNS_FIELD_STRINGS:
	case DNS_FIELD_PARAMETERS:
	case DNS_FIELD_TEXT:
	case DNS_FIELD_BYTES:
	case DNS_FIELD_OTHER:
		return bytes->size;
	case DNS_FIELD_END:
		break;
	}
	return 0;
}

size_t
lvn_dns_records_plain_size(const struct dns_data *data)
{
	size_t size = 0;

	for (const struct dns_field *field = lvn_dns_records_fields(data->type);
	     field->kind != DNS_FIELD_END; field++)
		size += field_size(field->kind, (const uint8_t *)data + field->at);
	return size;
}
