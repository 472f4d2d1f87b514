/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_name.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* Whether the character has a meaning in zone files. */
static bool
is_special(uint8_t byte)
{
	switch (byte) {
	case '"':
	case '$':
	case '(':
	case ')':
	case '.':
	case ';':
	case '@':
	case '\\':
		return true;
	default:
		return false;
	}
}

static uint8_t
lower(uint8_t byte)
{
	return (uint8_t)lvn_text_lower((char)byte);
}

/* Reads what is behind a backslash.  Returns where the next character is, NULL if it is bad. */
static const char *
parse_escape(const char *at, const char *end, uint8_t *byte_out)
{
	unsigned value = 0;

	if (at == end)
		return NULL;
	if (*at < '0' || *at > '9') {
		*byte_out = (uint8_t)*at;
		return at + 1;
	}
	if (end - at < 3)
		return NULL;
	for (const char *digits_end = at + 3; at < digits_end; at++) {
		if (*at < '0' || *at > '9')
			return NULL;
		value = value * 10 + (unsigned)(*at - '0');
	}
	*byte_out = (uint8_t)value;
	return value <= UINT8_MAX ? at : NULL;
}

/*
 * Reads a label and the dot behind it, and adds it to `name`, which has no root yet.  Returns
 * 0 or the error.
 */
static int
parse_label(const char **text, const char *end, struct dns_name *name)
{
	uint8_t *label = name->wire + name->size, *out = label + 1;
	/* Space for its length and the root is needed beside it. */
	int capacity = LVN_DNS_NAME_MAX - 2 - name->size;
	const uint8_t *label_end =
	    out + (capacity < LVN_DNS_LABEL_MAX ? capacity : LVN_DNS_LABEL_MAX);
	const char *at = *text;

	while (at < end && *at != '.') {
		uint8_t byte = (uint8_t)*at++;

		if (byte == '\\') {
			at = parse_escape(at, end, &byte);
			if (!at)
				return -EINVAL;
		}
		if (out >= label_end)
			return -ENAMETOOLONG;
		*out++ = byte;
	}
	if (out == label + 1)
		return -EINVAL;
	*label = (uint8_t)(out - label - 1);
	name->size = (uint8_t)(out - name->wire);
	*text = at < end ? at + 1 : at;
	return 0;
}

int
lvn_dns_name_parse(const char *text, size_t length, struct dns_name *name_out)
{
	const char *end = text + length;
	struct dns_name name;
	bool is_root = length == 1 && *text == '.';

	name.size = 0;
	if (length == 0)
		return -EINVAL;
	while (!is_root && text < end) {
		int rc = parse_label(&text, end, &name);

		if (rc < 0)
			return rc;
	}
	name.wire[name.size++] = 0;
	memcpy(name_out->wire, name.wire, name.size);
	name_out->size = name.size;
	return 0;
}

int
lvn_dns_name_from_wire(const uint8_t *wire, size_t size, struct dns_name *name_out)
{
	size_t at = 0;

	if (size == 0 || size > LVN_DNS_NAME_MAX)
		return -EBADMSG;
	while (at < size && wire[at] != 0) {
		if (wire[at] > LVN_DNS_LABEL_MAX)
			return -EBADMSG;
		at += 1 + (size_t)wire[at];
	}
	if (at != size - 1)
		return -EBADMSG;
	memcpy(name_out->wire, wire, size);
	name_out->size = (uint8_t)size;
	return 0;
}

static char *
print_byte(char *at, uint8_t byte)
{
	if (byte <= ' ' || byte == 0x7f) {
		*at++ = '\\';
		*at++ = (char)('0' + byte / 100);
		*at++ = (char)('0' + byte / 10 % 10);
		*at++ = (char)('0' + byte % 10);
		return at;
	}
	if (is_special(byte))
		*at++ = '\\';
	*at++ = (char)byte;
	return at;
}

size_t
lvn_dns_name_print(const struct dns_name *name, char text_out[LVN_DNS_NAME_TEXT_CAPACITY])
{
	const uint8_t *label = name->wire;
	char *at = text_out;

	if (*label == 0)
		*at++ = '.';
	while (*label != 0) {
		const uint8_t *end = label + 1 + *label;

		if (label != name->wire)
			*at++ = '.';
		for (const uint8_t *byte = label + 1; byte < end; byte++)
			at = print_byte(at, *byte);
		label = end;
	}
	*at = 0;
	return (size_t)(at - text_out);
}

/* Lengths of labels are no letters, so that names can be compared without looking at them. */
bool
lvn_dns_name_equal_wire(const struct dns_name *name, const uint8_t *wire, size_t size)
{
	if (name->size != size)
		return false;
	if (memcmp(name->wire, wire, size) == 0)
		return true;
	for (size_t i = 0; i < size; i++) {
		if (name->wire[i] != wire[i] && lower(name->wire[i]) != lower(wire[i]))
			return false;
	}
	return true;
}

