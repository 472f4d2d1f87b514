/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/deliver.h"

#include <errno.h>

#include "base/log.h"
#include "loop/callback.h"

/* ---- Calls ------------------------------------------------------------------------------- */

/* By an option of the stream, which the analysis cannot follow. */
static void
unlock_for_callback(struct stream *stream) RELEASES(stream->input.lock) NO_LOCK_ANALYSIS
{
	if (stream->options & BEV_OPT_UNLOCK_CALLBACKS)
		lvn_lock_release(stream->input.lock);
}

/* As above. */
static void
relock_after_callback(struct stream *stream) ACQUIRES(stream->input.lock) NO_LOCK_ANALYSIS
{
	if (stream->options & BEV_OPT_UNLOCK_CALLBACKS)
		lvn_lock_acquire(stream->input.lock);
}

static void
call_data_locked(struct stream *stream, bufferevent_data_cb callback) REQUIRES(stream->input.lock)
{
	void *arg = stream->bev.cbarg;

	if (!callback)
		return;
	unlock_for_callback(stream);
	callback(&stream->bev, arg);
	relock_after_callback(stream);
}

static void
call_event_locked(struct stream *stream, short what, int error) REQUIRES(stream->input.lock)
{
	bufferevent_event_cb callback = stream->bev.errorcb;
	void *arg = stream->bev.cbarg;

	if (!callback)
		return;
	unlock_for_callback(stream);
	errno = error;
	callback(&stream->bev, what, arg);
	relock_after_callback(stream);
}

/* ---- Deferred ---------------------------------------------------------------------------- */

static bool
is_deferred(const struct stream *stream, int options)
{
	return (stream->options | options) & BEV_OPT_DEFER_CALLBACKS;
}

static bool
take_pending_locked(struct stream *stream, enum stream_flags pending) REQUIRES(stream->input.lock)
{
	bool was_pending = stream->flags & pending;

	stream->flags &= ~(uint32_t)pending;
	return was_pending;
}

/* A connection comes first, then the data, then what ended it. */
static void
call_pending_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	struct stream_extras *extras = stream->extras;
	short what;

	if (extras->events_pending & BEV_EVENT_CONNECTED) {
		extras->events_pending &= ~BEV_EVENT_CONNECTED;
		call_event_locked(stream, BEV_EVENT_CONNECTED, 0);
	}
	if (take_pending_locked(stream, STREAM_READ_PENDING))
		call_data_locked(stream, stream->bev.readcb);
	if (take_pending_locked(stream, STREAM_WRITE_PENDING))
		call_data_locked(stream, stream->bev.writecb);
	what = extras->events_pending;
	extras->events_pending = 0;
	if (what)
		call_event_locked(stream, what, extras->error);
}

void
lvn_deliver_end_locked(struct stream *stream)
{
	if (--stream->callback_depth == 0 && stream->bev.be_ops->after_callbacks)
		stream->bev.be_ops->after_callbacks(stream);
}

static void
on_deferred(struct event_callback *callback, void *arg)
{
	struct stream *stream = arg;

	(void)callback;
	lvn_stream_enter(stream);
	stream->flags &= ~(uint32_t)STREAM_IS_SCHEDULED;
	stream->callback_depth++;
	call_pending_locked(stream);
	lvn_deliver_end_locked(stream);
	lvn_stream_leave(stream);
}

/*
 * Streams whose callbacks are deferred have had their extras from the start.  Of others the
 * program has asked for one deferred callback: NULL if there is no memory, and a log line says
 * what happens to the callback then.
 */
static struct stream_extras *
schedule_locked(struct stream *stream, const char *without_memory) REQUIRES(stream->input.lock)
{
	struct stream_extras *extras = lvn_stream_extras_locked(stream);

	if (!extras) {
		lvn_log_warnx("bufferevent_trigger: out of memory: the deferred callback of "
			      "bufferevent %p %s",
		    (void *)&stream->bev, without_memory);
		return NULL;
	}
	if (stream->flags & STREAM_IS_SCHEDULED)
		return extras;
	stream->flags |= STREAM_IS_SCHEDULED;
	lvn_callback_init(
	    &extras->deferred, on_deferred, stream, stream->bev.ev_read.ev_evcallback.evcb_pri);
	lvn_callback_schedule(stream->bev.ev_base, &extras->deferred);
	return extras;
}

static void
defer_data_locked(struct stream *stream, enum stream_flags pending) REQUIRES(stream->input.lock)
{
	stream->flags |= pending;
	(void)schedule_locked(stream, "waits for the next one");
}

static void
defer_event_locked(struct stream *stream, short what, int error) REQUIRES(stream->input.lock)
{
	struct stream_extras *extras = schedule_locked(stream, "is not called");

	if (!extras)
		return;
	extras->events_pending |= what;
	extras->error = error;
}

/* ---- For the rest of this layer ----------------------------------------------------------- */

void
lvn_deliver_read_locked(struct stream *stream, int options)
{
	if (!stream->bev.readcb)
		return;
	if (!(options & BEV_TRIG_IGNORE_WATERMARKS) && stream->input.size < stream->bev.wm_read.low)
		return;
	if (is_deferred(stream, options)) {
		defer_data_locked(stream, STREAM_READ_PENDING);
	} else {
		/* BEV_OPT_UNLOCK_CALLBACKS requires BEV_OPT_DEFER_CALLBACKS. */
		stream->bev.readcb(&stream->bev, stream->bev.cbarg);
	}
}

void
lvn_deliver_write_locked(struct stream *stream, int options)
{
	if (!stream->bev.writecb)
		return;
	if (!(options & BEV_TRIG_IGNORE_WATERMARKS) &&
	    stream->output.size > stream->bev.wm_write.low)
		return;
	if (is_deferred(stream, options)) {
		defer_data_locked(stream, STREAM_WRITE_PENDING);
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
	if (is_deferred(stream, options))
		defer_event_locked(stream, what, error);
	else
		call_event_locked(stream, what, error);
}
