/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/mbedtls.h"

#include <errno.h>
#include <limits.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/version.h>

#include "base/private.h"

/* How version 3 names members that it may rename. */
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

static struct mbedtls_ssl_context *
session_of(struct engine *engine)
{
	return engine->session;
}

/* ---- Contexts --------------------------------------------------------------------------------- */

struct mbedtls_ssl_context *
lvn_mbedtls_context_new(const struct mbedtls_ssl_config *config)
{
	struct mbedtls_ssl_context *context = config ? lvn_calloc(1, sizeof(*context)) : NULL;

	if (!context)
		return NULL;
	mbedtls_ssl_init(context);
	if (mbedtls_ssl_setup(context, config) == 0)
		return context;
	lvn_mbedtls_context_free(context);
	return NULL;
}

void
lvn_mbedtls_context_free(struct mbedtls_ssl_context *context)
{
	if (!context)
		return;
	mbedtls_ssl_free(context);
	lvn_free(context);
}

/* ---- Records ---------------------------------------------------------------------------------- */

static int
take(void *arg, unsigned char *data, size_t size)
{
	ptrdiff_t taken = lvn_engine_take(arg, data, size);

	if (taken > 0)
		return (int)taken;
	if (taken == TRANSPORT_WANT_READ)
		return MBEDTLS_ERR_SSL_WANT_READ;
	return taken == TRANSPORT_TRUNCATED ? 0 : MBEDTLS_ERR_NET_CONN_RESET;
}

static int
give(void *arg, const unsigned char *data, size_t size)
{
	size = size < INT_MAX ? size : INT_MAX;
	return lvn_engine_give(arg, data, size) == 0 ? (int)size : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

static int
engine_attach(struct engine *engine, bool shares)
{
	(void)shares;
	mbedtls_ssl_set_bio(session_of(engine), engine, give, take, NULL);
	return 0;
}

static void
engine_restore(struct engine *engine)
{
	mbedtls_ssl_set_bio(session_of(engine), NULL, NULL, NULL, NULL);
}

/* The library has no function that would use the descriptor without a context of its own for it. */
static void
engine_detach(struct engine *engine, int fd)
{
	(void)fd;
	engine_restore(engine);
}

static void
engine_free(struct engine *engine, bool shares)
{
	if (!shares)
		lvn_mbedtls_context_free(session_of(engine));
}

/* The configuration has it. */
static void
engine_set_role(struct engine *engine, bool is_server)
{
	(void)engine;
	(void)is_server;
}

static int
engine_clear(struct engine *engine)
{
	return mbedtls_ssl_session_reset(session_of(engine)) == 0 ? 0 : -ENOMEM;
}

/* ---- Results ---------------------------------------------------------------------------------- */

static ptrdiff_t
cause_of(const struct engine *engine, int code)
{
	switch (code) {
	case MBEDTLS_ERR_SSL_CONN_EOF:
		return TRANSPORT_TRUNCATED;
	case MBEDTLS_ERR_SSL_ALLOC_FAILED:
		return -ENOMEM;
	case MBEDTLS_ERR_NET_CONN_RESET:
		return engine->end ? engine->end : -EPROTO;
	default:
		return engine->has_no_memory ? -ENOMEM : -EPROTO;
	}
}

/* Codes are negative; a program gets the same number when it stores one in an int. */
static ptrdiff_t
result_of(struct engine *engine, int code)
{
	switch (code) {
	case 0:
		return TRANSPORT_TRUNCATED;
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		return TRANSPORT_END;
	case MBEDTLS_ERR_SSL_WANT_WRITE:
		return TRANSPORT_WANT_WRITE;
	case MBEDTLS_ERR_SSL_WANT_READ:
	case MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS:
	case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS:
		return TRANSPORT_WANT_READ;
	default:
		lvn_engine_note_error(engine, (unsigned long)code);
		return cause_of(engine, code);
	}
}

/* ---- Calls ------------------------------------------------------------------------------------ */

static bool
is_over(struct mbedtls_ssl_context *ssl)
{
	return ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

static ptrdiff_t
engine_handshake(struct engine *engine)
{
	int code;

	engine->has_no_memory = false;
	code = mbedtls_ssl_handshake(session_of(engine));
	return code == 0 ? 1 : result_of(engine, code);
}

/* In TLS 1.3 a ticket is reported like an error. */
static bool
is_ticket(int code)
{
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
	return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
	(void)code;
	return false;
#endif
}

static ptrdiff_t
engine_read(struct engine *engine, void *data, size_t size)
{
	int code;

	engine->has_no_memory = false;
	do
		code = mbedtls_ssl_read(session_of(engine), data, size);
	while (is_ticket(code));
	return code > 0 ? code : result_of(engine, code);
}

static ptrdiff_t
engine_write(struct engine *engine, const void *data, size_t size)
{
	int code;

	engine->has_no_memory = false;
	code = mbedtls_ssl_write(session_of(engine), data, size);
	return code > 0 ? code : result_of(engine, code);
}

static int
engine_shutdown(struct engine *engine)
{
	engine->has_no_memory = false;
	return mbedtls_ssl_close_notify(session_of(engine)) == 0 ? 0 : -EPROTO;
}

static size_t
engine_pending(struct engine *engine)
{
	return mbedtls_ssl_get_bytes_avail(session_of(engine));
}

/* A server has only asked for it until the client begins. */
static enum handshake_state
engine_handshake_state(struct engine *engine)
{
	if (is_over(session_of(engine)))
		return engine->has_asked ? HANDSHAKE_ASKED_FOR : HANDSHAKE_NONE;
	engine->has_asked = false;
	return HANDSHAKE_UNDER_WAY;
}

/* Only up to TLS 1.2: RFC 8446, 4.1.2. */
static int
engine_renegotiate(struct engine *engine)
{
	int rc = -EOPNOTSUPP;

	engine->has_no_memory = false;
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
	if (mbedtls_ssl_get_version_number(session_of(engine)) >= MBEDTLS_SSL_VERSION_TLS1_3)
		return rc;
#endif
#ifdef MBEDTLS_SSL_RENEGOTIATION
	int code = mbedtls_ssl_renegotiate(session_of(engine));

	engine->has_asked = code == 0;
	if (code == 0 || code == MBEDTLS_ERR_SSL_WANT_READ)
		rc = 0;
	else if (code != MBEDTLS_ERR_SSL_BAD_INPUT_DATA)
		rc = (int)result_of(engine, code);
#endif
	return rc;
}

const struct engine_ops lvn_mbedtls_engine = {
    .attach = engine_attach,
    .restore = engine_restore,
    .detach = engine_detach,
    .free = engine_free,
    .set_role = engine_set_role,
    .clear = engine_clear,
    .handshake = engine_handshake,
    .read = engine_read,
    .write = engine_write,
    .shutdown = engine_shutdown,
    .pending = engine_pending,
    .renegotiate = engine_renegotiate,
    .handshake_state = engine_handshake_state,
};
