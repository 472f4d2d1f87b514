/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/inet.h"
#include "support/dns_kit.h"
#include "support/suite.h"

static const uint8_t key[LVN_SIPHASH_KEY_SIZE] = "0123456789abcde";

static int
parse(const char *text, struct dns_name *name_out)
{
	return lvn_dns_name_parse(text, strlen(text), name_out);
}

static int
parse_error(const char *text)
{
	struct dns_name name;

	return parse(text, &name);
}

static void
check_wire(const struct dns_name *name, const void *wire, size_t size)
{
	ck_assert_uint_eq(name->size, size);
	ck_assert_mem_eq(name->wire, wire, size);
}

/* Text of labels of these lengths, all of the letter x. */
static const char *
text_of_labels(const size_t *lengths, size_t count)
{
	static char text[1024];
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		memset(text + size, 'x', lengths[i]);
		size += lengths[i];
		text[size++] = '.';
	}
	text[size - 1] = 0;
	return text;
}

TEST(lvn_dns_name_parse__labels_behind_their_lengths)
{
	struct dns_name name = name_of("www.Example.com");

	check_wire(&name, "\3www\7Example\3com", 17);
}

TEST(lvn_dns_name_parse__a_dot_at_the_end_changes_nothing)
{
	struct dns_name name = name_of("example.com.");

	check_wire(&name, "\7example\3com", 13);
}

TEST(lvn_dns_name_parse__the_root_is_a_dot)
{
	struct dns_name name = name_of(".");

	check_wire(&name, "", 1);
}

TEST(lvn_dns_name_parse__takes_as_many_characters_as_it_is_given)
{
	struct dns_name name;

	ck_assert_int_eq(lvn_dns_name_parse("a.bc.d", 4, &name), 0);
	check_wire(&name, "\1a\2bc", 6);
	ck_assert_int_eq(lvn_dns_name_parse("a\0b", 3, &name), 0);
	check_wire(&name, "\3a\0b", 5);
}

TEST(lvn_dns_name_parse__bytes_above_127_and_blanks_stand_for_themselves)
{
	struct dns_name name = name_of("b\xc3\xbc cher.\xff");

	check_wire(&name, "\10b\xc3\xbc cher\1\xff", 12);
}

TEST(lvn_dns_name_parse__escapes)
{
	struct dns_name name = name_of("a\\.b.\\\\c.\\000\\255\\046.\\d");

	check_wire(&name, "\3a.b\2\\c\3\0\xff.\1d", 14);
}

TEST(lvn_dns_name_parse__bad_escapes)
{
	ck_assert_int_eq(parse_error("a\\"), -EINVAL);
	ck_assert_int_eq(parse_error("a\\1"), -EINVAL);
	ck_assert_int_eq(parse_error("a\\12"), -EINVAL);
	ck_assert_int_eq(parse_error("a\\12x"), -EINVAL);
	ck_assert_int_eq(parse_error("a\\256"), -EINVAL);
	ck_assert_int_eq(parse_error("a\\999"), -EINVAL);
}

TEST(lvn_dns_name_parse__empty_names_and_labels)
{
	struct dns_name name = name_of("kept");

	ck_assert_int_eq(parse("", &name), -EINVAL);
	ck_assert_int_eq(parse("..", &name), -EINVAL);
	ck_assert_int_eq(parse(".a", &name), -EINVAL);
	ck_assert_int_eq(parse("a..b", &name), -EINVAL);
	ck_assert_int_eq(parse("a..", &name), -EINVAL);

	check_name(&name, "kept");
}

TEST(lvn_dns_name_parse__a_label_has_63_bytes_at_most)
{
	struct dns_name name;

	ck_assert_int_eq(parse(text_of_labels((size_t[]){63, 1}, 2), &name), 0);
	ck_assert_uint_eq(name.size, 67);
	ck_assert_int_eq(parse(text_of_labels((size_t[]){64, 1}, 2), &name), -ENAMETOOLONG);
	ck_assert_int_eq(parse(text_of_labels((size_t[]){1, 64}, 2), &name), -ENAMETOOLONG);
}

