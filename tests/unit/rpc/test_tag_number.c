/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/tag_number.h"

#include <string.h>

#include "support/suite.h"

static const struct {
	uint64_t number;
	size_t size;
	uint8_t bytes[TAG_INTEGER_SIZE];
} integers[] = {
    {0, 1, {0x00}},
    {0xf, 1, {0x0f}},
    {0x10, 2, {0x10, 0x10}},
    {0xabc, 2, {0x2c, 0xba}},
    {0xabcde, 3, {0x4e, 0xdc, 0xba}},
    {0xb16b00b5, 5, {0x75, 0xb0, 0x0b, 0x61, 0xb0}},
    {0xffffffff, 5, {0x7f, 0xff, 0xff, 0xff, 0xf0}},
    {0x123456789, 5, {0x89, 0x87, 0x65, 0x43, 0x21}},
    {UINT64_MAX, 9, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}},
};

TEST_RANGE(lvn_tag_write_integer__is_read_as_the_same, 0, sizeof(integers) / sizeof(*integers))
{
	uint8_t bytes[TAG_INTEGER_SIZE];
	size_t size = lvn_tag_write_integer(bytes, integers[_i].number);
	uint64_t number = 0;

	ck_assert_uint_eq(size, integers[_i].size);
	ck_assert_int_eq(memcmp(bytes, integers[_i].bytes, size), 0);
	ck_assert_uint_eq(lvn_tag_read_integer(bytes, size, TAG_INTEGER_DIGITS, &number), size);
	ck_assert_uint_eq(number, integers[_i].number);
	for (size_t cut = 0; cut < size; cut++)
		ck_assert_uint_eq(lvn_tag_read_integer(bytes, cut, TAG_INTEGER_DIGITS, &number), 0);
}

TEST(lvn_tag_read_integer__more_half_bytes_than_allowed)
{
	static const uint8_t nine[] = {0x81, 0, 0, 0, 0};
	uint64_t number = 7;

	ck_assert_uint_eq(lvn_tag_read_integer(nine, sizeof(nine), 8, &number), 0);
	ck_assert_uint_eq(number, 7);
	ck_assert_uint_eq(lvn_tag_read_integer(nine, sizeof(nine), 9, &number), 5);
	ck_assert_uint_eq(number, 1);
}

static const struct {
	uint32_t tag;
	size_t size;
	uint8_t bytes[TAG_SIZE];
} tags[] = {
    {0, 1, {0}},
    {127, 1, {0x7f}},
    {128, 2, {0x80, 0x01}},
    {0x3fff, 2, {0xff, 0x7f}},
    {0x4000, 3, {0x80, 0x80, 0x01}},
    {UINT32_MAX, 5, {0xff, 0xff, 0xff, 0xff, 0x0f}},
};

TEST_RANGE(lvn_tag_write__is_read_as_the_same, 0, sizeof(tags) / sizeof(*tags))
{
	uint8_t bytes[TAG_SIZE];
	size_t size = lvn_tag_write(bytes, tags[_i].tag);
	uint32_t tag = 7;

	ck_assert_uint_eq(size, tags[_i].size);
	ck_assert_int_eq(memcmp(bytes, tags[_i].bytes, size), 0);
	for (size_t cut = 0; cut < size; cut++)
		ck_assert_uint_eq(lvn_tag_read(bytes, cut, &tag), 0);
	ck_assert_uint_eq(tag, 7);
	ck_assert_uint_eq(lvn_tag_read(bytes, size, &tag), size);
	ck_assert_uint_eq(tag, tags[_i].tag);
}

/* Padding is accepted, as libevent does, but no sixth byte and no 33rd bit. */
TEST(lvn_tag_read__bytes_that_libevent_does_not_write)
{
	static const uint8_t padded[] = {0x81, 0x80, 0x80, 0x80, 0x00};
	static const uint8_t six[] = {0x81, 0x80, 0x80, 0x80, 0x80, 0x00};
	static const uint8_t too_large[] = {0xff, 0xff, 0xff, 0xff, 0x1f};
	uint32_t tag = 7;

	ck_assert_uint_eq(lvn_tag_read(padded, sizeof(padded), &tag), 5);
	ck_assert_uint_eq(tag, 1);
	ck_assert_uint_eq(lvn_tag_read(six, sizeof(six), &tag), 0);
	ck_assert_uint_eq(lvn_tag_read(too_large, sizeof(too_large), &tag), 0);
}
