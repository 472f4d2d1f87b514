/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/timeouts.h"

#include <errno.h>
#include <event2/event.h>

static struct event *
timer_of(struct stream *stream, short direction)
{
	return direction == EV_READ ? &stream->bev.ev_read : &stream->bev.ev_write;
}

static uint32_t
armed_flag(short direction)
{
	return direction == EV_READ ? STREAM_READ_ARMED : STREAM_WRITE_ARMED;
}

static const struct timeval *
timeout_of(const struct stream *stream, short direction)
{
	return direction == EV_READ ? &stream->bev.timeout_read : &stream->bev.timeout_write;
}

/* In this stream or in one below it. */
static bool
has_unsent_locked(struct stream *stream)
{
	while (stream->output.size == 0) {
		if (!stream->bev.be_ops->get_below)
			return false;
		stream = stream->bev.be_ops->get_below(stream);
	}
	return !(stream->flags & STREAM_IS_FREED);
}

bool
lvn_timeouts_waits_locked(struct stream *stream, short direction)
{
	if (stream->flags & STREAM_IS_STARTING)
		return !(stream->flags & STREAM_IS_LATE);
	if (direction == EV_READ)
		return lvn_stream_reads_locked(stream);
	if (stream->flags & STREAM_IS_CONNECTING)
		return !(stream->flags & STREAM_IS_LATE);
	return lvn_stream_writes_locked(stream) && has_unsent_locked(stream);
}

const struct timeval *
lvn_timeouts_span_locked(struct stream *stream, short direction)
{
	const struct timeval *span = timeout_of(stream, direction);

	return evutil_timerisset(span) && lvn_timeouts_waits_locked(stream, direction) ? span
										       : NULL;
}

/* A descriptor that the loop does not watch in this direction is about to be tried. */
static bool
has_timer_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock)
{
	return evutil_timerisset(timeout_of(stream, direction)) &&
	       (timer_of(stream, direction)->ev_fd < 0 || (stream->flags & armed_flag(direction)));
}

static int
start_locked(struct stream *stream, short direction, const struct timeval *span)
    REQUIRES(stream->input.lock)
{
	if (event_add(timer_of(stream, direction), span) < 0)
		return -errno;
	stream->flags |= armed_flag(direction);
	return 0;
}

/* What is queued goes on: the event is activated again. */
static void
stop_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock)
{
	const uint32_t queued = direction == EV_READ ? STREAM_READ_QUEUED : STREAM_WRITE_QUEUED;
	struct event *timer = timer_of(stream, direction);

	if (timer->ev_fd >= 0) {
		event_remove_timer(timer);
	} else if (stream->flags & armed_flag(direction)) {
		event_del(timer);
		stream->flags &= ~armed_flag(direction);
		if (stream->flags & queued)
			event_active(timer, direction, 1);
	}
}

/* 0 or -errno: then it waits without a timeout. */
static int
restart_one_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock)
{
	const struct timeval *span;

	if (LVN_LIKELY(!has_timer_locked(stream, direction)))
		return 0;
	span = lvn_timeouts_span_locked(stream, direction);
	if (span)
		return start_locked(stream, direction, span);
	stop_locked(stream, direction);
	return 0;
}

static void
update_one_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock)
{
	if (LVN_UNLIKELY(has_timer_locked(stream, direction)) &&
	    (!event_pending(timer_of(stream, direction), EV_TIMEOUT, NULL) ||
		!lvn_timeouts_waits_locked(stream, direction)))
		(void)restart_one_locked(stream, direction);
}

void
lvn_timeouts_restart_locked(struct stream *stream, short directions)
{
	if (directions & EV_READ)
		(void)restart_one_locked(stream, EV_READ);
	if (directions & EV_WRITE)
		(void)restart_one_locked(stream, EV_WRITE);
}

void
lvn_timeouts_update_locked(struct stream *stream, short directions)
{
	if (directions & EV_READ)
		update_one_locked(stream, EV_READ);
	if (directions & EV_WRITE)
		update_one_locked(stream, EV_WRITE);
}

void
lvn_timeouts_restart_above_locked(struct stream *stream)
{
	while (stream->flags & STREAM_IS_BELOW) {
		stream = stream->bev.cbarg;
		(void)restart_one_locked(stream, EV_WRITE);
	}
}

static int
set_one_locked(struct stream *stream, short direction, struct timeval *timeout,
    const struct timeval *value) REQUIRES(stream->input.lock)
{
	if (value && evutil_timerisset(value)) {
		*timeout = *value;
		return restart_one_locked(stream, direction);
	}
	stop_locked(stream, direction);
	evutil_timerclear(timeout);
	return 0;
}

int
lvn_timeouts_set_locked(
    struct stream *stream, const struct timeval *read, const struct timeval *write)
{
	int read_rc = set_one_locked(stream, EV_READ, &stream->bev.timeout_read, read);
	int write_rc = set_one_locked(stream, EV_WRITE, &stream->bev.timeout_write, write);

	return read_rc < 0 ? read_rc : write_rc;
}
