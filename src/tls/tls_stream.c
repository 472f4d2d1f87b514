/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/tls_stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_struct.h>

#include "base/private.h"

const char lvn_tls_transport_name[] = "tls";

/* So many bytes of the output become records before they are sent, and of the input at once. */
#define WRITE_MAX ((size_t)64 * 1024)
#define READ_MAX  ((size_t)64 * 1024)
/* So many where each record is sent as soon as it is made. */
#define DIRECT_MAX ((size_t)256 * 1024)

/* No more is read while so many bytes of records wait: a peer may ask for them without reading. */
#define UNSENT_MAX (2 * WRITE_MAX)

/* So much input at least is read for a handshake that goes on behind it, twice that at most. */
#define HELD_MAX READ_MAX

struct tls_stream *
lvn_tls_stream_in(struct stream *stream)
{
	struct tls_stream *tls = lvn_transport_state(stream);

	tls->engine.stream = stream;
	return tls;
}

static struct bufferevent *
bufferevent_of(const struct tls_stream *tls)
{
	return lvn_transport_bufferevent(tls->engine.stream);
}

static bool
is_want(ptrdiff_t result)
{
	return result == TRANSPORT_WANT_READ || result == TRANSPORT_WANT_WRITE;
}

/* ---- Calls of the engine ---------------------------------------------------------------------- */

static void
enter_engine(struct tls_stream *tls)
{
	tls->engine.is_running = true;
	tls->was_used = true;
}

static void
detach(struct tls_stream *tls)
{
	if (tls->owns_session || tls->is_detached)
		return;
	tls->is_detached = true;
	tls->engine.ops->detach(&tls->engine, (int)lvn_transport_fd(tls->engine.stream));
}

/* A callback of the TLS library may have freed the bufferevent. */
static ptrdiff_t
leave_engine(struct tls_stream *tls, ptrdiff_t result)
{
	tls->engine.is_running = false;
	if (tls->is_closed) {
		detach(tls);
		return -ECANCELED;
	}
	if (result < 0 && !is_want(result))
		tls->has_failed = true;
	return result;
}

/* ---- The wire --------------------------------------------------------------------------------- */

/* As lvn_transport_receive. */
static ptrdiff_t
fill(struct tls_stream *tls, struct transport_traffic *traffic)
{
	ptrdiff_t got;

	if (tls->engine.reads_wire)
		return TRANSPORT_WANT_READ;
	got = lvn_transport_receive(tls->engine.stream, tls->engine.in, traffic);
	if (got == TRANSPORT_END)
		tls->engine.end = TRANSPORT_TRUNCATED;
	else if (got < 0 && got != TRANSPORT_WANT_READ)
		tls->engine.end = got;
	return got;
}

/* Sends at most `most` bytes of records.  0 when all are sent, TRANSPORT_WANT_WRITE, or -errno. */
static ptrdiff_t
flush(struct tls_stream *tls, size_t most, struct transport_traffic *traffic)
{
	size_t size = evbuffer_get_length(tls->engine.out);
	ptrdiff_t sent;

	if (size == 0)
		return 0;
	if (most == 0)
		return TRANSPORT_WANT_WRITE;
	sent = lvn_transport_send(tls->engine.stream, tls->engine.out, most, traffic);
	if (sent < 0)
		return sent;
	return (size_t)sent < size ? TRANSPORT_WANT_WRITE : 0;
}

/* ---- Starting --------------------------------------------------------------------------------- */

static ptrdiff_t
truncated(const struct tls_stream *tls, ptrdiff_t allowed)
{
	return tls->flags & BUFFEREVENT_SSL_DIRTY_SHUTDOWN ? allowed : TRANSPORT_TRUNCATED;
}

ptrdiff_t
lvn_tls_stream_handshake(struct tls_stream *tls)
{
	enter_engine(tls);
	return leave_engine(tls, tls->engine.ops->handshake(&tls->engine));
}

