/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dates of HTTP (RFC 9110 5.6.7): the text of now, written once a second, and the time that
 * a text stands for.  Reads no clock.
 */
#ifndef LVN_HTTP_HTTP_DATE_H
#define LVN_HTTP_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
#define LVN_HTTP_DATE_SIZE 29

/* The date that was written last.  Zeroed before its first use. */
struct http_date {
	int64_t seconds;
	char text[LVN_HTTP_DATE_SIZE + 1]; /* empty before the first one */
};

/* The text of this time, with its zero byte, in seconds of the Unix epoch; years 1000 to 9999. */
const char *lvn_http_date_text(struct http_date *date, int64_t seconds);

/*
 * Reads one of the three formats: IMF-fixdate, RFC 850's, asctime's.  A year of two digits is
 * within 50 years before or after `now`.  Returns whether it is one; else nothing is written.
 */
bool lvn_http_date_parse(const char *text, size_t size, int64_t now, int64_t *seconds_out);

#endif
