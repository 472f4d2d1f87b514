/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What users of libevent have met and must not meet here: one case or more for each fault,
 * named after what holds instead.  A loop that spins is found by counting its turns.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <fcntl.h>
#include <netinet/in.h>
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

/* A loop that does not spin: one sleep, and a few turns in which something happens. */
enum { FEW_TURNS = MOST_TURNS_OF_A_SLEEP + 4 };

/* ---- Threads that wait for each other ---- */

static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER;
static sem_t entered;

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
	pthread_mutex_lock(&wanted);
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

TEST_ON_BACKENDS(event_del_noblock__does_not_deadlock_with_a_lock_that_the_callback_wants)
{
	set_up(_i);
	if (backend->threads)
		delete_under_the_mutex(0, event_del_noblock);
	tear_down();
}

TEST_ON_BACKENDS(event_del__of_a_finalizable_event_does_not_deadlock_either)
{
	set_up(_i);
	if (backend->threads)
		delete_under_the_mutex(EV_FINALIZE, event_del);
	tear_down();
}

static void
do_nothing(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
}

TEST_ON_BACKENDS(event_finalize__does_not_deadlock_with_a_lock_that_the_callback_wants)
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
	pthread_mutex_lock(&wanted);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, base), 0);
	while (sem_wait(&entered) < 0)
		;

	ck_assert_int_eq(event_free_finalize(0, ev, do_nothing), 0);

	pthread_mutex_unlock(&wanted);
	pthread_join(loop, NULL);
	sem_destroy(&entered);
	tear_down();
}

/* ---- Waking ---- */

static void
tell_turn(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	sem_post(arg);
}

TEST_ON_BACKENDS(loop__loop_wakes_when_another_thread_deletes_its_last_event)
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

/* ---- Descriptors that went away or changed hands ---- */

TEST_ON_BACKENDS(loop__descriptor_closed_before_event_del_gives_no_stale_reports)
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

TEST_ON_BACKENDS(loop__closed_duplicate_does_not_report_for_the_next_of_its_number)
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

TEST_ON_BACKENDS(loop__descriptor_inherited_by_a_child_gives_no_stale_reports)
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

TEST_ON_BACKENDS(loop__descriptor_replaced_after_the_wait_gives_no_old_report)
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

TEST_ON_BACKENDS(loop__descriptor_closed_while_added_neither_spins_nor_ends_the_loop)
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

/* ---- Edges ---- */

TEST_EVERYWHERE(loop__edge_flag_survives_when_one_of_two_events_of_a_descriptor_goes)
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

TEST_EVERYWHERE(loop__edge_event_beside_a_level_event_gets_every_report)
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

/* ---- Bits ---- */

static void
see_some_bit(evutil_socket_t fd, short what, void *context)
{
	ck_assert_int_ne(what & (EV_READ | EV_WRITE | EV_CLOSED | EV_TIMEOUT), 0);
	see_and_take(fd, what, context);
}

TEST_ON_BACKENDS(loop__no_callback_without_an_event_bit)
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

enum { RESET, HALF_CLOSE, PIPE_WITHOUT_WRITER, PIPE_WITHOUT_READER, HANG_UPS };

static void
open_tcp_pair(evutil_socket_t fds[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&address, size), 0);
	fds[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(fds[1], 0);
	close(listener);
}

/* Opens a descriptor and its peer. */
static void
open_hanging_up(int how, int *fd_out, int *peer_out)
{
	int fds[2];

	if (how == RESET || how == HALF_CLOSE)
		open_tcp_pair(fds);
	else
		ck_assert_int_eq(pipe(fds), 0);
	*fd_out = fds[how == PIPE_WITHOUT_READER];
	*peer_out = fds[how != PIPE_WITHOUT_READER];
}

static void
hang_up(int how, int peer)
{
	const struct linger at_once = {1, 0};

	if (how == HALF_CLOSE) {
		ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
		return;
	}
	if (how == RESET)
		ck_assert_int_eq(
		    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(peer);
}

TEST_ON_BACKENDS(event_add__of_EV_CLOSED_alone_reports_hang_ups)
{
	set_up(_i);
	for (int how = 0; event_base_get_features(base) & EV_FEATURE_EARLY_CLOSE && how < HANG_UPS;
	     how++) {
		int fd, peer;
		struct event *ev;

		open_hanging_up(how, &fd, &peer);
		ev = added(fd, EV_CLOSED, see, &seen);
		ck_assert_int_le(turns_in(5), FEW_TURNS);
		ck_assert_int_eq(seen.calls, 0);
		hang_up(how, peer);

		ck_assert_int_le(turns_in(20), FEW_TURNS);

		ck_assert_int_eq(seen.calls, 1);
		ck_assert_int_eq(seen.what, EV_CLOSED);
		seen = (struct seen){0};
		event_free(ev);
		close(fd);
		if (how == HALF_CLOSE)
			close(peer);
	}
	tear_down();
}

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

TEST_EVERYWHERE(loop__watcher_may_free_itself)
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

/* ---- Signals ---- */

TEST_ON_BACKENDS(loop__two_bases_both_receive_their_signals)
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

TEST_ON_BACKENDS(loop__child_that_goes_on_leaves_its_parents_loop_alone)
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
