/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/connected.h"

#include <errno.h>
#include <event2/event.h>

#include "base/io.h"
#include "loop/event_fields.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/limits.h"
#include "stream/stacked.h"
#include "stream/timeouts.h"
#include "stream/transport.h"

static bool
has_wire(const struct stream *stream)
{
	return stream->bev.ev_read.ev_fd >= 0 || (stream->flags & STREAM_IS_CARRIED);
}

/* ---- What the loop watches ------------------------------------------------------------------ */

/* Not for the program's input: also while that is disabled or full. */
static bool
needs_input_locked(const struct stream *stream) REQUIRES(stream->input.lock)
{
	return LVN_UNLIKELY(stream->flags & STREAM_NEEDS_INPUT) &&
	       !(stream->read_suspended & (SUSPENDED_BY_LIMIT | SUSPENDED_BY_GROUP));
}

/* This and the next one follow from the state alone. */
bool
lvn_connected_waits_to_read_locked(const struct stream *stream)
{
	if (LVN_UNLIKELY(stream->flags & STREAM_IS_STARTING))
		return !(stream->flags & (STREAM_START_WANTS_WRITE | STREAM_IS_LATE));
	/* What knows its needs reads them by itself. */
	if (LVN_UNLIKELY(stream->flags & STREAM_WRITE_WANTS_READ) &&
	    !stream->transport->needs_input && lvn_stream_writes_locked(stream))
		return true;
	return !(stream->flags & (STREAM_READ_WANTS_WRITE | STREAM_READ_HAS_FAILED)) &&
	       (lvn_stream_reads_locked(stream) || needs_input_locked(stream));
}

bool
lvn_connected_waits_to_write_locked(const struct stream *stream)
{
	const uint32_t waits = STREAM_WRITE_IS_BLOCKED | STREAM_WRITE_IS_ASKED;

	/* Not for the program's bytes: also while writing is disabled. */
	if (LVN_UNLIKELY(stream->flags & STREAM_HAS_UNSENT) &&
	    !(stream->flags & STREAM_IS_CONNECTING) &&
	    !(stream->write_suspended & (SUSPENDED_BY_LIMIT | SUSPENDED_BY_GROUP)))
		return true;
	/* Also while writing is disabled: the program must learn how it ends. */
	if (LVN_UNLIKELY(stream->flags & (STREAM_IS_CONNECTING | STREAM_IS_STARTING)))
		return !(stream->flags & STREAM_IS_LATE) &&
		       (stream->flags & (STREAM_IS_CONNECTING | STREAM_START_WANTS_WRITE));
	if (LVN_UNLIKELY(stream->flags & STREAM_READ_WANTS_WRITE) &&
	    (lvn_stream_reads_locked(stream) || needs_input_locked(stream)))
		return true;
	return (stream->flags & waits) && !(stream->flags & STREAM_WRITE_WANTS_READ) &&
	       lvn_stream_writes_locked(stream);
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

void
lvn_connected_queue_write_locked(struct stream *stream)
{
	if (stream->flags & STREAM_WRITE_QUEUED)
		return;
	stream->flags |= STREAM_WRITE_QUEUED;
	event_active(&stream->bev.ev_write, EV_WRITE, 1);
}

/* Whether there is more to read that will not be reported. */
static bool
has_pending_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (LVN_UNLIKELY(stream->flags & STREAM_IS_CARRIED) &&
	    lvn_connected_waits_to_read_locked(stream) && lvn_stacked_has_input(stream))
		return true;
	return has_wire(stream) && lvn_stream_reads_locked(stream) &&
	       stream->transport->pending(stream);
}

LVN_HOT_INLINE void
queue_read_if_pending_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (LVN_UNLIKELY(stream->transport->pending != NULL) && has_pending_locked(stream))
		lvn_connected_queue_read_locked(stream);
}

/*
 * An event that is still active would not be added: another thread may have queued it again while
 * the loop, on its way here, waited for the lock.
 */
