/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/openssl.h"

#include <errno.h>
#include <event2/buffer.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL *
session_of(struct engine *engine)
{
	return engine->session;
}

/* ---- The BIO ---------------------------------------------------------------------------------- */

static BIO_METHOD *method;
static CRYPTO_ONCE method_once = CRYPTO_ONCE_STATIC_INIT;

/* After the stream is gone there is no engine. */
static int
bio_read(BIO *bio, char *data, int size)
{
	struct engine *engine = BIO_get_data(bio);
	ptrdiff_t taken = engine ? lvn_engine_take(engine, data, (size_t)size) : -EBADF;

	BIO_clear_retry_flags(bio);
	if (taken > 0)
		return (int)taken;
	if (taken == TRANSPORT_TRUNCATED)
		return 0;
	if (taken == TRANSPORT_WANT_READ)
		BIO_set_retry_read(bio);
	else
		errno = (int)-taken;
	return -1;
}

static int
bio_write(BIO *bio, const char *data, int size)
{
	struct engine *engine = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return engine && lvn_engine_give(engine, data, (size_t)size) == 0 ? size : -1;
}

static int
descriptor_of(const struct engine *engine)
{
	if (!engine || !engine->stream)
		return -1;
	return (int)lvn_transport_fd(engine->stream);
}

static long
bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	struct engine *engine = BIO_get_data(bio);
	int fd;

	switch (command) {
	case BIO_C_GET_FD:
		fd = descriptor_of(engine);
		if (pointer)
			*(int *)pointer = fd;
		return fd;
	case BIO_CTRL_EOF:
		return !engine || engine->end == TRANSPORT_TRUNCATED;
	case BIO_CTRL_PENDING:
		return engine ? (long)evbuffer_get_length(engine->in) : 0;
	case BIO_CTRL_WPENDING:
		return engine ? (long)evbuffer_get_length(engine->out) : 0;
	case BIO_CTRL_GET_CLOSE:
		return BIO_get_shutdown(bio);
	case BIO_CTRL_SET_CLOSE:
		BIO_set_shutdown(bio, (int)number);
		return 1;
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP:
		return 1;
	default:
		return 0;
	}
}

static int
bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	BIO_set_shutdown(bio, BIO_NOCLOSE);
	return 1;
}

static void
make_method(void)
{
	BIO_METHOD *made = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "bufferevent");

	if (!made)
		return;
	if (BIO_meth_set_read(made, bio_read) && BIO_meth_set_write(made, bio_write) &&
	    BIO_meth_set_ctrl(made, bio_ctrl) && BIO_meth_set_create(made, bio_create))
		method = made;
	else
		BIO_meth_free(made);
}

static BIO *
make_bio(struct engine *engine)
{
	BIO *bio;

	if (!CRYPTO_THREAD_run_once(&method_once, make_method) || !method)
		return NULL;
	bio = BIO_new(method);
	if (bio)
		BIO_set_data(bio, engine);
	return bio;
}

/* ---- Making and freeing ----------------------------------------------------------------------- */

static void *
share_bio(BIO *bio)
{
	if (bio)
		BIO_up_ref(bio);
	return bio;
}

/* The stream has closed the descriptor, or left it open. */
static void
drop_bio(BIO *bio)
{
	if (!bio)
		return;
	(void)BIO_set_close(bio, BIO_NOCLOSE);
	BIO_free(bio);
}

/* Records that OpenSSL would read ahead are better left where they are seen. */
static int
openssl_attach(struct engine *engine, bool shares)
{
	SSL *ssl = session_of(engine);
	BIO *bio;

	ERR_clear_error();
	bio = make_bio(engine);
	if (!bio) {
		ERR_clear_error();
		return -ENOMEM;
	}
	if (shares)
		SSL_up_ref(ssl);
	engine->former[0] = share_bio(SSL_get_rbio(ssl));
	engine->former[1] = share_bio(SSL_get_wbio(ssl));
	SSL_set_bio(ssl, bio, bio);
	SSL_set_read_ahead(ssl, 0);
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			      SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
	return 0;
}

/* SSL_set_bio takes one reference for both if they are the same. */
static void
openssl_restore(struct engine *engine)
{
	BIO *rbio = engine->former[0];
	BIO *wbio = engine->former[1];

	engine->former[0] = engine->former[1] = NULL;
	BIO_set_data(SSL_get_rbio(session_of(engine)), NULL);
	SSL_set_bio(session_of(engine), rbio, wbio);
	if (rbio && rbio == wbio)
		BIO_free(rbio);
}

static void
openssl_detach(struct engine *engine, int fd)
{
	SSL *ssl = session_of(engine);
	BIO *bio = SSL_get_rbio(ssl);
	BIO *socket = NULL;

	/* Its owner may have given it another one meanwhile. */
	if (!bio || BIO_get_data(bio) != engine)
		return;
	if (engine->former[0]) {
		openssl_restore(engine);
		return;
	}
	ERR_clear_error();
	BIO_set_data(bio, NULL);
	if (fd >= 0)
		socket = BIO_new_socket(fd, BIO_NOCLOSE);
	SSL_set_bio(ssl, socket, socket);
	ERR_clear_error();
}

/* In both cases it may live on: a program has references of its own. */
static void
openssl_free(struct engine *engine, bool shares)
{
	SSL *ssl = session_of(engine);
	BIO *bio = SSL_get_rbio(ssl);

	(void)shares;
	drop_bio(engine->former[0]);
	drop_bio(engine->former[1]);
	if (bio && BIO_get_data(bio) == engine)
		BIO_set_data(bio, NULL);
	SSL_free(ssl);
}

static void
openssl_set_role(struct engine *engine, bool is_server)
{
	if (is_server)
		SSL_set_accept_state(session_of(engine));
	else
		SSL_set_connect_state(session_of(engine));
}

