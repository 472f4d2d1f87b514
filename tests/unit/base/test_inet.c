/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/inet.h"
#include "support/suite.h"

static bool
read_4(const char *text, uint8_t address[4])
{
	return lvn_inet_read_4(text, text + strlen(text), address);
}

static bool
read_6(const char *text, uint8_t address[16])
{
	return lvn_inet_read_6(text, text + strlen(text), address);
}

/* The text of what was read, or "none". */
static const char *
again_6(const char *text)
{
	static char written[LVN_INET6_TEXT_CAPACITY];
	uint8_t address[16];

	if (!read_6(text, address))
		return "none";
	lvn_inet_write_6(address, written);
	return written;
}

START_TEST(four_numbers_make_a_dotted_address)
{
	uint8_t address[4];

	ck_assert(read_4("1.20.255.0", address));
	ck_assert_mem_eq(address, "\1\24\377\0", 4);
}
END_TEST

START_TEST(dotted_addresses_are_read_as_loosely_as_ever)
{
	static const char *const texts[] = {"01.2.3.4", " 1. 2.\t3.4", "+1.2.3.+4",
	    "4294967297.2.3.4", "1.2.3.0000000000000000000000000000004", "-4294967295.2.3.4"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t address[4] = {0};

		ck_assert_msg(read_4(texts[i], address), "%s", texts[i]);
		ck_assert_mem_eq(address, "\1\2\3\4", 4);
	}
}
END_TEST

START_TEST(what_is_no_dotted_address_leaves_the_result_alone)
{
	static const char *const texts[] = {"", ".", "1", "1.2.3", "1.2.3.", "1.2.3.4.",
	    "1.2.3.4.5", "256.2.3.4", "1.2.3.256", "-1.2.3.4", "1.2.3.4 ", "1 .2.3.4", "1.2.3.4x",
	    "0x1.2.3.4", "a.b.c.d", "1..2.3", "18446744073709551617.2.3.4", "::1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t address[4] = {9, 9, 9, 9};

		ck_assert_msg(!read_4(texts[i], address), "%s", texts[i]);
		ck_assert_mem_eq(address, "\11\11\11\11", 4);
	}
}
END_TEST

START_TEST(nothing_is_read_beyond_the_end_of_the_range)
{
	const char *text = "1.2.3.45:6";
	uint8_t address[16];

	ck_assert(lvn_inet_read_4(text, text + 7, address));
	ck_assert_mem_eq(address, "\1\2\3\4", 4);
	text = "::1:23";
	ck_assert(lvn_inet_read_6(text, text + 5, address));
	ck_assert_mem_eq(address, "\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\2", 16);
	ck_assert(!lvn_inet_read_6(text, text, address));
}
END_TEST

