/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shutdown of a TLS connection: it sends the output and close_notify, and waits for the peer's.
 * It takes over the callbacks and the timeouts of the bufferevent.  Its state is in the stream.
 */
#ifndef LVN_TLS_CONTEXT_TLS_SHUTDOWN_H
#define LVN_TLS_CONTEXT_TLS_SHUTDOWN_H

#include <event2/bufferevent.h>

#include "tls/tls_stream.h"

/*
 * Begins with the lock held.  Returns 0; -ENOTCONN if there is no connection, -EALREADY if it has
 * begun before, -ENOMEM.
 */
int lvn_tls_shutdown_begin_locked(struct bufferevent *bufev, struct tls_stream *tls,
    int64_t timeout_ms, levin_tls_shutdown_fn *callback, void *arg);

#endif
