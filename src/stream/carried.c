/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connected streams on top of another one, the stream below, which carries their bytes: its input
 * is what has come on the wire, and its output is what will be sent.
 *
 * Nothing here reads or writes inside a function of the transport, although streams below may call
 * back at once: what comes meanwhile is queued.
 */
#include <errno.h>
#include <event2/event.h>

#include "base/memory.h"
#include "buffer/buffer_remove.h"
#include "stream/connected.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/stacked.h"
#include "stream/timeouts.h"
#include "stream/transport.h"

/* ---- What the stream below calls -------------------------------------------------------------- */

static void
take_input_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (!lvn_connected_waits_to_read_locked(stream))
		return;
	if (stream->flags & STREAM_IN_TRANSPORT)
		lvn_connected_queue_read_locked(stream);
	else
		lvn_connected_readable_locked(stream);
}

static void
give_output_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (!lvn_connected_waits_to_write_locked(stream))
		return;
	if (stream->flags & STREAM_IN_TRANSPORT)
		lvn_connected_queue_write_locked(stream);
	else
		lvn_connected_writable_locked(stream);
}

static void
on_read_below(struct bufferevent *below, void *arg)
{
	struct stacked *stacked = arg;

	(void)below;
	if (!lvn_stacked_enter(stacked))
		return;
	lvn_stacked_has_locks_locked(stacked);
	take_input_locked(&stacked->stream);
	lvn_stream_leave(&stacked->stream);
}

static void
on_written_below(struct bufferevent *below, void *arg)
{
	struct stacked *stacked = arg;

	(void)below;
	if (!lvn_stacked_enter(stacked))
		return;
	lvn_stacked_has_locks_locked(stacked);
	give_output_locked(&stacked->stream);
	lvn_stream_leave(&stacked->stream);
}

/* An error of both directions, as of connecting, ends both. */
static void
note_end_locked(struct stream *stream, short what, int error) REQUIRES(stream->input.lock)
{
	struct stacked *stacked = lvn_stacked_of(stream);

	if ((what & BEV_EVENT_READING) || !(what & BEV_EVENT_WRITING) ||
	    (stream->flags & STREAM_IS_STARTING)) {
		stacked->ending = what;
		stacked->ending_error = error;
	}
	if (what & BEV_EVENT_READING)
		return;
	stacked->is_stuck = true;
	if (stream->flags & STREAM_IS_STARTING)
		return;
	(void)lvn_stream_disable_locked(stream, EV_WRITE);
	errno = error;
	lvn_deliver_event_locked(stream, what, 0);
}

/*
 * The end of the input below comes behind its last byte.  That the stream below has connected is
 * not reported: the transport starts then.
 */
static void
on_event_below(struct bufferevent *below, short what, void *arg)
{
	int error = errno;
	struct stacked *stacked = arg;

	(void)below;
	if (!lvn_stacked_enter(stacked))
		return;
	lvn_stacked_has_locks_locked(stacked);
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		note_end_locked(&stacked->stream, what, error);
		give_output_locked(&stacked->stream);
		take_input_locked(&stacked->stream);
	} else if (what & BEV_EVENT_TIMEOUT) {
		errno = error;
		lvn_deliver_event_locked(&stacked->stream, what, 0);
	}
	lvn_stream_leave(&stacked->stream);
}

/* ---- What the loop calls ----------------------------------------------------------------------- */

/* ev_read and ev_write are timers, and are activated to read and to write. */
static void
on_own_event(struct stream *stream, short direction, short what)
{
	bool is_read = direction == EV_READ;
	uint32_t armed = is_read ? STREAM_READ_ARMED : STREAM_WRITE_ARMED;
	uint32_t queued = is_read ? STREAM_READ_QUEUED : STREAM_WRITE_QUEUED;

	lvn_stream_enter(stream);
	stream->flags &= ~armed;
	if (stream->flags & STREAM_IS_FREED)
		;
	else if (what == EV_TIMEOUT)
		lvn_stream_expire_locked(stream, direction);
	else if ((stream->flags & queued) && is_read)
		lvn_connected_readable_locked(stream);
	else if (stream->flags & queued)
		lvn_connected_writable_locked(stream);
	if (!(stream->flags & STREAM_IS_FREED))
		lvn_timeouts_update_locked(stream, EV_READ | EV_WRITE);
	lvn_stream_leave(stream);
}

static void
on_read_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	on_own_event(arg, EV_READ, what);
}

static void
on_write_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	on_own_event(arg, EV_WRITE, what);
}

/* ---- What a stream does -------------------------------------------------------------------------- */

/*
 * The transport begins anew on another descriptor of the stream below.  What it has given to that
 * one, or not taken from it yet, belongs to the old descriptor.
 */
