/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for bufferevents of every kind.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "base/log.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/limits.h"
#include "stream/stream.h"
#include "stream/timeouts.h"

/* ---- Lifetime and lock --------------------------------------------------------------------- */

void
bufferevent_free(struct bufferevent *bufev)
{
	struct stream *stream;

	if (!bufev || lvn_stream_is_gone(bufev, __func__))
		return;
	stream = lvn_stream_of(bufev);
	lvn_stream_enter(stream);
	if (LVN_LIKELY(!(stream->flags & STREAM_IS_FREED))) {
		lvn_stream_free_and_leave(stream);
	} else if (stream->shares > 0) {
		lvn_stream_unshare_and_leave(stream);
	} else {
		lvn_log_misuse(__func__, "the bufferevent is freed");
		lvn_stream_leave(stream);
	}
}

void
bufferevent_incref(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	lvn_stream_share_locked(stream);
	lvn_stream_leave(stream);
}

int
bufferevent_decref(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	if (stream->shares > 0)
		return lvn_stream_unshare_and_leave(stream);
	lvn_stream_free_and_leave(stream);
	return 1;
}

/* It may be freed before it is unlocked. */
void
bufferevent_lock(struct bufferevent *bufev) NO_LOCK_ANALYSIS
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	lvn_stream_share_locked(stream);
}

/* The other end of bufferevent_lock. */
void
bufferevent_unlock(struct bufferevent *bufev) NO_LOCK_ANALYSIS
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return;
	if (stream->shares > 0)
		lvn_stream_unshare_and_leave(stream);
	else
		lvn_log_misuse(__func__, "the bufferevent is not locked");
}

/* ---- Callbacks ----------------------------------------------------------------------------- */

void
bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
    bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	if (!(stream->flags & STREAM_IS_FREED)) {
		stream->flags &= ~(uint32_t)STREAM_IS_BELOW;
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

	if (!lvn_stream_enter_live(stream, __func__))
		return;
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

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	options &= BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS;
	if (iotype & EV_READ)
		lvn_deliver_read_locked(stream, options);
	if (iotype & EV_WRITE)
		lvn_deliver_write_locked(stream, options);
	lvn_stream_leave(stream);
}

void
bufferevent_trigger_event(struct bufferevent *bufev, short what, int options)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	lvn_deliver_event_locked(stream, what, options & BEV_TRIG_DEFER_CALLBACKS);
	lvn_stream_leave(stream);
}

/* ---- Directions ---------------------------------------------------------------------------- */

int
bufferevent_enable(struct bufferevent *bufev, short event)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	return lvn_stream_leave_with(stream, lvn_stream_enable_locked(stream, event));
}

int
bufferevent_disable(struct bufferevent *bufev, short event)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	return lvn_stream_leave_with(stream, lvn_stream_disable_locked(stream, event));
}

short
bufferevent_get_enabled(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	short enabled;

	if (!lvn_stream_enter_live(stream, __func__))
		return 0;
	enabled = bufev->enabled;
	lvn_stream_leave(stream);
	return enabled;
}

int
bufferevent_flush(struct bufferevent *bufev, short iotype, enum bufferevent_flush_mode mode)
{
	struct stream *stream = lvn_stream_of(bufev);
	int result;

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	result = bufev->be_ops->flush(stream, iotype, mode);
	lvn_stream_leave(stream);
	return result;
}

int
bufferevent_set_timeouts(struct bufferevent *bufev, const struct timeval *timeout_read,
    const struct timeval *timeout_write)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	return lvn_stream_leave_with(
	    stream, lvn_timeouts_set_locked(stream, timeout_read, timeout_write));
}

void
bufferevent_setwatermark(struct bufferevent *bufev, short events, size_t lowmark, size_t highmark)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (!lvn_stream_enter_live(stream, __func__))
		return;
	if (events & EV_WRITE)
		bufev->wm_write = (struct event_watermark){lowmark, highmark};
	if (events & EV_READ) {
		bufev->wm_read = (struct event_watermark){lowmark, highmark};
		lvn_stream_watch_input_locked(stream);
	}
	lvn_stream_leave(stream);
}

