/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What log.c shares with the door that gives programs event_warn and its family.
 */
#ifndef LVN_BASE_LOG_LINE_H
#define LVN_BASE_LOG_LINE_H

#include <stdarg.h>

#include "base/compiler.h"

/* The fatal callback's code for a broken invariant; without a callback the process aborts. */
#define LVN_LOG_CODE_ABORT ((int)0xdeaddead)

/* `reason` is appended after a colon unless NULL; `format` may be NULL.  Keeps errno. */
LVN_COLD void lvn_log_line(int severity, const char *reason, const char *format, va_list args);

/* Calls the fatal callback; if that is missing or returns, ends the process. */
LVN_COLD LVN_NORETURN void lvn_log_leave(int code);

#endif
