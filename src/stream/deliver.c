/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/deliver.h"

#include <errno.h>

#include "loop/deferred.h"
#include "stream/lifetime.h"

/* ---- Calls ------------------------------------------------------------------------------- */

static void
step_out(struct stream *stream) RELEASES(stream->lock) NO_LOCK_ANALYSIS
{
	if (stream->options & BEV_OPT_UNLOCK_CALLBACKS)
		lvn_lock_release(stream->lock);
}

static void
step_in(struct stream *stream) ACQUIRES(stream->lock) NO_LOCK_ANALYSIS
{
	if (stream->options & BEV_OPT_UNLOCK_CALLBACKS)
		lvn_lock_acquire(stream->lock);
}

static void
call_data_locked(struct stream *stream, bufferevent_data_cb callback) REQUIRES(stream->lock)
{
	void *arg = stream->bev.cbarg;

	if (!callback)
		return;
	step_out(stream);
	callback(&stream->bev, arg);
	step_in(stream);
}

static void
call_event_locked(struct stream *stream, short what, int error) REQUIRES(stream->lock)
{
	bufferevent_event_cb callback = stream->bev.errorcb;
	void *arg = stream->bev.cbarg;

	if (!callback)
		return;
	step_out(stream);
	errno = error;
	callback(&stream->bev, what, arg);
	step_in(stream);
}

/* ---- Deferred ---------------------------------------------------------------------------- */

static bool
is_deferred(const struct stream *stream, int options)
{
	return (stream->options | options) & BEV_OPT_DEFER_CALLBACKS;
}

static void
schedule_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->flags & STREAM_IS_SCHEDULED)
		return;
	stream->flags |= STREAM_IS_SCHEDULED;
	lvn_lifetime_hold_locked(stream);
	lvn_deferred_schedule(stream->bev.ev_base, &stream->deferred);
}

static bool
take_pending_locked(struct stream *stream, enum stream_flags pending) REQUIRES(stream->lock)
{
	bool was_pending = stream->flags & pending;

	stream->flags &= (uint16_t)~pending;
	return was_pending;
}

/* A connection comes first, then the data, then what ended it. */
static void
call_pending_locked(struct stream *stream) REQUIRES(stream->lock)
{
	short what;

	if (stream->events_pending & BEV_EVENT_CONNECTED) {
		stream->events_pending &= ~BEV_EVENT_CONNECTED;
		call_event_locked(stream, BEV_EVENT_CONNECTED, 0);
	}
	if (take_pending_locked(stream, STREAM_READ_PENDING))
		call_data_locked(stream, stream->bev.readcb);
	if (take_pending_locked(stream, STREAM_WRITE_PENDING))
		call_data_locked(stream, stream->bev.writecb);
	what = stream->events_pending;
	stream->events_pending = 0;
	if (what)
		call_event_locked(stream, what, stream->error);
}

void
lvn_deliver_on_deferred(struct event_callback *callback, void *arg)
{
	struct stream *stream = arg;

	(void)callback;
	lvn_lock_acquire(stream->lock);
	stream->flags &= (uint16_t)~STREAM_IS_SCHEDULED;
	stream->handling++;
	call_pending_locked(stream);
	stream->handling--;
	if (stream->handling == 0 && stream->bev.be_ops->settle)
		stream->bev.be_ops->settle(stream);
	lvn_lifetime_release_and_leave(stream);
}

/* ---- What the rest of the floor asks for -------------------------------------------------- */

void
lvn_deliver_read_locked(struct stream *stream, int options)
{
	lvn_stream_has_buffers_locked(stream);
	if (!stream->bev.readcb)
		return;
	if (!(options & BEV_TRIG_IGNORE_WATERMARKS) && stream->input.size < stream->bev.wm_read.low)
		return;
	if (is_deferred(stream, options)) {
		stream->flags |= STREAM_READ_PENDING;
		schedule_locked(stream);
	} else {
		/* Who wants to be called without the lock defers. */
		stream->bev.readcb(&stream->bev, stream->bev.cbarg);
	}
}

void
lvn_deliver_write_locked(struct stream *stream, int options)
{
	lvn_stream_has_buffers_locked(stream);
	if (!stream->bev.writecb)
		return;
	if (!(options & BEV_TRIG_IGNORE_WATERMARKS) &&
	    stream->output.size > stream->bev.wm_write.low)
		return;
	if (is_deferred(stream, options)) {
		stream->flags |= STREAM_WRITE_PENDING;
		schedule_locked(stream);
	} else {
		stream->bev.writecb(&stream->bev, stream->bev.cbarg);
	}
}

void
lvn_deliver_event_locked(struct stream *stream, short what, int options)
{
	int error = errno;

	if (!stream->bev.errorcb)
		return;
	if (is_deferred(stream, options)) {
		stream->events_pending |= what;
		stream->error = error;
		schedule_locked(stream);
	} else {
		call_event_locked(stream, what, error);
	}
}
