/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/kernel_tls.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/private.h"
#include "tls/context/tls_connection.h"
#include "tls/openssl.h"
#include "tls/tls_stream.h"

/* One call reads no more. */
#define READ_MAX ((size_t)64 * 1024)

static SSL *
session_of(const struct tls_stream *tls)
{
	return tls->engine.session;
}

/* ---- Whether the session is on the descriptor ------------------------------------------------- */

/*
 * OpenSSL gives keys to the kernel on a socket BIO alone.  Where there can be none the session stays
 * as it is.
 */
static void
move_to_descriptor(struct tls_stream *tls)
{
	struct engine *engine = &tls->engine;
	evutil_socket_t fd = lvn_transport_fd(engine->stream);
	BIO *bio;

	if (lvn_io_is_simulated((int)fd) || !lvn_transport_is_direct(engine->stream))
		return;
	bio = BIO_new_socket((int)fd, BIO_NOCLOSE);
	if (!bio) {
		ERR_clear_error();
		return;
	}
	engine->kept = SSL_get_rbio(session_of(tls));
	BIO_up_ref(engine->kept);
	SSL_set_bio(session_of(tls), bio, bio);
	engine->reads_wire = true;
}

/* Back to the engine's buffers, which needs no memory. */
static void
move_to_buffers(struct tls_stream *tls, bool to_read, bool to_write)
{
	struct engine *engine = &tls->engine;

	if (!engine->kept)
		return;
	if (to_read) {
		BIO_up_ref(engine->kept);
		SSL_set0_rbio(session_of(tls), engine->kept);
		engine->reads_wire = false;
	}
	if (to_write) {
		BIO_up_ref(engine->kept);
		SSL_set0_wbio(session_of(tls), engine->kept);
	}
	if (to_read && to_write) {
		BIO_free(engine->kept);
		engine->kept = NULL;
	}
}

/* ---- Starting --------------------------------------------------------------------------------- */

/* Without reads_wire and without `kept`, this is no more than the usual transport. */
static ptrdiff_t
kernel_start(struct stream *stream, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	uint64_t read, written;
	ptrdiff_t result;

	if (!tls->has_ended && SSL_in_before(session_of(tls)))
		move_to_descriptor(tls);
	if (!tls->engine.kept)
		return lvn_tls_transport.start(stream, traffic);
	read = BIO_number_read(SSL_get_rbio(session_of(tls)));
	written = BIO_number_written(SSL_get_wbio(session_of(tls)));
	result = lvn_tls_transport.start(stream, traffic);
	traffic->read += (size_t)(BIO_number_read(SSL_get_rbio(session_of(tls))) - read);
	traffic->written += (size_t)(BIO_number_written(SSL_get_wbio(session_of(tls))) - written);
	if (tls->is_open)
		move_to_buffers(tls, !lvn_openssl_kernel_receives(session_of(tls)),
		    !lvn_openssl_kernel_sends(session_of(tls)));
	return result;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static bool
kernel_pending(struct stream *stream)
{
	return lvn_tls_transport.pending(stream);
}

static bool
kernel_needs_input(struct stream *stream)
{
	return lvn_tls_transport.needs_input(stream);
}

static ptrdiff_t
kernel_read(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	size_t total = 0;
	ptrdiff_t result;

	if (!tls->engine.reads_wire || most == 0)
		return lvn_tls_transport.read(stream, most, traffic);
	if (most > READ_MAX)
		most = READ_MAX;
	do {
		result = lvn_tls_transport.read(stream, most - total, traffic);
		if (result > 0)
			total += (size_t)result;
		/* A full record is seldom the last one. */
	} while (result == LVN_TLS_RECORD_MAX && total < most && !tls->is_closed);
	traffic->read += total;
	return total > 0 ? (ptrdiff_t)total : result;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

/* Before its next data this side would have to change its key: RFC 8446, 4.6.3. */
static bool
owes_key(const struct tls_stream *tls)
{
	return SSL_get_key_update_type(session_of(tls)) != SSL_KEY_UPDATE_NONE;
}

/* Something of OpenSSL's own is not sent. */
static bool
owes_records(const struct tls_stream *tls)
{
	const SSL *ssl = session_of(tls);

	return tls->engine.owes_end || owes_key(tls) || (SSL_in_init(ssl) && SSL_want_write(ssl));
}

/* OpenSSL would say that the key has changed, and the kernel would go on with the old one. */
static ptrdiff_t
refuse_key(struct tls_stream *tls)
{
	struct tls_reason *reason = lvn_tls_connection_reason(session_of(tls));

	tls->has_failed = true;
	if (!reason)
		return -EPROTO;
	return lvn_tls_reason_set(
	    reason, -EPROTO, "the peer asks for another key, but the kernel has the old one");
}

static bool
kernel_has_unsent(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	if (tls->is_open && lvn_openssl_kernel_sends(session_of(tls)))
		return !tls->has_failed && owes_records(tls);
	return lvn_tls_transport.has_unsent(stream);
}

/* Data in the middle of a record of OpenSSL's would break it.  0, a want or -errno. */
static ptrdiff_t
send_records(struct tls_stream *tls)
{
	ptrdiff_t result;

	if (tls->engine.owes_end) {
		result = lvn_tls_stream_shutdown(tls);
		if (result < 0)
			return result;
	}
	if (tls->engine.owes_end)
		return TRANSPORT_WANT_WRITE;
	if (!SSL_in_init(session_of(tls)))
		return 0;
	result = lvn_tls_stream_handshake(tls);
	return result == 1 ? 0 : result;
}

/* The kernel encrypts what is written to the descriptor, or sent there from a file. */
static ptrdiff_t
kernel_write(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	struct evbuffer *output = lvn_transport_bufferevent(stream)->output;
	ptrdiff_t result;

	if (!lvn_openssl_kernel_sends(session_of(tls)))
		return lvn_tls_transport.write(stream, most, traffic);
	if (tls->has_failed)
		return -EPROTO;
	if (owes_key(tls))
		return refuse_key(tls);
	result = send_records(tls);
	if (result < 0 || tls->is_closed || most == 0 || evbuffer_get_length(output) == 0)
		return result;
	if (SSL_get_shutdown(session_of(tls)) & SSL_SENT_SHUTDOWN)
		return -EPROTO;
	return lvn_transport_send(stream, output, most, traffic);
}

/* ---- Descriptors and the end ------------------------------------------------------------------ */

static void
kernel_on_fd(struct stream *stream, evutil_socket_t fd)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	move_to_buffers(tls, true, true);
	tls->engine.owes_end = false;
	lvn_tls_transport.on_fd(stream, fd);
}

static void
kernel_close(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	struct transport_traffic traffic = {SIZE_MAX, 0, 0, false};

	/* As the usual transport does, which would find nothing. */
	if (tls->engine.reads_wire && tls->is_open && !tls->has_read && !tls->engine.is_running)
		(void)lvn_tls_transport.read(stream, LVN_TLS_RECORD_MAX, &traffic);
	lvn_tls_transport.close(stream);
}

static void
kernel_destroy(struct stream *stream)
{
	move_to_buffers(lvn_tls_stream_in(stream), true, true);
	lvn_tls_transport.destroy(stream);
}

const struct transport_ops lvn_kernel_tls_transport = {
    .name = lvn_tls_transport_name,
    .read = kernel_read,
    .write = kernel_write,
    .start = kernel_start,
    .pending = kernel_pending,
    .has_unsent = kernel_has_unsent,
    .needs_input = kernel_needs_input,
    .on_fd = kernel_on_fd,
    .close = kernel_close,
    .destroy = kernel_destroy,
};
