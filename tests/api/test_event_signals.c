/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signal events, delivered by a handler and by a signal descriptor.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static struct seen seen, other_seen;

/* Every other time by a signal descriptor. */
static struct event_base *
new_base(bool by_descriptor)
{
	struct event_config *config = config_on(backend);

	if (by_descriptor)
		event_config_set_flag(config, EVENT_BASE_FLAG_USE_SIGNALFD);
	return base_from(backend, config);
}

static void
set_up(int i, bool by_descriptor)
{
	backend = backend_under_test(i);
	base = new_base(by_descriptor);
	ck_assert_str_eq(event_base_get_signal_method(base),
	    by_descriptor && LVN_HAVE_SIGNALFD ? "signalfd_signal" : "signal");
}

static void
send_signal(int signo)
{
	if (backend_is_simulated(backend))
		levin_sim_raise(simulation_under_test(), signo, 0);
	else
		ck_assert_int_eq(raise(signo), 0);
}

static struct event *
on_signal(int signo, event_callback_fn callback, void *arg)
{
	struct event *ev = evsignal_new(base, signo, callback, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

TEST_ON_BACKENDS(signals__signal_calls_its_event)
{
	for (int by_descriptor = 0; by_descriptor < 2; by_descriptor++) {
		struct event *ev;

		set_up(_i, by_descriptor);
		seen.calls = 0;
		ev = on_signal(SIGUSR1, see, &seen);
		ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), EV_SIGNAL);
		ck_assert_int_eq(event_get_signal(ev), SIGUSR1);
		turn(base);
		ck_assert_int_eq(seen.calls, 0);

		send_signal(SIGUSR1);
		turn(base);

		ck_assert_int_eq(seen.calls, 1);
		ck_assert_int_eq(seen.what, EV_SIGNAL);
		ck_assert_int_eq(seen.fd, SIGUSR1);
		send_signal(SIGUSR1);
		turn(base);
		ck_assert_int_eq(seen.calls, 2);
		event_free(ev);
		event_base_free(base);
	}
}

TEST_EVERYWHERE(signals__signal_that_came_often_calls_often)
{
	struct event *ev;

	set_up(_i, false);
	ev = on_signal(SIGUSR1, see, &seen);
	for (int i = 0; i < 5; i++)
		send_signal(SIGUSR1);

	turn(base);

	ck_assert_int_eq(seen.calls, 5);
	event_free(ev);
	event_base_free(base);
}

static void
spell_once_and_delete(evutil_socket_t fd, short what, void *ev)
{
	spell(fd, what, word("s"));
	event_del(ev);
}

TEST_EVERYWHERE(signals__deleted_signal_event_gets_no_further_calls)
{
	struct event *ev;

	set_up(_i, false);
	ev = on_signal(SIGUSR1, spell_once_and_delete, event_self_cbarg());
	for (int i = 0; i < 5; i++)
		send_signal(SIGUSR1);

	turn(base);

	ck_assert_str_eq(spelled(), "s");
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(signals__broken_loop_ends_the_calls_of_a_signal)
{
	struct event *ev;
	struct evwatch *watch;
	int turns;

	set_up(_i, false);
	watch = count_turns(base, &turns);
	ev = on_signal(SIGUSR1, break_loop, base);
	send_signal(SIGUSR1);
	send_signal(SIGUSR1);

	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert(!event_base_got_break(base));

	event_free(ev);
	evwatch_free(watch);
	event_base_free(base);
}

TEST_ON_BACKENDS(signals__run_in_the_order_of_their_numbers_newest_event_first)
{
	struct event *events[3];

	set_up(_i, false);
	events[0] = on_signal(SIGUSR2, spell, word("2"));
	events[1] = on_signal(SIGUSR1, spell, word("1"));
	events[2] = on_signal(SIGUSR1, spell, word("n"));
	send_signal(SIGUSR2);
	send_signal(SIGUSR1);

	turn(base);

	ck_assert_str_eq(spelled(), SIGUSR1 < SIGUSR2 ? "n12" : "2n1");
	for (int i = 0; i < 3; i++)
		event_free(events[i]);
	event_base_free(base);
}

TEST_EVERYWHERE(signals__signal_event_that_does_not_persist_runs_once)
{
	struct event *ev;

	set_up(_i, false);
	ev = event_new(base, SIGUSR1, EV_SIGNAL, see, &seen);
	event_add(ev, NULL);
	send_signal(SIGUSR1);
	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(signals__signal_event_may_time_out)
{
	struct event *ev;

	set_up(_i, false);
	ev = event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, see, &seen);
	event_add(ev, MS(1));

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(signals__active_signal_event_keeps_its_calls_when_its_timeout_is_removed)
{
	struct event *ev;

	set_up(_i, false);
	ev = event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, see, &seen);
	event_add(ev, MS(1000000));
	event_active(ev, EV_SIGNAL, 2);
	event_remove_timer(ev);

	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(signals__calls_of_a_signal_event_made_active_are_counted)
{
	struct event *ev;

	set_up(_i, false);
	ev = on_signal(SIGUSR1, see, &seen);
	event_active(ev, EV_SIGNAL, 3);
	turn(base);
	ck_assert_int_eq(seen.calls, 3);

	event_active(ev, EV_SIGNAL, 0);
	turn(base);
	ck_assert_int_eq(seen.calls, 3);
	event_free(ev);
	event_base_free(base);
}

static void
send_once(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	send_signal(SIGUSR1);
	spell_text("t");
}

TEST_EVERYWHERE(signals__signal_sent_by_a_callback_is_delivered_soon)
{
	struct event *ev;

	set_up(_i, false);
	ev = on_signal(SIGUSR1, spell, word("s"));
	event_base_once(base, -1, EV_TIMEOUT, send_once, NULL, MS(1));

	event_base_loop(base, EVLOOP_ONCE);
	turn(base);

	ck_assert_str_eq(spelled(), "ts");
	event_free(ev);
	event_base_free(base);
}

/* ---- Real signals only ---- */

static void *
send_to_process(void *arg)
{
	(void)arg;
	kill(getpid(), SIGUSR1);
	return NULL;
}

static void
start_sender(evutil_socket_t fd, short what, void *sender)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(pthread_create(sender, NULL, send_to_process, NULL), 0);
}

TEST_ON_BACKENDS(signals__signal_wakes_a_loop_that_sleeps)
{
	for (int by_descriptor = 0; by_descriptor < 2; by_descriptor++) {
		struct event *ev;
		pthread_t sender;

		set_up(_i, by_descriptor);
		ev = on_signal(SIGUSR1, break_loop, base);
		event_base_once(base, -1, EV_TIMEOUT, start_sender, &sender, NULL);

		ck_assert_int_eq(event_base_dispatch(base), 0);

		pthread_join(sender, NULL);
		event_free(ev);
		event_base_free(base);
	}
}

static bool
has_handler_of_ours(int signo)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(signo, NULL, &action), 0);
	return action.sa_handler != SIG_IGN;
}

