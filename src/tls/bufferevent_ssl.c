/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for TLS streams of every engine, in each of the libraries.
 */
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "tls/tls_stream.h"

static uint64_t
known(ev_uint64_t flags)
{
	return flags & (BUFFEREVENT_SSL_DIRTY_SHUTDOWN | BUFFEREVENT_SSL_BATCH_WRITE);
}

ev_uint64_t
bufferevent_ssl_get_flags(struct bufferevent *bev)
{
	return lvn_tls_stream_change_flags(bev, 0, 0);
}

ev_uint64_t
bufferevent_ssl_set_flags(struct bufferevent *bev, ev_uint64_t flags)
{
	return lvn_tls_stream_change_flags(bev, known(flags), 0);
}

ev_uint64_t
bufferevent_ssl_clear_flags(struct bufferevent *bev, ev_uint64_t flags)
{
	return lvn_tls_stream_change_flags(bev, 0, known(flags));
}
