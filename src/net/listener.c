/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>

#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/debug.h"

#define FIRST_PAUSE_US   10000
#define PAUSES_THAT_GROW 6

int
lvn_listener_new(struct event_base *base, const struct listener_events *events, unsigned flags,
    int fd, struct evconnlistener **listener_out)
{
	struct evconnlistener *listener = lvn_calloc(1, sizeof(*listener));
	int rc;

	if (!listener)
		return -ENOMEM;
	rc = lvn_lock_init(&listener->lock, flags & LEV_OPT_THREADSAFE);
	if (rc < 0) {
		lvn_free(listener);
		return rc;
	}
	lvn_debug_remember(listener);
	listener->flags = flags;
	if (flags & LEV_OPT_LEAVE_SOCKETS_BLOCKING)
		listener->how |= IO_ACCEPT_BLOCKING;
	if (!(flags & LEV_OPT_CLOSE_ON_EXEC))
		listener->how |= IO_ACCEPT_INHERITED;
	event_assign(
	    &listener->on_readable, base, fd, EV_READ | EV_PERSIST, events->on_readable, listener);
	event_assign(&listener->on_resume, base, -1, 0, events->on_resume, listener);
	*listener_out = listener;
	return 0;
}

void
lvn_listener_destroy(struct evconnlistener *listener)
{
	event_debug_unassign(&listener->on_readable);
	event_debug_unassign(&listener->on_resume);
	lvn_debug_forget(listener);
	lvn_lock_clear(&listener->lock);
	lvn_free(listener);
}

int
lvn_listener_update_locked(struct evconnlistener *listener)
{
	bool wanted =
	    listener->enabled && listener->callback && !listener->paused && !listener->freed;

	if (wanted == listener->watching)
		return 0;
	/* Nobody waits for a callback that runs: it asks again before each connection. */
	if (!wanted)
		event_del_noblock(&listener->on_readable);
	else if (event_add(&listener->on_readable, NULL) < 0)
		return errno ? -errno : -ENOMEM;
	listener->watching = wanted;
	return 0;
}

void
lvn_listener_pause_locked(struct evconnlistener *listener)
{
	struct timeval span = {0, FIRST_PAUSE_US << listener->pauses};

	/* Without a timer it is better to ask again at once than never. */
	if (event_add(&listener->on_resume, &span) < 0)
		return;
	if (listener->pauses < PAUSES_THAT_GROW)
		listener->pauses++;
	listener->paused = true;
	(void)lvn_listener_update_locked(listener);
}

int
lvn_listener_resume_locked(struct evconnlistener *listener)
{
	if (listener->paused) {
		event_del_noblock(&listener->on_resume);
		listener->paused = false;
	}
	return lvn_listener_update_locked(listener);
}