TEST_ON_BACKENDS(signals__handlers_come_back_when_the_last_event_goes)
{
	for (int way = 0; way < 4; way++) {
		struct event *first, *second;

		set_up(_i, way % 2);
		signal(SIGUSR1, SIG_IGN);
		first = on_signal(SIGUSR1, see, &seen);
		second = on_signal(SIGUSR1, see, &seen);
		ck_assert(has_handler_of_ours(SIGUSR1));
		event_del(first);
		ck_assert(has_handler_of_ours(SIGUSR1));
		if (way < 2)
			event_del(second);
		else
			event_base_free(base);
		ck_assert(!has_handler_of_ours(SIGUSR1));
		if (way < 2) {
			event_free(first);
			event_free(second);
			event_base_free(base);
		} else {
			event_debug_unassign(first);
			event_debug_unassign(second);
			free(first);
			free(second);
		}
	}
}

TEST_ON_BACKENDS(signals__what_is_no_signal_is_refused)
{
	static const int wrong[] = {0, SIGKILL, SIGSTOP, NSIG, 1000, -1};

	for (int by_descriptor = 0; by_descriptor < 2; by_descriptor++) {
		set_up(_i, by_descriptor);
		keep_log();
		for (int i = 0; i < 6; i++) {
			struct event *ev = evsignal_new(base, wrong[i], see, &seen);

			ck_assert_int_eq(event_add(ev, NULL), -1);
			ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), 0);
			event_free(ev);
		}
		ck_assert_int_eq(event_base_dispatch(base), 1);
		ck_assert_int_le(logged_count(EVENT_LOG_WARN), 3);
		ck_assert(was_logged("sigaction: Invalid argument"));
		event_base_free(base);
	}
}

TEST_ON_BACKENDS(signals__all_signals_that_may_be_caught_can_be_watched)
{
	struct event *events[NSIG] = {NULL};
	int added = 0;

	set_up(_i, false);
	for (int signo = 1; signo < NSIG; signo++) {
		if (signo == SIGKILL || signo == SIGSTOP || (signo >= 32 && signo < SIGRTMIN))
			continue;
		events[signo] = on_signal(signo, see, &seen);
		added++;
	}

	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), added);
	raise(SIGRTMIN);
	raise(SIGTERM);
	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	for (int signo = 1; signo < NSIG; signo++)
		event_free(events[signo]);
	event_base_free(base);
}

TEST_ON_BACKENDS(signals__child_receives_its_own_signals_after_reinit)
{
	for (int by_descriptor = 0; by_descriptor < 2; by_descriptor++) {
		struct event *ev;
		int status;
		pid_t child;

		set_up(_i, by_descriptor);
		seen.calls = 0;
		ev = on_signal(SIGUSR1, see, &seen);
		child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0) {
			int rc = event_reinit(base);

			raise(SIGUSR1);
			event_base_loop(base, EVLOOP_NONBLOCK);
			_exit(rc == 0 && seen.calls == 1 ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		turn(base);
		ck_assert_int_eq(seen.calls, 0);
		raise(SIGUSR1);
		turn(base);
		ck_assert_int_eq(seen.calls, 1);
		event_free(ev);
		event_base_free(base);
	}
}

TEST_ON_BACKENDS(signals__bases_by_handler_and_by_signalfd_receive_the_same_signal)
{
	struct event_base *other;
	struct event *ours, *theirs;

	set_up(_i, false);
	other = new_base(true);
	ours = on_signal(SIGUSR1, see, &seen);
	theirs = evsignal_new(other, SIGUSR1, see, &other_seen);
	event_add(theirs, NULL);
	for (int i = 1; i <= 3; i++) {
		raise(SIGUSR1);
		turn(other);
		turn(base);
		ck_assert_int_eq(seen.calls, i);
		ck_assert_int_eq(other_seen.calls, i);
	}
	event_free(ours);
	event_free(theirs);
	event_base_free(other);
	event_base_free(base);
}

TEST(signals__no_signal_method_without_a_base)
{
	ck_assert_ptr_null(event_base_get_signal_method(NULL));
}