/* What cannot be sent may have its reason in what can be read. */
static ptrdiff_t
go_on_with_handshake(struct tls_stream *tls, struct transport_traffic *traffic)
{
	for (;;) {
		ptrdiff_t result = lvn_tls_stream_handshake(tls);
		ptrdiff_t flushed = tls->is_closed ? 0 : flush(tls, SIZE_MAX, traffic);

		if (result == 1) {
			tls->is_open = true;
			return flushed == 0 ? 1 : flushed;
		}
		if (result != TRANSPORT_WANT_READ || flushed == TRANSPORT_WANT_WRITE)
			return result != TRANSPORT_WANT_READ ? result : flushed;
		result = fill(tls, traffic);
		if (result == TRANSPORT_WANT_READ)
			return flushed < 0 ? flushed : result;
	}
}

static ptrdiff_t
tls_start(struct stream *stream, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	ptrdiff_t result;

	if (tls->has_ended)
		return tls->ending;
	if (tls->state == BUFFEREVENT_SSL_OPEN && !tls->was_used) {
		tls->is_open = true;
		return 0;
	}
	if (tls->is_open) {
		result = flush(tls, SIZE_MAX, traffic);
		return result == 0 ? 1 : result;
	}
	result = go_on_with_handshake(tls, traffic);
	if (result == TRANSPORT_TRUNCATED)
		return truncated(tls, TRANSPORT_CLOSED);
	return result == TRANSPORT_END ? TRANSPORT_CLOSED : result;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static bool
has_records(struct tls_stream *tls)
{
	return evbuffer_get_length(tls->engine.in) > 0 ||
	       tls->engine.ops->pending(&tls->engine) > 0;
}

static bool
tls_pending(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	return tls->has_ended || tls->held || has_records(tls);
}

/*
 * Fills `data` as far as the records go, or from one record of a descriptor.  The result of the last
 * call, with the size at *size.
 */
static ptrdiff_t
decrypt(struct tls_stream *tls, unsigned char *data, size_t *size)
{
	size_t space = *size;
	ptrdiff_t result = 1;

	*size = 0;
	enter_engine(tls);
	while (*size < space) {
		result = tls->engine.ops->read(&tls->engine, data + *size, space - *size);
		if (result <= 0)
			break;
		*size += (size_t)result;
		if (tls->engine.reads_wire && tls->engine.ops->pending(&tls->engine) == 0)
			break;
	}
	return leave_engine(tls, result);
}

/* No more than that comes at once. */
static size_t
size_to_decrypt(struct tls_stream *tls)
{
	struct engine *engine = &tls->engine;

	if (engine->reads_wire)
		return LVN_TLS_RECORD_MAX;
	return evbuffer_get_length(engine->in) + engine->ops->pending(engine);
}

/* `into` grows once; callbacks of the input may free the bufferevent. */
static ptrdiff_t
decrypt_into(struct tls_stream *tls, struct evbuffer *into, size_t most)
{
	size_t size = size_to_decrypt(tls);
	struct evbuffer_iovec extent;
	ptrdiff_t result;

	size = size < READ_MAX ? size : READ_MAX;
	size = size < most ? size : most;
	evbuffer_unfreeze(into, 0);
	if (evbuffer_reserve_space(into, (ev_ssize_t)(size ? size : 1), &extent, 1) < 1) {
		evbuffer_freeze(into, 0);
		return -ENOMEM;
	}
	size = size ? size : 1;
	result = decrypt(tls, extent.iov_base, &size);
	extent.iov_len = size;
	if (!tls->is_closed && result <= 0 && !is_want(result)) {
		tls->has_ended = true;
		tls->ending =
		    result == TRANSPORT_TRUNCATED ? truncated(tls, TRANSPORT_END) : result;
		result = tls->ending;
	}
	evbuffer_commit_space(into, &extent, 1);
	evbuffer_freeze(into, 0);
	return size > 0 ? (ptrdiff_t)size : result;
}

/* ---- Input in the way of a handshake --------------------------------------------------------- */

static void
drop_held(struct tls_stream *tls)
{
	if (tls->held)
		evbuffer_free(tls->held);
	tls->held = NULL;
}

/* TRANSPORT_WANT_READ, or what has gone wrong: if something is held it is reported behind that. */
static ptrdiff_t
decrypt_and_hold(struct tls_stream *tls)
{
	ptrdiff_t result;

	if (!tls->held)
		tls->held = evbuffer_new();
	if (!tls->held)
		return -ENOMEM;
	do
		result = decrypt_into(tls, tls->held, READ_MAX);
	while (result > 0 && !tls->is_closed && has_records(tls) &&
	       evbuffer_get_length(tls->held) < HELD_MAX);
	if (evbuffer_get_length(tls->held) > 0)
		return TRANSPORT_WANT_READ;
	drop_held(tls);
	return result;
}

/* Callbacks of the input come last: they may free the bufferevent, or give it a descriptor. */
static ptrdiff_t
deliver_held(struct tls_stream *tls, size_t most)
{
	struct evbuffer *input = bufferevent_of(tls)->input;
	size_t size = evbuffer_get_length(tls->held);
	struct evbuffer_iovec extent;

	size = size < most ? size : most;
	evbuffer_unfreeze(input, 0);
	if (evbuffer_reserve_space(input, (ev_ssize_t)size, &extent, 1) < 1) {
		evbuffer_freeze(input, 0);
		return -ENOMEM;
	}
	(void)evbuffer_remove(tls->held, extent.iov_base, size);
	extent.iov_len = size;
	if (evbuffer_get_length(tls->held) == 0)
		drop_held(tls);
	evbuffer_commit_space(input, &extent, 1);
	evbuffer_freeze(input, 0);
	return (ptrdiff_t)size;
}

static enum handshake_state
handshake_state(struct tls_stream *tls)
{
	if (!tls->is_open || tls->has_failed)
		return HANDSHAKE_NONE;
	return tls->engine.ops->handshake_state(&tls->engine);
}

static bool
tls_needs_input(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	return !tls->has_ended && handshake_state(tls) != HANDSHAKE_NONE &&
	       (!tls->held || evbuffer_get_length(tls->held) < HELD_MAX);
}

static ptrdiff_t
tls_read(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	ptrdiff_t result;

	if (tls->held && most > 0)
		return deliver_held(tls, most);
	if (tls->has_ended)
		return tls->ending;
	if (evbuffer_get_length(tls->engine.out) > UNSENT_MAX &&
	    flush(tls, SIZE_MAX, traffic) == TRANSPORT_WANT_WRITE)
		return TRANSPORT_WANT_WRITE;
	if (!tls->engine.reads_wire && !has_records(tls) &&
	    fill(tls, traffic) == TRANSPORT_WANT_READ)
		return TRANSPORT_WANT_READ;
	tls->has_read = true;
	if (most > 0)
		result = decrypt_into(tls, bufferevent_of(tls)->input, most);
	else
		result = decrypt_and_hold(tls);
	if (tls->is_negotiating && !tls->has_failed && handshake_state(tls) == HANDSHAKE_NONE) {
		tls->is_negotiating = false;
		traffic->has_started = true;
	}
	/* Answers to what was no data; what is left of them is unsent. */
	if (!tls->is_closed && tls->in_flight == 0)
		(void)flush(tls, SIZE_MAX, traffic);
	return result;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

static bool
tls_has_unsent(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	return tls->in_flight == 0 && !tls->has_failed && evbuffer_get_length(tls->engine.out) > 0;
}

/* Makes one record or more of the output behind in_flight.  Bytes, 0 if there are none, or else. */
static ptrdiff_t
encrypt_some(struct tls_stream *tls, size_t most)
{
	unsigned char scratch[LVN_TLS_RECORD_MAX];
	size_t wanted = most < LVN_TLS_RECORD_MAX ? most : LVN_TLS_RECORD_MAX;
	const void *data;
	ptrdiff_t size;

	if (tls->retry > 0)
		wanted = most = tls->retry;
	size = lvn_transport_peek(tls->engine.stream, tls->in_flight, scratch, wanted, &data);
	if (size <= 0)
		return size;
	if ((size_t)size > most)
		size = (ptrdiff_t)most;
	enter_engine(tls);
	tls->retry = (size_t)size;
	size = leave_engine(tls, tls->engine.ops->write(&tls->engine, data, (size_t)size));
	if (size > 0)
		tls->retry = 0;
	return size;
}

/*
 * As much of the output as goes at once, and no more when the descriptor takes no more.  What came
 * before a failure is sent first.
 */
static ptrdiff_t
encrypt(struct tls_stream *tls, size_t most, struct transport_traffic *traffic)
{
	struct engine *engine = &tls->engine;
	bool is_direct = lvn_transport_is_direct(engine->stream);
	size_t limit = is_direct ? DIRECT_MAX : WRITE_MAX;
	ptrdiff_t result = 1;

	engine->direct = is_direct ? most : 0;
	engine->traffic = traffic;
	most = most < limit ? most : limit;
	while (tls->in_flight < most && result > 0 && (!is_direct || engine->direct > 0)) {
		result = encrypt_some(tls, most - tls->in_flight);
		if (result > 0)
			tls->in_flight += (size_t)result;
	}
	if (tls->in_flight > 0)
		result = is_direct && engine->direct == 0 ? TRANSPORT_WANT_WRITE : 0;
	engine->direct = 0;
	return tls->is_closed ? 0 : result;
}

static ptrdiff_t
tls_write(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	struct evbuffer *output = bufferevent_of(tls)->output;
	ptrdiff_t result = 0;
	size_t sent;

	if (tls->in_flight == 0 && most > 0 && evbuffer_get_length(output) > 0)
		result = handshake_state(tls) == HANDSHAKE_UNDER_WAY ? TRANSPORT_WANT_READ
								     : encrypt(tls, most, traffic);
	if (tls->is_closed)
		return 0;
	if (result == TRANSPORT_WANT_WRITE)
		return result;
	if (tls->in_flight == 0) {
		ptrdiff_t flushed = flush(tls, SIZE_MAX, traffic);

		return result < 0 ? result : flushed;
	}
	result = flush(tls, most, traffic);
	if (result < 0)
		return result;
	if (!lvn_transport_is_sent(stream))
		return TRANSPORT_WANT_WRITE;
	sent = tls->in_flight;
	tls->in_flight = 0;
	evbuffer_unfreeze(output, 1);
	evbuffer_drain(output, sent);
	evbuffer_freeze(output, 1);
	return (ptrdiff_t)sent;
}

/* ---- Descriptors and the end -------------------------------------------------------------------- */

static void
tls_on_fd(struct stream *stream, evutil_socket_t fd)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	int rc = 0;

	(void)fd;
	evbuffer_drain(tls->engine.in, SIZE_MAX);
	evbuffer_drain(tls->engine.out, SIZE_MAX);
	tls->in_flight = tls->retry = 0;
	drop_held(tls);
	tls->has_ended = tls->has_read = tls->is_negotiating = false;
	tls->engine.end = 0;
	if (tls->was_used) {
		rc = tls->engine.ops->clear(&tls->engine);
		tls->is_open = tls->has_failed = false;
	}
	if (rc < 0) {
		tls->has_ended = true;
		tls->ending = rc;
	}
}

bool
lvn_tls_stream_is_usable(const struct tls_stream *tls)
{
	return tls->is_open && !tls->has_failed && !tls->is_closed && !tls->engine.is_running;
}

int
lvn_tls_stream_shutdown(struct tls_stream *tls)
{
	int rc;

	if (!lvn_tls_stream_is_usable(tls))
		return -ENOTCONN;
	enter_engine(tls);
	rc = (int)leave_engine(tls, tls->engine.ops->shutdown(&tls->engine));
	lvn_transport_wake(tls->engine.stream);
	return rc;
}

/*
 * close_notify says that nothing is missing; it is not sent behind output that was, nor for a
 * session that the program keeps: it may go on with it.
 */
static void
tls_close(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);
	struct evbuffer *output = bufferevent_of(tls)->output;
	struct transport_traffic traffic = {SIZE_MAX, 0, 0, false};

	if (tls->is_closed)
		return;
	if (tls->owns_session && tls->in_flight == 0 && evbuffer_get_length(output) == 0)
		(void)lvn_tls_stream_shutdown(tls);
	tls->is_closed = true;
	if (tls->engine.is_running)
		return;
	(void)flush(tls, SIZE_MAX, &traffic);
	/* The peer's session tickets, say: what lies unread when it is closed resets a connection. */
	if (tls->is_open && !tls->has_read)
		(void)fill(tls, &traffic);
	detach(tls);
}

