/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: text and numbers.
 */
#include <event2/util.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

ev_int64_t
evutil_strtoll(const char *s, char **endptr, int base)
{
	return (ev_int64_t)strtoll(s, endptr, base);
}

int
evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = evutil_vsnprintf(buf, buflen, format, args);
	va_end(args);
	return length;
}

int
evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
{
	int length;

	if (buflen == 0)
		return 0;
	length = vsnprintf(buf, buflen, format, ap);
	/* After an error the C library may have left the text open. */
	buf[buflen - 1] = '\0';
	return length;
}

int
evutil_ascii_strcasecmp(const char *str1, const char *str2)
{
	return lvn_text_compare(str1, str2);
}

int
evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n)
{
	return lvn_text_compare_start(str1, str2, n);
}