static int
set_fd_locked(struct stream *stream, evutil_socket_t fd, bool closes_old)
    REQUIRES(stream->input.lock)
{
	struct stacked *stacked = lvn_stacked_of(stream);
	int rc = lvn_stacked_set_fd(stream, fd, closes_old);

	if (rc < 0)
		return rc;
	lvn_stacked_has_locks_locked(stacked);
	lvn_connected_take_back_events_locked(stream);
	stacked->ending = 0;
	stacked->is_stuck = false;
	if (stream->transport->on_fd)
		stream->transport->on_fd(stream, fd);
	lvn_buffer_drain_locked(&stacked->below->output, SIZE_MAX);
	lvn_buffer_drain_locked(&stacked->below->input, SIZE_MAX);
	if (stream->flags & STREAM_IS_FREED)
		return 0;
	if (fd >= 0 && stream->transport->start)
		lvn_connected_start_locked(stream);
	return lvn_stream_enable_locked(stream, stream->bev.enabled);
}

/*
 * The stream below may be freed with this one, and then what it has not sent is lost.  It goes on
 * when what it has given to those further below is sent.
 */
static void
flush_below_locked(struct stream *below) REQUIRES(below->input.lock)
{
	const uint32_t busy =
	    STREAM_IN_TRANSPORT | STREAM_IS_CONNECTING | STREAM_IS_STARTING | STREAM_IS_FREED;
	size_t before;

	do {
		before = below->output.size;
		if (below->flags & STREAM_IS_CARRIED) {
			struct stacked *stacked = lvn_stacked_of(below);

			lvn_stacked_has_locks_locked(stacked);
			flush_below_locked(stacked->below);
		}
		if (below->transport && !(below->flags & busy))
			lvn_connected_writable_locked(below);
	} while (below->output.size > 0 && below->output.size < before);
}

static void
detach_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	struct stacked *stacked = lvn_stacked_of(stream);

	lvn_stacked_has_locks_locked(stacked);
	if (stream->transport->close)
		stream->transport->close(stream);
	flush_below_locked(stacked->below);
	lvn_connected_take_back_events_locked(stream);
	lvn_stacked_detach(stream);
}

static void
destroy(struct stream *stream)
{
	lvn_connected_destroy(stream);
	lvn_stacked_destroy(stream);
}

static const struct bufferevent_ops carried_ops = {
    .name = "carried",
    .enable = lvn_connected_enable_locked,
    .disable = lvn_connected_disable_locked,
    .flush = lvn_connected_flush_locked,
    .on_output = lvn_connected_on_output_locked,
    .after_callbacks = lvn_connected_after_callbacks_locked,
    .get_fd = lvn_stacked_get_fd,
    .set_fd = set_fd_locked,
    .set_priority = lvn_connected_set_priority_locked,
    .get_below = lvn_stacked_get_below,
    .detach = detach_locked,
    .destroy = destroy,
};

/* ---- Making -------------------------------------------------------------------------------------- */

static void
put_on_top_locked(struct stacked *stacked, struct stream *below) REQUIRES(below->input.lock)
{
	static const struct stacked_callbacks callbacks = {
	    on_read_below, on_written_below, on_event_below};
	struct stream *stream = &stacked->stream;

	lvn_lock_assume_held(stream->input.lock);
	event_assign(
	    &stream->bev.ev_read, stream->bev.ev_base, -1, EV_FINALIZE, on_read_event, stream);
	event_assign(
	    &stream->bev.ev_write, stream->bev.ev_base, -1, EV_FINALIZE, on_write_event, stream);
	below->bev.wm_read = (struct event_watermark){0, 0};
	lvn_stream_watch_input_locked(below);
	lvn_stacked_take_over_locked(stacked, below, &callbacks);
	if (stream->transport->start)
		lvn_connected_start_locked(stream);
}

struct stream *
lvn_transport_new_on_top(
    struct bufferevent *below_bev, int options, const struct transport_ops *transport, void *state)
{
	struct stream *below = lvn_stream_of(below_bev);
	struct stacked *stacked;
	int rc;

	if (lvn_stream_is_gone(below_bev, __func__)) {
		errno = EINVAL;
		return NULL;
	}
	stacked = lvn_calloc(1, sizeof(*stacked));
	if (!stacked)
		return NULL;
	lvn_stream_enter(below);
	rc = lvn_stream_init(&stacked->stream, below->bev.ev_base, &carried_ops, options, below);
	if (rc == 0) {
		stacked->stream.transport = transport;
		stacked->transport_state = state;
		stacked->stream.flags |= STREAM_IS_CARRIED;
		put_on_top_locked(stacked, below);
	}
	lvn_stream_leave(below);
	if (rc == 0)
		return &stacked->stream;
	lvn_free(stacked);
	errno = -rc;
	return NULL;
}