TEST(lvn_dns_name_parse__a_name_has_255_bytes_at_most)
{
	struct dns_name name;

	ck_assert_int_eq(parse(text_of_labels((size_t[]){63, 63, 63, 61}, 4), &name), 0);
	ck_assert_uint_eq(name.size, 255);
	ck_assert_int_eq(
	    parse(text_of_labels((size_t[]){63, 63, 63, 62}, 4), &name), -ENAMETOOLONG);
	ck_assert_int_eq(
	    parse(text_of_labels((size_t[]){63, 63, 63, 60, 1}, 5), &name), -ENAMETOOLONG);
	ck_assert_int_eq(parse(text_of_labels((size_t[]){63, 63, 63, 59, 1}, 5), &name), 0);
}

TEST(lvn_dns_name_parse__127_labels_at_most)
{
	char text[256];
	struct dns_name name;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? 'x' : '.';

	ck_assert_int_eq(lvn_dns_name_parse(text, 2 * 127, &name), 0);
	ck_assert_uint_eq(name.size, 255);
	ck_assert_int_eq(lvn_dns_name_parse(text, 2 * 127 + 1, &name), -ENAMETOOLONG);
}

TEST(lvn_dns_name_print__escapes_what_zone_files_use)
{
	static const uint8_t wire[] = "\x0c"
				      "a.b\\c\"();@$~"
				      "\3\0 \x7f"
				      "\2\x80\xff";
	struct dns_name name;

	ck_assert_int_eq(lvn_dns_name_from_wire(wire, sizeof(wire), &name), 0);

	check_name(&name, "a\\.b\\\\c\\\"\\(\\)\\;\\@\\$~.\\000\\032\\127.\x80\xff");
}

TEST(lvn_dns_name_print__is_read_again)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t wire[] = {2, 'x', (uint8_t)byte, 1, (uint8_t)byte, 0};
		char text[LVN_DNS_NAME_TEXT_CAPACITY];
		struct dns_name name, again;
		size_t length;

		ck_assert_int_eq(lvn_dns_name_from_wire(wire, sizeof(wire), &name), 0);
		length = lvn_dns_name_print(&name, text);

		ck_assert_int_eq(lvn_dns_name_parse(text, length, &again), 0);
		ck_assert(lvn_dns_name_same_case(&name, &again));
	}
}

TEST(lvn_dns_name_print__the_longest_text_fills_the_capacity)
{
	struct dns_name name = name_of(text_of_labels((size_t[]){63, 63, 63, 61}, 4));
	char text[LVN_DNS_NAME_TEXT_CAPACITY];

	for (size_t i = 0; i < name.size; i++) {
		if (name.wire[i] == 'x')
			name.wire[i] = 1;
	}

	ck_assert_uint_eq(lvn_dns_name_print(&name, text), LVN_DNS_NAME_TEXT_CAPACITY - 1);
}

TEST(lvn_dns_name_from_wire__exactly_one_name)
{
	static const uint8_t wire[] = "\3www\7example\3com";
	struct dns_name name = name_of("kept");

	for (size_t size = 0; size < sizeof(wire); size++)
		ck_assert_int_eq(lvn_dns_name_from_wire(wire, size, &name), -EBADMSG);
	check_name(&name, "kept");
	ck_assert_int_eq(lvn_dns_name_from_wire(wire, sizeof(wire), &name), 0);
	check_name(&name, "www.example.com");
	ck_assert_int_eq(lvn_dns_name_from_wire((const uint8_t *)"\0", 2, &name), -EBADMSG);
}

