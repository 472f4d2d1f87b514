/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/http_date.h"

#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "base/date.h"
#include "base/number.h"

#define SECONDS_PER_MINUTE 60
#define SECONDS_PER_HOUR   3600
#define SECONDS_PER_DAY    86400
#define DAYS_PER_WEEK      7
/* 1970-01-01 was a Thursday. */
#define EPOCH_WEEKDAY 4
/* The calendar repeats; a year that begins in March has its odd day at the end. */
#define DAYS_PER_ERA      146097
#define YEARS_PER_ERA     400
#define DAYS_TO_EPOCH     719468 /* from 0000-03-01 */
#define DAYS_PER_YEAR     365
#define FIRST_TM_YEAR     1900
#define YEARS_NEAR        50
#define YEARS_PER_CENTURY 100

static const char day_names[][10] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char month_names[][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct civil {
	int64_t year;
	unsigned month; /* 1 to 12 */
	unsigned day;   /* 1 to 31 */
};

static int64_t
divide_down(int64_t number, int64_t divisor)
{
	int64_t quotient = number / divisor;

	return number % divisor < 0 ? quotient - 1 : quotient;
}

/* Days before the month, of a year that begins in March: 0, 31, 61, 92 ... */
static unsigned
days_before(unsigned month_from_march)
{
	return (153 * month_from_march + 2) / 5;
}

/* Days since the epoch. */
static int64_t
days_of(const struct civil *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t era = divide_down(year, YEARS_PER_ERA);
	int64_t year_of_era = year - era * YEARS_PER_ERA;
	unsigned day_of_year =
	    days_before(date->month <= 2 ? date->month + 9 : date->month - 3) + date->day - 1;

	return era * DAYS_PER_ERA + year_of_era * DAYS_PER_YEAR + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - DAYS_TO_EPOCH;
}

static struct civil
civil_of(int64_t days)
{
	int64_t era = divide_down(days + DAYS_TO_EPOCH, DAYS_PER_ERA);
	unsigned day = (unsigned)(days + DAYS_TO_EPOCH - era * DAYS_PER_ERA);
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / DAYS_PER_YEAR;
	unsigned day_of_year = day - (DAYS_PER_YEAR * year + year / 4 - year / 100);
	unsigned month = (5 * day_of_year + 2) / 153;
	struct civil date;

	date.day = day_of_year - days_before(month) + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = era * YEARS_PER_ERA + year + (date.month <= 2);
	return date;
}

static void
write_date(struct http_date *date)
{
	int64_t days = divide_down(date->seconds, SECONDS_PER_DAY);
	int second = (int)(date->seconds - days * SECONDS_PER_DAY);
	int64_t weekday = days + EPOCH_WEEKDAY;
	struct civil civil = civil_of(days);
	struct tm tm = {
	    .tm_year = (int)(civil.year - FIRST_TM_YEAR),
	    .tm_mon = (int)civil.month - 1,
	    .tm_mday = (int)civil.day,
	    .tm_hour = second / SECONDS_PER_HOUR,
	    .tm_min = second % SECONDS_PER_HOUR / SECONDS_PER_MINUTE,
	    .tm_sec = second % SECONDS_PER_MINUTE,
	    .tm_wday = (int)(weekday - divide_down(weekday, DAYS_PER_WEEK) * DAYS_PER_WEEK),
	};

	(void)lvn_date_write(&tm, date->text, sizeof(date->text));
}

const char *
lvn_http_date_text(struct http_date *date, int64_t seconds)
{
	if (date->seconds != seconds || date->text[0] == '\0') {
		date->seconds = seconds;
		write_date(date);
	}
	return date->text;
}

/* A text that is read from its beginning; `bad` once something did not match. */
struct scan {
	const char *at;
	const char *end;
	bool bad;
};

static bool
has_next(const struct scan *scan, const char *text)
{
	size_t size = strlen(text);

	return (size_t)(scan->end - scan->at) >= size && memcmp(scan->at, text, size) == 0;
}

static void
take(struct scan *scan, const char *text)
{
	if (has_next(scan, text))
		scan->at += strlen(text);
	else
		scan->bad = true;
}

/* Exactly so many digits. */
static unsigned
take_number(struct scan *scan, int digits)
{
	const char *end = scan->end - scan->at >= digits ? scan->at + digits : scan->at;
	uint64_t value;

	if (lvn_number_read_digits(scan->at, end, 10, &value) != end || end == scan->at)
		scan->bad = true;
	scan->at = end;
	return (unsigned)value;
}

/* 1 to 12. */
static unsigned
take_month(struct scan *scan)
{
	for (unsigned i = 0; i < LVN_COUNT_OF(month_names); i++) {
		if (has_next(scan, month_names[i])) {
			take(scan, month_names[i]);
			return i + 1;
		}
	}
	scan->bad = true;
	return 1;
}

/* The seconds of a day; a leap second is that of the next minute. */
static unsigned
take_time(struct scan *scan)
{
	unsigned hour, minute, second;

	hour = take_number(scan, 2);
	take(scan, ":");
	minute = take_number(scan, 2);
	take(scan, ":");
	second = take_number(scan, 2);
	if (hour > 23 || minute > 59 || second > 60)
		scan->bad = true;
	return hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second;
}

/* The year of two digits that is nearest to `now`. */
static int64_t
year_near(unsigned two_digits, int64_t now)
{
	int64_t this_year = civil_of(divide_down(now, SECONDS_PER_DAY)).year;
	int64_t year = divide_down(this_year, YEARS_PER_CENTURY) * YEARS_PER_CENTURY + two_digits;

	if (year > this_year + YEARS_NEAR)
		return year - YEARS_PER_CENTURY;
	return year <= this_year - YEARS_NEAR ? year + YEARS_PER_CENTURY : year;
}

/* "06 Nov 1994 08:49:37 GMT" */
static unsigned
take_fixdate(struct scan *scan, struct civil *date)
{
	unsigned time;

	date->day = take_number(scan, 2);
	take(scan, " ");
	date->month = take_month(scan);
	take(scan, " ");
	date->year = take_number(scan, 4);
	take(scan, " ");
	time = take_time(scan);
	take(scan, " GMT");
	return time;
}

/* "06-Nov-94 08:49:37 GMT" */
static unsigned
take_rfc850(struct scan *scan, struct civil *date, int64_t now)
{
	unsigned time;

	date->day = take_number(scan, 2);
	take(scan, "-");
	date->month = take_month(scan);
	take(scan, "-");
	date->year = year_near(take_number(scan, 2), now);
	take(scan, " ");
	time = take_time(scan);
	take(scan, " GMT");
	return time;
}

/* "Nov  6 08:49:37 1994" */
static unsigned
take_asctime(struct scan *scan, struct civil *date)
{
	unsigned time;

	date->month = take_month(scan);
	take(scan, " ");
	if (has_next(scan, " ")) {
		take(scan, " ");
		date->day = take_number(scan, 1);
	} else
		date->day = take_number(scan, 2);
	take(scan, " ");
	time = take_time(scan);
	take(scan, " ");
	date->year = take_number(scan, 4);
	return time;
}

/* By what is behind the name of the day; in RFC 850's format it is not cut. */
static unsigned
take_date(struct scan *scan, struct civil *date, int64_t now)
{
	for (size_t i = 0; i < LVN_COUNT_OF(day_names); i++) {
		const char *name = day_names[i];

		if (scan->end - scan->at < 4 || memcmp(scan->at, name, 3) != 0)
			continue;
		if (has_next(scan, name)) {
			take(scan, name);
			take(scan, ", ");
			return take_rfc850(scan, date, now);
		}
		scan->at += 3;
		if (has_next(scan, ", ")) {
			take(scan, ", ");
			return take_fixdate(scan, date);
		}
		take(scan, " ");
		return take_asctime(scan, date);
	}
	scan->bad = true;
	return 0;
}

/* Whether the day is one of its month: it is the same after there and back. */
static bool
is_date(const struct civil *date)
{
	struct civil again;

	if (date->day < 1)
		return false;
	again = civil_of(days_of(date));
	return again.month == date->month && again.day == date->day;
}

bool
lvn_http_date_parse(const char *text, size_t size, int64_t now, int64_t *seconds_out)
{
	struct scan scan = {text, text + size, false};
	struct civil date = {0, 1, 0};
	unsigned time = take_date(&scan, &date, now);

	if (scan.bad || scan.at != scan.end || !is_date(&date))
		return false;
	*seconds_out = days_of(&date) * SECONDS_PER_DAY + time;
	return true;
}
