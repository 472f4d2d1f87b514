/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: listeners.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "loop/base.h"
#include "loop/debug.h"
#include "net/accept_io.h"
#include "net/listen_socket.h"
#include "net/listener.h"

/* So many connections are taken in a turn at the most; whoever is left is reported again. */
#define BATCH_MAX 64

/* What listen() is told where the program leaves it to us. */
#define DEFAULT_BACKLOG 128

/* ---- On the loop's thread -------------------------------------------------------------- */

static void
hand_over_locked(struct evconnlistener *listener, struct accepted *accepted)
    REQUIRES(listener->lock)
{
	evconnlistener_cb callback = listener->callback;
	void *arg = listener->arg;

	listener->pauses = 0;
	listener->inside = true;
	lvn_lock_release(&listener->lock);
	callback(listener, accepted->fd, &accepted->address.any, accepted->address_size, arg);
	lvn_lock_acquire(&listener->lock);
	listener->inside = false;
}

/* Paused before the user hears of it, who may enable the listener again. */
static void
tell_failure_locked(struct evconnlistener *listener, int error) REQUIRES(listener->lock)
{
	evconnlistener_errorcb callback = listener->error_callback;
	void *arg = listener->arg;

	lvn_listener_pause_locked(listener);
	if (!callback) {
		errno = error;
		lvn_log_warn("Error from %s() call", "accept");
		return;
	}
	listener->inside = true;
	lvn_lock_release(&listener->lock);
	errno = error;
	callback(listener, arg);
	lvn_lock_acquire(&listener->lock);
	listener->inside = false;
}

static void
accept_batch_locked(struct evconnlistener *listener, int fd) REQUIRES(listener->lock)
{
	struct accepted accepted;
	bool any_came = false;

	for (int i = 0; i < BATCH_MAX && lvn_listener_wants_more_locked(listener); i++) {
		switch (lvn_accept_readiness_take(fd, listener->how, &accepted)) {
		case ACCEPT_CAME:
			any_came = true;
			hand_over_locked(listener, &accepted);
			break;
		case ACCEPT_LOST:
			break;
		case ACCEPT_NONE:
			return;
		case ACCEPT_FAILED:
			tell_failure_locked(listener, accepted.error);
			return;
		}
	}
	/* Whatever makes each of them fail: it shall not take the whole processor. */
	if (!any_came && lvn_listener_wants_more_locked(listener))
		lvn_listener_pause_locked(listener);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *listener = arg;
	bool freed_inside;

	(void)what;
	lvn_lock_acquire(&listener->lock);
	if (listener->freed) {
		/* Our finalizer is going to run. */
		lvn_lock_release(&listener->lock);
		return;
	}
	accept_batch_locked(listener, fd);
	freed_inside = listener->freed;
	lvn_lock_release(&listener->lock);
	if (freed_inside)
		lvn_listener_destroy(listener);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *listener = arg;

	(void)fd;
	(void)what;
	lvn_lock_acquire(&listener->lock);
	if (!listener->freed && listener->paused && lvn_listener_resume_locked(listener) < 0)
		lvn_listener_pause_locked(listener);
	lvn_lock_release(&listener->lock);
}

static void
on_finalized(struct event *ev, void *arg)
{
	(void)ev;
	lvn_listener_destroy(arg);
}

/* ---- For programs ---------------------------------------------------------------------- */

static struct evconnlistener *
failed(int rc)
{
	errno = -rc;
	return NULL;
}

static struct evconnlistener *
misused(const char *caller, const char *what)
{
	lvn_log_misuse(caller, what);
	return NULL;
}

/* True, with a log line and EINVAL, if debug mode knows that the listener is freed. */
static bool
is_gone(struct evconnlistener *listener, const char *caller)
{
	bool freed;

	if (LVN_LIKELY(!lvn_debug_is_on))
		return false;
	if (lvn_debug_refuses_object(listener, "listener", caller))
		return true;
	lvn_lock_acquire(&listener->lock);
	freed = listener->freed;
	lvn_lock_release(&listener->lock);
	if (freed)
		lvn_log_misuse(caller, "the listener is freed");
	return freed;
}

