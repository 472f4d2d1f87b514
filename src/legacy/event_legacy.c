/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions of event2/event_compat.h, which work on the base that event_init made
 * last.  Forwards only.
 */
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <stddef.h>

#include "base/log.h"
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
