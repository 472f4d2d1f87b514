/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What users of libevent have met and must not meet here: one case or more for each fault,
 * named after what holds instead.  Whether a loop spins is told by counting its turns.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/deny.h"
#include "support/loop_case.h"

static struct seen seen;

/* A loop that does not spin: one wait, and some that end early. */
enum { FEW_TURNS = 8 };

/* ---- Threads that wait for each other ---- */

static pthread_mutex_t wanted;
static sem_t entered;

/* The plain mutexes of musl do not say who holds them: there is nothing to be seen. */
static void
hold_the_mutex(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
#ifndef __GLIBC__
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
#endif
	pthread_mutex_init(&wanted, &attributes);
	pthread_mutexattr_destroy(&attributes);
	pthread_mutex_lock(&wanted);
}

static void
want_the_mutex(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sem_post(&entered);
	pthread_mutex_lock(&wanted);
	pthread_mutex_unlock(&wanted);
	event_base_loopbreak(arg);
}

static void *
run_loop(void *arg)
{
	event_base_dispatch(arg);
	return NULL;
}

/* The caller holds the mutex that the callback waits for, and deletes its event. */
static void
delete_under_the_mutex(short kind, int (*del)(struct event *))
{
	struct event *ev;
	pthread_t loop;

	sem_init(&entered, 0, 0);
	ev = event_new(base, ends[0], EV_READ | EV_PERSIST | kind, want_the_mutex, base);
	event_add(ev, NULL);
	put(ends[1], "x");
	hold_the_mutex();
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, base), 0);
	while (sem_wait(&entered) < 0)
		;

	ck_assert_int_eq(del(ev), 0);

	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	pthread_mutex_unlock(&wanted);
	pthread_join(loop, NULL);
	event_free(ev);
	sem_destroy(&entered);
}

/* Under an emulator the kernel names its own system calls, not those of the program. */
static bool
kernel_names_our_system_calls(void)
{
	char text[64] = "";
	int fd = open("/proc/self/syscall", O_RDONLY);

	if (fd >= 0) {
		ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
		close(fd);
	}
	return text[0] >= '0' && text[0] <= '9' && strtol(text, NULL, 10) == SYS_read;
}

START_TEST(event_del_does_not_deadlock_with_a_lock_that_the_callback_wants)
{
	set_up(_i);
	if (backend->threads && kernel_names_our_system_calls())
		delete_under_the_mutex(0, event_del);
	tear_down();
}
END_TEST

START_TEST(event_del_noblock_does_not_deadlock_with_a_lock_that_the_callback_wants)
{
	set_up(_i);
	if (backend->threads)
		delete_under_the_mutex(0, event_del_noblock);
	tear_down();
}
END_TEST

START_TEST(event_del_of_a_finalizable_event_does_not_deadlock_either)
{
	set_up(_i);
	if (backend->threads)
		delete_under_the_mutex(EV_FINALIZE, event_del);
	tear_down();
}
END_TEST

static void
do_nothing(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
}

START_TEST(event_finalize_does_not_deadlock_with_a_lock_that_the_callback_wants)
{
	struct event *ev;
	pthread_t loop;

	set_up(_i);
	if (!backend->threads) {
		tear_down();
		return;
	}
	sem_init(&entered, 0, 0);
	ev = added(ends[0], EV_READ, want_the_mutex, base);
	put(ends[1], "x");
	hold_the_mutex();
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, base), 0);
	while (sem_wait(&entered) < 0)
		;

	ck_assert_int_eq(event_free_finalize(0, ev, do_nothing), 0);

	pthread_mutex_unlock(&wanted);
	pthread_join(loop, NULL);
	sem_destroy(&entered);
	tear_down();
}
END_TEST

/* ---- Waking ---- */

static void
tell_turn(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	sem_post(arg);
}

START_TEST(a_loop_wakes_when_another_thread_deletes_its_last_event)
{
	struct event *ev;
	pthread_t loop;
	sem_t turned;

	set_up(_i);
	if (!backend->threads) {
		tear_down();
		return;
	}
	sem_init(&turned, 0, 0);
	ev = added(ends[0], EV_READ, see, &seen);
	evwatch_prepare_new(base, tell_turn, &turned);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, base), 0);
	while (sem_wait(&turned) < 0)
		;

	event_del(ev);
	pthread_join(loop, NULL);

	ck_assert_int_eq(seen.calls, 0);
	event_free(ev);
	sem_destroy(&turned);
	tear_down();
}
END_TEST