static int
watch_one_locked(struct stream *stream, short direction, bool is_wanted)
    REQUIRES(stream->input.lock)
{
	bool is_read = direction == EV_READ;
	struct event *ev = is_read ? &stream->bev.ev_read : &stream->bev.ev_write;
	uint32_t armed = is_read ? STREAM_READ_ARMED : STREAM_WRITE_ARMED;
	uint32_t queued = is_read ? STREAM_READ_QUEUED : STREAM_WRITE_QUEUED;

	if (is_wanted == !!(stream->flags & armed))
		return 0;
	if ((stream->flags & armed) || !is_read || LVN_UNLIKELY(stream->transport->pending != NULL))
		take_back(ev);
	stream->flags &= ~(armed | queued);
	if (!is_wanted)
		return 0;
	if (event_add(ev, lvn_timeouts_span_locked(stream, direction)) < 0)
		return -errno;
	stream->flags |= armed;
	if (is_read)
		queue_read_if_pending_locked(stream);
	return 0;
}

/* The stream below reports by calls when its output is sent, but not what it has already. */
static int
watch_below_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	int rc = 0;

	if (stream->flags & STREAM_IS_FREED)
		return 0;
	if (lvn_connected_waits_to_read_locked(stream)) {
		rc = lvn_stacked_resume_locked(lvn_stacked_of(stream));
		queue_read_if_pending_locked(stream);
	} else {
		lvn_stacked_suspend_locked(lvn_stacked_of(stream));
		if (stream->flags & STREAM_READ_QUEUED) {
			take_back(&stream->bev.ev_read);
			stream->flags &= ~(uint32_t)(STREAM_READ_QUEUED | STREAM_READ_ARMED);
		}
	}
	if (lvn_connected_waits_to_write_locked(stream) && lvn_stacked_is_sent(stream))
		lvn_connected_queue_write_locked(stream);
	lvn_timeouts_update_locked(stream, EV_READ | EV_WRITE);
	return rc;
}

/* To be called after each change of the state.  0 or -errno. */
static int
watch_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	bool is_alive = !(stream->flags & STREAM_IS_FREED);
	int read_rc, write_rc;

	if (LVN_UNLIKELY(stream->flags & STREAM_IS_CARRIED))
		return watch_below_locked(stream);
	/* Else the events are mere timers. */
	if (!has_wire(stream)) {
		if (LVN_UNLIKELY(stream->flags & STREAM_IS_CONNECTING))
			stream->bev.be_ops->watch_attempts(stream);
		return 0;
	}
	read_rc = watch_one_locked(
	    stream, EV_READ, is_alive && lvn_connected_waits_to_read_locked(stream));
	write_rc = watch_one_locked(
	    stream, EV_WRITE, is_alive && lvn_connected_waits_to_write_locked(stream));
	return read_rc < 0 ? read_rc : write_rc;
}

/* ---- Results of the transport ---------------------------------------------------------------- */

static void
fail_locked(struct stream *stream, short direction, short what, int error)
    REQUIRES(stream->input.lock)
{
	(void)lvn_stream_disable_locked(stream, direction);
	errno = error;
	lvn_deliver_event_locked(stream, what, 0);
}

/* The transport can do no more in this direction.  -ENODATA: a file that is too short. */
static void
end_locked(struct stream *stream, short direction, ptrdiff_t result) REQUIRES(stream->input.lock)
{
	short what = direction == EV_READ ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	if (result == TRANSPORT_END || result == TRANSPORT_CLOSED || result == -ENODATA)
		fail_locked(stream, direction, (short)(what | BEV_EVENT_EOF), 0);
	else if (result == TRANSPORT_TRUNCATED)
		fail_locked(stream, direction, (short)(what | BEV_EVENT_ERROR), ECONNABORTED);
	else
		fail_locked(stream, direction, (short)(what | BEV_EVENT_ERROR), (int)-result);
}

/* What cannot go on now waits for the loop; without memory for that it cannot go on at all. */
static void
wait_locked(struct stream *stream, short direction, uint32_t state) REQUIRES(stream->input.lock)
{
	int rc;

	stream->flags |= state;
	rc = watch_locked(stream);
	if (LVN_UNLIKELY(rc < 0))
		end_locked(stream, direction, rc);
	else if (direction == EV_WRITE)
		lvn_timeouts_update_locked(stream, EV_WRITE);
}