bool
lvn_dns_name_equal(const struct dns_name *left, const struct dns_name *right)
{
	return lvn_dns_name_equal_wire(left, right->wire, right->size);
}

bool
lvn_dns_name_same_case(const struct dns_name *left, const struct dns_name *right)
{
	return left->size == right->size && memcmp(left->wire, right->wire, left->size) == 0;
}

/* Eight characters at once. */
static uint64_t
lower_word(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low_bits = word & ones * 0x7f;
	/* The highest bit of each byte says that it is at least A, or above Z. */
	uint64_t from_a = low_bits + ones * (0x80 - 'A');
	uint64_t above_z = low_bits + ones * (0x7f - 'Z');
	uint64_t letters = (from_a ^ above_z) & ~word & ones * 0x80;

	return word | letters >> 2;
}

uint64_t
lvn_dns_name_hash(const struct dns_name *name, const uint8_t key[LVN_SIPHASH_KEY_SIZE])
{
	uint8_t wire[LVN_DNS_NAME_MAX];
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= name->size; at += sizeof(word)) {
		memcpy(&word, name->wire + at, sizeof(word));
		word = lower_word(word);
		memcpy(wire + at, &word, sizeof(word));
	}
	for (; at < name->size; at++)
		wire[at] = lower(name->wire[at]);
	return lvn_siphash(wire, name->size, key);
}

bool
lvn_dns_name_is_below(const struct dns_name *name, const struct dns_name *zone)
{
	size_t at = 0;

	while (name->size - at > zone->size)
		at += 1 + (size_t)name->wire[at];
	return lvn_dns_name_equal_wire(zone, name->wire + at, name->size - at);
}

enum dns_special
lvn_dns_name_special(const struct dns_name *name)
{
	static const struct {
		struct dns_name zone;
		enum dns_special special;
	} zones[] = {
	    {{11, "\11localhost"}, DNS_LOOPBACK}, /* RFC 6761 6.3 */
	    {{9, "\7invalid"}, DNS_NONEXISTENT},  /* RFC 6761 6.4 */
	    {{7, "\5onion"}, DNS_NONEXISTENT},    /* RFC 7686 2 */
	};

	for (size_t i = 0; i < LVN_COUNT_OF(zones); i++) {
		if (lvn_dns_name_is_below(name, &zones[i].zone))
			return zones[i].special;
	}
	return DNS_ORDINARY;
}

int
lvn_dns_name_append(struct dns_name *name, const struct dns_name *suffix)
{
	size_t labels_size = name->size - 1U;

	if (labels_size + suffix->size > LVN_DNS_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name->wire + labels_size, suffix->wire, suffix->size);
	name->size = (uint8_t)(labels_size + suffix->size);
	return 0;
}

/* Puts a name of these labels into name_out: a number each, the last one first. */
static void
reverse_name(const uint8_t *numbers, size_t count, unsigned base, const char *zone,
    size_t zone_size, struct dns_name *name_out)
{
	uint8_t *at = name_out->wire;

	while (count-- > 0) {
		char *digits = (char *)at + 1;
		char *end = lvn_number_write_digits(digits, numbers[count], base);

		*at = (uint8_t)(end - digits);
		at = (uint8_t *)end;
	}
	memcpy(at, zone, zone_size);
	name_out->size = (uint8_t)(at + zone_size - name_out->wire);
}

void
lvn_dns_name_of_address_4(const uint8_t address[4], struct dns_name *name_out)
{
	static const char zone[] = "\7in-addr\4arpa";

	reverse_name(address, 4, 10, zone, sizeof(zone), name_out);
}

void
lvn_dns_name_of_address_6(const uint8_t address[16], struct dns_name *name_out)
{
	static const char zone[] = "\3ip6\4arpa";
	uint8_t digits[32];

	for (size_t i = 0; i < sizeof(digits); i++)
		digits[i] = i % 2 == 0 ? address[i / 2] >> 4 : address[i / 2] & 0x0f;
	reverse_name(digits, sizeof(digits), 16, zone, sizeof(zone), name_out);
}

void
lvn_dns_name_mix_case(uint8_t *wire, size_t size, const uint8_t *random)
{
	unsigned bits = 0;

	/* Lengths of labels are no letters. */
	for (size_t i = 0; i < size; i++, bits >>= 1) {
		uint8_t letter = wire[i] | ('a' ^ 'A');

		if (i % 8 == 0)
			bits = random[i / 8];
		if ((uint8_t)(letter - 'a') < 26)
			wire[i] = (uint8_t)(letter ^ (bits & 1) * ('a' ^ 'A'));
	}
}
