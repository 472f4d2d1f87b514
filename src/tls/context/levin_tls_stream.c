/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: the bufferevents of levin/tls.h.
 */
#include <levin/tls.h>

#include <errno.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "base/private.h"
#include "tls/context/tls_connection.h"
#include "tls/context/tls_context.h"
#include "tls/context/tls_reloadable.h"
#include "tls/context/tls_shutdown.h"
#include "tls/kernel_tls.h"
#include "tls/openssl.h"
#include "tls/tls_stream.h"

/* ---- Making -------------------------------------------------------------------------------- */

static int
prepare(struct tls_options *options_out, struct levin_tls *tls, const char *host, int options,
    const char *caller)
{
	struct tls_reason reason;
	SSL *ssl;
	int rc;

	if (!tls)
		return lvn_log_misuse(caller, "there is no context");
	rc = lvn_tls_reloadable_connect(tls, host, &ssl, &reason);
	if (rc < 0) {
		lvn_log_warnx("%s: %s", caller, reason.text);
		errno = -rc;
		return -1;
	}
	*options_out = (struct tls_options){
	    .engine = &lvn_openssl_engine,
	    .session = ssl,
	    .state =
		tls->role == TLS_CLIENT ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING,
	    .bufferevent = options,
	    .owns_session = true,
	    .caller = caller,
	    .transport =
		SSL_get_options(ssl) & SSL_OP_ENABLE_KTLS ? &lvn_kernel_tls_transport : NULL,
	};
	return 0;
}

struct bufferevent *
levin_tls_socket_new(struct event_base *base, evutil_socket_t fd, struct levin_tls *tls,
    const char *host, int options)
{
	struct tls_options prepared;

	if (prepare(&prepared, tls, host, options, __func__) < 0)
		return NULL;
	return lvn_tls_stream_socket_new(base, fd, &prepared);
}

struct bufferevent *
levin_tls_filter_new(
    struct bufferevent *underlying, struct levin_tls *tls, const char *host, int options)
{
	struct tls_options prepared;

	if (prepare(&prepared, tls, host, options, __func__) < 0)
		return NULL;
	return lvn_tls_stream_filter_new(underlying, &prepared);
}

/* ---- What is known ------------------------------------------------------------------------- */

static struct tls_stream *
stream_of(struct bufferevent *bufev)
{
	return lvn_tls_stream_on(bufev, &lvn_openssl_engine);
}

static void
find_reason(const struct tls_stream *tls, struct tls_reason *reason)
{
	if (tls->engine.end == TRANSPORT_TRUNCATED && tls->is_open)
		lvn_tls_reason_set(reason, 0, "the peer ended the connection without close_notify");
	else if (tls->engine.end == TRANSPORT_TRUNCATED)
		lvn_tls_reason_set(reason, 0, "the peer ended the connection during the handshake");
	else if (tls->engine.error_count > 0)
		lvn_tls_reason_of_connection(
		    reason, tls->engine.errors[tls->engine.error_count - 1]);
}

const char *
levin_tls_get_reason(struct bufferevent *bufev)
{
	struct tls_stream *tls;
	struct tls_reason *reason;

	bufferevent_lock(bufev);
	tls = stream_of(bufev);
	reason = tls ? lvn_tls_connection_reason(tls->engine.session) : NULL;
	if (reason && reason->text[0] == '\0' && tls->has_failed)
		find_reason(tls, reason);
	bufferevent_unlock(bufev);
	return reason && reason->text[0] != '\0' ? reason->text : NULL;
}

int
levin_tls_get_facts(struct bufferevent *bufev, struct levin_tls_facts *facts_out)
{
	struct tls_stream *tls;
	int rc = 0;

	bufferevent_lock(bufev);
	tls = stream_of(bufev);
	if (!tls)
		rc = -EINVAL;
	else if (!tls->is_open)
		rc = -ENOTCONN;
	else
		lvn_tls_connection_describe(tls->engine.session, facts_out);
	bufferevent_unlock(bufev);
	if (rc < 0)
		errno = -rc;
	return rc < 0 ? -1 : 0;
}

/* ---- Ending -------------------------------------------------------------------------------- */

int
levin_tls_shutdown(struct bufferevent *bufev, levin_tls_shutdown_fn *callback, void *arg)
{
	struct tls_stream *tls;
	int rc = -EINVAL;

	bufferevent_lock(bufev);
	tls = stream_of(bufev);
	if (tls && callback)
		rc = lvn_tls_shutdown_begin_locked(bufev, tls,
		    lvn_tls_context_shutdown_timeout_ms(SSL_get_SSL_CTX(tls->engine.session)),
		    callback, arg);
	bufferevent_unlock(bufev);
	if (rc < 0)
		errno = -rc;
	return rc < 0 ? -1 : 0;
}
