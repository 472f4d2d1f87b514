/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A base whose locks are the application's own functions behaves as any other: what its
 * loop's thread asks for is done at once.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/suite.h"

enum { CALLS = 5 };

static void *
make_mutex(unsigned type)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));
	pthread_mutexattr_t attributes;

	(void)type;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return mutex;
}

static void
free_mutex(void *mutex, unsigned type)
{
	(void)type;
	pthread_mutex_destroy(mutex);
	free(mutex);
}

static int
lock_mutex(unsigned mode, void *mutex)
{
	return mode & EVTHREAD_TRY ? pthread_mutex_trylock(mutex) : pthread_mutex_lock(mutex);
}

static int
unlock_mutex(unsigned mode, void *mutex)
{
	(void)mode;
	return pthread_mutex_unlock(mutex);
}

static unsigned long
this_thread(void)
{
	return (unsigned long)pthread_self();
}

static struct event_base *
base_with_own_locks(void)
{
	static const struct evthread_lock_callbacks locks = {
	    .lock_api_version = EVTHREAD_LOCK_API_VERSION,
	    .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
	    .alloc = make_mutex,
	    .free = free_mutex,
	    .lock = lock_mutex,
	    .unlock = unlock_mutex,
	};
	struct event_base *base;

	ck_assert_int_eq(evthread_set_lock_callbacks(&locks), 0);
	evthread_set_id_callback(this_thread);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	return base;
}

static void
ignore(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

TEST(event_priority_set__active_event_keeps_its_priority)
{
	struct event_base *base = base_with_own_locks();
	struct event *ev = event_new(base, -1, 0, ignore, NULL);

	event_active(ev, EV_TIMEOUT, 1);

	ck_assert_int_eq(event_priority_set(ev, 0), -1);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_free(ev);
	event_base_free(base);
}

struct chain {
	struct event *ev;
	int calls;
	int turns;
};

static void
activate_itself(evutil_socket_t fd, short what, void *arg)
{
	struct chain *chain = arg;

	(void)fd;
	(void)what;
	if (++chain->calls < CALLS)
		event_active(chain->ev, EV_TIMEOUT, 1);
}

static void
count_turn(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	struct chain *chain = arg;

	(void)watch;
	(void)info;
	chain->turns++;
}

TEST(event_active__from_callback_runs_in_the_same_turn)
{
	struct event_base *base = base_with_own_locks();
	struct chain chain = {NULL, 0, 0};
	struct evwatch *watch = evwatch_prepare_new(base, count_turn, &chain);

	chain.ev = event_new(base, -1, 0, activate_itself, &chain);
	event_active(chain.ev, EV_TIMEOUT, 1);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(chain.calls, CALLS);
	ck_assert_int_eq(chain.turns, 1);
	evwatch_free(watch);
	event_free(chain.ev);
	event_base_free(base);
}