static void
free_state(struct tls_stream *tls)
{
	if (tls->engine.in)
		evbuffer_free(tls->engine.in);
	if (tls->engine.out)
		evbuffer_free(tls->engine.out);
	drop_held(tls);
	lvn_free(tls);
}

static void
tls_destroy(struct stream *stream)
{
	struct tls_stream *tls = lvn_tls_stream_in(stream);

	detach(tls);
	tls->engine.ops->free(&tls->engine, !tls->owns_session);
	free_state(tls);
}

const struct transport_ops lvn_tls_transport = {
    .name = lvn_tls_transport_name,
    .read = tls_read,
    .write = tls_write,
    .start = tls_start,
    .pending = tls_pending,
    .has_unsent = tls_has_unsent,
    .needs_input = tls_needs_input,
    .on_fd = tls_on_fd,
    .close = tls_close,
    .destroy = tls_destroy,
};

/* ---- Making ------------------------------------------------------------------------------------- */

static int
fill_state(struct tls_stream *tls, const struct tls_options *options)
{
	int rc;

	if (options->state < BUFFEREVENT_SSL_OPEN || options->state > BUFFEREVENT_SSL_ACCEPTING)
		return -EINVAL;
	tls->engine.ops = options->engine;
	tls->engine.session = options->session;
	tls->owns_session = options->owns_session;
	tls->state = options->state;
	tls->engine.in = evbuffer_new();
	tls->engine.out = evbuffer_new();
	if (!tls->engine.in || !tls->engine.out)
		return -ENOMEM;
	rc = options->engine->attach(&tls->engine, !tls->owns_session);
	if (rc == 0 && tls->state != BUFFEREVENT_SSL_OPEN)
		options->engine->set_role(&tls->engine, tls->state == BUFFEREVENT_SSL_ACCEPTING);
	return rc;
}

