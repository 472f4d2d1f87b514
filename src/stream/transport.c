/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/transport.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_remove.h"
#include "stream/connected.h"
#include "stream/descriptor.h"
#include "stream/stacked.h"

/* The stream below gets no more while it has so many bytes to send, unless it has a watermark. */
#define UNSENT_BELOW_MAX ((size_t)128 * 1024)

_Static_assert(
    offsetof(struct hosted, transport_state) == offsetof(struct stacked, transport_state),
    "the state follows the stream in both");

/* Without the lock: it does not change. */
void *
lvn_transport_state(struct stream *stream)
{
	return lvn_hosted_of(stream)->transport_state;
}

struct bufferevent *
lvn_transport_bufferevent(struct stream *stream)
{
	return &stream->bev;
}

evutil_socket_t
lvn_transport_fd(struct stream *stream)
{
	return stream->bev.be_ops->get_fd(stream);
}

void *
lvn_transport_find(struct bufferevent *bufev, const char *name)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__) || !stream->transport ||
	    strcmp(stream->transport->name, name) != 0)
		return NULL;
	return lvn_transport_state(stream);
}

void
lvn_transport_wake(struct stream *stream)
{
	lvn_lock_assume_held(stream->input.lock);
	lvn_connected_wake_locked(stream);
}

/* ---- The wire ------------------------------------------------------------------------------ */

/*
 * The streams below do not read for one that is freed.  It may still want what has come: unread, it
 * would reset the connection when the descriptor is closed.
 */
static void
fetch_last_input(struct stream *stream)
{
	const uint32_t busy = STREAM_IN_TRANSPORT | STREAM_IS_CONNECTING | STREAM_IS_STARTING;
	struct transport_traffic traffic = {SIZE_MAX, 0, 0, false};
	struct stream *below = lvn_stacked_of(stream)->below;

	if (!below->transport || (below->flags & busy) || lvn_transport_fd(below) < 0)
		return;
	if (below->flags & STREAM_IS_CARRIED)
		fetch_last_input(below);
	below->flags |= STREAM_IN_TRANSPORT;
	(void)below->transport->read(below, SIZE_MAX, &traffic);
	below->flags &= ~(uint32_t)STREAM_IN_TRANSPORT;
}

static ptrdiff_t
take_from_below(struct stacked *stacked, struct evbuffer *into, struct transport_traffic *traffic)
{
	struct evbuffer *from = &stacked->below->input;
	int rc;

	lvn_lock_assume_held(into->lock);
	lvn_lock_assume_held(from->lock);
	if (from->size == 0 && LVN_UNLIKELY(stacked->stream.flags & STREAM_IS_FREED) &&
	    (stacked->stream.options & BEV_OPT_CLOSE_ON_FREE))
		fetch_last_input(&stacked->stream);
	if (from->size == 0) {
		if (stacked->ending & BEV_EVENT_ERROR)
			return stacked->ending_error > 0 ? -stacked->ending_error : -EIO;
		return stacked->ending ? TRANSPORT_END : TRANSPORT_WANT_READ;
	}
	rc = lvn_buffer_move_some_locked(into, from, traffic->may_read, &traffic->read);
	return rc < 0 ? rc : (ptrdiff_t)traffic->read;
}

ptrdiff_t
lvn_transport_receive(
    struct stream *stream, struct evbuffer *into, struct transport_traffic *traffic)
{
	struct transport_traffic one = {traffic->may_read, 0, 0, false};
	ptrdiff_t result;

	lvn_lock_assume_held(stream->input.lock);
	lvn_lock_assume_held(into->lock);
	if (one.may_read == 0)
		return TRANSPORT_WANT_READ;
	if (stream->flags & STREAM_IS_CARRIED)
		result = take_from_below(lvn_stacked_of(stream), into, &one);
	else
		result = lvn_descriptor_read_locked(stream, into, one.may_read, &one.read);
	traffic->read += one.read;
	traffic->may_read -= one.read;
	return result;
}

static ptrdiff_t
give_to_below(struct stacked *stacked, struct evbuffer *from, size_t most, size_t *sent_out)
{
	struct stream *below = stacked->below;
	struct evbuffer *to = &below->output;
	size_t high = below->bev.wm_write.high ? below->bev.wm_write.high : UNSENT_BELOW_MAX;
	int rc;

	lvn_lock_assume_held(to->lock);
	lvn_lock_assume_held(from->lock);
	if (below->flags & STREAM_IS_FREED)
		return -EPIPE;
	if (to->size >= high)
		return TRANSPORT_WANT_WRITE;
	rc = lvn_buffer_move_some_locked(to, from, most, sent_out);
	return rc < 0 ? rc : (ptrdiff_t)*sent_out;
}

ptrdiff_t
lvn_transport_send(
    struct stream *stream, struct evbuffer *from, size_t most, struct transport_traffic *traffic)
{
	size_t sent = 0;
	ptrdiff_t result;

	lvn_lock_assume_held(stream->input.lock);
	lvn_lock_assume_held(from->lock);
	if (stream->flags & STREAM_IS_CARRIED)
		result = give_to_below(lvn_stacked_of(stream), from, most, &sent);
	else
		result = lvn_descriptor_write_locked(stream, from, most, &sent);
	traffic->written += sent;
	return result;
}

bool
lvn_transport_is_direct(struct stream *stream)
{
	return !(stream->flags & (STREAM_IS_CARRIED | STREAM_FD_BLOCKS));
}

ptrdiff_t
lvn_transport_send_directly(
    struct stream *stream, const void *data, size_t size, struct transport_traffic *traffic)
{
	ssize_t sent = lvn_io_write((int)stream->bev.ev_write.ev_fd, data, size);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? TRANSPORT_WANT_WRITE : -errno;
	traffic->written += (size_t)sent;
	return sent;
}

bool
lvn_transport_is_sent(struct stream *stream)
{
	return !(stream->flags & STREAM_IS_CARRIED) || lvn_stacked_is_sent(stream);
}

/* ---- The output ----------------------------------------------------------------------------- */

ptrdiff_t
lvn_transport_peek(
    struct stream *stream, size_t at, void *scratch, size_t size, const void **data_out)
{
	struct evbuffer *output = &stream->output;
	struct chain *chain = output->first;
	size_t rest, copied;
	int error;

	while (chain && at >= chain->size) {
		at -= chain->size;
		chain = chain->next;
	}
	if (!chain)
		return 0;
	rest = chain->size - at;
	if (lvn_chain_is_memory(chain) && (rest >= size || chain == output->last)) {
		*data_out = lvn_chain_data(chain) + at;
		return (ptrdiff_t)rest;
	}
	*data_out = scratch;
	copied = lvn_chain_gather(chain, at, scratch, size, &error);
	return error < 0 && copied == 0 ? error : (ptrdiff_t)copied;
}
