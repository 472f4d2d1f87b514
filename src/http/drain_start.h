/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The beginning of draining a server.
 */
#ifndef LVN_HTTP_DRAIN_START_H
#define LVN_HTTP_DRAIN_START_H

#include <stdint.h>

#include "base/compiler.h"

struct evhttp;

/* Returns 0, -EALREADY or -ENOMEM.  The service has the function to call. */
LVN_NODISCARD int lvn_http_drain_start(struct evhttp *server, int64_t timeout_ms);

#endif
