/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/bytes.h"
#include "support/suite.h"

static struct reader
reader_of(const uint8_t *data, size_t size)
{
	return (struct reader){data, data + size, false};
}

TEST(lvn_read_be__most_significant_byte_first)
{
	static const uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a};
	struct reader in = reader_of(data, sizeof(data));

	ck_assert_uint_eq(lvn_read_be(&in, 1), 0x01);
	ck_assert_uint_eq(lvn_read_be(&in, 2), 0x0203);
	ck_assert_uint_eq(lvn_read_be(&in, 3), 0x040506);
	ck_assert_uint_eq(lvn_read_be(&in, 4), 0x0708090a);
	ck_assert(!in.overrun);
	ck_assert_uint_eq(lvn_reader_left(&in), 0);
}

TEST(lvn_read_be__eight_bytes)
{
	static const uint8_t data[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct reader in = reader_of(data, sizeof(data));

	ck_assert_uint_eq(lvn_read_be(&in, 8), UINT64_MAX);
	ck_assert(!in.overrun);
}

TEST(lvn_read_be__one_byte_too_long_sets_overrun)
{
	static const uint8_t data[] = {0x11, 0x22, 0x33};
	struct reader in = reader_of(data, sizeof(data));

	ck_assert_uint_eq(lvn_read_be(&in, 4), 0);

	ck_assert(in.overrun);
	ck_assert_ptr_eq(in.at, data);
	ck_assert_uint_eq(lvn_read_be(&in, 1), 0);
	ck_assert_ptr_null(lvn_read_bytes(&in, 0));
}

TEST(lvn_read_bytes__points_into_the_data)
{
	static const uint8_t data[] = "abcdef";
	struct reader in = reader_of(data, 6);

	ck_assert_ptr_eq(lvn_read_bytes(&in, 4), data);
	ck_assert_uint_eq(lvn_reader_left(&in), 2);
	ck_assert_ptr_null(lvn_read_bytes(&in, SIZE_MAX));
	ck_assert(in.overrun);
}

TEST(lvn_read_bytes__no_bytes_of_an_empty_reader)
{
	struct reader in = {NULL, NULL, false};

	lvn_read_bytes(&in, 0);

	ck_assert(!in.overrun);
}

TEST(lvn_write_be__most_significant_byte_first)
{
	static const uint8_t expected[] = {
	    0xab, 0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
	uint8_t data[sizeof(expected)];
	struct writer out = {data, data + sizeof(data), false};

	lvn_write_be(&out, 0xab, 1);
	lvn_write_be(&out, 0xff1234, 2);
	lvn_write_be(&out, UINT64_C(0x0102030405060708), 8);

	ck_assert(!out.overrun);
	ck_assert_uint_eq(lvn_writer_left(&out), 0);
	ck_assert_mem_eq(data, expected, sizeof(data));
}

TEST(lvn_write_be__one_byte_too_long_changes_nothing)
{
	uint8_t data[4] = {1, 2, 3, 4};
	struct writer out = {data, data + 3, false};

	lvn_write_be(&out, 0, 4);

	ck_assert(out.overrun);
	lvn_write_be(&out, 0, 1);
	lvn_write_bytes(&out, "x", 1);
	ck_assert_mem_eq(data, "\1\2\3\4", 4);
	ck_assert_ptr_eq(out.at, data);
}

TEST(lvn_write_bytes__copies)
{
	uint8_t data[5] = {0};
	struct writer out = {data, data + 5, false};

	lvn_write_bytes(&out, "abc", 3);
	lvn_write_bytes(&out, NULL, 0);
	lvn_write_bytes(&out, "de", 2);

	ck_assert(!out.overrun);
	ck_assert_mem_eq(data, "abcde", 5);
}

/* As a search that looks at each position. */
TEST(bytes_find__agrees_with_a_plain_search)
{
	static const char hay[] = "abaababaabaababaababaabaababaabaab\0\377\200ab";

	for (size_t size = 0; size <= sizeof(hay); size++) {
		for (size_t from = 0; from < sizeof(hay); from++) {
			for (size_t length = 0; from + length <= sizeof(hay); length++) {
				const char *found = NULL;

				for (size_t i = 0; !found && i + length <= size; i++) {
					if (memcmp(hay + i, hay + from, length) == 0)
						found = hay + i;
				}
				ck_assert_ptr_eq(
				    lvn_bytes_find(hay, size, hay + from, length), found);
			}
		}
	}
	ck_assert_ptr_null(lvn_bytes_find(hay, sizeof(hay), "abba", 4));
}
