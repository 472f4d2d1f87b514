/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop and other threads; the lock functions of event2/thread.h.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/own_locks.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct seen seen;

/* False where there are no threads to test. */
static bool
set_up(int i)
{
	backend = backend_under_test(i);
	if (!backend->threads)
		return false;
	base = base_on(backend);
	open_pair(backend, ends);
	return true;
}

static void
tear_down(void)
{
	event_base_free(base);
	close_pair(ends);
}

static void
wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		;
}

static void *
run_loop(void *arg)
{
	(void)arg;
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

static void
post(evutil_socket_t fd, short what, void *semaphore)
{
	(void)fd;
	(void)what;
	sem_post(semaphore);
}

/* A loop that runs in a thread of its own: a break before it has begun would be forgotten. */
static pthread_t
start_loop(void)
{
	pthread_t loop;
	sem_t begun;

	ck_assert_int_eq(sem_init(&begun, 0, 0), 0);
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, post, &begun, NULL), 0);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, NULL), 0);
	wait_for(&begun);
	sem_destroy(&begun);
	return loop;
}

static void
stop_loop(pthread_t loop)
{
	ck_assert_int_eq(event_base_loopbreak(base), 0);
	ck_assert_int_eq(pthread_join(loop, NULL), 0);
}

/* ---- Waking ---- */

TEST_ON_BACKENDS(event_base_loopexit__from_another_thread)
{
	pthread_t loop;

	if (!set_up(_i))
		return;
	loop = start_loop();
	ck_assert_int_eq(event_base_loopexit(base, NULL), 0);
	ck_assert_int_eq(pthread_join(loop, NULL), 0);
	ck_assert(event_base_got_exit(base));

	loop = start_loop();
	ck_assert_int_eq(event_base_loopexit(base, MS(1)), 0);
	ck_assert_int_eq(pthread_join(loop, NULL), 0);
	tear_down();
}

TEST_ON_BACKENDS(event_add__wakes_a_sleeping_loop)
{
	struct event *reader, *timer, *user;
	sem_t heard;
	pthread_t loop;

	if (!set_up(_i))
		return;
	sem_init(&heard, 0, 0);
	loop = start_loop();

	timer = event_new(base, -1, 0, post, &heard);
	event_add(timer, MS(1));
	wait_for(&heard);
	reader = event_new(base, ends[0], EV_READ, post, &heard);
	event_add(reader, NULL);
	put(ends[1], "x");
	wait_for(&heard);
	user = event_new(base, -1, 0, post, &heard);
	event_active(user, EV_READ, 1);
	wait_for(&heard);
	event_base_once(base, -1, EV_TIMEOUT, post, &heard, NULL);
	wait_for(&heard);
	event_base_active_by_fd(base, ends[0], EV_READ);
	event_add(reader, NULL);
	wait_for(&heard);

	event_free(timer);
	event_free(reader);
	event_free(user);
	stop_loop(loop);
	sem_destroy(&heard);
	tear_down();
}

TEST_ON_BACKENDS(event_add__earlier_timer_ends_a_long_sleep)
{
	struct event *late, *early;
	sem_t heard;
	pthread_t loop;

	if (!set_up(_i))
		return;
	sem_init(&heard, 0, 0);
	late = event_new(base, -1, 0, see, &seen);
	event_add(late, MS(1000000));
	loop = start_loop();

	early = event_new(base, -1, 0, post, &heard);
	event_add(early, MS(1));
	wait_for(&heard);

	stop_loop(loop);
	ck_assert_int_eq(seen.calls, 0);
	event_free(late);
	event_free(early);
	sem_destroy(&heard);
	tear_down();
}

/* ---- Waiting for callbacks ---- */

static sem_t inside, go_on;
static atomic_bool has_returned;

static void
take_a_while(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sem_post(&inside);
	wait_for(&go_on);
	atomic_store(&has_returned, true);
}

static void *
let_go(void *arg)
{
	(void)arg;
	/* The deleting thread counts as waiter before the callback may return. */
	sem_post(&go_on);
	return NULL;
}

