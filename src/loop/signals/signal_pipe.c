/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/signals/signal_pipe.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "base/log.h"
#include "loop/signals/signals.h"
#include "loop/wakeup.h"

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_POINTER_LOCK_FREE == 2,
    "a signal handler may use these only if they need no lock");

#define NAP_NS 20000

/*
 * Invariants:
 *   1. `lock` protects all that is not atomic.  A thread that holds it has all signals blocked,
 *      if that is allowed, so that no handler of the application can fork or longjmp.
 *   2. watcher_count[s] > 0 implies that our handler is installed, and what was there
 *      before is in previous[s].
 *   3. A base off the list may be freed once handlers_running was 0: a handler that comes later
 *      starts at `first` and cannot reach it.
 */
static struct {
	pthread_mutex_t lock;
	bool guards_fork;
	unsigned watcher_count[NSIG];
	struct sigaction previous[NSIG];
	LVN_ATOMIC(struct signals *) first;
	LVN_ATOMIC(int) handlers_running;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- what the handler does ---- */

static bool
watches(struct signals *signals, int signo)
{
	return (atomic_load(&signals->watched[signo / 32]) >> (signo % 32)) & 1;
}

static void
count(struct signals *signals, int signo)
{
	atomic_fetch_add(&signals->counts[signo], 1);
	atomic_fetch_or(&signals->pending[signo / 32], UINT32_C(1) << (signo % 32));
}

static void
wake(struct signals *signals)
{
	int write_end;

	if (atomic_exchange(&signals->raised, 1))
		return;
	write_end = atomic_load(&signals->raise_end);
	if (write_end >= 0)
		lvn_wakeup_raise(write_end);
}

void
lvn_signal_pipe_pass_on(struct signals *reader, int signo)
{
	atomic_fetch_add(&process.handlers_running, 1);
	for (struct signals *at = atomic_load(&process.first); at; at = atomic_load(&at->next)) {
		if (!watches(at, signo))
			continue;
		count(at, signo);
		if (at != reader)
			wake(at);
	}
	atomic_fetch_sub(&process.handlers_running, 1);
}

/* All that it calls keeps errno. */
static void
on_signal(int signo)
{
	lvn_signal_pipe_pass_on(NULL, signo);
}

/* ---- fork ---- */

static void
before_fork(void)
{
	pthread_mutex_lock(&process.lock);
}

static void
in_parent_after_fork(void)
{
	pthread_mutex_unlock(&process.lock);
}

/*
 * What the parent got is not the child's, and the descriptors are still the parent's.  The
 * handlers that ran on other threads of the parent do not run here.
 */
static void
in_child_after_fork(void)
{
	atomic_store(&process.handlers_running, 0);
	for (struct signals *at = atomic_load(&process.first); at; at = atomic_load(&at->next)) {
		atomic_store(&at->raise_end, -1);
		for (int word = 0; word < SIGNAL_WORDS; word++)
			atomic_store(&at->pending[word], 0);
		for (int signo = 0; signo < NSIG; signo++)
			atomic_store(&at->counts[signo], 0);
		atomic_store(&at->raised, 0);
	}
	pthread_mutex_unlock(&process.lock);
}

/* ---- the list and the handlers of the process ---- */

/* The signal mask from before; none if a sandbox does not let signals be blocked. */
struct outside {
	sigset_t mask;
	bool has_mask;
};

static struct outside
lock_process(void)
{
	struct outside outside;
	sigset_t all;

	sigfillset(&all);
	outside.has_mask = pthread_sigmask(SIG_SETMASK, &all, &outside.mask) == 0;
	pthread_mutex_lock(&process.lock);
	return outside;
}

static void
unlock_process(const struct outside *outside)
{
	pthread_mutex_unlock(&process.lock);
	if (outside->has_mask)
		pthread_sigmask(SIG_SETMASK, &outside->mask, NULL);
}

static int
guard_fork(void)
{
	int error;

	if (process.guards_fork)
		return 0;
	error = pthread_atfork(before_fork, in_parent_after_fork, in_child_after_fork);
	if (error)
		return -error;
	process.guards_fork = true;
	return 0;
}

/*
 * While a thread holds the lock it would be too late: a child forked at that moment would have
 * the lock locked.  If there is no memory now, the first to watch a signal tries again.
 */
LVN_AT_LOAD void
guard_fork_early(void)
{
	(void)guard_fork();
}

static void
put_on_list(struct signals *signals)
{
	if (signals->listed)
		return;
	atomic_store(&signals->next, atomic_load(&process.first));
	atomic_store(&process.first, signals);
	signals->listed = true;
}

static int
install_handler(int signo)
{
	struct sigaction ours;

	if (process.watcher_count[signo] == 0) {
		memset(&ours, 0, sizeof(ours));
		ours.sa_handler = on_signal;
		ours.sa_flags = SA_RESTART;
		sigfillset(&ours.sa_mask);
		if (sigaction(signo, &ours, &process.previous[signo]) < 0)
			return -errno;
	}
	process.watcher_count[signo]++;
	return 0;
}

static void
restore_handler(int signo)
{
	if (--process.watcher_count[signo] > 0)
		return;
	if (sigaction(signo, &process.previous[signo], NULL) < 0)
		lvn_log_warn("cannot restore the handler of signal %d", signo);
}

static int
watch_with_process_locked(struct signals *signals, int signo)
{
	uint32_t bit = UINT32_C(1) << (signo % 32);
	int rc = guard_fork();

	if (rc < 0)
		return rc;
	put_on_list(signals);
	/* Before the handler is there, or it would miss its first signal. */
	atomic_fetch_or(&signals->watched[signo / 32], bit);
	rc = install_handler(signo);
	if (rc < 0)
		atomic_fetch_and(&signals->watched[signo / 32], ~bit);
	return rc;
}

int
lvn_signal_pipe_watch(struct signals *signals, int signo)
{
	struct outside outside = lock_process();
	int rc = watch_with_process_locked(signals, signo);

	unlock_process(&outside);
	return rc;
}

void
lvn_signal_pipe_unwatch(struct signals *signals, int signo)
{
	struct outside outside = lock_process();

	restore_handler(signo);
	atomic_fetch_and(&signals->watched[signo / 32], ~(UINT32_C(1) << (signo % 32)));
	unlock_process(&outside);
}

/* ---- the descriptor ---- */

static void
wait_for_handlers(void)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};

	while (atomic_load(&process.handlers_running) > 0)
		nanosleep(&nap, NULL);
}

void
lvn_signal_pipe_stop_raising(struct signals *signals)
{
	atomic_store(&signals->raise_end, -1);
	wait_for_handlers();
}

void
lvn_signal_pipe_start_raising(struct signals *signals, int write_end)
{
	uint32_t pending = 0;

	/* A handler sets pending before it looks at raised: one of us two writes. */
	atomic_store(&signals->raise_end, write_end);
	atomic_store(&signals->raised, 0);
	for (int word = 0; word < SIGNAL_WORDS; word++)
		pending |= atomic_load(&signals->pending[word]);
	if (pending)
		wake(signals);
}

void
lvn_signal_pipe_leave(struct signals *signals)
{
	LVN_ATOMIC(struct signals *) *link = &process.first;
	struct outside outside;

	if (!signals->listed)
		return;
	outside = lock_process();
	while (atomic_load(link) != signals)
		link = &atomic_load(link)->next;
	atomic_store(link, atomic_load(&signals->next));
	signals->listed = false;
	unlock_process(&outside);
	wait_for_handlers();
}

const struct signals_ops lvn_signals_by_handler = {
    .name = "signal",
    .watch = lvn_signal_pipe_watch,
    .unwatch = lvn_signal_pipe_unwatch,
};