int
bufferevent_getwatermark(struct bufferevent *bufev, short events, size_t *lowmark, size_t *highmark)
{
	struct stream *stream = lvn_stream_of(bufev);
	struct event_watermark marks;

	if (events != EV_READ && events != EV_WRITE)
		return -1;
	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
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

/* ---- Base, priority and descriptor --------------------------------------------------------- */

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
	return bufev->ev_read.ev_evcallback.evcb_pri;
}

static int
set_fd(struct bufferevent *bufev, evutil_socket_t fd, bool closes_old, const char *caller)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, caller))
		return -1;
	if (!bufev->be_ops->set_fd)
		return lvn_log_misuse(caller, "this kind has no descriptor");
	lvn_stream_enter(stream);
	return lvn_stream_leave_with(stream, bufev->be_ops->set_fd(stream, fd, closes_old));
}

int
bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd)
{
	return set_fd(bufev, fd, false, __func__);
}

int
bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd)
{
	return set_fd(bufev, fd, true, __func__);
}

evutil_socket_t
bufferevent_getfd(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	evutil_socket_t fd = -1;

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	if (bufev->be_ops->get_fd)
		fd = bufev->be_ops->get_fd(stream);
	lvn_stream_leave(stream);
	return fd;
}

struct bufferevent *
bufferevent_get_underlying(struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	struct stream *below = NULL;

	if (!lvn_stream_enter_live(stream, __func__))
		return NULL;
	if (bufev->be_ops->get_below)
		below = bufev->be_ops->get_below(stream);
	lvn_stream_leave(stream);
	return below ? &below->bev : NULL;
}

/* ---- Bounds of single calls ---------------------------------------------------------------- */

/* 0, and what exceeds an ev_ssize_t, is none. */
static size_t
bound_of(size_t size)
{
	return size > (size_t)EV_SSIZE_MAX ? 0 : size;
}

static int
set_bound(struct bufferevent *bev, enum token_direction direction, size_t size, const char *caller)
{
	struct stream *stream = lvn_stream_of(bev);

	if (!lvn_stream_enter_live(stream, caller))
		return -1;
	return lvn_stream_leave_with(
	    stream, lvn_limits_set_bound_locked(stream, direction, bound_of(size)));
}

int
bufferevent_set_max_single_read(struct bufferevent *bev, size_t size)
{
	return set_bound(bev, TOKENS_TO_READ, size, __func__);
}

int
bufferevent_set_max_single_write(struct bufferevent *bev, size_t size)
{
	return set_bound(bev, TOKENS_TO_WRITE, size, __func__);
}

static size_t
reported_bound(size_t bound)
{
	return bound ? bound : LVN_LIMITS_SINGLE_DEFAULT;
}

static ev_ssize_t
get_bound(struct bufferevent *bev, enum token_direction direction, const char *caller)
{
	struct stream *stream = lvn_stream_of(bev);
	size_t bound;

	if (!lvn_stream_enter_live(stream, caller))
		return -1;
	bound = reported_bound(lvn_limits_bound_locked(stream, direction));
	lvn_stream_leave(stream);
	return (ev_ssize_t)bound;
}

ev_ssize_t
bufferevent_get_max_single_read(struct bufferevent *bev)
{
	return get_bound(bev, TOKENS_TO_READ, __func__);
}

ev_ssize_t
bufferevent_get_max_single_write(struct bufferevent *bev)
{
	return get_bound(bev, TOKENS_TO_WRITE, __func__);
}

static ev_ssize_t
get_max(struct bufferevent *bev, enum token_direction direction, const char *caller)
{
	struct stream *stream = lvn_stream_of(bev);
	size_t bound;

	if (!lvn_stream_enter_live(stream, caller))
		return -1;
	bound = reported_bound(lvn_limits_bound_locked(stream, direction));
	bound = lvn_limits_available_locked(stream, direction, bound);
	lvn_stream_leave(stream);
	return (ev_ssize_t)bound;
}

ev_ssize_t
bufferevent_get_max_to_read(struct bufferevent *bev)
{
	return get_max(bev, TOKENS_TO_READ, __func__);
}

ev_ssize_t
bufferevent_get_max_to_write(struct bufferevent *bev)
{
	return get_max(bev, TOKENS_TO_WRITE, __func__);
}
