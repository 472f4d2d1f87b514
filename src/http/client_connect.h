/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a client connects to, and from where.
 */
#ifndef LVN_HTTP_CLIENT_CONNECT_H
#define LVN_HTTP_CLIENT_CONNECT_H

#include "http/client.h"

/* Begins to connect the stream.  Returns 0, also if the stream tells a failure, or -1. */
LVN_NODISCARD int lvn_http_client_connect(struct http_client *client);

#endif
