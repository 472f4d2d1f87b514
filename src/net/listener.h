/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a listener, which evconnlistener.c changes.
 */
#ifndef LVN_NET_LISTENER_H
#define LVN_NET_LISTENER_H

#include <event2/event_struct.h>
#include <event2/listener.h>
#include <stdbool.h>

#include "base/lock.h"

/*
 * Everything below `lock` is protected by it.
 *
 * Invariants:
 *   1. watching  <=>  on_readable is added, or it runs
 *   2. paused  =>  !watching, and on_resume is added or runs
 *   3. watching  =>  enabled, callback is set, and !freed
 *
 * Callbacks and other threads may free the listener: while one of its events runs, the memory is
 * freed by the loop.
 */
struct evconnlistener {
	unsigned flags; /* LEV_OPT_ */
	unsigned how;   /* IO_ */
	/* Debug mode knows it by another address than the listener's. */
	struct event on_readable;
	struct event on_resume;

	struct lock lock;
	bool enabled;
	bool watching;
	bool paused;
	bool freed;      /* by the user */
	unsigned pauses; /* since the last connection */
	unsigned misses; /* turns that had none, since the last connection or pause */
	evconnlistener_cb callback;
	void *arg;
	evconnlistener_errorcb error_callback;
};

#endif
