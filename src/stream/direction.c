/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/direction.h"

#include <errno.h>
#include <event2/event.h>

#include "base/log.h"
#include "stream/deliver.h"
#include "stream/timeouts.h"

int
lvn_stream_enable_locked(struct stream *stream, short events)
{
	short starts = 0;
	int rc;

	if (stream->flags & STREAM_IS_FREED)
		return -EINVAL;
	events &= EV_READ | EV_WRITE;
	stream->bev.enabled |= events;
	if ((events & EV_READ) && !stream->read_suspended)
		starts |= EV_READ;
	if ((events & EV_WRITE) && !stream->write_suspended)
		starts |= EV_WRITE;
	if (!starts)
		return 0;
	rc = stream->bev.be_ops->enable(stream, starts);
	lvn_timeouts_restart_locked(stream, starts);
	return rc;
}

static int
stop_locked(struct stream *stream, short events) REQUIRES(stream->input.lock)
{
	int rc = stream->bev.be_ops->disable(stream, events);

	lvn_timeouts_update_locked(stream, events);
	return rc;
}

int
lvn_stream_disable_locked(struct stream *stream, short events)
{
	events &= EV_READ | EV_WRITE;
	stream->bev.enabled &= (short)~events;
	return stop_locked(stream, events);
}

static uint8_t *
reasons_of(struct stream *stream, short direction)
{
	return direction == EV_READ ? &stream->read_suspended : &stream->write_suspended;
}

/* The first reason stops the direction. */
void
lvn_stream_suspend_locked(struct stream *stream, short direction, enum stream_suspension reason)
{
	uint8_t *reasons = reasons_of(stream, direction);
	bool goes_on = !*reasons;

	*reasons |= (uint8_t)reason;
	if (goes_on)
		(void)stop_locked(stream, direction);
}

/* The last reason that goes resumes it. */
int
lvn_stream_unsuspend_locked(struct stream *stream, short direction, enum stream_suspension reason)
{
	uint8_t *reasons = reasons_of(stream, direction);
	int rc;

	if (!(*reasons & reason))
		return 0;
	*reasons &= (uint8_t)~reason;
	if (*reasons || (stream->flags & STREAM_IS_FREED))
		return 0;
	if (!(stream->bev.enabled & direction)) {
		/* What the transport does by itself may have waited, too. */
		if (LVN_UNLIKELY(stream->flags & (STREAM_HAS_UNSENT | STREAM_NEEDS_INPUT)))
			(void)stop_locked(stream, direction);
		return 0;
	}
	rc = stream->bev.be_ops->enable(stream, direction);
	lvn_timeouts_update_locked(stream, direction);
	if (LVN_LIKELY(rc >= 0))
		return 0;
	lvn_log_warnx("%s: bufferevent %p cannot go on", __func__, (void *)&stream->bev);
	*reasons |= (uint8_t)reason;
	return rc;
}

void
lvn_stream_apply_watermark_locked(struct stream *stream)
{
	if (lvn_stream_input_space_locked(stream) == 0)
		lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_WATERMARK);
	else
		(void)lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_WATERMARK);
}

void
lvn_stream_watch_input_locked(struct stream *stream)
{
	unsigned watched = stream->bev.be_ops->on_input_drained ? BUFFER_WATCHES_REMOVED : 0;

	if (stream->bev.wm_read.high > 0)
		watched = BUFFER_WATCHES_ADDED | BUFFER_WATCHES_REMOVED;
	lvn_buffer_watch_locked(&stream->input, watched);
	lvn_stream_apply_watermark_locked(stream);
}

/* ---- Timers ---------------------------------------------------------------------------- */

void
lvn_stream_expire_locked(struct stream *stream, short direction)
{
	short what = direction == EV_READ ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	if (!lvn_timeouts_waits_locked(stream, direction))
		return;
	if (stream->flags & (STREAM_IS_CONNECTING | STREAM_IS_STARTING))
		stream->flags |= STREAM_IS_LATE;
	stream->callback_depth++;
	(void)lvn_stream_disable_locked(stream, direction);
	lvn_deliver_event_locked(stream, (short)(what | BEV_EVENT_TIMEOUT), 0);
	lvn_deliver_end_locked(stream);
}

static void
on_timer(struct stream *stream, short direction, uint32_t armed)
{
	lvn_stream_enter(stream);
	stream->flags &= ~armed;
	if (!(stream->flags & STREAM_IS_FREED))
		lvn_stream_expire_locked(stream, direction);
	lvn_stream_leave(stream);
}

static void
on_read_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_timer(arg, EV_READ, STREAM_READ_ARMED);
}

static void
on_write_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_timer(arg, EV_WRITE, STREAM_WRITE_ARMED);
}

void
lvn_stream_init_timers(struct stream *stream)
{
	struct bufferevent *bev = &stream->bev;

	event_assign(&bev->ev_read, bev->ev_base, -1, EV_FINALIZE, on_read_timer, stream);
	event_assign(&bev->ev_write, bev->ev_base, -1, EV_FINALIZE, on_write_timer, stream);
}
