/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_text.h"

#include <string.h>

#include "base/bytes.h"
#include "base/inet.h"
#include "base/number.h"
#include "base/text.h"

static const struct type_name {
	uint16_t type;
	const char *name;
} type_names[] = {
    {DNS_TYPE_A, "A"},
    {DNS_TYPE_NS, "NS"},
    {DNS_TYPE_CNAME, "CNAME"},
    {DNS_TYPE_SOA, "SOA"},
    {DNS_TYPE_PTR, "PTR"},
    {DNS_TYPE_MX, "MX"},
    {DNS_TYPE_TXT, "TXT"},
    {DNS_TYPE_AAAA, "AAAA"},
    {DNS_TYPE_SRV, "SRV"},
    {DNS_TYPE_NAPTR, "NAPTR"},
    {DNS_TYPE_DNAME, "DNAME"},
    {DNS_TYPE_OPT, "OPT"},
    {DNS_TYPE_TLSA, "TLSA"},
    {DNS_TYPE_SVCB, "SVCB"},
    {DNS_TYPE_HTTPS, "HTTPS"},
    {DNS_TYPE_IXFR, "IXFR"},
    {DNS_TYPE_AXFR, "AXFR"},
    {DNS_TYPE_ANY, "ANY"},
    {DNS_TYPE_CAA, "CAA"},
};

/* Text that is kept as far as there is space, and counted. */
struct text {
	char *at;
	char *end; /* of the space, where a zero byte still has its place */
	size_t length;
};

static void
put_char(struct text *out, char c)
{
	if (out->at < out->end)
		*out->at++ = c;
	out->length++;
}

static void
put(struct text *out, const char *text)
{
	while (*text)
		put_char(out, *text++);
}

static void
put_number(struct text *out, uint64_t number)
{
	char digits[24];

	*lvn_number_write_digits(digits, number, 10) = 0;
	put(out, digits);
}

static void
put_hex(struct text *out, const struct dns_bytes *bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes->size; i++) {
		put_char(out, digits[bytes->bytes[i] >> 4]);
		put_char(out, digits[bytes->bytes[i] & 0x0f]);
	}
}

/* The form of unknown types (RFC 3597 5). */
static void
put_generic(struct text *out, const struct dns_bytes *bytes)
{
	put(out, "\\# ");
	put_number(out, bytes->size);
	if (bytes->size > 0)
		put_char(out, ' ');
	put_hex(out, bytes);
}

static void
put_quoted(struct text *out, const struct dns_bytes *bytes)
{
	put_char(out, '"');
	for (size_t i = 0; i < bytes->size; i++) {
		uint8_t byte = bytes->bytes[i];

		if (byte < ' ' || byte > '~') {
			put_char(out, '\\');
			put_char(out, (char)('0' + byte / 100));
			put_char(out, (char)('0' + byte / 10 % 10));
			put_char(out, (char)('0' + byte % 10));
			continue;
		}
		if (byte == '"' || byte == '\\')
			put_char(out, '\\');
		put_char(out, (char)byte);
	}
	put_char(out, '"');
}

static void
put_plain(struct text *out, const struct dns_bytes *bytes)
{
	for (size_t i = 0; i < bytes->size; i++)
		put_char(out, (char)bytes->bytes[i]);
}

/* With the dot at its end that zone files need. */
static void
put_name(struct text *out, const struct dns_name *name)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];

	lvn_dns_name_print(name, text);
	put(out, text);
	if (name->size > 1)
		put_char(out, '.');
}

static void
put_strings(struct text *out, struct dns_bytes strings)
{
	struct dns_bytes string;
	bool first = true;

	while (lvn_dns_records_next_string(&strings, &string)) {
		if (!first)
			put_char(out, ' ');
		put_quoted(out, &string);
		first = false;
	}
}

static void
put_address(struct text *out, const uint8_t *address, size_t size)
{
	char text[LVN_INET6_TEXT_CAPACITY];

	if (size == LVN_INET4_SIZE)
		lvn_inet_write_4(address, text);
	else
		lvn_inet_write_6(address, text);
	put(out, text);
}

