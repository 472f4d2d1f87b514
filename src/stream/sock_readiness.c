/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sockets of which the loop says that they are ready.
 *
 * Reading: one call for each report, as much as is allowed.  Writing: at once when the
 * callbacks that may have added output have returned, or in the same turn of the loop if it
 * was added elsewhere; the loop is asked only about a socket that did not take everything.
 */
#include "stream/sock_io.h"

#include <errno.h>
#include <event2/event.h>

#include "base/io.h"
#include "buffer/buffer_io.h"
#include "loop/event_fields.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/limits.h"

/* ---- Asking the loop ----------------------------------------------------------------------- */

static const struct timeval *
span_or_null(const struct timeval *span)
{
	return evutil_timerisset(span) ? span : NULL;
}

/*
 * With its timeout, which event_del leaves with a persistent event: for when it is added again
 * without one, or activated, and then it would be added, too.
 */
static void
take_back(struct event *ev)
{
	event_del(ev);
	lvn_event_set_interval(ev, 0);
}

static int
arm_read_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->flags & STREAM_READ_ARMED)
		return 0;
	if (event_add(&stream->bev.ev_read, span_or_null(&stream->bev.timeout_read)) < 0)
		return -errno;
	stream->flags |= STREAM_READ_ARMED;
	return 0;
}

/* There is output now that the timeout is for. */
static int
leave_idleness_locked(struct stream *stream) REQUIRES(stream->lock)
{
	const struct timeval *span = span_or_null(&stream->bev.timeout_write);

	stream->flags &= (uint16_t)~STREAM_WRITE_IDLE;
	return span && event_add(&stream->bev.ev_write, span) < 0 ? -errno : 0;
}

/*
 * The event may still be active: another thread has queued it again while the loop was on its way
 * here.  An active event would not be added.
 */
static int
add_write_locked(struct stream *stream, const struct timeval *span) REQUIRES(stream->lock)
{
	take_back(&stream->bev.ev_write);
	stream->flags &= (uint16_t)~STREAM_WRITE_QUEUED;
	if (event_add(&stream->bev.ev_write, span) < 0)
		return -errno;
	stream->flags |= STREAM_WRITE_ARMED;
	return 0;
}

static int
arm_write_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->flags & STREAM_WRITE_IDLE)
		return leave_idleness_locked(stream);
	if (stream->flags & STREAM_WRITE_ARMED)
		return 0;
	return add_write_locked(stream, span_or_null(&stream->bev.timeout_write));
}

/* The user wants to be told when there is room, and nothing waits for it. */
static int
arm_idle_locked(struct stream *stream) REQUIRES(stream->lock)
{
	int rc = add_write_locked(stream, NULL);

	if (rc == 0)
		stream->flags |= STREAM_WRITE_IDLE;
	return rc;
}

static void
disarm_read_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (!(stream->flags & STREAM_READ_ARMED))
		return;
	take_back(&stream->bev.ev_read);
	stream->flags &= (uint16_t)~STREAM_READ_ARMED;
}

static void
disarm_write_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (!(stream->flags & (STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED)))
		return;
	take_back(&stream->bev.ev_write);
	stream->flags &= (uint16_t) ~(STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED | STREAM_WRITE_IDLE);
}

/* Let the loop call on_writable in this turn. */
static void
queue_write_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->flags & STREAM_WRITE_QUEUED)
		return;
	stream->flags |= STREAM_WRITE_QUEUED;
	event_active(&stream->bev.ev_write, EV_WRITE, 1);
}

static bool
has_fd(const struct stream *stream)
{
	return stream->bev.ev_read.ev_fd >= 0;
}

