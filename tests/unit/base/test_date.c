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

START_TEST(the_example_of_the_rfc_is_written_as_there)
{
	char text[30];

	ck_assert_int_eq(write_date(784111777, text, sizeof(text)), 29);
	ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}
END_TEST

START_TEST(every_day_and_month_has_its_name)
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
END_TEST

START_TEST(a_date_without_room_is_cut)
{
	char text[30];

	ck_assert_int_eq(write_date(0, text, 29), 29);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GM");
	ck_assert_int_eq(write_date(0, text, 0), 0);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GM");
}
END_TEST

START_TEST(days_and_months_that_do_not_exist_are_refused)
{
	static const struct tm wrong[] = {
	    {.tm_wday = 7}, {.tm_wday = -1}, {.tm_mon = 12}, {.tm_mon = -1}};
	char text[30];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(lvn_date_write(&wrong[i], text, sizeof(text)), -EINVAL);
}
END_TEST

START_TEST(the_largest_year_does_not_overflow)
{
	struct tm utc = {.tm_year = 2147483647, .tm_mday = 1};
	char text[64];

	lvn_date_write(&utc, text, sizeof(text));

	ck_assert_str_eq(text, "Sun, 01 Jan 2147485547 00:00:00 GMT");
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("date");
	TCase *group = tcase_create("date");

	tcase_add_test(group, the_example_of_the_rfc_is_written_as_there);
	tcase_add_test(group, every_day_and_month_has_its_name);
	tcase_add_test(group, a_date_without_room_is_cut);
	tcase_add_test(group, days_and_months_that_do_not_exist_are_refused);
	tcase_add_test(group, the_largest_year_does_not_overflow);
	suite_add_tcase(suite, group);
	return suite;
}
