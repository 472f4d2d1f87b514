/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/arrivals.h"

#include <event2/event.h>

#include "loop/base.h"
#include "loop/callback.h"
#include "loop/quick.h"

/* How much may be reported ready in one turn. */
#define MOST_READY 65536

static void
activate_events_of_locked(struct event_base *base, struct fd_entry *entry, short reported)
    REQUIRES(base->lock)
{
	for (struct event *ev = entry->first; ev; ev = ev->ev_.ev_io.ev_io_next.le_next) {
		short what = ev->ev_events & reported;

		if (!what)
			continue;
		what |= ev->ev_events & EV_ET;
		if (!lvn_quick_activate_locked(base, ev, what))
			lvn_callback_activate_event_locked(base, ev, what, 1);
	}
}

void
lvn_arrivals_activate_ready_locked(struct event_base *base) REQUIRES(base->lock)
{
	struct ready_list *ready = &base->ready;
	size_t already_run = ready->at;

	for (; ready->at < ready->count; ready->at++) {
		const struct ready_fd *report = &ready->slots[ready->at];
		struct fd_entry *entry;

		if (LVN_UNLIKELY(report->what & EV_SIGNAL)) {
			lvn_callback_activate_signal_locked(base, report->fd, report->stamp);
			continue;
		}
		entry = lvn_fd_map_reported(&base->fds, report);
		if (entry)
			activate_events_of_locked(base, entry, (short)report->what);
	}
	if (ready->count == ready->capacity && ready->capacity < MOST_READY)
		(void)!lvn_ready_list_reserve(ready, ready->capacity * 2);
	ready->at = ready->count = 0;
	lvn_counts_note_peak_with(&base->counts, (int)already_run);
}

void
lvn_arrivals_activate_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (base->ready.at < base->ready.count) {
		lvn_arrivals_activate_ready_locked(base);
		base->state.interruptions |= INTERRUPTED_BY_ARRIVALS;
	}
	lvn_inbox_clear_attention(&base->inbox, ATTENTION_READY);
	if (lvn_inbox_has_mail(&base->inbox))
		lvn_callback_collect_inbox_locked(base);
}
