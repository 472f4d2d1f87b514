/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/signals/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/atomic.h"
#include "base/log.h"
#include "base/platform.h"
#include "loop/signals/signal_pipe.h"
#include "loop/wakeup.h"

static bool
is_watched(const struct signals *signals, int signo)
{
	return (atomic_load(&signals->watched[signo / 32]) >> (signo % 32)) & 1;
}

static bool
can_be_caught(int signo)
{
	return signo > 0 && signo < NSIG && signo != SIGKILL && signo != SIGSTOP;
}

/* The handler stands behind every delivery, so that it can always take over. */
static void
fall_back_to_handler(struct signals *signals, int rc)
{
	lvn_log_debug("signals: no %s (error %d), using a handler", signals->ops->name, -rc);
	signals->ops = &lvn_signals_by_handler;
}

static void
open_delivery(struct signals *signals)
{
	int rc = signals->ops->open ? signals->ops->open(signals) : 0;

	if (rc < 0)
		fall_back_to_handler(signals, rc);
}

static void
close_delivery(struct signals *signals)
{
	if (signals->ops->close)
		signals->ops->close(signals);
}

static int
open_wakeup(struct signals *signals)
{
	int rc;

	if (signals->wakeup.is_open)
		return 0;
	rc = lvn_wakeup_open(&signals->wakeup);
	if (rc < 0)
		return rc;
	signals->reports_sleep = false;
	signals->is_raised = false;
	lvn_signal_pipe_start_raising(signals, signals->wakeup.write_end);
	return 0;
}

void
lvn_signals_init(struct signals *signals, bool prefer_signalfd)
{
	signals->ops = &lvn_signals_by_handler;
#if LVN_HAVE_SIGNALFD
	if (prefer_signalfd)
		signals->ops = &lvn_signals_by_signalfd;
#else
	(void)prefer_signalfd;
#endif
	atomic_init(&signals->next, NULL);
	atomic_init(&signals->raise_end, -1);
	atomic_init(&signals->raised, 0);
	for (int word = 0; word < SIGNAL_WORDS; word++) {
		atomic_init(&signals->watched[word], 0);
		atomic_init(&signals->pending[word], 0);
		signals->blocked_by_us[word] = 0;
	}
	for (int signo = 0; signo < NSIG; signo++)
		atomic_init(&signals->counts[signo], 0);
	signals->wakeup = (struct wakeup){.is_open = false};
	signals->listed = false;
	signals->reports_sleep = false;
	signals->is_raised = false;
	signals->signal_fd = -1;
	signals->signal_fd_owner = 0;
	open_delivery(signals);
}

void
lvn_signals_clear(struct signals *signals)
{
	if (!signals->ops)
		return;
	for (int signo = 1; signals->listed && signo < NSIG; signo++)
		lvn_signals_unwatch(signals, signo);
	close_delivery(signals);
	lvn_signal_pipe_leave(signals);
	lvn_wakeup_close(&signals->wakeup);
	signals->ops = NULL;
}

int
lvn_signals_watch(struct signals *signals, int signo)
{
	int rc;

	if (!can_be_caught(signo))
		return -EINVAL;
	rc = open_wakeup(signals);
	if (rc < 0 || is_watched(signals, signo))
		return rc;
	return signals->ops->watch(signals, signo);
}

void
lvn_signals_unwatch(struct signals *signals, int signo)
{
	if (can_be_caught(signo) && is_watched(signals, signo))
		signals->ops->unwatch(signals, signo);
}

int
lvn_signals_descriptor(const struct signals *signals, int which)
{
	int wakeup_end = signals->wakeup.is_open ? signals->wakeup.read_end : -1;

	LVN_ASSERT(which >= 0 && which < SIGNAL_DESCRIPTORS);
	if (signals->signal_fd < 0)
		return which == 0 ? wakeup_end : -1;
	return which == 0 ? signals->signal_fd : wakeup_end;
}

static bool
have_arrived(struct signals *signals)
{
	for (int word = 0; word < SIGNAL_WORDS; word++) {
		if (atomic_load(&signals->pending[word]))
			return true;
	}
	return false;
}

bool
lvn_signals_before_sleep(struct signals *signals)
{
	bool was_raised;

	if (!signals->listed)
		return true;
	/* The handler sets pending before it looks at raised: one of us two notices. */
	was_raised = atomic_exchange(&signals->raised, 0);
	if (!signals->reports_sleep)
		signals->is_raised = was_raised;
	signals->reports_sleep = true;
	return !have_arrived(signals);
}

void
lvn_signals_after_sleep(struct signals *signals)
{
	if (signals->reports_sleep && atomic_exchange(&signals->raised, 1))
		signals->is_raised = true;
}

bool
lvn_signals_came_quietly(struct signals *signals)
{
	return signals->reports_sleep && !signals->is_raised && have_arrived(signals);
}

/*
 * A handler that set raised may write only after we have looked.  So a descriptor can be
 * readable without any other sign of it, and is emptied also when nothing has arrived.
 */
static bool
wakeup_may_be_readable(struct signals *signals, bool gathered)
{
	bool raised = signals->reports_sleep ? signals->is_raised : atomic_load(&signals->raised);

	return raised || (!gathered && !have_arrived(signals));
}

/* Emptied before raised is cleared: a handler after that writes again. */
static void
empty_wakeup(struct signals *signals)
{
	if (atomic_load(&signals->raise_end) < 0)
		return;
	lvn_wakeup_drain(signals->wakeup.read_end);
	signals->is_raised = false;
	if (!signals->reports_sleep)
		atomic_store(&signals->raised, 0);
}

size_t
lvn_signals_take(struct signals *signals, struct signal_count *counts_out)
{
	bool gathered = signals->ops->gather && signals->ops->gather(signals);
	size_t taken = 0;

	if (wakeup_may_be_readable(signals, gathered))
		empty_wakeup(signals);
	for (int word = 0; word < SIGNAL_WORDS; word++) {
		uint32_t bits = atomic_load(&signals->pending[word]);

		if (bits)
			bits = atomic_exchange(&signals->pending[word], 0);
		for (; bits; bits &= bits - 1) {
			int signo = word * 32 + __builtin_ctz(bits);
			uint32_t count = atomic_exchange(&signals->counts[signo], 0);

			if (count > 0 && is_watched(signals, signo))
				counts_out[taken++] = (struct signal_count){signo, count};
		}
	}
	return taken;
}

int
lvn_signals_reinit(struct signals *signals)
{
	int rc;

	if (!signals->listed && !signals->ops->open)
		return 0;
	lvn_signal_pipe_stop_raising(signals);
	lvn_wakeup_close(&signals->wakeup);
	close_delivery(signals);
	rc = signals->listed ? open_wakeup(signals) : 0;
	open_delivery(signals);
	return rc;
}

const char *
lvn_signals_method(const struct signals *signals)
{
	return signals->ops->name;
}