TEST(lvn_dns_name_from_wire__no_pointers_and_long_labels)
{
	uint8_t wire[256] = {64};
	struct dns_name name;

	ck_assert_int_eq(lvn_dns_name_from_wire(wire, 66, &name), -EBADMSG);
	ck_assert_int_eq(lvn_dns_name_from_wire((const uint8_t *)"\300\14", 2, &name), -EBADMSG);
	for (size_t i = 0; i < 252; i += 63)
		wire[i] = 62;
	wire[252] = 1;
	ck_assert_int_eq(lvn_dns_name_from_wire(wire, 255, &name), 0);
	wire[252] = 2;
	ck_assert_int_eq(lvn_dns_name_from_wire(wire, 256, &name), -EBADMSG);
}

TEST(lvn_dns_name_equal__upper_and_lower_case)
{
	struct dns_name small = name_of("a-z@[`{.example"), large = name_of("A-Z@[`{.EXAMPLE");
	struct dns_name other = name_of("a-z`{@[.example");

	ck_assert(lvn_dns_name_equal(&small, &large));
	ck_assert(!lvn_dns_name_same_case(&small, &large));
	ck_assert(lvn_dns_name_same_case(&small, &small));
	ck_assert(!lvn_dns_name_equal(&small, &other));
	ck_assert_uint_eq(lvn_dns_name_hash(&small, key), lvn_dns_name_hash(&large, key));
	ck_assert_uint_ne(lvn_dns_name_hash(&small, key), lvn_dns_name_hash(&other, key));
}

