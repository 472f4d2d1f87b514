/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals by both deliveries, and over a fork, while every allocation and every system call
 * fails once.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture/torture.h"

static void
raise_one(int signo)
{
	faults_pause();
	ck_assert_int_eq(raise(signo), 0);
	faults_resume();
}

/* What a failure to restore may have left. */
static void
make_default(int signo)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	faults_pause();
	sigemptyset(&set);
	sigaddset(&set, signo);
	sigaction(signo, &action, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	faults_resume();
}

static void
expect_default(int signo)
{
	struct sigaction action;
	sigset_t mask;

	faults_pause();
	ck_assert_int_eq(sigaction(signo, NULL, &action), 0);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	faults_resume();
	EXPECT(sigismember(&mask, signo) == 0);
	EXPECT(action.sa_handler == SIG_DFL || faults_injected());
}

static struct event *
hear(struct event_base *base, int signo, int *count)
{
	struct event *ev;

	TRY_NEW(ev, evsignal_new(base, signo, torture_count, count));
	TRY(event_add(ev, NULL));
	return ev;
}

static void
hear_signals(const struct configuration *configuration)
{
	bool by_signalfd = configuration->flags & EVENT_BASE_FLAG_USE_SIGNALFD;
	struct event_base *base, *other;
	int usr1 = 0, usr2 = 0, other_usr1 = 0;
	struct event *first, *second, *third;
	struct event last;

	make_default(SIGUSR1);
	make_default(SIGUSR2);
	base = torture_base(configuration);
	/* What one thread blocks for a signalfd does not reach another base's handler there. */
	other = by_signalfd ? base : torture_base(configuration);
	first = hear(base, SIGUSR1, &usr1);
	second = hear(base, SIGUSR2, &usr2);
	third = hear(other, SIGUSR1, &other_usr1);
	for (int i = 1; i < 4; i++) {
		raise_one(SIGUSR1);
		torture_run(base, &usr1, i);
		torture_run(other, &other_usr1, i);
		raise_one(SIGUSR2);
		torture_run(base, &usr2, i);
	}
	EXPECT(usr1 == 3 && usr2 == 3 && other_usr1 == 3);
	TRY(event_del(first));
	raise_one(SIGUSR1);
	torture_run(other, &other_usr1, 4);
	TRY(event_add(first, SPAN_MS(100000)));
	raise_one(SIGUSR1);
	torture_run(other, &other_usr1, 5);
	torture_run(base, &usr1, 4);
	event_free(third);
	raise_one(SIGUSR1);
	torture_run(base, &usr1, 5);
	event_free(first);
	event_free(second);
	expect_default(SIGUSR1);
	expect_default(SIGUSR2);
	/* Freed with its base. */
	TRY(evsignal_assign(&last, other, SIGUSR1, torture_count, &usr1));
	TRY(event_add(&last, NULL));
	event_base_free(other);
	expect_default(SIGUSR1);
	event_debug_unassign(&last);
	if (other != base)
		event_base_free(base);
}

static void
hear_signals_in_child(const struct configuration *configuration)
{
	struct event_base *base;
	struct event *ev;
	int count = 0, status;
	pid_t child;

	make_default(SIGUSR1);
	base = torture_base(configuration);
	ev = hear(base, SIGUSR1, &count);
	raise_one(SIGUSR1);
	torture_run(base, &count, 1);
	child = fork();
	if (child == 0) {
		TRY(event_reinit(base));
		raise_one(SIGUSR1);
		torture_run(base, &count, 2);
		raise_one(SIGUSR1);
		torture_run(base, &count, 3);
		event_free(ev);
		event_base_free(base);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	EXPECT(status == 0);
	raise_one(SIGUSR1);
	torture_run(base, &count, 2);
	EXPECT(count == 2);
	event_free(ev);
	event_base_free(base);
}

static const struct configuration deliveries[] = {
    {.flags = 0},
    {.flags = EVENT_BASE_FLAG_USE_SIGNALFD},
    {.flags = 0, .without = {"eventfd"}},
    {.flags = 0, .without = {"pthread_sigmask"}},
    {.flags = EVENT_BASE_FLAG_USE_SIGNALFD, .without = {"pthread_sigmask"}},
};

enum { DELIVERIES_COUNT = sizeof(deliveries) / sizeof(deliveries[0]) };

static struct configuration
configuration_of(int i)
{
	struct configuration configuration = deliveries[i % DELIVERIES_COUNT];

	configuration.backend = backend_under_test(i / DELIVERIES_COUNT);
	return configuration;
}

TEST_RANGE(signals__survive_every_failure, 0, (backends_under_test_count() * DELIVERIES_COUNT))
{
	struct configuration configuration = configuration_of(_i);

	torture(hear_signals, &configuration);
}

TEST_RANGE(signals__after_a_fork_survive_every_failure, 0,
    (backends_under_test_count() * DELIVERIES_COUNT))
{
	struct configuration configuration = configuration_of(_i);

	torture(hear_signals_in_child, &configuration);
}
