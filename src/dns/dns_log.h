/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines of this layer.  They go to the function of evdns_set_log_fn, or into the
 * library's log when there is none.  Keep errno.
 */
#ifndef LVN_DNS_DNS_LOG_H
#define LVN_DNS_DNS_LOG_H

#include "base/compiler.h"

LVN_COLD void lvn_dns_log_warn(const char *format, ...) LVN_PRINTF(1, 2);
LVN_COLD void lvn_dns_log_msg(const char *format, ...) LVN_PRINTF(1, 2);

/* NULL for the library's log.  Not synchronised: before any other call. */
void lvn_dns_log_set_fn(void (*fn)(int is_warning, const char *text));

#endif