/* Before each call of the transport. */
static void
enter_transport_locked(struct stream *stream, struct transport_traffic *traffic)
    REQUIRES(stream->input.lock)
{
	*traffic = (struct transport_traffic){SIZE_MAX, 0, 0, false};
	stream->flags |= STREAM_IN_TRANSPORT;
}

/* What goes on by itself.  Records that were read before it began are not reported again. */
static void
note_own_needs_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	const uint32_t needs = STREAM_HAS_UNSENT | STREAM_NEEDS_INPUT;
	uint32_t had = stream->flags & needs;
	uint32_t has = 0;

	if (stream->transport->has_unsent(stream))
		has |= STREAM_HAS_UNSENT;
	if (stream->transport->needs_input && stream->transport->needs_input(stream))
		has |= STREAM_NEEDS_INPUT;
	if (has == had)
		return;
	stream->flags ^= had ^ has;
	(void)watch_locked(stream);
	if ((has & ~had & STREAM_NEEDS_INPUT) && !(stream->flags & STREAM_IS_FREED))
		lvn_connected_queue_read_locked(stream);
}

static void
charge_locked(struct stream *stream, const struct transport_traffic *traffic)
    REQUIRES(stream->input.lock)
{
	lvn_limits_charge_locked(stream, TOKENS_TO_READ, traffic->read);
	lvn_limits_charge_locked(stream, TOKENS_TO_WRITE, traffic->written);
}

/* And after it. */
LVN_HOT_INLINE void
leave_transport_locked(struct stream *stream, const struct transport_traffic *traffic)
    REQUIRES(stream->input.lock)
{
	stream->flags &= ~(uint32_t)STREAM_IN_TRANSPORT;
	if (LVN_UNLIKELY(lvn_stream_limits_locked(stream) != NULL))
		charge_locked(stream, traffic);
	if (LVN_UNLIKELY(stream->transport->has_unsent != NULL))
		note_own_needs_locked(stream);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool
can_write_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	return stream->output.size > 0 && lvn_stream_writes_locked(stream) && has_wire(stream);
}

/* Whether there is output that nothing else will send. */
static bool
has_fresh_output_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	const uint32_t waits = STREAM_WRITE_QUEUED | STREAM_WRITE_IS_BLOCKED |
			       STREAM_IS_CONNECTING | STREAM_IS_STARTING | STREAM_WRITE_HAS_FAILED;

	return !(stream->flags & waits) && can_write_locked(stream);
}

static void
on_sent_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	const uint32_t waits = STREAM_WRITE_IS_BLOCKED | STREAM_WRITE_IS_ASKED;

	/* Before the callback, which may ask again. */
	if (stream->output.size == 0 && LVN_UNLIKELY(stream->flags & waits)) {
		stream->flags &= ~waits;
		(void)watch_locked(stream);
	}
	stream->callback_depth++;
	lvn_deliver_write_locked(stream, 0);
	stream->callback_depth--;
	/* What the callback has added waits: other streams want their turn. */
	if (can_write_locked(stream))
		wait_locked(stream, EV_WRITE, STREAM_WRITE_IS_BLOCKED);
}

/* One call of the transport, and what follows from it. */
static void
write_now_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	struct transport_traffic traffic;
	size_t allowance = lvn_stream_write_allowance_locked(stream);
	ptrdiff_t result;

	if (allowance == 0)
		return;
	/* There may be no more to do than what has_unsent says. */
	if (LVN_UNLIKELY(!lvn_stream_writes_locked(stream)))
		allowance = 0;
	enter_transport_locked(stream, &traffic);
	result = stream->transport->write(stream, allowance, &traffic);
	leave_transport_locked(stream, &traffic);
	/* What it had to read before it could write. */
	queue_read_if_pending_locked(stream);
	if (LVN_LIKELY(result > 0))
		on_sent_locked(stream);
	else if (result == 0)
		(void)watch_locked(stream);
	else if (result == TRANSPORT_WANT_WRITE)
		wait_locked(stream, EV_WRITE, STREAM_WRITE_IS_BLOCKED);
	else if (result == TRANSPORT_WANT_READ)
		wait_locked(stream, EV_WRITE, STREAM_WRITE_IS_BLOCKED | STREAM_WRITE_WANTS_READ);
	else
		end_locked(stream, EV_WRITE, result);
}

