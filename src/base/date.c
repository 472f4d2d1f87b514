/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/date.h"

#include <errno.h>
#include <stdio.h>

#include "base/compiler.h"

static const char day_names[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int
lvn_date_write(const struct tm *utc, char *text, size_t capacity)
{
	unsigned day = (unsigned)utc->tm_wday;
	unsigned month = (unsigned)utc->tm_mon;

	if (day >= LVN_COUNT_OF(day_names) || month >= LVN_COUNT_OF(month_names))
		return -EINVAL;
	if (capacity == 0)
		return 0;
	return snprintf(text, capacity, "%s, %02d %s %4lld %02d:%02d:%02d GMT", day_names[day],
	    utc->tm_mday, month_names[month], 1900LL + utc->tm_year, utc->tm_hour, utc->tm_min,
	    utc->tm_sec);
}