/* Whether there is output that nobody else will see to. */
static bool
has_fresh_output_locked(struct stream *stream) REQUIRES(stream->lock)
{
	const uint16_t seen_to =
	    STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED | STREAM_IS_CONNECTING | STREAM_HAS_FAILED;

	lvn_stream_has_buffers_locked(stream);
	return stream->output.size > 0 && !(stream->flags & seen_to) &&
	       lvn_stream_writes_locked(stream) && has_fd(stream);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void
fail_locked(struct stream *stream, short direction, short what, int error) REQUIRES(stream->lock)
{
	(void)lvn_stream_disable_locked(stream, direction);
	errno = error;
	lvn_deliver_event_locked(stream, what, 0);
}

/*
 * What was not taken waits until the socket takes it; without a room for it in the loop there is
 * no way for it to go.
 */
static void
wait_for_room_locked(struct stream *stream) REQUIRES(stream->lock)
{
	int rc = arm_write_locked(stream);

	if (LVN_UNLIKELY(rc < 0))
		fail_locked(stream, EV_WRITE, BEV_EVENT_WRITING | BEV_EVENT_ERROR, -rc);
}

static void
on_sent_locked(struct stream *stream, size_t sent) REQUIRES(stream->lock)
{
	lvn_stream_has_buffers_locked(stream);
	lvn_stream_charge_write_locked(stream, sent);
	/* Before the callback, which may ask for room again. */
	if (stream->output.size == 0)
		disarm_write_locked(stream);
	stream->handling++;
	lvn_deliver_write_locked(stream, 0);
	stream->handling--;
	/* What the callback has added waits its turn, for others want theirs. */
	if (stream->output.size > 0 && lvn_stream_writes_locked(stream) && has_fd(stream))
		wait_for_room_locked(stream);
}

/* One call to the kernel, and what comes of it. */
static void
write_now_locked(struct stream *stream) REQUIRES(stream->lock)
{
	size_t allowance = lvn_stream_write_allowance_locked(stream);
	size_t sent = 0;
	int rc;

	if (allowance == 0)
		return;
	lvn_stream_has_buffers_locked(stream);
	rc = lvn_buffer_write_locked(
	    &stream->output, (int)stream->bev.ev_write.ev_fd, allowance, &sent);
	if (LVN_LIKELY(rc == 0 && sent > 0))
		on_sent_locked(stream, sent);
	else if (rc == 0 || rc == -EAGAIN || rc == -EINTR)
		wait_for_room_locked(stream);
	else
		fail_locked(stream, EV_WRITE, BEV_EVENT_WRITING | BEV_EVENT_ERROR, -rc);
}

/* There is room, and the user has asked for a word of it by enabling writing. */
static void
offer_room_locked(struct stream *stream) REQUIRES(stream->lock)
{
	disarm_write_locked(stream);
	stream->handling++;
	lvn_deliver_write_locked(stream, 0);
	stream->handling--;
	lvn_sock_io_settle_locked(stream);
}

void
lvn_sock_io_settle_locked(struct stream *stream)
{
	if (has_fresh_output_locked(stream))
		write_now_locked(stream);
}

void
lvn_sock_io_on_output_locked(struct stream *stream)
{
	stream->flags &= (uint16_t)~STREAM_HAS_FAILED;
	if (LVN_UNLIKELY(stream->flags & STREAM_WRITE_IDLE))
		(void)leave_idleness_locked(stream);
	else if (stream->handling == 0 && has_fresh_output_locked(stream))
		queue_write_locked(stream);
}

/* ---- Connecting ------------------------------------------------------------------------------ */

int
lvn_sock_io_await_connection_locked(struct stream *stream, bool is_over)
{
	int rc = 0;

	stream->flags &= (uint16_t)~STREAM_HAS_FAILED;
	stream->flags |= STREAM_IS_CONNECTING;
	if (is_over)
		queue_write_locked(stream);
	else
		rc = arm_write_locked(stream);
	if (rc < 0)
		stream->flags &= (uint16_t)~STREAM_IS_CONNECTING;
	return rc;
}

static int
outcome_of_connecting_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->flags & STREAM_IS_REFUSED)
		return ECONNREFUSED;
	return lvn_io_socket_error((int)stream->bev.ev_write.ev_fd);
}