void
lvn_connected_after_callbacks_locked(struct stream *stream)
{
	if (has_fresh_output_locked(stream))
		write_now_locked(stream);
}

static void
end_callbacks_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (--stream->callback_depth == 0)
		lvn_connected_after_callbacks_locked(stream);
}

void
lvn_connected_on_output_locked(struct stream *stream)
{
	stream->flags &= ~(uint32_t)STREAM_WRITE_HAS_FAILED;
	if (stream->callback_depth == 0 && has_fresh_output_locked(stream))
		lvn_connected_queue_write_locked(stream);
	if (LVN_UNLIKELY(stream->bev.ev_write.ev_fd < 0))
		lvn_timeouts_update_locked(stream, EV_WRITE);
}

/*
 * The descriptor can be written to and there is no output: the program has asked for its write
 * callback by enabling writing.  `is_reported` by the loop; else the loop is asked now.
 */
static void
on_writable_and_empty_locked(struct stream *stream, bool is_reported) REQUIRES(stream->input.lock)
{
	const uint32_t waits = STREAM_WRITE_IS_BLOCKED | STREAM_WRITE_IS_ASKED;

	if (!is_reported && stream->bev.writecb)
		wait_locked(stream, EV_WRITE, STREAM_WRITE_IS_ASKED);
	if (!is_reported || !(stream->flags & waits))
		return;
	stream->flags &= ~waits;
	(void)watch_locked(stream);
	stream->callback_depth++;
	lvn_deliver_write_locked(stream, 0);
	end_callbacks_locked(stream);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void
read_now_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	struct transport_traffic traffic;
	size_t allowance = lvn_stream_read_allowance_locked(stream);
	size_t most = lvn_stream_input_space_locked(stream);
	ptrdiff_t result;

	if (most > allowance)
		most = allowance;
	if (LVN_UNLIKELY(most == 0 || (stream->flags & STREAM_NEEDS_INPUT))) {
		if (allowance == 0 || !(stream->flags & STREAM_NEEDS_INPUT))
			return;
		if (!lvn_stream_reads_locked(stream))
			most = 0;
	}
	enter_transport_locked(stream, &traffic);
	traffic.may_read = allowance;
	result = stream->transport->read(stream, most, &traffic);
	leave_transport_locked(stream, &traffic);
	/* It may have taken what a write waits for. */
	if (LVN_UNLIKELY(stream->flags & STREAM_WRITE_WANTS_READ)) {
		stream->flags &= ~(uint32_t)STREAM_WRITE_WANTS_READ;
		lvn_connected_queue_write_locked(stream);
	}
	if (LVN_UNLIKELY(traffic.has_started))
		lvn_deliver_event_locked(stream, BEV_EVENT_CONNECTED, 0);
	if (LVN_LIKELY(result > 0)) {
		lvn_deliver_read_locked(stream, 0);
		queue_read_if_pending_locked(stream);
	} else if (result == TRANSPORT_WANT_WRITE) {
		wait_locked(stream, EV_READ, STREAM_READ_WANTS_WRITE);
	} else if (result != TRANSPORT_WANT_READ) {
		end_locked(stream, EV_READ, result);
	} else if (LVN_UNLIKELY(stream->flags & STREAM_IS_CARRIED)) {
		/* The rate limit, or the bound of a single read, has left some of it. */
		queue_read_if_pending_locked(stream);
	}
}

/* ---- Connecting and starting ------------------------------------------------------------------ */

static void
fail_to_connect_locked(struct stream *stream, short what, int error) REQUIRES(stream->input.lock)
{
	stream->flags &= ~(uint32_t)LVN_CONNECTED_STATE_OF_FD;
	stream->flags |= STREAM_READ_HAS_FAILED | STREAM_WRITE_HAS_FAILED;
	(void)watch_locked(stream);
	errno = error;
	lvn_deliver_event_locked(stream, what, 0);
}