static void
free_session(const struct tls_options *options)
{
	struct engine unmade = {.ops = options->engine, .session = options->session};

	if (options->session && options->owns_session)
		options->engine->free(&unmade, false);
}

struct bufferevent *
lvn_tls_stream_refuse(const struct tls_options *options, const char *why)
{
	lvn_log_misuse(options->caller, why);
	free_session(options);
	errno = EINVAL;
	return NULL;
}

/* NULL with errno; then a session that the stream was to own is freed. */
static struct tls_stream *
make_state(const struct tls_options *options)
{
	struct tls_stream *tls = lvn_calloc(1, sizeof(*tls));
	int rc = tls ? fill_state(tls, options) : -ENOMEM;

	if (rc == 0)
		return tls;
	if (tls)
		free_state(tls);
	free_session(options);
	errno = -rc;
	return NULL;
}

/* `stream` is NULL if it could not be made. */
static struct bufferevent *
finish(struct tls_stream *tls, struct stream *stream)
{
	struct bufferevent *bufev;
	int error = errno;

	if (!stream) {
		tls->engine.ops->restore(&tls->engine);
		tls->engine.ops->free(&tls->engine, !tls->owns_session);
		free_state(tls);
		errno = error;
		return NULL;
	}
	bufev = lvn_transport_bufferevent(stream);
	bufferevent_lock(bufev);
	(void)lvn_tls_stream_in(stream);
	bufferevent_unlock(bufev);
	return bufev;
}

