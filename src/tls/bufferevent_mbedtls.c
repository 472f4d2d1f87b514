/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for TLS streams of mbedTLS.
 */
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "tls/mbedtls.h"
#include "tls/tls_stream.h"

static struct tls_options
options_of(
    mbedtls_dyncontext *ssl, enum bufferevent_ssl_state state, int options, const char *caller)
{
	return (struct tls_options){
	    .engine = &lvn_mbedtls_engine,
	    .session = ssl,
	    .state = state,
	    .bufferevent = options,
	    .owns_session = options & BEV_OPT_CLOSE_ON_FREE,
	    .caller = caller,
	};
}

struct bufferevent *
bufferevent_mbedtls_socket_new(struct event_base *base, evutil_socket_t fd, mbedtls_dyncontext *ssl,
    enum bufferevent_ssl_state state, int options)
{
	const struct tls_options made = options_of(ssl, state, options, __func__);

	return lvn_tls_stream_socket_new(base, fd, &made);
}

struct bufferevent *
bufferevent_mbedtls_filter_new(struct event_base *base, struct bufferevent *underlying,
    mbedtls_dyncontext *ssl, enum bufferevent_ssl_state state, int options)
{
	const struct tls_options made = options_of(ssl, state, options, __func__);

	(void)base;
	return lvn_tls_stream_filter_new(underlying, &made);
}

struct mbedtls_ssl_context *
bufferevent_mbedtls_get_ssl(struct bufferevent *bev)
{
	return lvn_tls_stream_session(bev, &lvn_mbedtls_engine);
}

unsigned long
bufferevent_get_mbedtls_error(struct bufferevent *bev)
{
	return lvn_tls_stream_pop_error(bev, &lvn_mbedtls_engine);
}

int
bufferevent_mbedtls_renegotiate(struct bufferevent *bev)
{
	return lvn_tls_stream_renegotiate(bev, &lvn_mbedtls_engine);
}

int
bufferevent_mbedtls_get_allow_dirty_shutdown(struct bufferevent *bev)
{
	return lvn_tls_stream_allows_dirty(bev, &lvn_mbedtls_engine);
}

void
bufferevent_mbedtls_set_allow_dirty_shutdown(struct bufferevent *bev, int allow_dirty_shutdown)
{
	lvn_tls_stream_allow_dirty(bev, &lvn_mbedtls_engine, allow_dirty_shutdown != 0);
}

mbedtls_dyncontext *
bufferevent_mbedtls_dyncontext_new(struct mbedtls_ssl_config *conf)
{
	return lvn_mbedtls_context_new(conf);
}

void
bufferevent_mbedtls_dyncontext_free(mbedtls_dyncontext *ctx)
{
	lvn_mbedtls_context_free(ctx);
}