static void
on_connected_locked(struct stream *stream, bool is_reported) REQUIRES(stream->input.lock)
{
	int rc = watch_locked(stream);

	if (rc < 0) {
		fail_to_connect_locked(stream, BEV_EVENT_ERROR, -rc);
		return;
	}
	/* What came together with the end of the handshake. */
	queue_read_if_pending_locked(stream);
	stream->callback_depth++;
	if (is_reported)
		lvn_deliver_event_locked(stream, BEV_EVENT_CONNECTED, 0);
	end_callbacks_locked(stream);
}

/* `was_connected`: the program waits for BEV_EVENT_CONNECTED whatever the transport does. */
static void
go_on_starting_locked(struct stream *stream, bool was_connected) REQUIRES(stream->input.lock)
{
	struct transport_traffic traffic;
	ptrdiff_t result;
	int rc = 0;

	enter_transport_locked(stream, &traffic);
	result = stream->transport->start(stream, &traffic);
	leave_transport_locked(stream, &traffic);
	stream->flags &= ~(uint32_t)STREAM_START_WANTS_WRITE;
	if (result == TRANSPORT_WANT_READ || result == TRANSPORT_WANT_WRITE) {
		if (result == TRANSPORT_WANT_WRITE)
			stream->flags |= STREAM_START_WANTS_WRITE;
		rc = watch_locked(stream);
	} else if (result >= 0) {
		stream->flags &= ~(uint32_t)STREAM_IS_STARTING;
		on_connected_locked(stream, was_connected || result > 0);
	} else if (result == TRANSPORT_CLOSED) {
		fail_to_connect_locked(stream, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	} else {
		rc = result == TRANSPORT_TRUNCATED ? -ECONNABORTED : (int)result;
	}
	if (rc < 0)
		fail_to_connect_locked(stream, BEV_EVENT_READING | BEV_EVENT_ERROR, -rc);
}

static int
outcome_of_connecting_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (stream->flags & STREAM_IS_REFUSED)
		return ECONNREFUSED;
	return lvn_io_socket_error((int)stream->bev.ev_write.ev_fd);
}

static void
finish_connecting_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	int error = outcome_of_connecting_locked(stream);

	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		return;
	stream->flags &= ~(uint32_t)(STREAM_IS_CONNECTING | STREAM_IS_REFUSED);
	if (error != 0) {
		fail_to_connect_locked(stream, BEV_EVENT_ERROR, error);
	} else if (stream->transport->start) {
		stream->flags |= STREAM_IS_STARTING;
		go_on_starting_locked(stream, true);
	} else {
		on_connected_locked(stream, true);
	}
}

int
lvn_connected_await_locked(struct stream *stream, enum connect_state state)
{
	int rc = 0;

	stream->flags &= ~(uint32_t)LVN_CONNECTED_STATE_OF_FD;
	stream->flags |= STREAM_IS_CONNECTING;
	if (state == CONNECT_REFUSED)
		stream->flags |= STREAM_IS_REFUSED;
	if (state == CONNECT_UNDER_WAY)
		rc = watch_locked(stream);
	else
		lvn_connected_queue_write_locked(stream);
	if (rc < 0)
		stream->flags &= ~(uint32_t)STREAM_IS_CONNECTING;
	return rc;
}

/* ---- What the loop calls --------------------------------------------------------------------- */

static void
on_unusual_readable_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	stream->flags &= ~(uint32_t)STREAM_READ_QUEUED;
	if (stream->flags & STREAM_IS_CONNECTING)
		return;
	if (stream->flags & STREAM_IS_STARTING) {
		go_on_starting_locked(stream, false);
		return;
	}
	if (stream->flags & STREAM_WRITE_WANTS_READ) {
		stream->flags &= ~(uint32_t)STREAM_WRITE_WANTS_READ;
		if (can_write_locked(stream))
			write_now_locked(stream);
		(void)watch_locked(stream);
	}
	if (!(stream->flags & STREAM_READ_WANTS_WRITE) && has_wire(stream) &&
	    (lvn_stream_reads_locked(stream) || needs_input_locked(stream)))
		read_now_locked(stream);
}

