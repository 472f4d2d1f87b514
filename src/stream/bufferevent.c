/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: what can be done with bufferevents of every kind.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "base/log.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/door.h"
#include "stream/lifetime.h"
#include "stream/limits.h"
#include "stream/stream.h"

/* ---- Lifetime and lock --------------------------------------------------------------------- */

/* Whoever has taken references may use them up, too. */
bool
lvn_bufferevent_is_gone_slowly(const struct bufferevent *bufev, const char *caller)
{
	struct stream *stream = lvn_stream_of((struct bufferevent *)(uintptr_t)bufev);
	bool is_freed;

	if (lvn_debug_refuses_object(stream, "bufferevent", caller))
		return true;
	lvn_stream_enter(stream);
	is_freed = (stream->flags & (STREAM_IS_FREED | STREAM_IS_SHARED)) == STREAM_IS_FREED;
	lvn_stream_leave(stream);
	if (is_freed)
		lvn_log_misuse(caller, "the bufferevent is freed");
	return is_freed;
}

void
bufferevent_free(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter(stream);
	if (LVN_LIKELY(!(stream->flags & STREAM_IS_FREED))) {
		lvn_lifetime_free_and_leave(stream);
	} else if (stream->flags & STREAM_IS_SHARED) {
		lvn_lifetime_release_and_leave(stream);
	} else {
		lvn_log_misuse(__func__, "the bufferevent is freed");
		lvn_stream_leave(stream);
	}
}

void
bufferevent_incref(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter(stream);
	lvn_lifetime_hold_locked(stream);
	stream->flags |= STREAM_IS_SHARED;
	lvn_stream_leave(stream);
}

int
bufferevent_decref(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter(stream);
	return lvn_lifetime_release_and_leave(stream);
}

/* It may be freed before it is unlocked. */
void
bufferevent_lock(struct bufferevent *bufev) NO_LOCK_ANALYSIS
{
	if (!lvn_debug_refuses_object(lvn_stream_of(bufev), "bufferevent", __func__))
		lvn_stream_enter_and_hold(lvn_stream_of(bufev));
}

void
bufferevent_unlock(struct bufferevent *bufev) NO_LOCK_ANALYSIS
{
	if (!lvn_debug_refuses_object(lvn_stream_of(bufev), "bufferevent", __func__))
		lvn_lifetime_release_and_leave(lvn_stream_of(bufev));
}

/* ---- Callbacks ----------------------------------------------------------------------------- */

void
bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
    bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter(stream);
	if (!(stream->flags & STREAM_IS_FREED)) {
		bufev->readcb = readcb;
		bufev->writecb = writecb;
		bufev->errorcb = eventcb;
		bufev->cbarg = cbarg;
	}
	lvn_stream_leave(stream);
}

void
bufferevent_getcb(struct bufferevent *bufev, bufferevent_data_cb *readcb_ptr,
    bufferevent_data_cb *writecb_ptr, bufferevent_event_cb *eventcb_ptr, void **cbarg_ptr)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter(stream);
	if (readcb_ptr)
		*readcb_ptr = bufev->readcb;
	if (writecb_ptr)
		*writecb_ptr = bufev->writecb;
	if (eventcb_ptr)
		*eventcb_ptr = bufev->errorcb;
	if (cbarg_ptr)
		*cbarg_ptr = bufev->cbarg;
	lvn_stream_leave(stream);
}

void
bufferevent_trigger(struct bufferevent *bufev, short iotype, int options)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter_and_hold(stream);
	options &= BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS;
	if (iotype & EV_READ)
		lvn_deliver_read_locked(stream, options);
	if (iotype & EV_WRITE)
		lvn_deliver_write_locked(stream, options);
	lvn_lifetime_release_and_leave(stream);
}

void
bufferevent_trigger_event(struct bufferevent *bufev, short what, int options)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter_and_hold(stream);
	lvn_deliver_event_locked(stream, what, options & BEV_TRIG_DEFER_CALLBACKS);
	lvn_lifetime_release_and_leave(stream);
}

/* ---- Directions ---------------------------------------------------------------------------- */