struct bufferevent *
lvn_tls_stream_socket_new(
    struct event_base *base, evutil_socket_t fd, const struct tls_options *options)
{
	struct tls_stream *tls;

	if (!options->session)
		return lvn_tls_stream_refuse(options, "no session");
	tls = make_state(options);
	if (!tls)
		return NULL;
	return finish(tls, lvn_transport_new(base, fd, options->bufferevent,
			       options->transport ? options->transport : &lvn_tls_transport, tls));
}

struct bufferevent *
lvn_tls_stream_filter_new(struct bufferevent *below, const struct tls_options *options)
{
	struct tls_stream *tls;

	if (!options->session)
		return lvn_tls_stream_refuse(options, "no session");
	if (!below)
		return lvn_tls_stream_refuse(options, "no underlying bufferevent");
	tls = make_state(options);
	if (!tls)
		return NULL;
	return finish(
	    tls, lvn_transport_new_on_top(below, options->bufferevent, &lvn_tls_transport, tls));
}

/* ---- For public functions --------------------------------------------------------------------- */

struct tls_stream *
lvn_tls_stream_of(struct bufferevent *bufev)
{
	return lvn_transport_find(bufev, lvn_tls_transport_name);
}

struct tls_stream *
lvn_tls_stream_on(struct bufferevent *bufev, const struct engine_ops *engine)
{
	struct tls_stream *tls = lvn_tls_stream_of(bufev);

	return tls && tls->engine.ops == engine ? tls : NULL;
}

