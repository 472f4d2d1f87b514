/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define LINE_SIZE 1024

uint32_t lvn_log_debug_mask;

static void (*log_callback)(int severity, const char *text);
static void (*fatal_callback)(int code);

void
lvn_log_set_callback(void (*callback)(int severity, const char *text))
{
	log_callback = callback;
}

void
lvn_log_set_fatal_callback(void (*callback)(int code))
{
	fatal_callback = callback;
}

static const char *
severity_name(int severity)
{
	switch (severity) {
	case EVENT_LOG_DEBUG:
		return "debug";
	case EVENT_LOG_MSG:
		return "msg";
	case EVENT_LOG_WARN:
		return "warn";
	case EVENT_LOG_ERR:
		return "err";
	default:
		return "???";
	}
}

static void
deliver(int severity, const char *text)
{
	if (log_callback)
		log_callback(severity, text);
	else
		fprintf(stderr, "[%s] %s\n", severity_name(severity), text);
}

void
lvn_log_line(int severity, const char *reason, const char *format, va_list args)
{
	int saved_errno = errno;
	char line[LINE_SIZE];
	size_t used = 0;

	line[0] = '\0';
	if (format) {
		int size = vsnprintf(line, sizeof(line), format, args);

		if (size > 0)
			used = (size_t)size < sizeof(line) ? (size_t)size : sizeof(line) - 1;
	}
	if (reason && sizeof(line) - used > 3)
		snprintf(line + used, sizeof(line) - used, ": %s", reason);
	deliver(severity, line);
	errno = saved_errno;
}

void
lvn_log_leave(int code)
{
	if (fatal_callback)
		fatal_callback(code);
	if (code == LVN_LOG_CODE_ABORT)
		abort();
	exit(code);
}

void
lvn_log_warn(const char *format, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_WARN, strerror(errno), format);
}

void
lvn_log_warnx(const char *format, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_WARN, NULL, format);
}

void
lvn_log_msg(const char *format, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_MSG, NULL, format);
}

int
lvn_log_misuse(const char *caller, const char *what)
{
	lvn_log_warnx("%s: %s", caller, what);
	errno = EINVAL;
	return -1;
}

void
lvn_log_debug_line(const char *format, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_DEBUG, NULL, format);
}

void
lvn_log_fatal(int code, const char *format, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_ERR, NULL, format);
	lvn_log_leave(code);
}

void
lvn_assert_failed(const char *file, int line, const char *function, const char *condition)
{
	lvn_log_fatal(LVN_LOG_CODE_ABORT, "%s:%d: Assertion %s failed in %s", file, line, condition,
	    function);
}
