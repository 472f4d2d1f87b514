/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "base/date.h"
#include "support/suite.h"

static int
write_date(time_t when, char *text, size_t capacity)
{
	struct tm utc;

	return lvn_date_write(gmtime_r(&when, &utc), text, capacity);
}

TEST(lvn_date_write__example_of_the_rfc)
{
	char text[30];

	ck_assert_int_eq(write_date(784111777, text, sizeof(text)), 29);
	ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(lvn_date_write__every_day_and_month)
{
	static const char *const days = "Thu Fri Sat Sun Mon Tue Wed ";
	static const char *const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
	char text[30];

	for (int day = 0; day < 7; day++) {
		write_date((time_t)day * 86400, text, sizeof(text));
		ck_assert_int_eq(strncmp(text, days + 4 * day, 3), 0);
	}
	for (int month = 0; month < 12; month++) {
		struct tm utc = {.tm_mon = month, .tm_mday = 1};

		lvn_date_write(&utc, text, sizeof(text));
		ck_assert_int_eq(strncmp(text + 8, months + 4 * month, 3), 0);
	}
}

TEST(lvn_date_write__short_buffer_cuts)
{
	char text[30];

	ck_assert_int_eq(write_date(0, text, 29), 29);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GM");
	ck_assert_int_eq(write_date(0, text, 0), 0);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GM");
}

TEST(lvn_date_write__day_or_month_out_of_range)
{
	static const struct tm wrong[] = {
	    {.tm_wday = 7}, {.tm_wday = -1}, {.tm_mon = 12}, {.tm_mon = -1}};
	char text[30];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(lvn_date_write(&wrong[i], text, sizeof(text)), -EINVAL);
}

TEST(lvn_date_write__largest_year)
{
	struct tm utc = {.tm_year = 2147483647, .tm_mday = 1};
	char text[64];

	lvn_date_write(&utc, text, sizeof(text));

	ck_assert_str_eq(text, "Sun, 01 Jan 2147485547 00:00:00 GMT");
}
