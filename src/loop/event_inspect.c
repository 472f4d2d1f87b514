/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: inspect events and bases.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>

#include "base/log.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/pending.h"
#include "loop/signals/signal_delivery.h"

#define ON_FD (EV_READ | EV_WRITE | EV_CLOSED)

/* ---- Events ------------------------------------------------------------------------- */

int
event_initialized(const struct event *ev)
{
	return (ev->ev_evcallback.evcb_flags & EVLIST_INIT) != 0;
}

evutil_socket_t
event_get_fd(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_fd") ? -1 : ev->ev_fd;
}

struct event_base *
event_get_base(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_base") ? NULL : ev->ev_base;
}

short
event_get_events(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_events") ? 0 : ev->ev_events;
}

event_callback_fn
event_get_callback(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_callback")
		   ? NULL
		   : ev->ev_evcallback.evcb_cb_union.evcb_callback;
}

void *
event_get_callback_arg(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_callback_arg") ? NULL : ev->ev_evcallback.evcb_arg;
}

int
event_get_priority(const struct event *ev)
{
	return lvn_debug_refuses(ev, "event_get_priority") ? -1 : ev->ev_evcallback.evcb_pri;
}

void
event_get_assignment(const struct event *event, struct event_base **base_out,
    evutil_socket_t *fd_out, short *events_out, event_callback_fn *callback_out, void **arg_out)
{
	if (lvn_debug_refuses(event, "event_get_assignment"))
		return;
	if (base_out)
		*base_out = event->ev_base;
	if (fd_out)
		*fd_out = event->ev_fd;
	if (events_out)
		*events_out = event->ev_events;
	if (callback_out)
		*callback_out = event->ev_evcallback.evcb_cb_union.evcb_callback;
	if (arg_out)
		*arg_out = event->ev_evcallback.evcb_arg;
}

size_t
event_get_struct_event_size(void)
{
	return sizeof(struct event);
}

int
event_pending(const struct event *ev, short events, struct timeval *tv)
{
	/* The lock serialises what the signature calls constant. */
	union {
		const struct event *given;
		struct event *ev;
	} cast = {ev};
	struct event_base *base = ev->ev_base;
	short bits;

	if (!base) {
		lvn_log_warnx("event_pending: event has no event_base set.");
		return 0;
	}
	if (lvn_debug_refuses(ev, "event_pending"))
		return 0;
	lvn_base_enter(base);
	bits = lvn_pending_bits(cast.ev);
	events &= EV_TIMEOUT | ON_FD | EV_SIGNAL;
	if (tv && (bits & events & EV_TIMEOUT))
		*tv = lvn_timeval_from_ns(
		    lvn_base_wall_of_deadline_locked(base, lvn_event_deadline(ev)));
	lvn_base_leave(base);
	return bits & events;
}

/* ---- Bases -------------------------------------------------------------------------- */

const char *
event_base_get_method(const struct event_base *eb)
{
	return eb ? lvn_base_method(eb) : NULL;
}

const char *
event_base_get_signal_method(const struct event_base *eb)
{
	return eb ? lvn_signals_method(&eb->signals) : NULL;
}

const char **
event_get_supported_methods(void)
{
	return lvn_backend_names;
}

int
event_base_get_features(const struct event_base *base)
{
	return (int)base->fds.backend->features;
}

int
event_base_get_num_events(struct event_base *eb, unsigned int flags)
{
	int count = 0;

	lvn_base_enter(eb);
	if (flags & EVENT_BASE_COUNT_ACTIVE)
		count += eb->statistics.active;
	if (flags & EVENT_BASE_COUNT_VIRTUAL)
		count += eb->statistics.virtual_;
	if (flags & EVENT_BASE_COUNT_ADDED)
		count += lvn_statistics_added(&eb->statistics);
	lvn_base_leave(eb);
	return count;
}

static int
take_peak(int *peak, int clear)
{
	int value = *peak;

	if (clear)
		*peak = 0;
	return value;
}

int
event_base_get_max_events(struct event_base *eb, unsigned int flags, int clear)
{
	int count = 0;

	lvn_base_enter(eb);
	if (flags & EVENT_BASE_COUNT_ACTIVE)
		count += take_peak(&eb->statistics.most.active, clear);
	if (flags & EVENT_BASE_COUNT_VIRTUAL)
		count += take_peak(&eb->statistics.most.virtual_, clear);
	if (flags & EVENT_BASE_COUNT_ADDED)
		count += take_peak(&eb->statistics.most.added, clear);
	lvn_base_leave(eb);
	return count;
}

struct event *
event_base_get_running_event(struct event_base *base)
{
	struct event_callback *callback;
	struct event *ev = NULL;

	lvn_base_enter(base);
	callback = base->current.callback;
	if (callback && lvn_base_is_in_loop_thread(base) && base->current.is_event)
		ev = lvn_event_of(callback);
	lvn_base_leave(base);
	return ev;
}

/* ---- Walking ------------------------------------------------------------------------ */

struct walk {
	const struct event_base *base;
	event_base_foreach_event_cb visit;
	void *arg;
	unsigned skip; /* EVLIST_ flags of events that were visited elsewhere */
};

static int
visit_one(struct event *ev, void *context)
{
	struct walk *walk = context;

	if (*lvn_event_flags(ev) & walk->skip)
		return 0;
	return walk->visit(walk->base, ev, walk->arg);
}

