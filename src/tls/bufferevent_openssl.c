/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for TLS streams of OpenSSL.
 */
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>

#include "tls/openssl.h"
#include "tls/tls_stream.h"

/* The descriptor that the SSL reads from already; -1 if it has none, -2 if it reads elsewhere. */
static int
descriptor_of(const SSL *ssl)
{
	int fd;

	if (!ssl || !SSL_get_rbio(ssl))
		return -1;
	fd = SSL_get_fd(ssl);
	return fd >= 0 ? fd : -2;
}

static struct tls_options
options_of(SSL *ssl, enum bufferevent_ssl_state state, int options, const char *caller)
{
	return (struct tls_options){
	    .engine = &lvn_openssl_engine,
	    .session = ssl,
	    .state = state,
	    .bufferevent = options,
	    .owns_session = options & BEV_OPT_CLOSE_ON_FREE,
	    .caller = caller,
	};
}

struct bufferevent *
bufferevent_openssl_socket_new(struct event_base *base, evutil_socket_t fd, struct ssl_st *ssl,
    enum bufferevent_ssl_state state, int options)
{
	const struct tls_options made = options_of(ssl, state, options, __func__);
	int own = descriptor_of(ssl);

	if (own == -2 || (own >= 0 && fd >= 0 && own != (int)fd))
		return lvn_tls_stream_refuse(&made, "the SSL reads from elsewhere");
	return lvn_tls_stream_socket_new(base, fd >= 0 ? fd : own, &made);
}

struct bufferevent *
bufferevent_openssl_filter_new(struct event_base *base, struct bufferevent *underlying,
    struct ssl_st *ssl, enum bufferevent_ssl_state state, int options)
{
	const struct tls_options made = options_of(ssl, state, options, __func__);

	(void)base;
	return lvn_tls_stream_filter_new(underlying, &made);
}

struct ssl_st *
bufferevent_openssl_get_ssl(struct bufferevent *bev)
{
	return lvn_tls_stream_session(bev, &lvn_openssl_engine);
}

unsigned long
bufferevent_get_openssl_error(struct bufferevent *bev)
{
	return lvn_tls_stream_pop_error(bev, &lvn_openssl_engine);
}

int
bufferevent_ssl_renegotiate(struct bufferevent *bev)
{
	return lvn_tls_stream_renegotiate(bev, &lvn_openssl_engine);
}

int
bufferevent_openssl_get_allow_dirty_shutdown(struct bufferevent *bev)
{
	return lvn_tls_stream_allows_dirty(bev, &lvn_openssl_engine);
}

void
bufferevent_openssl_set_allow_dirty_shutdown(struct bufferevent *bev, int allow_dirty_shutdown)
{
	lvn_tls_stream_allow_dirty(bev, &lvn_openssl_engine, allow_dirty_shutdown != 0);
}