void
lvn_connected_readable_locked(struct stream *stream)
{
	const uint32_t unusual = STREAM_IS_CONNECTING | STREAM_IS_STARTING | STREAM_READ_QUEUED |
				 STREAM_READ_WANTS_WRITE | STREAM_WRITE_WANTS_READ |
				 STREAM_NEEDS_INPUT;

	stream->callback_depth++;
	if (LVN_LIKELY(!(stream->flags & unusual)))
		read_now_locked(stream);
	else
		on_unusual_readable_locked(stream);
	end_callbacks_locked(stream);
}

void
lvn_connected_writable_locked(struct stream *stream)
{
	/* A stream below is asked before this is queued. */
	bool is_reported =
	    !(stream->flags & STREAM_WRITE_QUEUED) || (stream->flags & STREAM_IS_CARRIED);

	stream->flags &= ~(uint32_t)STREAM_WRITE_QUEUED;
	if (stream->flags & STREAM_IS_CONNECTING) {
		finish_connecting_locked(stream);
		return;
	}
	if (stream->flags & STREAM_IS_STARTING) {
		go_on_starting_locked(stream, false);
		return;
	}
	if (LVN_UNLIKELY(stream->flags & STREAM_READ_WANTS_WRITE) && is_reported) {
		stream->flags &= ~(uint32_t)STREAM_READ_WANTS_WRITE;
		stream->callback_depth++;
		(void)watch_locked(stream);
		if (lvn_stream_reads_locked(stream) || needs_input_locked(stream))
			read_now_locked(stream);
		end_callbacks_locked(stream);
	}
	if (LVN_UNLIKELY(stream->flags & STREAM_HAS_UNSENT) && has_wire(stream))
		write_now_locked(stream);
	else if (!lvn_stream_writes_locked(stream) || !has_wire(stream))
		(void)watch_locked(stream);
	else if (stream->output.size == 0)
		on_writable_and_empty_locked(stream, is_reported);
	else if (!(stream->flags & STREAM_WRITE_WANTS_READ))
		write_now_locked(stream);
}

/* A report that comes with the timeout is progress. */
LVN_HOT_INLINE void
on_report(struct stream *stream, short direction, short what)
{
	const uint32_t expected = direction == EV_READ ? STREAM_READ_ARMED | STREAM_READ_QUEUED
						       : STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED;

	lvn_stream_enter(stream);
	/* Else it was taken back while the loop was on its way here. */
	if (LVN_LIKELY(!(stream->flags & STREAM_IS_FREED) && (stream->flags & expected))) {
		if (LVN_UNLIKELY(what == EV_TIMEOUT))
			lvn_stream_expire_locked(stream, direction);
		else if (direction == EV_READ)
			lvn_connected_readable_locked(stream);
		else
			lvn_connected_writable_locked(stream);
	}
	lvn_stream_leave(stream);
}

void
lvn_connected_on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	on_report(arg, EV_READ, what);
}

void
lvn_connected_on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	on_report(arg, EV_WRITE, what);
}

/* ---- What the program asks for ---------------------------------------------------------------- */

/*
 * Without output the write callback is called when the descriptor can be written to.  The loop is
 * not asked that before there is a callback: it may be set later in this turn.
 */
static void
start_writing_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	const uint32_t waits = STREAM_WRITE_IS_BLOCKED | STREAM_IS_CONNECTING | STREAM_IS_STARTING;

	stream->flags &= ~(uint32_t)STREAM_WRITE_HAS_FAILED;
	if ((stream->flags & waits) || !has_wire(stream))
		return;
	if (stream->output.size == 0 && stream->bev.writecb)
		stream->flags |= STREAM_WRITE_IS_ASKED;
	else if (stream->output.size == 0 || stream->callback_depth == 0)
		lvn_connected_queue_write_locked(stream);
}

int
lvn_connected_enable_locked(struct stream *stream, short events)
{
	int rc;

	stream->flags &= ~(uint32_t)STREAM_IS_LATE;
	if (events & EV_WRITE)
		start_writing_locked(stream);
	if (events & EV_READ)
		stream->flags &= ~(uint32_t)STREAM_READ_HAS_FAILED;
	rc = watch_locked(stream);
	queue_read_if_pending_locked(stream);
	return rc;
}

