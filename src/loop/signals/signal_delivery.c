/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/signals/signal_delivery.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/callback.h"

/* The newest event of a signal, or NULL. */
static struct event *
first_of(const struct event_base *base, int signo)
{
	return base->signal_events && signo >= 0 && signo < NSIG ? base->signal_events[signo]
								 : NULL;
}

void
lvn_signal_delivery_report_locked(struct event_base *base, int signo, unsigned times)
{
	short calls = (short)(times > SHRT_MAX ? SHRT_MAX : times);

	for (struct event *ev = first_of(base, signo); ev; ev = lvn_event_next(ev))
		lvn_callback_activate_event_locked(base, ev, EV_SIGNAL, calls);
}

void
lvn_signal_delivery_take_locked(struct event_base *base)
{
	struct signal_count counts[NSIG];
	size_t found = lvn_signals_take(&base->signals, counts);

	for (size_t i = 0; i < found; i++)
		lvn_signal_delivery_report_locked(base, counts[i].signo, counts[i].count);
}

/* Of the internal events on the descriptors of `signals`; runs with the lock held. */
static void
on_signals_arrived(struct event_callback *callback, void *arg)
{
	struct event_base *base = arg;

	(void)callback;
	lvn_lock_assume_held(&base->lock);
	lvn_signal_delivery_take_locked(base);
}

void
lvn_signal_delivery_activate_locked(struct event_base *base)
{
	struct event *reader = &base->signal_readers[0];

	if (*lvn_event_flags(reader) & EVLIST_INSERTED)
		lvn_callback_activate_event_locked(base, reader, EV_READ, 1);
}

static void
stop_reading_locked(struct event_base *base, struct event *reader) REQUIRES(base->lock)
{
	lvn_callback_cancel_locked(base, &reader->ev_evcallback);
	if (*lvn_event_flags(reader) & EVLIST_INSERTED)
		lvn_fd_map_del(&base->fds, reader);
	*lvn_event_flags(reader) &= (uint8_t)~EVLIST_INSERTED;
}

static int
read_from_locked(struct event_base *base, struct event *reader, int fd) REQUIRES(base->lock)
{
	int rc;

	if ((*lvn_event_flags(reader) & EVLIST_INSERTED) && reader->ev_fd == fd)
		return 0;
	stop_reading_locked(base, reader);
	if (fd < 0)
		return 0;
	*reader = (struct event){
	    .ev_evcallback = {.evcb_closure = CLOSURE_INTERNAL,
		.evcb_cb_union.evcb_selfcb = on_signals_arrived,
		.evcb_arg = base},
	    .ev_fd = fd,
	    .ev_base = base,
	    .ev_events = EV_READ | EV_PERSIST,
	};
	rc = lvn_fd_map_add(&base->fds, reader);
	if (rc == 0)
		*lvn_event_flags(reader) = EVLIST_INIT | EVLIST_INTERNAL | EVLIST_INSERTED;
	return rc;
}

int
lvn_signal_delivery_resume_locked(struct event_base *base)
{
	for (int i = 0; i < SIGNAL_DESCRIPTORS; i++) {
		int rc = read_from_locked(
		    base, &base->signal_readers[i], lvn_signals_descriptor(&base->signals, i));

		if (rc < 0)
			return rc;
	}
	return 0;
}

int
lvn_signal_delivery_add_locked(struct event_base *base, struct event *ev)
{
	int signo = ev->ev_fd;
	int rc;

	if (signo < 0)
		return -EBADF;
	if (signo >= NSIG)
		return -EINVAL;
	if (!base->signal_events)
		base->signal_events = lvn_calloc(NSIG, sizeof(*base->signal_events));
	if (!base->signal_events)
		return -ENOMEM;
	if (!base->fds.backend->delivers_signals && !first_of(base, signo)) {
		rc = lvn_signals_watch(&base->signals, signo);
		if (rc < 0) {
			errno = -rc;
			lvn_log_warn("sigaction");
			return rc;
		}
		rc = lvn_signal_delivery_resume_locked(base);
		if (rc < 0) {
			lvn_signals_unwatch(&base->signals, signo);
			return rc;
		}
	}
	lvn_event_link(&base->signal_events[signo], ev);
	return 0;
}

void
lvn_signal_delivery_del_locked(struct event_base *base, struct event *ev)
{
	lvn_event_unlink(&base->signal_events[ev->ev_fd], ev);
	if (!base->fds.backend->delivers_signals && !first_of(base, ev->ev_fd))
		lvn_signals_unwatch(&base->signals, ev->ev_fd);
}

int
lvn_signal_delivery_reopen_locked(struct event_base *base)
{
	int rc = lvn_signals_reinit(&base->signals);

	for (int i = 0; i < SIGNAL_DESCRIPTORS; i++)
		stop_reading_locked(base, &base->signal_readers[i]);
	return rc;
}

void
lvn_signal_delivery_close_locked(struct event_base *base)
{
	for (int i = 0; i < SIGNAL_DESCRIPTORS; i++)
		stop_reading_locked(base, &base->signal_readers[i]);
	lvn_signals_clear(&base->signals);
	lvn_free(base->signal_events);
}

int
lvn_signal_delivery_each_locked(
    struct event_base *base, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (int signo = 0; base->signal_events && signo < NSIG && rc == 0; signo++)
		rc = lvn_event_each(base->signal_events[signo], visit, context);
	return rc;
}