/* Wherever it is in the name, a letter is a letter and no other byte is one. */
TEST(lvn_dns_name_hash__every_byte_at_every_place)
{
	for (unsigned size = 1; size <= 20; size++) {
		struct dns_name name = {(uint8_t)(size + 2), {(uint8_t)size}};

		for (unsigned i = 1; i <= size; i++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				struct dns_name left = name, right = name;

				left.wire[i] = (uint8_t)byte;
				right.wire[i] = (uint8_t)(byte ^ 0x20);
				ck_assert_int_eq(
				    lvn_dns_name_hash(&left, key) == lvn_dns_name_hash(&right, key),
				    (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
			}
		}
	}
}

TEST(lvn_dns_name_equal__only_ascii_letters_have_a_case)
{
	struct dns_name small = name_of("\xe4"), large = name_of("\xc4");

	ck_assert(!lvn_dns_name_equal(&small, &large));
}

TEST(lvn_dns_name_equal__labels_divided_elsewhere)
{
	struct dns_name left = name_of("ab.c"), right = name_of("a.bc"), dot = name_of("ab\\.c");
	struct dns_name longer = name_of("ab.c.d");

	ck_assert(!lvn_dns_name_equal(&left, &right));
	ck_assert(!lvn_dns_name_equal(&left, &dot));
	ck_assert(!lvn_dns_name_equal(&left, &longer));
	ck_assert(lvn_dns_name_equal_wire(&left, left.wire, left.size));
	ck_assert(!lvn_dns_name_equal_wire(&left, left.wire, left.size - 1U));
}

TEST(lvn_dns_name_is_below__zones)
{
	struct dns_name name = name_of("www.Example.com"), zone = name_of("example.COM");
	struct dns_name root = name_of("."), other = name_of("ample.com"), dotted;

	ck_assert(lvn_dns_name_is_below(&name, &zone));
	ck_assert(lvn_dns_name_is_below(&zone, &zone));
	ck_assert(lvn_dns_name_is_below(&name, &root));
	ck_assert(lvn_dns_name_is_below(&root, &root));
	ck_assert(!lvn_dns_name_is_below(&zone, &name));
	ck_assert(!lvn_dns_name_is_below(&root, &zone));
	ck_assert(!lvn_dns_name_is_below(&name, &other));
	/* A label that contains what looks like the zone. */
	dotted = name_of("x\\007example\\003com.net");
	ck_assert(!lvn_dns_name_is_below(&dotted, &zone));
}

TEST(lvn_dns_name_append__in_place_of_the_root)
{
	struct dns_name name = name_of("www"), suffix = name_of("example.com"), root = name_of(".");

	ck_assert_int_eq(lvn_dns_name_append(&name, &suffix), 0);
	check_name(&name, "www.example.com");
	ck_assert_int_eq(lvn_dns_name_append(&name, &root), 0);
	check_name(&name, "www.example.com");
	ck_assert_int_eq(lvn_dns_name_append(&root, &suffix), 0);
	check_name(&root, "example.com");
}

TEST(lvn_dns_name_append__up_to_255_bytes)
{
	struct dns_name name = name_of(text_of_labels((size_t[]){63, 63, 63}, 3));
	struct dns_name short_one = name_of(text_of_labels((size_t[]){61}, 1));
	struct dns_name long_one = name_of(text_of_labels((size_t[]){62}, 1));

	ck_assert_int_eq(lvn_dns_name_append(&name, &long_one), -ENAMETOOLONG);
	ck_assert_uint_eq(name.size, 193);
	ck_assert_int_eq(lvn_dns_name_append(&name, &short_one), 0);
	ck_assert_uint_eq(name.size, 255);
}

TEST(lvn_dns_name_of_address_4__octets_in_reverse)
{
	struct dns_name name;

	lvn_dns_name_of_address_4((const uint8_t[]){192, 0, 2, 255}, &name);
	check_name(&name, "255.2.0.192.in-addr.arpa");
}

TEST(lvn_dns_name_of_address_6__nibbles_in_reverse)
{
	static const char text[] = "2001:db8::4321:567:89ab";
	uint8_t address[LVN_INET6_SIZE];
	struct dns_name name;

	ck_assert(lvn_inet_read_6(text, text + strlen(text), address));
	lvn_dns_name_of_address_6(address, &name);
	check_name(
	    &name, "b.a.9.8.7.6.5.0.1.2.3.4.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(lvn_dns_name_mix_case__one_bit_for_each_letter)
{
	struct dns_name name = name_of("abc-1.DEF"), before = name;
	uint8_t random[LVN_DNS_NAME_CASE_BYTES] = {0};

	/* The bytes of the wire are 5 a b c - 1 3 D E F 0. */
	random[0] = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6;
	random[1] = 1 << 0;
	lvn_dns_name_mix_case(name.wire, name.size, random);

	check_name(&name, "AbC-1.dEf");
	ck_assert(lvn_dns_name_equal(&name, &before));
}

TEST(lvn_dns_name_mix_case__the_longest_name)
{
	struct dns_name name = name_of(text_of_labels((size_t[]){63, 63, 63, 61}, 4));
	struct dns_name before = name;
	uint8_t random[LVN_DNS_NAME_CASE_BYTES];
	size_t upper = 0;

	memset(random, 0xff, sizeof(random));
	lvn_dns_name_mix_case(name.wire, name.size, random);

	for (size_t i = 0; i < name.size; i++)
		upper += name.wire[i] == 'X';
	ck_assert_uint_eq(upper, 250);
	ck_assert(lvn_dns_name_equal(&name, &before));
}

/* ---- names that no server is asked for ---- */

static const struct {
	const char *name;
	enum dns_special special;
} special_names[] = {{"localhost", DNS_LOOPBACK}, {"LocalHost.", DNS_LOOPBACK},
    {"a.b.localhost", DNS_LOOPBACK}, {"localhost.localdomain", DNS_ORDINARY},
    {"mylocalhost", DNS_ORDINARY}, {"invalid", DNS_NONEXISTENT}, {"a.INVALID", DNS_NONEXISTENT},
    {"invalid.a", DNS_ORDINARY}, {"onion", DNS_NONEXISTENT}, {"x.onion", DNS_NONEXISTENT},
    {"onion.example", DNS_ORDINARY}, {"printer.local", DNS_ORDINARY}, {".", DNS_ORDINARY},
    {"example", DNS_ORDINARY}};

TEST_RANGE(lvn_dns_name_special__names, 0, (int)LVN_COUNT_OF(special_names))
{
	struct dns_name name = name_of(special_names[_i].name);

	ck_assert_int_eq(lvn_dns_name_special(&name), special_names[_i].special);
}