int
bufferevent_enable(struct bufferevent *bufev, short event)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter_and_hold(stream);
	rc = lvn_stream_enable_locked(stream, event);
	lvn_lifetime_release_and_leave(stream);
	return lvn_stream_answer(rc);
}

int
bufferevent_disable(struct bufferevent *bufev, short event)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter_and_hold(stream);
	rc = lvn_stream_disable_locked(stream, event);
	lvn_lifetime_release_and_leave(stream);
	return lvn_stream_answer(rc);
}

short
bufferevent_get_enabled(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	short enabled;

	if (lvn_stream_is_gone(bufev, __func__))
		return 0;
	lvn_stream_enter(stream);
	enabled = bufev->enabled;
	lvn_stream_leave(stream);
	return enabled;
}

int
bufferevent_flush(struct bufferevent *bufev, short iotype, enum bufferevent_flush_mode mode)
{
	struct stream *stream = lvn_stream_of(bufev);
	int result;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter_and_hold(stream);
	result = bufev->be_ops->flush(stream, iotype, mode);
	lvn_lifetime_release_and_leave(stream);
	return result;
}

static void
set_span(struct timeval *span, const struct timeval *value)
{
	if (value)
		*span = *value;
	else
		evutil_timerclear(span);
}

int
bufferevent_set_timeouts(struct bufferevent *bufev, const struct timeval *timeout_read,
    const struct timeval *timeout_write)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter(stream);
	set_span(&bufev->timeout_read, timeout_read);
	set_span(&bufev->timeout_write, timeout_write);
	rc = bufev->be_ops->adjust_timeouts(stream);
	lvn_stream_leave(stream);
	return lvn_stream_answer(rc);
}

void
bufferevent_setwatermark(struct bufferevent *bufev, short events, size_t lowmark, size_t highmark)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	lvn_stream_enter_and_hold(stream);
	if (events & EV_WRITE)
		bufev->wm_write = (struct event_watermark){lowmark, highmark};
	if (events & EV_READ) {
		bufev->wm_read = (struct event_watermark){lowmark, highmark};
		lvn_stream_watch_input_locked(stream);
	}
	lvn_lifetime_release_and_leave(stream);
}

int
bufferevent_getwatermark(struct bufferevent *bufev, short events, size_t *lowmark, size_t *highmark)
{
	struct stream *stream = lvn_stream_of(bufev);
	struct event_watermark marks;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (events != EV_READ && events != EV_WRITE)
		return -1;
	lvn_stream_enter(stream);
	marks = events == EV_READ ? bufev->wm_read : bufev->wm_write;
	lvn_stream_leave(stream);
	if (lowmark)
		*lowmark = marks.low;
	if (highmark)
		*highmark = marks.high;
	return 0;
}

/* ---- Bytes --------------------------------------------------------------------------------- */

struct evbuffer *
bufferevent_get_input(struct bufferevent *bufev)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return NULL;
	return bufev->input;
}

struct evbuffer *
bufferevent_get_output(struct bufferevent *bufev)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return NULL;
	return bufev->output;
}

int
bufferevent_write(struct bufferevent *bufev, const void *data, size_t size)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return evbuffer_add(bufev->output, data, size);
}

int
bufferevent_write_buffer(struct bufferevent *bufev, struct evbuffer *buf)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return evbuffer_add_buffer(bufev->output, buf);
}

size_t
bufferevent_read(struct bufferevent *bufev, void *data, size_t size)
{
	int got;

	if (lvn_stream_is_gone(bufev, __func__))
		return 0;
	got = evbuffer_remove(bufev->input, data, size);
	return got < 0 ? 0 : (size_t)got;
}

int
bufferevent_read_buffer(struct bufferevent *bufev, struct evbuffer *buf)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return evbuffer_add_buffer(buf, bufev->input);
}

/* ---- What it works on ---------------------------------------------------------------------- */

struct event_base *
bufferevent_get_base(struct bufferevent *bev)
{
	if (lvn_stream_is_gone(bev, __func__))
		return NULL;
	return bev->ev_base;
}

