/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which fields may come in the trailer section (RFC 9110 6.5.1).
 */
#ifndef LVN_HTTP_TRAILER_H
#define LVN_HTTP_TRAILER_H

#include <stdbool.h>

#include "http/slice.h"

/* Not those of framing, routing, authentication, conditions, control and content. */
bool lvn_http_trailer_is_allowed(struct http_slice name);

#endif