static void
put_base64(struct text *out, const struct dns_bytes *bytes)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < bytes->size; at += 3) {
		size_t count = bytes->size - at < 3 ? bytes->size - at : 3;
		uint32_t group = 0;

		for (size_t i = 0; i < 3; i++)
			group = group << 8 | (i < count ? bytes->bytes[at + i] : 0U);
		for (size_t i = 0; i < 4; i++)
			put_char(out, i <= count ? digits[group >> (18 - 6 * i) & 0x3f] : '=');
	}
}

/* Keys of SVCB parameters (RFC 9460 14.3.2, RFC 9461). */
enum parameter_key { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4_HINT, ECH, IPV6_HINT, DOH_PATH };

static const char *const key_names[] = {
    [MANDATORY] = "mandatory",
    [ALPN] = "alpn",
    [NO_DEFAULT_ALPN] = "no-default-alpn",
    [PORT] = "port",
    [IPV4_HINT] = "ipv4hint",
    [ECH] = "ech",
    [IPV6_HINT] = "ipv6hint",
    [DOH_PATH] = "dohpath",
};

static void
put_key(struct text *out, uint16_t key)
{
	if (key < LVN_COUNT_OF(key_names)) {
		put(out, key_names[key]);
	} else {
		put(out, "key");
		put_number(out, key);
	}
}

/* Letters, digits and what else needs no escape in a list. */
static bool
is_simple(const struct dns_bytes *bytes)
{
	for (size_t i = 0; i < bytes->size; i++) {
		uint8_t byte = bytes->bytes[i];

		if (byte <= ' ' || byte > '~' || strchr("\",;()\\", byte))
			return false;
	}
	return bytes->size > 0;
}

static bool
are_simple_strings(struct dns_bytes strings)
{
	struct dns_bytes string;

	while (lvn_dns_records_next_string(&strings, &string)) {
		if (!is_simple(&string))
			return false;
		if (strings.size == 0)
			return true;
	}
	return false;
}

/* Whether the value has the form that the key asks for. */
static bool
is_well_formed(uint16_t key, const struct dns_bytes *value)
{
	switch (key) {
	case MANDATORY:
		return value->size > 0 && value->size % 2 == 0;
	case ALPN:
		return are_simple_strings(*value);
	case NO_DEFAULT_ALPN:
		return value->size == 0;
	case PORT:
		return value->size == 2;
	case IPV4_HINT:
		return value->size > 0 && value->size % LVN_INET4_SIZE == 0;
	case IPV6_HINT:
		return value->size > 0 && value->size % LVN_INET6_SIZE == 0;
	case ECH:
	case DOH_PATH:
		return value->size > 0;
	default:
		return false;
	}
}

/* Values of this size each, with commas between them. */
static void
put_list(struct text *out, uint16_t key, const struct dns_bytes *value, size_t size)
{
	for (size_t at = 0; at < value->size; at += size) {
		const uint8_t *item = value->bytes + at;

		if (at > 0)
			put_char(out, ',');
		if (key == MANDATORY)
			put_key(out, (uint16_t)(item[0] << 8 | item[1]));
		else
			put_address(out, item, size);
	}
}

static void
put_protocols(struct text *out, struct dns_bytes strings)
{
	struct dns_bytes string;

	while (lvn_dns_records_next_string(&strings, &string)) {
		put_plain(out, &string);
		if (strings.size > 0)
			put_char(out, ',');
	}
}

static void
put_value(struct text *out, uint16_t key, const struct dns_bytes *value)
{
	switch (key) {
	case MANDATORY:
		put_list(out, key, value, 2);
		break;
	case ALPN:
		put_protocols(out, *value);
		break;
	case PORT:
		put_number(out, (uint64_t)value->bytes[0] << 8 | value->bytes[1]);
		break;
	case IPV4_HINT:
		put_list(out, key, value, LVN_INET4_SIZE);
		break;
	case IPV6_HINT:
		put_list(out, key, value, LVN_INET6_SIZE);
		break;
	case ECH:
		put_base64(out, value);
		break;
	default:
		put_quoted(out, value);
		break;
	}
}

/* A value that is not what its key has is shown like that of an unknown key. */
static void
put_parameters(struct text *out, struct dns_bytes parameters)
{
	struct dns_bytes value;
	uint16_t key;

	while (lvn_dns_records_next_parameter(&parameters, &key, &value)) {
		bool is_known = is_well_formed(key, &value);

		put_char(out, ' ');
		if (is_known) {
			put_key(out, key);
		} else {
			put(out, "key");
			put_number(out, key);
		}
		if (value.size == 0)
			continue;
		put_char(out, '=');
		if (is_known)
			put_value(out, key, &value);
		else
			put_quoted(out, &value);
	}
}

