/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hosts with ports, as Host fields and request targets have them (RFC 9110 7.2, RFC 3986 3.2).
 * Stricter than base/inet.h, which reads addresses as libevent does.
 */
#ifndef LVN_HTTP_HOST_H
#define LVN_HTTP_HOST_H

#include <stdbool.h>

#include "http/slice.h"

/* Splits HOST [ ":" PORT ].  An address of IPv6 keeps its brackets.  Returns whether it is one:
   then each part is valid, and may be empty. */
bool lvn_http_host_split(
    struct http_slice text, struct http_slice *host_out, struct http_slice *port_out);

/* Whether it may be the value of Host: a host, which may be empty, and perhaps a port. */
bool lvn_http_host_is_valid(struct http_slice text);

#endif
