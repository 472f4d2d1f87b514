/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/bytes.h"
#include "support/suite.h"

static struct reader
reader_of(const uint8_t *data, size_t size)
{
	return (struct reader){data, data + size, false};
}

START_TEST(numbers_are_read_most_significant_byte_first)
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
END_TEST

START_TEST(eight_bytes_make_the_largest_number)
{
	static const uint8_t data[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct reader in = reader_of(data, sizeof(data));

	ck_assert_uint_eq(lvn_read_be(&in, 8), UINT64_MAX);
	ck_assert(!in.overrun);
}
END_TEST

START_TEST(a_read_one_byte_too_long_is_remembered)
{
	static const uint8_t data[] = {0x11, 0x22, 0x33};
	struct reader in = reader_of(data, sizeof(data));

	ck_assert_uint_eq(lvn_read_be(&in, 4), 0);

	ck_assert(in.overrun);
	ck_assert_ptr_eq(in.at, data);
	ck_assert_uint_eq(lvn_read_be(&in, 1), 0);
	ck_assert_ptr_null(lvn_read_bytes(&in, 0));
}
END_TEST

START_TEST(bytes_are_handed_out_where_they_lie)
{
	static const uint8_t data[] = "abcdef";
	struct reader in = reader_of(data, 6);

	ck_assert_ptr_eq(lvn_read_bytes(&in, 4), data);
	ck_assert_uint_eq(lvn_reader_left(&in), 2);
	ck_assert_ptr_null(lvn_read_bytes(&in, SIZE_MAX));
	ck_assert(in.overrun);
}
END_TEST

START_TEST(an_empty_reader_gives_no_bytes_without_complaint)
{
	struct reader in = {NULL, NULL, false};

	lvn_read_bytes(&in, 0);

	ck_assert(!in.overrun);
}
END_TEST

START_TEST(numbers_are_written_most_significant_byte_first)
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
END_TEST

START_TEST(a_write_one_byte_too_long_changes_nothing)
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
END_TEST

START_TEST(bytes_are_written_as_they_are)
{
	uint8_t data[5] = {0};
	struct writer out = {data, data + 5, false};

	lvn_write_bytes(&out, "abc", 3);
	lvn_write_bytes(&out, NULL, 0);
	lvn_write_bytes(&out, "de", 2);

	ck_assert(!out.overrun);
	ck_assert_mem_eq(data, "abcde", 5);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("bytes");
	TCase *group = tcase_create("bytes");

	tcase_add_test(group, numbers_are_read_most_significant_byte_first);
	tcase_add_test(group, eight_bytes_make_the_largest_number);
	tcase_add_test(group, a_read_one_byte_too_long_is_remembered);
	tcase_add_test(group, bytes_are_handed_out_where_they_lie);
	tcase_add_test(group, an_empty_reader_gives_no_bytes_without_complaint);
	tcase_add_test(group, numbers_are_written_most_significant_byte_first);
	tcase_add_test(group, a_write_one_byte_too_long_changes_nothing);
	tcase_add_test(group, bytes_are_written_as_they_are);
	suite_add_tcase(suite, group);
	return suite;
}