/* What was not shut down loses its session, which a program may want to resume. */
static int
openssl_clear(struct engine *engine)
{
	SSL *ssl = session_of(engine);
	bool is_server = SSL_is_server(ssl);

	ERR_clear_error();
	if (SSL_is_init_finished(ssl))
		SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	if (SSL_clear(ssl) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	openssl_set_role(engine, is_server);
	return 0;
}

/* ---- Results ---------------------------------------------------------------------------------- */

/* The queue of the thread may have entries of others, which SSL_get_error would find. */
static SSL *
enter(struct engine *engine)
{
	ERR_clear_error();
	engine->has_no_memory = false;
	return session_of(engine);
}

static void
note_errors(struct engine *engine)
{
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		lvn_engine_note_error(engine, code);
}

/* `error` is errno after the call. */
static ptrdiff_t
cause_of(const struct engine *engine, int kind, unsigned long code, int error)
{
	if (engine->has_no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return -ENOMEM;
		/* How OpenSSL reports the end of the connection depends on its version. */
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
	if (kind == SSL_ERROR_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return TRANSPORT_TRUNCATED;
#endif
	if (kind == SSL_ERROR_SYSCALL && engine->end)
		return engine->end;
	if (kind == SSL_ERROR_SYSCALL && engine->kept && error != 0)
		return -error;
	return -EPROTO;
}

/* What a call that has not succeeded means. */
static ptrdiff_t
result_of(struct engine *engine, int returned)
{
	int error = errno;
	int kind = SSL_get_error(session_of(engine), returned);
	ptrdiff_t result;

	switch (kind) {
	case SSL_ERROR_ZERO_RETURN:
		result = TRANSPORT_END;
		break;
	case SSL_ERROR_WANT_WRITE:
		result = TRANSPORT_WANT_WRITE;
		break;
	case SSL_ERROR_SSL:
	case SSL_ERROR_SYSCALL:
		result = cause_of(engine, kind, ERR_peek_error(), error);
		if (engine->reads_wire && result == TRANSPORT_TRUNCATED)
			engine->end = result;
		note_errors(engine);
		break;
	default:
		/* Also what waits for a callback of the program. */
		result = TRANSPORT_WANT_READ;
		break;
	}
	ERR_clear_error();
	return result;
}

/* ---- Calls ------------------------------------------------------------------------------------ */

static ptrdiff_t
openssl_handshake(struct engine *engine)
{
	int returned = SSL_do_handshake(enter(engine));

	return returned == 1 ? 1 : result_of(engine, returned);
}

static ptrdiff_t
openssl_read(struct engine *engine, void *data, size_t size)
{
	size_t got = 0;
	int returned = SSL_read_ex(enter(engine), data, size, &got);

	return returned == 1 ? (ptrdiff_t)got : result_of(engine, returned);
}

static ptrdiff_t
openssl_write(struct engine *engine, const void *data, size_t size)
{
	size_t sent = 0;
	int returned = SSL_write_ex(enter(engine), data, size, &sent);

	return returned == 1 ? (ptrdiff_t)sent : result_of(engine, returned);
}

static int
openssl_shutdown(struct engine *engine)
{
	SSL *ssl = enter(engine);
	int returned;

	if ((SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) && !engine->owes_end)
		return 0;
	returned = SSL_shutdown(ssl);
	engine->owes_end = returned < 0 && SSL_want_write(ssl);
	ERR_clear_error();
	if (engine->owes_end)
		return 0;
	if (engine->has_no_memory)
		return -ENOMEM;
	return returned < 0 ? -EPROTO : 0;
}

static size_t
openssl_pending(struct engine *engine)
{
	return (size_t)SSL_pending(session_of(engine));
}

/* TLS 1.3 has none (RFC 8446, 4.1.2): there OpenSSL means that a change of keys is to be sent. */
static enum handshake_state
openssl_handshake_state(struct engine *engine)
{
	if (SSL_version(session_of(engine)) >= TLS1_3_VERSION)
		return HANDSHAKE_NONE;
	if (SSL_in_init(session_of(engine)))
		return HANDSHAKE_UNDER_WAY;
	return SSL_renegotiate_pending(session_of(engine)) ? HANDSHAKE_ASKED_FOR : HANDSHAKE_NONE;
}

/* Only up to TLS 1.2: RFC 8446, 4.1.2. */
static int
openssl_renegotiate(struct engine *engine)
{
	SSL *ssl = enter(engine);
	ptrdiff_t result;

	if (SSL_version(ssl) >= TLS1_3_VERSION || (SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION))
		return -EOPNOTSUPP;
	if (SSL_renegotiate(ssl) != 1) {
		ERR_clear_error();
		return -EPROTO;
	}
	result = openssl_handshake(engine);
	return result == 1 || result == TRANSPORT_WANT_READ ? 0 : -EPROTO;
}

bool
lvn_openssl_kernel_sends(const struct ssl_st *ssl)
{
	BIO *bio = SSL_get_wbio(ssl);

	return bio && BIO_get_ktls_send(bio);
}

bool
lvn_openssl_kernel_receives(const struct ssl_st *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);

	return bio && BIO_get_ktls_recv(bio);
}

const struct engine_ops lvn_openssl_engine = {
    .attach = openssl_attach,
    .restore = openssl_restore,
    .detach = openssl_detach,
    .free = openssl_free,
    .set_role = openssl_set_role,
    .clear = openssl_clear,
    .handshake = openssl_handshake,
    .read = openssl_read,
    .write = openssl_write,
    .shutdown = openssl_shutdown,
    .pending = openssl_pending,
    .renegotiate = openssl_renegotiate,
    .handshake_state = openssl_handshake_state,
};
