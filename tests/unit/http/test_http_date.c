/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/http_date.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/suite.h"

/* 2026-11-30 12:00:00 */
#define NOW         INT64_C(1796040000)
#define EXAMPLE     INT64_C(784111777)
#define DAY         INT64_C(86400)
#define YEAR_1000   INT64_C(-30610224000)
#define END_OF_9999 INT64_C(253402300799)

static int64_t
parse(const char *text)
{
	int64_t seconds = -1;

	if (!lvn_http_date_parse(text, strlen(text), NOW, &seconds))
		ck_assert_int_eq(seconds, -1);
	return seconds;
}

TEST(lvn_http_date_text__is_written_once_a_second)
{
	struct http_date date = {0};

	ck_assert_str_eq(lvn_http_date_text(&date, EXAMPLE), "Sun, 06 Nov 1994 08:49:37 GMT");
	date.text[0] = 's';
	ck_assert_str_eq(lvn_http_date_text(&date, EXAMPLE), "sun, 06 Nov 1994 08:49:37 GMT");
	ck_assert_str_eq(lvn_http_date_text(&date, EXAMPLE + 1), "Sun, 06 Nov 1994 08:49:38 GMT");
	ck_assert_str_eq(lvn_http_date_text(&date, EXAMPLE), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(lvn_http_date_text__the_epoch_is_written_into_zeroed_memory)
{
	struct http_date date = {0};

	ck_assert_str_eq(lvn_http_date_text(&date, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
	ck_assert_str_eq(lvn_http_date_text(&date, -1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(lvn_http_date_text__first_and_last_year)
{
	struct http_date date = {0};

	ck_assert_str_eq(lvn_http_date_text(&date, END_OF_9999), "Fri, 31 Dec 9999 23:59:59 GMT");
	ck_assert_uint_eq(strlen(date.text), LVN_HTTP_DATE_SIZE);
	ck_assert_str_eq(lvn_http_date_text(&date, YEAR_1000), "Wed, 01 Jan 1000 00:00:00 GMT");
}

/* The C library's calendar; 32 bits of time_t end in 2038. */
TEST(lvn_http_date_text__as_strftime)
{
	struct http_date date = {0};
	char expected[64];

	for (int64_t seconds = -DAY * 20000; seconds < DAY * 24000; seconds += DAY + 4243) {
		time_t when = (time_t)seconds;
		struct tm tm;

		strftime(
		    expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&when, &tm));
		ck_assert_str_eq(lvn_http_date_text(&date, seconds), expected);
	}
}

TEST(lvn_http_date_parse__reads_what_was_written)
{
	struct http_date date = {0};

	for (int64_t seconds = YEAR_1000; seconds < END_OF_9999; seconds += 97 * DAY + 4243)
		ck_assert_int_eq(parse(lvn_http_date_text(&date, seconds)), seconds);
}

TEST(lvn_http_date_parse__three_formats)
{
	ck_assert_int_eq(parse("Sun, 06 Nov 1994 08:49:37 GMT"), EXAMPLE);
	ck_assert_int_eq(parse("Sunday, 06-Nov-94 08:49:37 GMT"), EXAMPLE);
	ck_assert_int_eq(parse("Sun Nov  6 08:49:37 1994"), EXAMPLE);
	ck_assert_int_eq(parse("Wed Nov 16 08:49:37 1994"), EXAMPLE + 10 * DAY);
	ck_assert_int_eq(parse("Wednesday, 16-Nov-94 08:49:37 GMT"), EXAMPLE + 10 * DAY);
}

TEST(lvn_http_date_parse__two_digits_are_a_year_near_now)
{
	ck_assert_int_eq(
	    parse("Monday, 30-Nov-26 12:00:00 GMT"), parse("Mon, 30 Nov 2026 12:00:00 GMT"));
	ck_assert_int_eq(
	    parse("Monday, 30-Nov-76 12:00:00 GMT"), parse("Mon, 30 Nov 2076 12:00:00 GMT"));
	ck_assert_int_eq(
	    parse("Monday, 30-Nov-77 12:00:00 GMT"), parse("Mon, 30 Nov 1977 12:00:00 GMT"));
	ck_assert_int_eq(
	    parse("Monday, 30-Nov-00 12:00:00 GMT"), parse("Mon, 30 Nov 2000 12:00:00 GMT"));
}

TEST(lvn_http_date_parse__near_the_end_of_a_century)
{
	int64_t in_2090 = parse("Sun, 01 Jan 2090 00:00:00 GMT"), seconds = 0;
	static const char text[] = "Sunday, 01-Jan-10 00:00:00 GMT";

	ck_assert(lvn_http_date_parse(text, strlen(text), in_2090, &seconds));

	ck_assert_int_eq(seconds, parse("Wed, 01 Jan 2110 00:00:00 GMT"));
}

TEST(lvn_http_date_parse__days_of_months)
{
	ck_assert_int_ne(parse("Sat, 29 Feb 2020 00:00:00 GMT"), -1);
	ck_assert_int_ne(parse("Sat, 29 Feb 2000 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat, 29 Feb 2021 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat, 29 Feb 2100 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat, 31 Apr 2020 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat, 00 Apr 2020 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat, 32 Dec 2020 00:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sat Nov 31 08:49:37 1994"), -1);
}

TEST(lvn_http_date_parse__times)
{
	ck_assert_int_eq(parse("Sun, 06 Nov 1994 23:59:60 GMT"), EXAMPLE / DAY * DAY + DAY);
	ck_assert_int_eq(parse("Sun, 06 Nov 1994 24:00:00 GMT"), -1);
	ck_assert_int_eq(parse("Sun, 06 Nov 1994 08:60:37 GMT"), -1);
	ck_assert_int_eq(parse("Sun, 06 Nov 1994 08:49:61 GMT"), -1);
}

TEST(lvn_http_date_parse__what_is_none)
{
	static const char *const texts[] = {"", "Sun", "Sun,", "Sun, ", "Sunday", "Sunday, ",
	    "Sun ", "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
	    "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
	    "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37",
	    "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
	    "Sun,06 Nov 1994 08:49:37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT",
	    "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
	    "Xun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Xov 1994 08:49:37 GMT",
	    "Sunday 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT",
	    "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov 06 08:49:37 94",
	    "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov   6 08:49:37 1994", "1994-11-06T08:49:37Z",
	    "784111777", "0"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(parse(texts[i]) == -1, "%s", texts[i]);
}

/* Each beginning of a date is none, and nothing behind it is read. */
TEST(lvn_http_date_parse__cut_short)
{
	static const char *const texts[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
	    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		for (size_t size = 0; size < strlen(texts[i]); size++) {
			char *text = malloc(size > 0 ? size : 1);
			int64_t seconds = 7;

			memcpy(text, texts[i], size);
			ck_assert(!lvn_http_date_parse(text, size, NOW, &seconds));
			ck_assert_int_eq(seconds, 7);
			free(text);
		}
	}
}
