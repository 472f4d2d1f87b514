/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines.  They go to the callback of event_set_log_callback, or to stderr
 * when there is none.  All but lvn_log_misuse keep errno as it was.
 */
#ifndef LVN_BASE_LOG_H
#define LVN_BASE_LOG_H

#include <stdarg.h>
#include <stdint.h>

#include "base/compiler.h"

/* With ": strerror(errno)" appended. */
LVN_EXPORT LVN_COLD void lvn_log_warn(const char *format, ...) LVN_PRINTF(1, 2);
/* Without. */
LVN_EXPORT LVN_COLD void lvn_log_warnx(const char *format, ...) LVN_PRINTF(1, 2);
LVN_EXPORT LVN_COLD void lvn_log_msg(const char *format, ...) LVN_PRINTF(1, 2);

/* Logs a warning about a call that is always wrong, sets errno to EINVAL and returns -1. */
LVN_EXPORT LVN_COLD int lvn_log_misuse(const char *caller, const char *what);

/* Logs at the error severity, then calls the fatal callback, or exits with `code`. */
LVN_EXPORT LVN_COLD LVN_NORETURN void lvn_log_fatal(int code, const char *format, ...)
    LVN_PRINTF(2, 3);

/* Nothing unless event_enable_debug_logging switched it on. */
#define lvn_log_debug(...)                               \
	do {                                             \
		if (LVN_UNLIKELY(lvn_log_debug_mask))    \
			lvn_log_debug_line(__VA_ARGS__); \
	} while (0)

LVN_EXPORT extern uint32_t lvn_log_debug_mask;
LVN_EXPORT LVN_COLD void lvn_log_debug_line(const char *format, ...) LVN_PRINTF(1, 2);

/* What event_warn and its family share with the functions above. */

/* The fatal callback's code for a broken invariant; without a callback the process aborts. */
#define LVN_LOG_CODE_ABORT ((int)0xdeaddead)

/* `reason` is appended after a colon unless NULL; `format` may be NULL.  Keeps errno. */
LVN_COLD void lvn_log_line(int severity, const char *reason, const char *format, va_list args);

/* The same for a function with variable arguments, of which `format` is the last named one. */
#define LVN_LOG_ARGUMENTS(severity, reason, format)           \
	do {                                                  \
		va_list args;                                 \
		va_start(args, format);                       \
		lvn_log_line(severity, reason, format, args); \
		va_end(args);                                 \
	} while (0)

/* Calls the fatal callback; if that is missing or returns, ends the process. */
LVN_COLD LVN_NORETURN void lvn_log_leave(int code);

void lvn_log_set_callback(void (*callback)(int severity, const char *text));
void lvn_log_set_fatal_callback(void (*callback)(int code));

#endif