struct evconnlistener *
evconnlistener_new(struct event_base *base, evconnlistener_cb callback, void *arg, unsigned flags,
    int backlog, evutil_socket_t fd)
{
	static const struct listener_events events = {on_readable, on_resume};
	struct evconnlistener *listener;
	int rc;

	if (!base)
		return misused(__func__, "no base");
	if (backlog != 0 && lvn_io_listen(fd, backlog > 0 ? backlog : DEFAULT_BACKLOG) < 0)
		return NULL;
	rc = lvn_listener_new(base, &events, flags, fd, &listener);
	if (rc < 0)
		return failed(rc);
	lvn_lock_acquire(&listener->lock);
	listener->callback = callback;
	listener->arg = arg;
	listener->enabled = !(flags & LEV_OPT_DISABLED);
	rc = lvn_listener_update_locked(listener);
	lvn_lock_release(&listener->lock);
	if (rc < 0) {
		lvn_listener_destroy(listener);
		return failed(rc);
	}
	return listener;
}

struct evconnlistener *
evconnlistener_new_bind(struct event_base *base, evconnlistener_cb callback, void *arg,
    unsigned flags, int backlog, const struct sockaddr *address, int address_size)
{
	struct evconnlistener *listener;
	int fd;

	if (!base || backlog == 0 || address_size < 0)
		return misused(__func__, "no base, no backlog, or no address");
	fd = lvn_listen_socket_open(address, address_size, flags);
	if (fd < 0)
		return failed(fd);
	listener = evconnlistener_new(base, callback, arg, flags, backlog, fd);
	if (!listener) {
		int saved_errno = errno;

		lvn_io_close(fd);
		errno = saved_errno;
	}
	return listener;
}

/* The event of this listener whose callback runs right now, or is about to. */
static struct event *
running_event_locked(struct event_base *base, struct evconnlistener *listener) REQUIRES(base->lock)
{
	if (base->current.callback == &listener->on_readable.ev_evcallback)
		return &listener->on_readable;
	if (base->current.callback == &listener->on_resume.ev_evcallback)
		return &listener->on_resume;
	return NULL;
}

void
evconnlistener_free(struct evconnlistener *listener)
{
	struct event_base *base;
	struct event *running;
	evutil_socket_t fd;
	bool close_on_free;
	bool inside;

	if (!listener || is_gone(listener, __func__))
		return;
	base = listener->on_readable.ev_base;
	fd = listener->on_readable.ev_fd;
	close_on_free = listener->flags & LEV_OPT_CLOSE_ON_FREE;
	lvn_lock_acquire(&listener->lock);
	if (listener->freed) {
		lvn_lock_release(&listener->lock);
		lvn_log_misuse(__func__, "the listener is freed");
		return;
	}
	listener->freed = true;
	inside = listener->inside;
	lvn_listener_update_locked(listener);
	event_del_noblock(&listener->on_resume);
	lvn_base_enter(base);
	running = running_event_locked(base, listener);
	lvn_base_leave(base);
	if (running && !inside)
		event_finalize(0, running, on_finalized);
	lvn_lock_release(&listener->lock);

	if (close_on_free)
		lvn_io_close(fd);
	if (!running)
		lvn_listener_destroy(listener);
}

int
evconnlistener_enable(struct evconnlistener *listener)
{
	int rc;

	if (is_gone(listener, __func__))
		return -1;
	lvn_lock_acquire(&listener->lock);
	listener->enabled = true;
	rc = lvn_listener_resume_locked(listener);
	lvn_lock_release(&listener->lock);
	return rc < 0 ? -1 : 0;
}

int
evconnlistener_disable(struct evconnlistener *listener)
{
	int rc;

	if (is_gone(listener, __func__))
		return -1;
	lvn_lock_acquire(&listener->lock);
	listener->enabled = false;
	rc = lvn_listener_resume_locked(listener);
	lvn_lock_release(&listener->lock);
	return rc < 0 ? -1 : 0;
}

struct event_base *
evconnlistener_get_base(struct evconnlistener *listener)
{
	return is_gone(listener, __func__) ? NULL : listener->on_readable.ev_base;
}

evutil_socket_t
evconnlistener_get_fd(struct evconnlistener *listener)
{
	return is_gone(listener, __func__) ? -1 : listener->on_readable.ev_fd;
}

void
evconnlistener_set_cb(struct evconnlistener *listener, evconnlistener_cb callback, void *arg)
{
	if (is_gone(listener, __func__))
		return;
	lvn_lock_acquire(&listener->lock);
	listener->callback = callback;
	listener->arg = arg;
	if (lvn_listener_update_locked(listener) < 0)
		lvn_log_warnx("evconnlistener_set_cb: the listener cannot be watched");
	lvn_lock_release(&listener->lock);
}

void
evconnlistener_set_error_cb(struct evconnlistener *listener, evconnlistener_errorcb callback)
{
	if (is_gone(listener, __func__))
		return;
	lvn_lock_acquire(&listener->lock);
	listener->error_callback = callback;
	lvn_lock_release(&listener->lock);
}