static struct event *
start_slow_callback(pthread_t *loop, short events)
{
	struct event *ev = event_new(base, ends[0], events, take_a_while, NULL);

	sem_init(&inside, 0, 0);
	sem_init(&go_on, 0, 0);
	atomic_store(&has_returned, false);
	event_add(ev, NULL);
	put(ends[1], "x");
	*loop = start_loop();
	wait_for(&inside);
	return ev;
}

TEST_ON_BACKENDS(event_del__waits_until_the_callback_has_returned)
{
	int (*const dels[])(struct event *) = {event_del, event_del_block};

	if (!set_up(_i))
		return;
	for (int i = 0; i < 2; i++) {
		pthread_t loop, helper;
		struct event *ev = start_slow_callback(&loop, EV_READ);

		ck_assert_int_eq(pthread_create(&helper, NULL, let_go, NULL), 0);
		ck_assert_int_eq(dels[i](ev), 0);
		ck_assert(atomic_load(&has_returned));
		pthread_join(helper, NULL);
		stop_loop(loop);
		event_free(ev);
	}
	tear_down();
}

TEST_ON_BACKENDS(event_free__waits_until_the_callback_has_returned)
{
	pthread_t loop, helper;
	struct event *ev;

	if (!set_up(_i))
		return;
	ev = start_slow_callback(&loop, EV_READ);
	ck_assert_int_eq(pthread_create(&helper, NULL, let_go, NULL), 0);
	event_free(ev);
	ck_assert(atomic_load(&has_returned));
	pthread_join(helper, NULL);
	stop_loop(loop);
	tear_down();
}

TEST_ON_BACKENDS(event_del__does_not_wait_where_it_need_not)
{
	pthread_t loop;
	struct event *ev;

	if (!set_up(_i))
		return;
	ev = start_slow_callback(&loop, EV_READ);
	ck_assert_int_eq(event_del_noblock(ev), 0);
	ck_assert(!atomic_load(&has_returned));
	sem_post(&go_on);
	stop_loop(loop);
	event_free(ev);

	ev = start_slow_callback(&loop, EV_READ | EV_FINALIZE);
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert(!atomic_load(&has_returned));
	sem_post(&go_on);
	stop_loop(loop);
	event_free(ev);
	tear_down();
}

TEST_ON_BACKENDS(event_base_get_running_event__null_in_other_threads)
{
	pthread_t loop;
	struct event *ev;

	if (!set_up(_i))
		return;
	ev = start_slow_callback(&loop, EV_READ);
	ck_assert_ptr_null(event_base_get_running_event(base));
	sem_post(&go_on);
	stop_loop(loop);
	event_free(ev);
	tear_down();
}

/* ---- Many at once ---- */

enum { THREADS = 3, ROUNDS = 3000 };

static atomic_int called;

static void
count_call(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	atomic_fetch_add(&called, 1);
}

static void
count_and_return_token(evutil_socket_t fd, short what, void *token)
{
	count_call(fd, what, NULL);
	sem_post(token);
}

/* Each activation is answered by one call before the next. */
static void *
activate_often(void *arg)
{
	sem_t token;
	struct event *ev;

	(void)arg;
	sem_init(&token, 0, 0);
	ev = event_new(base, -1, EV_PERSIST, count_and_return_token, &token);
	for (int i = 0; i < ROUNDS; i++) {
		event_active(ev, i & EV_READ, 1);
		wait_for(&token);
	}
	event_free(ev);
	sem_destroy(&token);
	return NULL;
}

TEST_ON_BACKENDS(event_active__from_threads_is_never_lost)
{
	pthread_t loop, threads[THREADS];

	if (!set_up(_i))
		return;
	loop = start_loop();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, activate_often, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stop_loop(loop);

	ck_assert_int_eq(atomic_load(&called), THREADS * ROUNDS);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	tear_down();
}

