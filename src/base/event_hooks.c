/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: the process-wide hooks of event2/event.h (log, fatal and memory functions),
 * and the log functions that generated RPC code and old programs link against.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/memory.h"

void
event_set_log_callback(event_log_cb cb)
{
	lvn_log_set_callback(cb);
}

void
event_set_fatal_callback(event_fatal_cb cb)
{
	lvn_log_set_fatal_callback(cb);
}

void
event_enable_debug_logging(uint32_t which)
{
	lvn_log_debug_mask = which;
}

void
event_set_mem_functions(
    void *(*malloc_fn)(size_t), void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *))
{
	lvn_memory_set_functions(malloc_fn, realloc_fn, free_fn);
}

/* Exported by libevent without a public declaration. */

/* Log, then leave through the fatal callback or exit(eval). */
LVN_EXPORT LVN_NORETURN void event_err(int eval, const char *fmt, ...) LVN_PRINTF(2, 3);
LVN_EXPORT LVN_NORETURN void event_errx(int eval, const char *fmt, ...) LVN_PRINTF(2, 3);
LVN_EXPORT LVN_NORETURN void event_sock_err(int eval, evutil_socket_t sock, const char *fmt, ...)
    LVN_PRINTF(3, 4);

/* Log a warning; those without x append strerror(errno). */
LVN_EXPORT void event_warn(const char *fmt, ...) LVN_PRINTF(1, 2);
LVN_EXPORT void event_warnx(const char *fmt, ...) LVN_PRINTF(1, 2);
LVN_EXPORT void event_msgx(const char *fmt, ...) LVN_PRINTF(1, 2);
LVN_EXPORT void event_sock_warn(evutil_socket_t sock, const char *fmt, ...) LVN_PRINTF(2, 3);

void
event_err(int eval, const char *fmt, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_ERR, strerror(errno), fmt);
	lvn_log_leave(eval);
}

void
event_errx(int eval, const char *fmt, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_ERR, NULL, fmt);
	lvn_log_leave(eval);
}

void
event_warn(const char *fmt, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_WARN, strerror(errno), fmt);
}

void
event_warnx(const char *fmt, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_WARN, NULL, fmt);
}

void
event_msgx(const char *fmt, ...)
{
	LVN_LOG_ARGUMENTS(EVENT_LOG_MSG, NULL, fmt);
}

void
event_sock_err(int eval, evutil_socket_t sock, const char *fmt, ...)
{
	(void)sock;
	LVN_LOG_ARGUMENTS(EVENT_LOG_ERR, strerror(errno), fmt);
	lvn_log_leave(eval);
}

void
event_sock_warn(evutil_socket_t sock, const char *fmt, ...)
{
	(void)sock;
	LVN_LOG_ARGUMENTS(EVENT_LOG_WARN, strerror(errno), fmt);
}