static int
visit_active(struct event_base *base, struct walk *walk)
{
	for (int i = 0; i < base->active.count; i++) {
		struct event_callback *next;

		for (struct event_callback *callback = base->active.queues[i].first; callback;
		     callback = next) {
			int rc;

			next = callback->evcb_active_next.tqe_next;
			if ((*lvn_callback_flags(callback) &
				(EVLIST_INIT | EVLIST_INSERTED | EVLIST_TIMEOUT)) != EVLIST_INIT)
				continue;
			rc = visit_one(lvn_event_of(callback), walk);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int
walk_locked(struct event_base *base, event_base_foreach_event_cb visit, void *arg)
    REQUIRES(base->lock)
{
	struct walk walk = {base, visit, arg, 0};
	int rc = lvn_fd_map_each(&base->fds, visit_one, &walk);

	if (rc == 0)
		rc = lvn_signal_delivery_each_locked(base, visit_one, &walk);
	walk.skip = EVLIST_INSERTED;
	if (rc == 0)
		rc = lvn_timers_each(&base->timers, visit_one, &walk);
	walk.skip = 0;
	return rc ? rc : visit_active(base, &walk);
}

int
event_base_foreach_event(struct event_base *base, event_base_foreach_event_cb fn, void *arg)
{
	int rc;

	if (!fn || !base)
		return -1;
	lvn_base_enter(base);
	rc = walk_locked(base, fn, arg);
	lvn_base_leave(base);
	return rc;
}

static const char *
if_set(const struct event *ev, short bit, const char *text)
{
	return ev->ev_events & bit ? text : "";
}

static int
dump_pending(const struct event_base *base, const struct event *ev, void *arg)
{
	const bool is_signal = ev->ev_events & EV_SIGNAL;
	const short flags = ev->ev_evcallback.evcb_flags;
	FILE *output = arg;

	if (!(flags & (EVLIST_INSERTED | EVLIST_TIMEOUT)))
		return 0;
	fprintf(output, "  %p [%s %d]%s%s%s%s%s%s%s", (const void *)ev, is_signal ? "sig" : "fd ",
	    ev->ev_fd, if_set(ev, EV_READ, " Read"), if_set(ev, EV_WRITE, " Write"),
	    if_set(ev, EV_CLOSED, " EOF"), if_set(ev, EV_SIGNAL, " Signal"),
	    if_set(ev, EV_PERSIST, " Persist"), if_set(ev, EV_ET, " ET"),
	    flags & EVLIST_INTERNAL ? " Internal" : "");
	if (flags & EVLIST_TIMEOUT) {
		struct timeval tv =
		    lvn_timeval_from_ns(lvn_event_deadline(ev) + base->wall_diff_ns);

		fprintf(
		    output, " Timeout=%ld.%06d", (long)tv.tv_sec, (int)(tv.tv_usec & 0x000fffff));
	}
	fputc('\n', output);
	return 0;
}

static int
dump_active(const struct event_base *base, const struct event *ev, void *arg)
{
	const bool is_signal = ev->ev_events & EV_SIGNAL;
	const short flags = ev->ev_evcallback.evcb_flags;
	const short what = ev->ev_res;
	FILE *output = arg;

	(void)base;
	if (!(flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER)))
		return 0;
	fprintf(output, "  %p [%s %d, priority=%d]%s%s%s%s%s active%s\n", (const void *)ev,
	    is_signal ? "sig" : "fd ", ev->ev_fd, ev->ev_evcallback.evcb_pri,
	    what & EV_READ ? " Read" : "", what & EV_WRITE ? " Write" : "",
	    what & EV_CLOSED ? " EOF" : "", what & EV_SIGNAL ? " Signal" : "",
	    what & EV_TIMEOUT ? " Timeout" : "", flags & EVLIST_INTERNAL ? " [Internal]" : "");
	return 0;
}

void
event_base_dump_events(struct event_base *base, FILE *output)
{
	lvn_base_enter(base);
	(void)lvn_base_wall_locked(base, 0);
	fprintf(output, "Inserted events:\n");
	walk_locked(base, dump_pending, output);
	fprintf(output, "Active events:\n");
	walk_locked(base, dump_active, output);
	lvn_base_leave(base);
}

/* ---- Activating what waits for something --------------------------------------------- */

static void
activate_on_fd_locked(struct event_base *base, evutil_socket_t fd, short events)
    REQUIRES(base->lock)
{
	struct fd_entry *entry = fd < 0 ? NULL : lvn_fd_map_entry(&base->fds, fd);

	for (struct event *ev = entry ? entry->first : NULL; ev; ev = lvn_event_next(ev))
		if (ev->ev_events & events & ON_FD)
			lvn_callback_activate_event_locked(
			    base, ev, ev->ev_events & events & ON_FD, 1);
}

static int
activate_if_on_fd(struct event *ev, void *context)
{
	const evutil_socket_t *fd = context;

	if (ev->ev_fd == *fd && !(ev->ev_events & EV_SIGNAL))
		lvn_callback_activate_event_locked(ev->ev_base, ev, EV_TIMEOUT, 1);
	return 0;
}

void
event_base_active_by_fd(struct event_base *base, evutil_socket_t fd, short events)
{
	lvn_base_enter(base);
	if (events & EV_TIMEOUT)
		lvn_timers_each(&base->timers, activate_if_on_fd, &fd);
	else
		activate_on_fd_locked(base, fd, events);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
}

void
event_base_active_by_signal(struct event_base *base, int sig)
{
	lvn_base_enter(base);
	lvn_signal_delivery_report_locked(base, sig, 1);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
}
