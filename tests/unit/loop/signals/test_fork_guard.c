/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the list of signal handlers is made safe for fork.  pthread_atfork is replaced here: it
 * fails when the library is loaded, and as long as a case wants.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "loop/signals/signals.h"
#include "support/suite.h"
#include "unit/loop/signals/signals_kit.h"

/* ThreadSanitizer calls it before it is ready for instrumented code. */
#if !LVN_THREAD_SANITIZER

#if defined(__GLIBC__)
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);
#endif

static int calls;
static int broken_atfork = ENOMEM; /* its error, 0 for none */

int
pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	calls++;
	if (broken_atfork)
		return broken_atfork;
#if defined(__GLIBC__)
	return __register_atfork(prepare, parent, child, NULL);
#else
	(void)prepare;
	(void)parent;
	(void)child;
	return 0;
#endif
}

/* A child forked while a thread watches its first signal would find the lock locked. */
TEST(fork_guard__is_asked_for_when_the_library_is_loaded)
{
	ck_assert_int_eq(calls, 1);
}

TEST_RANGE(fork_guard__without_it_nothing_is_watched, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), -ENOMEM);
	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	ck_assert(!is_blocked(SIGUSR1));

	broken_atfork = 0;
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST_RANGE(fork_guard__is_taken_once, 0, DELIVERIES)
{
	struct signals signals;

	broken_atfork = 0;
	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR2), 0);
	ck_assert_int_eq(calls, 2);
	lvn_signals_clear(&signals);
}

#endif

/* What the parent watches and has received is its own; the child watches anew. */
static void
watch_in_child(int delivery)
{
	struct signals signals;
	bool works;

	alarm((unsigned)suite_patience(10));
	init_signals(&signals, delivery);
	works = lvn_signals_watch(&signals, SIGUSR2) == 0 && raise(SIGUSR2) == 0 &&
		taken(&signals, SIGUSR2) == 1;
	lvn_signals_clear(&signals);
	_exit(works ? 0 : 1);
}

TEST_RANGE(fork_guard__child_watches_signals_of_its_own, 0, DELIVERIES)
{
	struct signals signals;
	int status;
	pid_t child;

#if !LVN_THREAD_SANITIZER
	broken_atfork = 0;
#endif
	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	child = fork();
	if (child == 0)
		watch_in_child(_i);
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}
