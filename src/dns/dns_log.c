/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/private.h"

#define LINE_CAPACITY 512

static void (*log_fn)(int is_warning, const char *text);

void
lvn_dns_log_set_fn(void (*fn)(int is_warning, const char *text))
{
	log_fn = fn;
}

static void LVN_PRINTF(2, 0) log_line(int is_warning, const char *format, va_list args)
{
	int saved_errno = errno;
	char line[LINE_CAPACITY];

	vsnprintf(line, sizeof(line), format, args);
	if (log_fn)
		log_fn(is_warning, line);
	else if (is_warning)
		lvn_log_warnx("%s", line);
	else
		lvn_log_msg("%s", line);
	errno = saved_errno;
}

void
lvn_dns_log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(1, format, args);
	va_end(args);
}

void
lvn_dns_log_msg(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(0, format, args);
	va_end(args);
}