/* Adds, moves, activates, deletes and frees as fast as it can. */
static void *
churn(void *arg)
{
	evutil_socket_t own[2];
	struct event *reader, *timer;
	unsigned seed = (unsigned)(uintptr_t)arg;

	open_pair(backend, own);
	reader = event_new(base, own[0], EV_READ | EV_PERSIST, count_call, NULL);
	timer = event_new(base, -1, EV_PERSIST, count_call, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		switch (rand_r(&seed) % 8) {
		case 0:
			event_add(reader, NULL);
			break;
		case 1:
			event_add(reader, MS(1000));
			break;
		case 2:
			event_del(reader);
			break;
		case 3:
			event_add(timer, MS(rand_r(&seed) % 3));
			break;
		case 4:
			event_del(timer);
			break;
		case 5:
			event_active(reader, EV_WRITE, 1);
			break;
		case 6:
			event_active(timer, EV_TIMEOUT, 1);
			break;
		case 7:
			event_free(timer);
			timer = event_new(base, -1, EV_PERSIST, count_call, NULL);
			break;
		}
	}
	event_free(reader);
	event_free(timer);
	close_pair(own);
	return NULL;
}

TEST_ON_BACKENDS(event_add__and_del_from_threads_while_the_loop_runs)
{
	pthread_t loop, threads[THREADS];

	if (!set_up(_i))
		return;
	loop = start_loop();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, churn, (void *)(uintptr_t)(i + 1)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stop_loop(loop);

	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	tear_down();
}

/* ---- The program's own locks ---- */

static void
expect_no_lock(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(locks_held, 0);
	seen.calls++;
}

static int
expect_the_lock(const struct event_base *of, const struct event *ev, void *arg)
{
	(void)of;
	(void)ev;
	(void)arg;
	ck_assert_int_eq(locks_held, 1);
	return 0;
}

static void
own_locks_are_used(void)
{
	pthread_t loop, helper;
	struct event *ev;

	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_ge(atomic_load(&locks_made), 1);
	event_base_once(base, -1, EV_TIMEOUT, expect_no_lock, NULL, NULL);
	ev = event_new(base, -1, 0, expect_no_lock, NULL);
	event_add(ev, MS(0));
	ck_assert_int_eq(event_base_foreach_event(base, expect_the_lock, NULL), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(seen.calls, 2);
	event_free(ev);
	ck_assert_int_eq(locks_held, 0);

	ev = start_slow_callback(&loop, EV_READ);
	ck_assert_int_eq(pthread_create(&helper, NULL, let_go, NULL), 0);
	ck_assert_int_eq(event_del_block(ev), 0);
	ck_assert(atomic_load(&has_returned));
	pthread_join(helper, NULL);
	stop_loop(loop);
	event_free(ev);
	tear_down();
	ck_assert_int_eq(atomic_load(&locks_made), atomic_load(&locks_freed));
	ck_assert_int_eq(atomic_load(&conditions_made), atomic_load(&conditions_freed));
}

TEST(evthread_set_lock_callbacks__own_locks_are_used)
{
	use_own_locks();
	own_locks_are_used();
}

TEST_RANGE(evthread_enable_lock_debugging__checks_own_locks, 0, 2)
{
	if (_i == 0)
		evthread_enable_lock_debugging();
	use_own_locks();
	if (_i == 1)
		evthread_enable_lock_debuging();
	evthread_enable_lock_debugging();
	own_locks_are_used();
}

static void *
no_lock(unsigned type)
{
	(void)type;
	return NULL;
}

TEST_RANGE(event_base_new__no_memory_for_its_lock, 0, 2)
{
	struct evthread_lock_callbacks locks = own_locks;

	locks.alloc = no_lock;
	ck_assert_int_eq(evthread_set_lock_callbacks(&locks), 0);
	if (_i == 1)
		evthread_enable_lock_debugging();
	ck_assert_ptr_null(event_base_new());
}

TEST(event_base_new__no_memory_for_its_condition)
{
	struct evthread_condition_callbacks conditions = own_conditions;

	conditions.alloc_condition = no_lock;
	ck_assert_int_eq(evthread_set_lock_callbacks(&own_locks), 0);
	ck_assert_int_eq(evthread_set_condition_callbacks(&conditions), 0);
	ck_assert_ptr_null(event_base_new());
	ck_assert_int_eq(atomic_load(&locks_made), atomic_load(&locks_freed));
}

TEST(evthread_set_lock_callbacks__only_once)
{
	struct evthread_lock_callbacks other = own_locks;
	struct evthread_condition_callbacks other_conditions = own_conditions;

	keep_log();
	use_own_locks();
	use_own_locks();
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
	other.supported_locktypes = 0;
	ck_assert_int_eq(evthread_set_lock_callbacks(&other), -1);
	ck_assert(was_logged("Can't change lock callbacks once they have been initialized."));
	other_conditions.condition_api_version = 2;
	ck_assert_int_eq(evthread_set_condition_callbacks(&other_conditions), -1);
	ck_assert(was_logged("Can't change condition callbacks once they have been initialized."));
	ck_assert_int_eq(evthread_set_lock_callbacks(NULL), 0);
	ck_assert_int_eq(evthread_set_condition_callbacks(NULL), 0);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 4);

	base = event_base_new();
	ck_assert_int_eq(atomic_load(&locks_made), 0);
	event_base_free(base);
}

