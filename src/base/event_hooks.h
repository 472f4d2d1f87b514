/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions that libevent exports without declaring them in a public header.
 */
#ifndef LVN_BASE_EVENT_HOOKS_H
#define LVN_BASE_EVENT_HOOKS_H

#include <event2/util.h>

#include "base/compiler.h"

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

#endif
