/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delivery of signals by a signalfd, which saves running a handler.
 *
 * A watched signal is blocked in the thread that watches it and read from the descriptor.
 * A signalfd gives each signal to one reader only, and never sees what the kernel delivers
 * to a thread that does not block it.  So the reader passes on to other bases, and our
 * handler is installed as well.
 */
#include "base/platform.h"

#if LVN_HAVE_SIGNALFD

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "loop/signals/signal_pipe.h"
#include "loop/signals/signals.h"

/* What one reading takes; the descriptor stays readable if there is more. */
#define BATCH 16

static sigset_t
watched_set(const struct signals *signals)
{
	sigset_t set;

	sigemptyset(&set);
	for (int signo = 1; signo < NSIG; signo++) {
		if ((atomic_load(&signals->watched[signo / 32]) >> (signo % 32)) & 1)
			sigaddset(&set, signo);
	}
	return set;
}

/*
 * In a child before reinit the descriptor has its mask in common with the parent's: it is
 * left alone, and the handler counts.
 */
static bool
is_of_this_process(const struct signals *signals)
{
	return signals->signal_fd_owner == getpid();
}

static int
set_mask(const struct signals *signals, const sigset_t *set)
{
	return signalfd(signals->signal_fd, set, SFD_CLOEXEC | SFD_NONBLOCK) < 0 ? -errno : 0;
}

/* Where that is refused, the handler gets them. */
static void
block(struct signals *signals, const sigset_t *set)
{
	sigset_t before;

	if (pthread_sigmask(SIG_BLOCK, set, &before) != 0)
		return;
	for (int signo = 1; signo < NSIG; signo++) {
		if (sigismember(set, signo) == 1 && sigismember(&before, signo) == 0)
			signals->blocked_by_us[signo / 32] |= UINT32_C(1) << (signo % 32);
	}
}

/* What was pending reaches our handler now, which must still be installed. */
static void
unblock(struct signals *signals, const sigset_t *set)
{
	sigset_t ours;
	bool any = false;

	sigemptyset(&ours);
	for (int signo = 1; signo < NSIG; signo++) {
		uint32_t bit = UINT32_C(1) << (signo % 32);

		if (sigismember(set, signo) != 1 || !(signals->blocked_by_us[signo / 32] & bit))
			continue;
		signals->blocked_by_us[signo / 32] &= ~bit;
		sigaddset(&ours, signo);
		any = true;
	}
	if (any)
		pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

static int
open_signalfd(struct signals *signals)
{
	sigset_t watched = watched_set(signals);
	int fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	signals->signal_fd = fd;
	signals->signal_fd_owner = getpid();
	block(signals, &watched);
	return 0;
}

static void
close_signalfd(struct signals *signals)
{
	sigset_t watched = watched_set(signals);

	close(signals->signal_fd);
	signals->signal_fd = -1;
	unblock(signals, &watched);
}

static int
watch(struct signals *signals, int signo)
{
	sigset_t watched, added;
	int rc = lvn_signal_pipe_watch(signals, signo);

	if (rc < 0 || !is_of_this_process(signals))
		return rc;
	watched = watched_set(signals);
	rc = set_mask(signals, &watched);
	if (rc < 0) {
		lvn_signal_pipe_unwatch(signals, signo);
		return rc;
	}
	sigemptyset(&added);
	sigaddset(&added, signo);
	block(signals, &added);
	return 0;
}

static void
unwatch(struct signals *signals, int signo)
{
	sigset_t removed, others = watched_set(signals);

	sigemptyset(&removed);
	sigaddset(&removed, signo);
	unblock(signals, &removed);
	sigdelset(&others, signo);
	if (is_of_this_process(signals))
		set_mask(signals, &others);
	lvn_signal_pipe_unwatch(signals, signo);
}

static bool
gather(struct signals *signals)
{
	struct signalfd_siginfo batch[BATCH];
	int saved_errno = errno;
	ssize_t got = read(signals->signal_fd, batch, sizeof(batch));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(batch[0]); i++)
		lvn_signal_pipe_pass_on(signals, (int)batch[i].ssi_signo);
	errno = saved_errno;
	return got > 0;
}

const struct signals_ops lvn_signals_by_signalfd = {
    .name = "signalfd_signal",
    .open = open_signalfd,
    .close = close_signalfd,
    .watch = watch,
    .unwatch = unwatch,
    .gather = gather,
};

#else
_Static_assert(!LVN_HAVE_SIGNALFD, "a translation unit must not be empty");
#endif