TEST(evthread_set_lock_callbacks__function_missing)
{
	struct evthread_lock_callbacks locks = own_locks;
	struct evthread_condition_callbacks conditions = own_conditions;

	locks.unlock = NULL;
	conditions.wait_condition = NULL;
	ck_assert_int_eq(evthread_set_lock_callbacks(&locks), -1);
	ck_assert_int_eq(evthread_set_condition_callbacks(&conditions), -1);
	use_own_locks();
}

TEST(event_base_new__nolock_flag)
{
	struct event_config *config = event_config_new();

	use_own_locks();
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	event_base_once(base, -1, EV_TIMEOUT, expect_no_lock, NULL, NULL);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(atomic_load(&locks_made), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(base), 0);
	event_base_free(base);
}

TEST(evthread_make_base_notifiable__base_made_before_the_locks)
{
	base = event_base_new();
	use_own_locks();
	ck_assert_int_eq(evthread_make_base_notifiable(base), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(base), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(NULL), -1);
	event_base_once(base, -1, EV_TIMEOUT, expect_no_lock, NULL, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(atomic_load(&locks_made), 0);
	event_base_free(base);
}

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
/* An emulator has no futex that inherits priorities: the last is left out there. */
enum { KIND_DEBUGGED_FIRST, KIND_DEBUGGED_LATER, KIND_INHERITS_PRIORITY };

static void
use_threads_of_kind(int kind)
{
	int flags = kind == KIND_INHERITS_PRIORITY ? EVTHREAD_PTHREAD_PRIO_INHERIT : 0;

	if (kind == KIND_DEBUGGED_FIRST)
		evthread_enable_lock_debugging();
	ck_assert_int_eq(evthread_use_pthreads_with_flags(flags), 0);
	ck_assert_int_eq(evthread_use_pthreads_with_flags(flags), 0);
	if (kind == KIND_DEBUGGED_LATER)
		evthread_enable_lock_debugging();
}

TEST_RANGE(evthread_use_pthreads_with_flags__each_kind, 0,
    suite_is_emulated() ? KIND_INHERITS_PRIORITY : KIND_INHERITS_PRIORITY + 1)
{
	pthread_t loop, threads[THREADS], helper;
	struct event *ev;

	use_threads_of_kind(_i);
	backend = backend_under_test(0);
	base = event_base_new();
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	loop = start_loop();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, churn, (void *)(uintptr_t)(i + 1)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stop_loop(loop);

	ev = start_slow_callback(&loop, EV_READ);
	ck_assert_int_eq(pthread_create(&helper, NULL, let_go, NULL), 0);
	ck_assert_int_eq(event_del_block(ev), 0);
	ck_assert(atomic_load(&has_returned));
	pthread_join(helper, NULL);
	stop_loop(loop);
	event_free(ev);
	tear_down();
}
#endif