int
bufferevent_get_priority(const struct bufferevent *bufev)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return lvn_stream_of_const(bufev)->deferred.evcb_pri;
}

static int
set_fd(struct bufferevent *bufev, evutil_socket_t fd, bool closes_old, const char *caller)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (!bufev->be_ops->set_fd)
		return lvn_log_misuse(caller, "this kind has no descriptor");
	lvn_stream_enter_and_hold(stream);
	rc = bufev->be_ops->set_fd(stream, fd, closes_old);
	lvn_lifetime_release_and_leave(stream);
	return lvn_stream_answer(rc);
}

int
bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return set_fd(bufev, fd, false, __func__);
}

int
bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd)
{
	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	return set_fd(bufev, fd, true, __func__);
}

evutil_socket_t
bufferevent_getfd(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	evutil_socket_t fd = -1;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	lvn_stream_enter(stream);
	if (bufev->be_ops->get_fd)
		fd = bufev->be_ops->get_fd(stream);
	lvn_stream_leave(stream);
	return fd;
}

struct bufferevent *
bufferevent_get_underlying(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	struct bufferevent *underlying = NULL;

	if (lvn_stream_is_gone(bufev, __func__))
		return NULL;
	lvn_stream_enter(stream);
	if (bufev->be_ops->get_underlying)
		underlying = bufev->be_ops->get_underlying(stream);
	lvn_stream_leave(stream);
	return underlying;
}

/* ---- Bounds of single calls ---------------------------------------------------------------- */

/* 0, and what no ev_ssize_t can say, is none. */
static size_t
bound_of(size_t size)
{
	return size > (size_t)EV_SSIZE_MAX ? 0 : size;
}

static int
set_bound(struct stream *stream, enum token_direction direction, size_t size)
{
	int rc;

	lvn_stream_enter(stream);
	rc = lvn_limits_set_bound_locked(stream, direction, bound_of(size));
	lvn_stream_leave(stream);
	return lvn_stream_answer(rc);
}

int
bufferevent_set_max_single_read(struct bufferevent *bev, size_t size)
{
	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	return set_bound(lvn_stream_of(bev), TOKENS_TO_READ, size);
}

int
bufferevent_set_max_single_write(struct bufferevent *bev, size_t size)
{
	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	return set_bound(lvn_stream_of(bev), TOKENS_TO_WRITE, size);
}

static size_t
told_bound(size_t bound)
{
	return bound ? bound : LVN_LIMITS_SINGLE_DEFAULT;
}

static ev_ssize_t
get_bound(struct stream *stream, enum token_direction direction)
{
	size_t told;

	lvn_stream_enter(stream);
	told = told_bound(lvn_limits_bound_locked(stream, direction));
	lvn_stream_leave(stream);
	return (ev_ssize_t)told;
}

ev_ssize_t
bufferevent_get_max_single_read(struct bufferevent *bev)
{
	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	return get_bound(lvn_stream_of(bev), TOKENS_TO_READ);
}

ev_ssize_t
bufferevent_get_max_single_write(struct bufferevent *bev)
{
	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	return get_bound(lvn_stream_of(bev), TOKENS_TO_WRITE);
}

ev_ssize_t
bufferevent_get_max_to_read(struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of(bev);
	size_t bound;
	size_t allowance;

	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	lvn_stream_enter(stream);
	bound = told_bound(lvn_limits_bound_locked(stream, TOKENS_TO_READ));
	allowance = lvn_stream_read_allowance_locked(stream);
	lvn_stream_leave(stream);
	return (ev_ssize_t)(allowance < bound ? allowance : bound);
}

ev_ssize_t
bufferevent_get_max_to_write(struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of(bev);
	size_t bound;
	size_t allowance;

	if (lvn_stream_is_gone(bev, __func__))
		return -1;
	lvn_stream_enter(stream);
	bound = told_bound(lvn_limits_bound_locked(stream, TOKENS_TO_WRITE));
	allowance = lvn_stream_write_allowance_locked(stream);
	lvn_stream_leave(stream);
	return (ev_ssize_t)(allowance < bound ? allowance : bound);
}
