/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a listener is, and when its descriptor is watched.
 *
 * It knows nothing of users and their callbacks, which are the door's.
 */
#ifndef LVN_NET_LISTENER_H
#define LVN_NET_LISTENER_H

#include <event2/event_struct.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"

/*
 * Everything below `lock` is protected by it.
 *
 * Invariants:
 *   1. watching  <=>  on_readable is added, or it runs
 *   2. paused  =>  !watching, and on_resume is added or runs
 *   3. watching  =>  enabled, callback is set, and !freed
 *   4. inside  <=>  a callback of the user runs
 */
struct evconnlistener {
	struct event on_readable;
	struct event on_resume;
	unsigned flags; /* LEV_OPT_ */
	unsigned how;   /* IO_ACCEPT_ */

	struct lock lock;
	bool enabled;
	bool watching;
	bool paused;
	bool freed; /* by the user, and only kept for the loop's thread, which is in it */
	bool inside;
	unsigned pauses; /* in a row, without a connection in between */
	evconnlistener_cb callback;
	void *arg;
	evconnlistener_errorcb error_callback;
};

/* The door's, on the loop's thread; their argument is the listener. */
struct listener_events {
	event_callback_fn on_readable;
	event_callback_fn on_resume;
};

/* Disabled, and without callbacks.  0 or -ENOMEM; the descriptor stays the caller's. */
int lvn_listener_new(struct event_base *base, const struct listener_events *events, unsigned flags,
    int fd, struct evconnlistener **listener_out);
/* Nothing may be added any more, and nothing run. */
void lvn_listener_destroy(struct evconnlistener *listener);

/* Watch the descriptor if there is reason to, and stop if not.  0 or -errno. */
int lvn_listener_update_locked(struct evconnlistener *listener) REQUIRES(listener->lock);

/*
 * Accepting makes no sense for a while.  The pauses grow, from 10 ms to 640 ms, until a
 * connection comes.
 */
void lvn_listener_pause_locked(struct evconnlistener *listener) REQUIRES(listener->lock);
/* The pause is over, or the user says so.  0 or -errno. */
int lvn_listener_resume_locked(struct evconnlistener *listener) REQUIRES(listener->lock);

/* Whether the next connection is to be taken. */
static inline bool
lvn_listener_wants_more_locked(const struct evconnlistener *listener) REQUIRES(listener->lock)
{
	return listener->watching;
}

#endif