START_TEST(groups_are_read_with_and_without_a_gap)
{
	static const char *const texts[][2] = {{"::", "::"}, {"::1", "::1"}, {"1::", "1::"},
	    {"1::2", "1::2"}, {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
	    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"}, {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	    {"1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"}, {"FFFF::ABcd", "ffff::abcd"}, {"0001::", "1::"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}
END_TEST

START_TEST(a_dotted_part_makes_the_last_two_groups)
{
	static const char *const texts[][2] = {{"::1.2.3.4", "::1.2.3.4"},
	    {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	    {"1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"}, {"1::1.2.3.4", "1::102:304"},
	    {"::1. 2.3.4", "::1.2.3.4"}, {"1:2:3:4:5:6:7.8.9.1", "1:2:3:4:5:6:708:901"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}
END_TEST

START_TEST(groups_are_read_as_loosely_as_ever)
{
	ck_assert_str_eq(again_6("::1:"), "::1");
	ck_assert_str_eq(again_6("1:2:3:4:5:6:7:8:"), "1:2:3:4:5:6:7:8");
	ck_assert_str_eq(again_6("::0x1"), "::1");
	ck_assert_str_eq(again_6("0XfF::"), "ff::");
}
END_TEST

START_TEST(what_is_no_address_of_groups_leaves_the_result_alone)
{
	static const char *const texts[] = {"", ":", ":1", "1:", ":::", "::::", "1:::2", "1::2::3",
	    ":1::2", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
	    "1:2:3:4:5:6:7:8::", "1:2:3:4::5:6:7:8", "::1:2:3:4:5:6:7:8",
	    "12345::", "00001::", "::g", "::1 ", " ::1", "::+1", "::-1", "::0x", "::0xfff",
	    "::00x1", "::1%lo", "1.2.3.4", "::1.2.3", "::1.2.3.4:", "::1.2.3.4.5",
	    "1.2.3.4::", "::a1.2.3.4", "::+1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4",
	    "1:2:3:4:5:6::1.2.3.4", "::256.2.3.4", "::.", "::1:.2.3.4"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t address[16];
		uint8_t before[16];

		memset(before, 9, sizeof(before));
		memset(address, 9, sizeof(address));
		ck_assert_msg(!read_6(texts[i], address), "%s", texts[i]);
		ck_assert_mem_eq(address, before, sizeof(address));
	}
}
END_TEST

START_TEST(dotted_addresses_are_written)
{
	static const uint8_t address[4] = {255, 10, 0, 199};
	char text[LVN_INET4_TEXT_CAPACITY];

	ck_assert_uint_eq(lvn_inet_write_4(address, text), strlen("255.10.0.199"));
	ck_assert_str_eq(text, "255.10.0.199");
	ck_assert_uint_eq(lvn_inet_write_4((const uint8_t *)"\377\377\377\377", text), 15);
}
END_TEST

START_TEST(the_first_of_the_longest_runs_of_zeros_is_left_out)
{
	static const char *const texts[][2] = {{"1:0:0:4:0:0:0:8", "1:0:0:4::8"},
	    {"1:0:0:4:5:0:0:8", "1::4:5:0:0:8"}, {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
	    {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"}, {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
	    {"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"}, {"0:0:1:0:0:0:0:0", "0:0:1::"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}
END_TEST

START_TEST(mapped_and_compatible_addresses_are_written_dotted)
{
	static const char *const texts[][2] = {{"::ffff:102:304", "::ffff:1.2.3.4"},
	    {"::ffff:0:0", "::ffff:0.0.0.0"}, {"::102:304", "::1.2.3.4"}, {"::1:0", "::1:0"},
	    {"::ffff:0", "::ffff:0"}, {"::fffe:1:2", "::fffe:1:2"},
	    {"::1:ffff:1:2", "::1:ffff:1:2"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}
END_TEST

START_TEST(the_longest_text_fits)
{
	char text[LVN_INET6_TEXT_CAPACITY];
	uint8_t address[16];

	memset(address, 0xff, sizeof(address));
	ck_assert_uint_eq(lvn_inet_write_6(address, text), 39);
	memset(address, 0, 10);
	ck_assert_uint_eq(lvn_inet_write_6(address, text), strlen("::ffff:255.255.255.255"));
	ck_assert_str_eq(text, "::ffff:255.255.255.255");
}
END_TEST

START_TEST(every_address_that_is_written_is_read_again)
{
	uint64_t state = 1;

	for (int i = 0; i < 20000; i++) {
		char text[LVN_INET6_TEXT_CAPACITY];
		uint8_t address[16];
		uint8_t again[16];

		for (size_t k = 0; k < sizeof(address); k++) {
			state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
			address[k] = (uint8_t)(state >> 62 ? 0 : state >> 40);
		}
		lvn_inet_write_6(address, text);
		ck_assert(read_6(text, again));
		ck_assert_mem_eq(address, again, sizeof(address));
	}
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("inet");
	TCase *group = tcase_create("inet");

	tcase_add_test(group, four_numbers_make_a_dotted_address);
	tcase_add_test(group, dotted_addresses_are_read_as_loosely_as_ever);
	tcase_add_test(group, what_is_no_dotted_address_leaves_the_result_alone);
	tcase_add_test(group, nothing_is_read_beyond_the_end_of_the_range);
	tcase_add_test(group, groups_are_read_with_and_without_a_gap);
	tcase_add_test(group, a_dotted_part_makes_the_last_two_groups);
	tcase_add_test(group, groups_are_read_as_loosely_as_ever);
	tcase_add_test(group, what_is_no_address_of_groups_leaves_the_result_alone);
	tcase_add_test(group, dotted_addresses_are_written);
	tcase_add_test(group, the_first_of_the_longest_runs_of_zeros_is_left_out);
	tcase_add_test(group, mapped_and_compatible_addresses_are_written_dotted);
	tcase_add_test(group, the_longest_text_fits);
	tcase_add_test(group, every_address_that_is_written_is_read_again);
	suite_add_tcase(suite, group);
	return suite;
}
