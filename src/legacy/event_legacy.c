/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions of libevent 1.x: those of event2/event_compat.h work on the base that
 * event_init made last, those of bufferevent_compat.h and buffer_compat.h call their successors.
 */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <stddef.h>

#include "base/log.h"
#include "buffer/buffer.h"
#include "loop/base.h"

struct event_base *
event_init(void)
{
	struct event_base *base = event_base_new_with_config(NULL);

	if (!base) {
		lvn_log_warnx("event_init: Unable to construct event_base");
		return NULL;
	}
	lvn_current_base = base;
	return base;
}

int
event_dispatch(void)
{
	return event_base_loop(lvn_current_base, 0);
}

int
event_loop(int flags)
{
	return event_base_loop(lvn_current_base, flags);
}

int
event_loopexit(const struct timeval *tv)
{
	return event_base_loopexit(lvn_current_base, tv);
}

int
event_loopbreak(void)
{
	return event_base_loopbreak(lvn_current_base);
}

int
event_once(evutil_socket_t fd, short events, void (*callback)(evutil_socket_t, short, void *),
    void *arg, const struct timeval *tv)
{
	return event_base_once(lvn_current_base, fd, events, callback, arg, tv);
}

const char *
event_get_method(void)
{
	return event_base_get_method(lvn_current_base);
}

int
event_priority_init(int npriorities)
{
	return event_base_priority_init(lvn_current_base, npriorities);
}

void
event_set(struct event *ev, evutil_socket_t fd, short events,
    void (*callback)(evutil_socket_t, short, void *), void *arg)
{
	event_assign(ev, lvn_current_base, fd, events, callback, arg);
}

/* ---- Bufferevents -------------------------------------------------------------------------- */

struct bufferevent *
bufferevent_new(evutil_socket_t fd, bufferevent_data_cb readcb, bufferevent_data_cb writecb,
    bufferevent_event_cb errorcb, void *cbarg)
{
	struct bufferevent *bufev = bufferevent_socket_new(NULL, fd, 0);

	if (bufev)
		bufferevent_setcb(bufev, readcb, writecb, errorcb, cbarg);
	return bufev;
}

void
bufferevent_settimeout(struct bufferevent *bufev, int timeout_read, int timeout_write)
{
	struct timeval read_span = {timeout_read, 0};
	struct timeval write_span = {timeout_write, 0};

	bufferevent_set_timeouts(
	    bufev, timeout_read ? &read_span : NULL, timeout_write ? &write_span : NULL);
}

/* ---- Buffers ------------------------------------------------------------------------------- */

char *
evbuffer_readline(struct evbuffer *buffer)
{
	return evbuffer_readln(buffer, NULL, EVBUFFER_EOL_ANY);
}

int
evbuffer_setcb(struct evbuffer *buffer, evbuffer_cb cb, void *cbarg)
{
	bool added = true;

	lvn_buffer_enter(buffer);
	lvn_buffer_remove_callbacks_locked(buffer);
	if (cb)
		added = lvn_buffer_add_callback_locked(buffer, NULL, cb, cbarg) != NULL;
	lvn_buffer_leave(buffer);
	return added ? 0 : -1;
}

unsigned char *
evbuffer_find(struct evbuffer *buffer, const unsigned char *what, size_t len)
{
	unsigned char *bytes = NULL;
	struct evbuffer_ptr found;

	lvn_buffer_enter(buffer);
	found = evbuffer_search(buffer, (const char *)what, len, NULL);
	if (found.pos >= 0)
		bytes = evbuffer_pullup(buffer, found.pos + (ev_ssize_t)len);
	lvn_buffer_leave(buffer);
	return bytes ? bytes + found.pos : NULL;
}
