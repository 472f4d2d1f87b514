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

TEST(lvn_inet_read_4__four_numbers)
{
	uint8_t address[4];

	ck_assert(read_4("1.20.255.0", address));
	ck_assert_mem_eq(address, "\1\24\377\0", 4);
}

TEST(lvn_inet_read_4__blanks_signs_and_leading_zeros)
{
	static const char *const texts[] = {"01.2.3.4", " 1. 2.\t3.4", "+1.2.3.+4",
	    "4294967297.2.3.4", "1.2.3.0000000000000000000000000000004", "-4294967295.2.3.4"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t address[4] = {0};

		ck_assert_msg(read_4(texts[i], address), "%s", texts[i]);
		ck_assert_mem_eq(address, "\1\2\3\4", 4);
	}
}

TEST(lvn_inet_read_4__wrong_text_writes_nothing)
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

TEST(lvn_inet_read_4__nothing_beyond_the_end)
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

TEST(lvn_inet_read_6__with_and_without_a_gap)
{
	static const char *const texts[][2] = {{"::", "::"}, {"::1", "::1"}, {"1::", "1::"},
	    {"1::2", "1::2"}, {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
	    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"}, {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	    {"1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"}, {"FFFF::ABcd", "ffff::abcd"}, {"0001::", "1::"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}

TEST(lvn_inet_read_6__dotted_part_is_the_last_two_groups)
{
	static const char *const texts[][2] = {{"::1.2.3.4", "::1.2.3.4"},
	    {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	    {"1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"}, {"1::1.2.3.4", "1::102:304"},
	    {"::1. 2.3.4", "::1.2.3.4"}, {"1:2:3:4:5:6:7.8.9.1", "1:2:3:4:5:6:708:901"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}

TEST(lvn_inet_read_6__prefix_and_last_colon)
{
	ck_assert_str_eq(again_6("::1:"), "::1");
	ck_assert_str_eq(again_6("1:2:3:4:5:6:7:8:"), "1:2:3:4:5:6:7:8");
	ck_assert_str_eq(again_6("::0x1"), "::1");
	ck_assert_str_eq(again_6("0XfF::"), "ff::");
}

TEST(lvn_inet_read_6__wrong_text_writes_nothing)
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

TEST(lvn_inet_write_4__dotted)
{
	static const uint8_t address[4] = {255, 10, 0, 199};
	char text[LVN_INET4_TEXT_CAPACITY];

	ck_assert_uint_eq(lvn_inet_write_4(address, text), strlen("255.10.0.199"));
	ck_assert_str_eq(text, "255.10.0.199");
	ck_assert_uint_eq(lvn_inet_write_4((const uint8_t *)"\377\377\377\377", text), 15);
}

TEST(lvn_inet_write_6__first_longest_run_of_zeros_is_left_out)
{
	static const char *const texts[][2] = {{"1:0:0:4:0:0:0:8", "1:0:0:4::8"},
	    {"1:0:0:4:5:0:0:8", "1::4:5:0:0:8"}, {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
	    {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"}, {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
	    {"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"}, {"0:0:1:0:0:0:0:0", "0:0:1::"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}

TEST(lvn_inet_write_6__mapped_and_compatible_addresses_are_dotted)
{
	static const char *const texts[][2] = {{"::ffff:102:304", "::ffff:1.2.3.4"},
	    {"::ffff:0:0", "::ffff:0.0.0.0"}, {"::102:304", "::1.2.3.4"}, {"::1:0", "::1:0"},
	    {"::ffff:0", "::ffff:0"}, {"::fffe:1:2", "::fffe:1:2"},
	    {"::1:ffff:1:2", "::1:ffff:1:2"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(again_6(texts[i][0]), texts[i][1]);
}

TEST(lvn_inet_write_6__longest_text_fits)
{
	char text[LVN_INET6_TEXT_CAPACITY];
	uint8_t address[16];

	memset(address, 0xff, sizeof(address));
	ck_assert_uint_eq(lvn_inet_write_6(address, text), 39);
	memset(address, 0, 10);
	ck_assert_uint_eq(lvn_inet_write_6(address, text), strlen("::ffff:255.255.255.255"));
	ck_assert_str_eq(text, "::ffff:255.255.255.255");
}

TEST(lvn_inet_write_6__is_read_again)
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