static void
put_field(struct text *out, uint8_t kind, const void *member)
{
	switch ((enum dns_field_kind)kind) {
	case DNS_FIELD_U8:
		put_number(out, *(const uint8_t *)member);
		break;
	case DNS_FIELD_U16:
		put_number(out, *(const uint16_t *)member);
		break;
	case DNS_FIELD_U32:
		put_number(out, *(const uint32_t *)member);
		break;
	case DNS_FIELD_ADDRESS_4:
		put_address(out, member, LVN_INET4_SIZE);
		break;
	case DNS_FIELD_ADDRESS_6:
		put_address(out, member, LVN_INET6_SIZE);
		break;
	case DNS_FIELD_NAME:
	case DNS_FIELD_COMPRESSED_NAME:
		put_name(out, member);
		break;
	case DNS_FIELD_TAG:
		put_plain(out, member);
		break;
	case DNS_FIELD_STRING:
	case DNS_FIELD_TEXT:
		put_quoted(out, member);
		break;
	case DNS_FIELD_STRINGS:
		put_strings(out, *(const struct dns_bytes *)member);
		break;
	case DNS_FIELD_PARAMETERS:
		put_parameters(out, *(const struct dns_bytes *)member);
		break;
	case DNS_FIELD_BYTES:
		put_hex(out, member);
		break;
	case DNS_FIELD_OTHER:
		put_generic(out, member);
		break;
	case DNS_FIELD_END:
		break;
	}
}

static void
put_data(struct text *out, const struct dns_data *data)
{
	size_t begin = out->length;

	for (const struct dns_field *field = lvn_dns_records_fields(data->type);
	     field->kind != DNS_FIELD_END; field++) {
		/* Parameters bring their own blanks. */
		if (out->length > begin && field->kind != DNS_FIELD_PARAMETERS)
			put_char(out, ' ');
		put_field(out, field->kind, (const uint8_t *)data + field->at);
	}
}

size_t
lvn_dns_text_print_data(const struct dns_data *data, char *text_out, size_t capacity)
{
	struct text out = {text_out, text_out + capacity - 1, 0};

	put_data(&out, data);
	*out.at = 0;
	return out.length;
}

static const char *
name_of_type(uint16_t type)
{
	for (size_t i = 0; i < LVN_COUNT_OF(type_names); i++) {
		if (type_names[i].type == type)
			return type_names[i].name;
	}
	return NULL;
}

size_t
lvn_dns_text_print_type(uint16_t type, char text_out[LVN_DNS_TYPE_TEXT_CAPACITY])
{
	struct text out = {text_out, text_out + LVN_DNS_TYPE_TEXT_CAPACITY - 1, 0};
	const char *name = name_of_type(type);

	if (name) {
		put(&out, name);
	} else {
		put(&out, "TYPE");
		put_number(&out, type);
	}
	*out.at = 0;
	return out.length;
}

size_t
lvn_dns_text_print_record(
    const char *owner, uint32_t ttl, const struct dns_data *data, char *text_out, size_t capacity)
{
	struct text out = {text_out, text_out + capacity - 1, 0};
	char type[LVN_DNS_TYPE_TEXT_CAPACITY];

	put(&out, owner);
	if (strcmp(owner, ".") != 0)
		put_char(&out, '.');
	put_char(&out, ' ');
	put_number(&out, ttl);
	lvn_dns_text_print_type(data->type, type);
	put(&out, " IN ");
	put(&out, type);
	put_char(&out, ' ');
	put_data(&out, data);
	*out.at = 0;
	return out.length;
}

bool
lvn_dns_text_parse_type(const char *text, uint16_t *type_out)
{
	const char *end = text + strlen(text);
	uint64_t number;

	for (size_t i = 0; i < LVN_COUNT_OF(type_names); i++) {
		if (lvn_text_compare(type_names[i].name, text) == 0) {
			*type_out = type_names[i].type;
			return true;
		}
	}
	if (lvn_text_compare_start(text, "TYPE", 4) != 0 || end - text < 5 ||
	    lvn_number_read_digits(text + 4, end, 10, &number) != end || number > UINT16_MAX)
		return false;
	*type_out = (uint16_t)number;
	return true;
}