/* ---- Descriptors that went away or changed hands ---- */

START_TEST(a_descriptor_closed_before_event_del_gives_no_phantoms)
{
	evutil_socket_t fd;
	struct event *ev;

	set_up(_i);
	fd = dup(ends[0]);
	ck_assert_int_ge(fd, 0);
	ev = added(fd, EV_READ | EV_PERSIST, see, &seen);
	turn(base);
	put(ends[1], "x");

	/* The file lives on under another number, so that the kernel goes on reporting it. */
	close(fd);
	event_del(ev);

	ck_assert_int_le(turns_in(20), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	event_free(ev);
	tear_down();
}
END_TEST

START_TEST(a_closed_duplicate_does_not_report_for_the_next_of_its_number)
{
	evutil_socket_t fd, other[2];
	struct event *ev;

	set_up(_i);
	fd = dup(ends[0]);
	ev = added(fd, EV_READ | EV_PERSIST, see, &seen);
	turn(base);
	put(ends[1], "x");
	event_del(ev);
	close(fd);
	open_pair(backend, other);
	ck_assert_int_eq(other[0], fd);
	ck_assert_int_eq(event_add(ev, NULL), 0);

	ck_assert_int_le(turns_in(20), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	put(other[1], "y");
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 1);
	event_free(ev);
	close_pair(other);
	tear_down();
}
END_TEST

START_TEST(a_descriptor_that_a_child_inherited_does_not_haunt_its_parent)
{
	evutil_socket_t fds[2];
	struct event *ev;
	int hold[2];
	pid_t child;

	set_up(_i);
	open_pair(backend, fds);
	ck_assert_int_eq(pipe(hold), 0);
	ev = added(fds[0], EV_READ | EV_PERSIST, see, &seen);
	turn(base);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		char byte;

		close(hold[1]);
		(void)!read(hold[0], &byte, 1);
		_exit(0);
	}
	put(fds[1], "x");
	close(fds[0]);
	event_del(ev);

	ck_assert_int_le(turns_in(20), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	close(hold[1]);
	close(hold[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	event_free(ev);
	close(fds[1]);
	tear_down();
}
END_TEST

static evutil_socket_t replacement[2];

/* The number of the first end becomes another file, on which nothing has come. */
static void
replace_descriptor(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *ev)
{
	(void)info;
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(dup2(replacement[0], ends[0]), ends[0]);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	evwatch_free(watch);
}

START_TEST(a_descriptor_replaced_after_the_wait_gives_no_old_report)
{
	struct event *ev;

	set_up(_i);
	open_pair(backend, replacement);
	ev = added(ends[0], EV_READ | EV_PERSIST, see, &seen);
	put(ends[1], "x");
	evwatch_check_new(base, replace_descriptor, ev);

	turn(base);

	ck_assert_int_eq(seen.calls, 0);
	put(replacement[1], "y");
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 1);
	event_free(ev);
	close_pair(replacement);
	tear_down();
}
END_TEST

START_TEST(a_descriptor_closed_while_added_neither_spins_nor_ends_the_loop)
{
	evutil_socket_t fds[2];
	struct event *ev, *other;

	set_up(_i);
	keep_log();
	open_pair(backend, fds);
	ev = added(fds[0], EV_READ | EV_PERSIST, see, NULL);
	event_del(ev);
	event_free(ev);
	ev = added(fds[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	other = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	turn(base);
	event_del(ev);
	close(fds[0]);

	ck_assert_int_le(turns_in(20), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	event_free(ev);
	event_free(other);
	close(fds[1]);
	tear_down();
}
END_TEST

/* ---- Edges ---- */

START_TEST(the_edge_flag_survives_when_one_of_two_events_of_a_descriptor_goes)
{
	struct event *first, *second;

	set_up(_i);
	if (!(event_base_get_features(base) & EV_FEATURE_ET)) {
		tear_down();
		return;
	}
	first = added(ends[0], EV_READ | EV_ET | EV_PERSIST, see, &seen);
	second = added(ends[0], EV_WRITE | EV_ET | EV_PERSIST, see, &seen);
	turn(base);
	event_free(second);
	put(ends[1], "x");
	turn(base);
	seen.calls = 0;

	/* Nothing was read: a level-triggered event would run again and again. */
	ck_assert_int_le(turns_in(20), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	event_free(first);
	tear_down();
}
END_TEST

START_TEST(an_edge_event_beside_a_level_event_hears_every_report)
{
	struct event *edge, *level;
	struct seen level_seen = {0, 0, 0};

	set_up(_i);
	if (!(event_base_get_features(base) & EV_FEATURE_ET) || backend->debug_mode) {
		tear_down();
		return;
	}
	edge = added(ends[0], EV_READ | EV_ET | EV_PERSIST, see, &seen);
	level = added(ends[0], EV_READ | EV_PERSIST, see, &level_seen);
	put(ends[1], "x");

	event_base_loop(base, EVLOOP_ONCE);
	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(level_seen.calls, 2);
	ck_assert_int_ge(seen.calls, 1);
	event_free(level);
	event_free(edge);
	tear_down();
}
END_TEST

/* ---- Bits ---- */

static void
see_some_bit(evutil_socket_t fd, short what, void *context)
{
	ck_assert_int_ne(what & (EV_READ | EV_WRITE | EV_CLOSED | EV_TIMEOUT), 0);
	see_and_take(fd, what, context);
}

START_TEST(no_callback_without_an_event_bit)
{
	static const short kinds[] = {EV_READ, EV_WRITE, EV_CLOSED, EV_READ | EV_CLOSED};

	set_up(_i);
	for (int i = 0; i < 4; i++) {
		evutil_socket_t fds[2];
		struct event *ev;
		int calls;

		open_pair(backend, fds);
		ev = added(fds[0], kinds[i], see_some_bit, &seen);
		finish(fds[0]);
		close(fds[1]);
		calls = seen.calls;
		ck_assert_int_le(turns_in(5), FEW_TURNS);
		ck_assert_int_le(seen.calls - calls, 1);
		event_free(ev);
		close(fds[0]);
	}
	tear_down();
}
END_TEST

START_TEST(a_hang_up_that_nobody_waits_for_does_not_spin)
{
	int fds[2];
	struct event *ev;

	set_up(_i);
	ck_assert_int_eq(pipe(fds), 0);
	ev = added(fds[0], EV_CLOSED | EV_PERSIST, see, &seen);
	close(fds[1]);

	ck_assert_int_le(turns_in(20), FEW_TURNS);

	ck_assert_int_eq(event_pending(ev, EV_CLOSED, NULL), EV_CLOSED);
	event_free(ev);
	close(fds[0]);
	tear_down();
}
END_TEST

/* ---- Watchers ---- */

static void
free_itself_after(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *arg)
{
	(void)info;
	(void)arg;
	spell_text("c");
	evwatch_free(watch);
}

static void
free_itself_before(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)info;
	(void)arg;
	spell_text("p");
	evwatch_free(watch);
}

START_TEST(a_watcher_may_free_itself)
{
	set_up(_i);
	for (int i = 0; i < 3; i++) {
		evwatch_prepare_new(base, free_itself_before, NULL);
		evwatch_check_new(base, free_itself_after, NULL);
	}
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(1));

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "pppccc");
	tear_down();
}
END_TEST

/* ---- Signals ---- */

START_TEST(two_bases_both_hear_their_signals)
{
	struct event_base *other;
	struct event *ours, *theirs, *both;
	struct seen other_seen = {0, 0, 0}, both_seen = {0, 0, 0};

	set_up(_i);
	keep_log();
	other = base_on(backend);
	ours = evsignal_new(base, SIGUSR1, see, &seen);
	theirs = evsignal_new(other, SIGUSR2, see, &other_seen);
	both = evsignal_new(other, SIGUSR1, see, &both_seen);
	evsignal_add(ours, NULL);
	evsignal_add(theirs, NULL);
	evsignal_add(both, NULL);

	raise(SIGUSR1);
	raise(SIGUSR2);
	turn(base);
	turn(other);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(other_seen.calls, 1);
	ck_assert_int_eq(both_seen.calls, 1);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
	event_free(ours);
	event_free(theirs);
	event_free(both);
	event_base_free(other);
	tear_down();
}
END_TEST

/* ---- Forks ---- */

static void *
wake_parent(void *arg)
{
	event_base_loopbreak(arg);
	return NULL;
}

static void
start_waker(evutil_socket_t fd, short what, void *arg)
{
	pthread_t *waker = arg;

	(void)fd;
	(void)what;
	ck_assert_int_eq(pthread_create(waker, NULL, wake_parent, base), 0);
}

START_TEST(a_child_that_goes_on_leaves_its_parents_loop_alone)
{
	struct event *reader, *on_signal, *idle;
	pthread_t waker;
	pid_t child;
	int status;

	set_up(_i);
	if (backend->threads)
		ck_assert_int_eq(evthread_make_base_notifiable(base), 0);
	reader = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	on_signal = evsignal_new(base, SIGUSR1, see, &seen);
	evsignal_add(on_signal, NULL);
	turn(base);

	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct seen own = {0, 0, 0};
		struct event *again = NULL;
		int rc = event_reinit(base);

		again = event_new(base, ends[1], EV_READ | EV_WRITE, see, &own);
		event_add(again, NULL);
		event_base_loop(base, EVLOOP_ONCE);
		raise(SIGUSR1);
		event_base_loop(base, EVLOOP_NONBLOCK);
		_exit(rc == 0 && own.calls == 1 && seen.calls == 1 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);

	ck_assert_int_le(turns_in(10), FEW_TURNS);
	ck_assert_int_eq(seen.calls, 0);
	raise(SIGUSR1);
	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 2);
	if (backend->threads) {
		/* Only the other thread can end this wait. */
		idle = added(ends[0], EV_READ, see, &seen);
		event_base_once(base, -1, EV_TIMEOUT, start_waker, &waker, NULL);
		ck_assert_int_eq(event_base_dispatch(base), 0);
		pthread_join(waker, NULL);
		event_free(idle);
	}
	event_free(reader);
	event_free(on_signal);
	tear_down();
}
END_TEST

static void
add_descriptor_cases(TCase *group)
{
	tcase_add_test_on_backends(group, a_descriptor_closed_before_event_del_gives_no_phantoms);
	tcase_add_test_on_backends(
	    group, a_closed_duplicate_does_not_report_for_the_next_of_its_number);
	tcase_add_test_on_backends(
	    group, a_descriptor_that_a_child_inherited_does_not_haunt_its_parent);
	tcase_add_test_on_backends(group, a_descriptor_replaced_after_the_wait_gives_no_old_report);
	tcase_add_test_on_backends(
	    group, a_descriptor_closed_while_added_neither_spins_nor_ends_the_loop);
	tcase_add_test_everywhere(
	    group, the_edge_flag_survives_when_one_of_two_events_of_a_descriptor_goes);
	tcase_add_test_everywhere(group, an_edge_event_beside_a_level_event_hears_every_report);
	tcase_add_test_on_backends(group, no_callback_without_an_event_bit);
	tcase_add_test_on_backends(group, a_hang_up_that_nobody_waits_for_does_not_spin);
	tcase_add_test_everywhere(group, a_watcher_may_free_itself);
}

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("known_faults");
	TCase *threads = tcase_create("threads");
	TCase *descriptors = tcase_create("descriptors");
	TCase *process = tcase_create("process");

	tcase_add_test_on_backends(
	    threads, event_del_does_not_deadlock_with_a_lock_that_the_callback_wants);
	tcase_add_test_on_backends(
	    threads, event_del_noblock_does_not_deadlock_with_a_lock_that_the_callback_wants);
	tcase_add_test_on_backends(
	    threads, event_del_of_a_finalizable_event_does_not_deadlock_either);
	tcase_add_test_on_backends(
	    threads, event_finalize_does_not_deadlock_with_a_lock_that_the_callback_wants);
	tcase_add_test_on_backends(
	    threads, a_loop_wakes_when_another_thread_deletes_its_last_event);
	suite_add_tcase(suite, threads);

	add_descriptor_cases(descriptors);
	suite_add_tcase(suite, descriptors);

	tcase_add_test_on_backends(process, two_bases_both_hear_their_signals);
	tcase_add_test_on_backends(process, a_child_that_goes_on_leaves_its_parents_loop_alone);
	suite_add_tcase(suite, process);
	return suite;
}
