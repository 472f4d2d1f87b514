/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a server wants a request: its method, its route, the size of its body.
 */
#ifndef LVN_HTTP_REQUEST_JUDGE_H
#define LVN_HTTP_REQUEST_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct evhttp_connection;

/*
 * Judges the current request, whose head has been read, and finds its route.  Returns 0, or a
 * status to refuse it with; -1 without memory.
 */
LVN_NODISCARD int lvn_http_request_judge(struct evhttp_connection *connection);

/* Of the current request; and whether it has announced more. */
uint64_t lvn_http_request_judge_most_in_body(const struct evhttp_connection *connection);
bool lvn_http_request_judge_is_too_large(const struct evhttp_connection *connection);

#endif
