/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Conditional requests (RFC 9110 13): the fields If-Match, If-None-Match, If-Modified-Since,
 * If-Unmodified-Since and If-Range beside what is to be sent.
 */
#ifndef LVN_HTTP_CONDITIONS_H
#define LVN_HTTP_CONDITIONS_H

#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stdint.h>

/* What a resource is now. */
struct http_validators {
	const char *etag; /* with its quotes, and W/ where it is weak; NULL for none */
	int64_t modified; /* seconds of the Unix epoch */
	int64_t now;
	bool is_date_strong; /* it cannot have changed twice within the second */
};

/* Returns 0 to go on, 304, or 412.  `reads`: the method is GET or HEAD. */
int lvn_http_conditions_check(
    const struct evkeyvalq *fields, const struct http_validators *validators, bool reads);

/* Whether the field Range counts: there is no If-Range, or it holds. */
bool lvn_http_conditions_allow_range(
    const struct evkeyvalq *fields, const struct http_validators *validators);

#endif