static void
finish_connecting_locked(struct stream *stream) REQUIRES(stream->lock)
{
	int error = outcome_of_connecting_locked(stream);

	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		return;
	stream->flags &= (uint16_t) ~(STREAM_IS_CONNECTING | STREAM_IS_REFUSED);
	disarm_write_locked(stream);
	if (error != 0) {
		disarm_read_locked(stream);
		stream->flags |= STREAM_HAS_FAILED;
		errno = error;
		lvn_deliver_event_locked(stream, BEV_EVENT_ERROR, 0);
		return;
	}
	stream->handling++;
	lvn_deliver_event_locked(stream, BEV_EVENT_CONNECTED, 0);
	stream->handling--;
	lvn_sock_io_settle_locked(stream);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void
read_now_locked(struct stream *stream) REQUIRES(stream->lock)
{
	size_t most = lvn_stream_read_allowance_locked(stream);
	size_t room = lvn_stream_input_room_locked(stream);
	size_t got = 0;
	int rc;

	if (room < most)
		most = room;
	if (LVN_UNLIKELY(most == 0))
		return;
	lvn_stream_has_buffers_locked(stream);
	rc = lvn_buffer_read_locked(&stream->input, (int)stream->bev.ev_read.ev_fd, most, &got);
	if (LVN_LIKELY(rc == 0 && got > 0)) {
		lvn_stream_charge_read_locked(stream, got);
		lvn_deliver_read_locked(stream, 0);
	} else if (rc == 0) {
		fail_locked(stream, EV_READ, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	} else if (rc != -EAGAIN && rc != -EINTR) {
		fail_locked(stream, EV_READ, BEV_EVENT_READING | BEV_EVENT_ERROR, -rc);
	}
}

/* ---- What the loop calls --------------------------------------------------------------------- */

/* False if the stream is none any more; else it is held, and its lock. */
LVN_HOT_INLINE bool
enter(struct stream *stream) NO_LOCK_ANALYSIS
{
	lvn_stream_enter(stream);
	if (LVN_UNLIKELY(stream->flags & STREAM_IS_FREED)) {
		lvn_stream_leave(stream);
		return false;
	}
	lvn_lifetime_hold_locked(stream);
	return true;
}

static void
expire_locked(struct stream *stream, short direction, short what) REQUIRES(stream->lock)
{
	stream->handling++;
	(void)lvn_stream_disable_locked(stream, direction);
	if (direction == EV_WRITE)
		disarm_write_locked(stream);
	lvn_deliver_event_locked(stream, (short)(what | BEV_EVENT_TIMEOUT), 0);
	stream->handling--;
	lvn_sock_io_settle_locked(stream);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg) NO_LOCK_ANALYSIS
{
	struct stream *stream = arg;

	(void)fd;
	if (!enter(stream))
		return;
	if (LVN_UNLIKELY(!(stream->flags & STREAM_READ_ARMED))) {
		/* It was taken back while the loop was on its way here. */
	} else if (LVN_UNLIKELY(what & EV_TIMEOUT)) {
		expire_locked(stream, EV_READ, BEV_EVENT_READING);
	} else if (!(stream->flags & STREAM_IS_CONNECTING)) {
		stream->handling++;
		read_now_locked(stream);
		stream->handling--;
		lvn_sock_io_settle_locked(stream);
	}
	lvn_lifetime_release_and_leave(stream);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg) NO_LOCK_ANALYSIS
{
	struct stream *stream = arg;

	(void)fd;
	if (!enter(stream))
		return;
	if (LVN_UNLIKELY(!(stream->flags & (STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED)))) {
		/* As above. */
	} else if (LVN_UNLIKELY(what & EV_TIMEOUT)) {
		expire_locked(stream, EV_WRITE, BEV_EVENT_WRITING);
	} else {
		stream->flags &= (uint16_t)~STREAM_WRITE_QUEUED;
		if (stream->flags & STREAM_IS_CONNECTING)
			finish_connecting_locked(stream);
		else if (!lvn_stream_writes_locked(stream) || !has_fd(stream))
			disarm_write_locked(stream);
		else if (stream->output.size > 0)
			write_now_locked(stream);
		else
			offer_room_locked(stream);
	}
	lvn_lifetime_release_and_leave(stream);
}

/* ---- What the user asks for ------------------------------------------------------------------ */

void
lvn_sock_io_init(struct stream *stream, evutil_socket_t fd)
{
	const short always = EV_PERSIST | EV_FINALIZE;
	struct bufferevent *bev = &stream->bev;

	event_assign(&bev->ev_read, bev->ev_base, fd, EV_READ | always, on_readable, stream);
	event_assign(&bev->ev_write, bev->ev_base, fd, EV_WRITE | always, on_writable, stream);
}

/* Also without output: the write callback is then to be told that there is room. */
static int
start_writing_locked(struct stream *stream) REQUIRES(stream->lock)
{
	lvn_stream_has_buffers_locked(stream);
	stream->flags &= (uint16_t)~STREAM_HAS_FAILED;
	if ((stream->flags & (STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED)) || !has_fd(stream))
		return 0;
	if (stream->flags & STREAM_IS_CONNECTING)
		return arm_write_locked(stream);
	if (stream->handling == 0)
		queue_write_locked(stream);
	else if (stream->output.size == 0)
		return arm_idle_locked(stream);
	return 0;
}

int
lvn_sock_io_enable_locked(struct stream *stream, short events)
{
	int rc = 0;

	if (events & EV_READ)
		rc = arm_read_locked(stream);
	if (rc == 0 && (events & EV_WRITE))
		rc = start_writing_locked(stream);
	return rc;
}

int
lvn_sock_io_disable_locked(struct stream *stream, short events)
{
	if (events & EV_READ)
		disarm_read_locked(stream);
	if (!(events & EV_WRITE))
		return 0;
	/* While it connects somebody must learn how that ends. */
	if (!(stream->flags & STREAM_IS_CONNECTING) || (stream->flags & STREAM_IS_FREED))
		disarm_write_locked(stream);
	return 0;
}

static int
adjust_timer(struct event *ev, const struct timeval *span)
{
	if (evutil_timerisset(span))
		return event_add(ev, span) < 0 ? -errno : 0;
	return event_remove_timer(ev);
}

int
lvn_sock_io_adjust_timeouts_locked(struct stream *stream)
{
	struct bufferevent *bev = &stream->bev;
	int rc = 0;

	if (stream->flags & STREAM_READ_ARMED)
		rc = adjust_timer(&bev->ev_read, &bev->timeout_read);
	if (rc == 0 &&
	    (stream->flags & (STREAM_WRITE_ARMED | STREAM_WRITE_IDLE)) == STREAM_WRITE_ARMED)
		rc = adjust_timer(&bev->ev_write, &bev->timeout_write);
	return rc;
}

int
lvn_sock_io_set_priority_locked(struct stream *stream, int priority)
{
	if (event_priority_set(&stream->bev.ev_read, priority) < 0 ||
	    event_priority_set(&stream->bev.ev_write, priority) < 0)
		return -EINVAL;
	stream->deferred.evcb_pri = (uint8_t)priority;
	return 0;
}

int
lvn_sock_io_set_fd_locked(struct stream *stream, evutil_socket_t fd)
{
	int priority = stream->bev.ev_read.ev_evcallback.evcb_pri;

	disarm_read_locked(stream);
	disarm_write_locked(stream);
	stream->flags &= (uint16_t) ~(STREAM_IS_CONNECTING | STREAM_IS_REFUSED | STREAM_HAS_FAILED);
	event_debug_unassign(&stream->bev.ev_read);
	event_debug_unassign(&stream->bev.ev_write);
	lvn_sock_io_init(stream, fd);
	event_priority_set(&stream->bev.ev_read, priority);
	event_priority_set(&stream->bev.ev_write, priority);
	return fd >= 0 ? lvn_stream_enable_locked(stream, stream->bev.enabled) : 0;
}
