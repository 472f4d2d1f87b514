/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/timeouts.h"

#include <errno.h>
#include <event2/event.h>

#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"

static void
on_timer(struct stream *stream, short direction)
{
	lvn_stream_enter(stream);
	if (stream->flags & STREAM_IS_FREED) {
		lvn_stream_leave(stream);
		return;
	}
	lvn_lifetime_hold_locked(stream);
	lvn_timeouts_expire_locked(stream, direction);
	lvn_lifetime_release_and_leave(stream);
}

static void
on_read_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_timer(arg, EV_READ);
}

static void
on_write_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_timer(arg, EV_WRITE);
}

void
lvn_timeouts_init(struct stream *stream)
{
	struct bufferevent *bev = &stream->bev;

	event_assign(&bev->ev_read, bev->ev_base, -1, EV_FINALIZE, on_read_timer, stream);
	event_assign(&bev->ev_write, bev->ev_base, -1, EV_FINALIZE, on_write_timer, stream);
}

static int
set_timer(struct event *timer, const struct timeval *span, bool is_wanted)
{
	if (!is_wanted || !evutil_timerisset(span))
		return event_del(timer);
	return event_add(timer, span) < 0 ? -errno : 0;
}

static int
adjust_read_locked(struct stream *stream) REQUIRES(stream->lock)
{
	return set_timer(
	    &stream->bev.ev_read, &stream->bev.timeout_read, lvn_stream_reads_locked(stream));
}

static int
adjust_write_locked(struct stream *stream) REQUIRES(stream->lock)
{
	lvn_stream_has_buffers_locked(stream);
	return set_timer(&stream->bev.ev_write, &stream->bev.timeout_write,
	    lvn_stream_writes_locked(stream) && stream->output.size > 0);
}

int
lvn_timeouts_adjust_locked(struct stream *stream)
{
	int read_rc = adjust_read_locked(stream);
	int write_rc = adjust_write_locked(stream);

	return read_rc < 0 ? read_rc : write_rc;
}

void
lvn_timeouts_restart_read_locked(struct stream *stream)
{
	if (evutil_timerisset(&stream->bev.timeout_read))
		(void)adjust_read_locked(stream);
}

void
lvn_timeouts_restart_write_locked(struct stream *stream)
{
	if (evutil_timerisset(&stream->bev.timeout_write))
		(void)adjust_write_locked(stream);
}

void
lvn_timeouts_expire_locked(struct stream *stream, short direction)
{
	short what = direction == EV_READ ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	(void)lvn_stream_disable_locked(stream, direction);
	lvn_deliver_event_locked(stream, (short)(what | BEV_EVENT_TIMEOUT), 0);
}