/* What was queued finds that it is disabled; but it must not keep the stream from its base. */
int
lvn_connected_disable_locked(struct stream *stream, short events)
{
	int rc = watch_locked(stream);

	/* It may have read what it needs already. */
	if ((events & EV_READ) && needs_input_locked(stream) && !(stream->flags & STREAM_IS_FREED))
		lvn_connected_queue_read_locked(stream);
	if ((events & EV_WRITE) && (stream->flags & STREAM_WRITE_QUEUED) &&
	    (!(stream->flags & (STREAM_IS_CONNECTING | STREAM_IS_STARTING)) ||
		(stream->flags & STREAM_IS_FREED))) {
		take_back(&stream->bev.ev_write);
		stream->flags &= ~(uint32_t)(STREAM_WRITE_QUEUED | STREAM_WRITE_ARMED);
		rc = watch_locked(stream);
	}
	return rc;
}

/* Sends what can be sent now, down to the descriptor. */
static void
push_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	const uint32_t busy = STREAM_IN_TRANSPORT | STREAM_IS_CONNECTING | STREAM_IS_STARTING;
	struct stream *below;

	if (!(stream->flags & busy) && can_write_locked(stream))
		write_now_locked(stream);
	if (!(stream->flags & STREAM_IS_CARRIED))
		return;
	below = lvn_stacked_of(stream)->below;
	lvn_lock_assume_held(below->input.lock);
	if (below->transport)
		push_locked(below);
}

/*
 * A plain socket has no more to do than it does by itself.  Where bytes are changed on their way,
 * a program may want to know that they are before it changes something else.
 */
int
lvn_connected_flush_locked(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	size_t size = stream->output.size;

	(void)mode;
	if (LVN_LIKELY(!stream->transport->start) || !(events & EV_WRITE))
		return 0;
	push_locked(stream);
	return stream->output.size < size;
}

/* An active event keeps its priority: it is activated again. */
int
lvn_connected_set_priority_locked(struct stream *stream, int priority)
{
	uint32_t queued = stream->flags & (STREAM_READ_QUEUED | STREAM_WRITE_QUEUED);
	int rc = 0;

	if (queued) {
		take_back(&stream->bev.ev_read);
		take_back(&stream->bev.ev_write);
		stream->flags &= ~(queued | STREAM_READ_ARMED | STREAM_WRITE_ARMED);
	}
	if (event_priority_set(&stream->bev.ev_read, priority) < 0 ||
	    event_priority_set(&stream->bev.ev_write, priority) < 0)
		rc = -EINVAL;
	if (queued & STREAM_READ_QUEUED)
		lvn_connected_queue_read_locked(stream);
	if (queued & STREAM_WRITE_QUEUED)
		lvn_connected_queue_write_locked(stream);
	if (queued)
		(void)watch_locked(stream);
	return rc;
}

void
lvn_connected_start_locked(struct stream *stream)
{
	stream->flags |= STREAM_IS_STARTING;
	lvn_connected_queue_write_locked(stream);
}

void
lvn_connected_take_back_events_locked(struct stream *stream)
{
	take_back(&stream->bev.ev_read);
	take_back(&stream->bev.ev_write);
	stream->flags &= ~(uint32_t)(STREAM_READ_ARMED | STREAM_READ_QUEUED | STREAM_WRITE_ARMED |
				     STREAM_WRITE_QUEUED | LVN_CONNECTED_STATE_OF_FD);
}

void
lvn_connected_destroy(struct stream *stream)
{
	if (stream->transport->destroy)
		stream->transport->destroy(stream);
}

void
lvn_connected_queue_read_locked(struct stream *stream)
{
	if (stream->flags & STREAM_READ_QUEUED)
		return;
	stream->flags |= STREAM_READ_QUEUED;
	event_active(&stream->bev.ev_read, EV_READ, 1);
}

/* Connecting and starting go on by themselves, and send it then. */
void
lvn_connected_wake_locked(struct stream *stream)
{
	const uint32_t busy =
	    STREAM_IN_TRANSPORT | STREAM_IS_CONNECTING | STREAM_IS_STARTING | STREAM_IS_FREED;

	if ((stream->flags & busy) || !has_wire(stream))
		return;
	stream->flags |= STREAM_HAS_UNSENT;
	lvn_connected_queue_write_locked(stream);
}