ev_uint64_t
lvn_tls_stream_change_flags(struct bufferevent *bufev, uint64_t added, uint64_t removed)
{
	struct tls_stream *tls = lvn_tls_stream_of(bufev);
	ev_uint64_t old;

	if (!tls)
		return EV_UINT64_MAX;
	bufferevent_lock(bufev);
	old = tls->flags;
	tls->flags = (old | added) & ~removed;
	bufferevent_unlock(bufev);
	return old;
}

void *
lvn_tls_stream_session(struct bufferevent *bufev, const struct engine_ops *engine)
{
	struct tls_stream *tls = lvn_tls_stream_on(bufev, engine);

	return tls ? tls->engine.session : NULL;
}

unsigned long
lvn_tls_stream_pop_error(struct bufferevent *bufev, const struct engine_ops *engine)
{
	struct tls_stream *tls = lvn_tls_stream_on(bufev, engine);
	unsigned long code;

	if (!tls)
		return 0;
	bufferevent_lock(bufev);
	code = lvn_engine_pop_error(&tls->engine);
	bufferevent_unlock(bufev);
	return code;
}

static int
renegotiate_locked(struct tls_stream *tls)
{
	const struct engine_ops *ops = tls->engine.ops;
	ptrdiff_t rc;

	/* Bytes of the program in the session would be taken for a part of the handshake. */
	if (lvn_tls_stream_is_usable(tls) && ops->pending(&tls->engine) > 0)
		(void)decrypt_and_hold(tls);
	if (!lvn_tls_stream_is_usable(tls) || ops->pending(&tls->engine) > 0)
		return -1;
	enter_engine(tls);
	tls->engine.is_deaf = true;
	rc = leave_engine(tls, ops->renegotiate(&tls->engine));
	tls->engine.is_deaf = false;
	if (rc < 0)
		return -1;
	tls->is_negotiating = true;
	lvn_transport_wake(tls->engine.stream);
	return 0;
}

int
lvn_tls_stream_renegotiate(struct bufferevent *bufev, const struct engine_ops *engine)
{
	struct tls_stream *tls = lvn_tls_stream_on(bufev, engine);
	int rc;

	if (!tls)
		return -1;
	bufferevent_lock(bufev);
	rc = renegotiate_locked(tls);
	bufferevent_unlock(bufev);
	return rc;
}

int
lvn_tls_stream_allows_dirty(struct bufferevent *bufev, const struct engine_ops *engine)
{
	if (!lvn_tls_stream_on(bufev, engine))
		return -1;
	return (lvn_tls_stream_change_flags(bufev, 0, 0) & BUFFEREVENT_SSL_DIRTY_SHUTDOWN) != 0;
}

void
lvn_tls_stream_allow_dirty(
    struct bufferevent *bufev, const struct engine_ops *engine, bool is_allowed)
{
	const uint64_t flag = BUFFEREVENT_SSL_DIRTY_SHUTDOWN;

	if (!lvn_tls_stream_on(bufev, engine))
		return;
	if (is_allowed)
		lvn_tls_stream_change_flags(bufev, flag, 0);
	else
		lvn_tls_stream_change_flags(bufev, 0, flag);
}
