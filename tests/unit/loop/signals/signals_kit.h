/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of signals have in common.  All functions fail the case by themselves.
 */
#ifndef LEVIN_TESTS_UNIT_LOOP_SIGNALS_KIT_H
#define LEVIN_TESTS_UNIT_LOOP_SIGNALS_KIT_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "base/platform.h"
#include "loop/signals/signals.h"
#include "support/suite.h"

enum delivery { BY_HANDLER, BY_SIGNALFD, DELIVERIES = LVN_HAVE_SIGNALFD ? 2 : 1 };

static inline void
init_signals(struct signals *signals, int delivery)
{
	lvn_signals_init(signals, delivery == BY_SIGNALFD);
	ck_assert_str_eq(
	    lvn_signals_method(signals), delivery == BY_SIGNALFD ? "signalfd_signal" : "signal");
}

/* The descriptors of a base, as its loop would wait for them. */
static inline bool
wait_for(const struct signals *signals, int timeout_ms)
{
	struct pollfd slots[SIGNAL_DESCRIPTORS];
	int n;

	for (int i = 0; i < SIGNAL_DESCRIPTORS; i++)
		slots[i] = (struct pollfd){lvn_signals_descriptor(signals, i), POLLIN, 0};
	do
		n = poll(slots, SIGNAL_DESCRIPTORS, timeout_ms);
	while (n < 0 && errno == EINTR);
	ck_assert_int_ge(n, 0);
	return n > 0;
}

static inline bool
is_awake(const struct signals *signals)
{
	return wait_for(signals, 0);
}

/* How often the signal came; fails if another came too. */
static inline uint32_t
taken(struct signals *signals, int signo)
{
	struct signal_count counts[NSIG];
	size_t n = lvn_signals_take(signals, counts);

	if (n == 0)
		return 0;
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(counts[0].signo, signo);
	return counts[0].count;
}

static inline struct sigaction
handler_of(int signo)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	ck_assert_int_eq(sigaction(signo, NULL, &action), 0);
	return action;
}

static inline bool
is_blocked(int signo)
{
	sigset_t mask;

	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	return sigismember(&mask, signo) == 1;
}

static inline void
block(int signo, int how)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, signo);
	ck_assert_int_eq(pthread_sigmask(how, &mask, NULL), 0);
}

#endif
