/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dates as HTTP and mail write them.
 */
#ifndef LVN_BASE_DATE_H
#define LVN_BASE_DATE_H

#include <stddef.h>
#include <time.h>

/*
 * Writes `utc` in the form "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
 * Returns the length of the whole text, also if it was cut, or -EINVAL when the day of
 * the week or the month is none.
 */
int lvn_date_write(const struct tm *utc, char *text, size_t capacity);

#endif
