/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that gives the library locks and condition variables of its own, by the
 * structures of thread.h, and wakes a loop from another thread.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>

#include "which_library.h"

static int live_locks;

static void *
make_lock(unsigned kind)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex = (pthread_mutex_t *)malloc(sizeof(*mutex));

	MUST(mutex != NULL);
	pthread_mutexattr_init(&attributes);
	if (kind & EVTHREAD_LOCKTYPE_RECURSIVE)
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	MUST(pthread_mutex_init(mutex, &attributes) == 0);
	pthread_mutexattr_destroy(&attributes);
	__atomic_add_fetch(&live_locks, 1, __ATOMIC_SEQ_CST);
	return mutex;
}

static void
free_lock(void *lock, unsigned kind)
{
	(void)kind;
	pthread_mutex_destroy((pthread_mutex_t *)lock);
	free(lock);
	__atomic_sub_fetch(&live_locks, 1, __ATOMIC_SEQ_CST);
}

static int
take_lock(unsigned mode, void *lock)
{
	if (mode & EVTHREAD_TRY)
		return pthread_mutex_trylock((pthread_mutex_t *)lock);
	return pthread_mutex_lock((pthread_mutex_t *)lock);
}

static int
give_lock(unsigned mode, void *lock)
{
	(void)mode;
	return pthread_mutex_unlock((pthread_mutex_t *)lock);
}

static void *
make_condition(unsigned kind)
{
	pthread_cond_t *condition = (pthread_cond_t *)malloc(sizeof(*condition));

	MUST(kind == 0 && condition != NULL);
	MUST(pthread_cond_init(condition, NULL) == 0);
	return condition;
}

static void
free_condition(void *condition)
{
	pthread_cond_destroy((pthread_cond_t *)condition);
	free(condition);
}

static int
signal_condition(void *condition, int broadcast)
{
	return broadcast ? pthread_cond_broadcast((pthread_cond_t *)condition)
			 : pthread_cond_signal((pthread_cond_t *)condition);
}

static int
wait_condition(void *condition, void *lock, const struct timeval *timeout)
{
	MUST(timeout == NULL);
	return pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)lock);
}

static unsigned long
thread_id(void)
{
	return (unsigned long)pthread_self();
}

static void
on_active(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	MUST(what == EV_READ);
	*(pthread_t *)arg = pthread_self();
}

static void *
activate(void *arg)
{
	event_active((struct event *)arg, EV_READ, 1);
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct evthread_lock_callbacks locks = {EVTHREAD_LOCK_API_VERSION,
	    EVTHREAD_LOCKTYPE_RECURSIVE, make_lock, free_lock, take_lock, give_lock};
	const struct evthread_condition_callbacks conditions = {EVTHREAD_CONDITION_API_VERSION,
	    make_condition, free_condition, signal_condition, wait_condition};
	struct event_base *base;
	struct event *ev;
	pthread_t other, ran_on;

	expect_library(argc, argv);
	MUST(evthread_set_lock_callbacks(&locks) == 0);
	MUST(evthread_set_condition_callbacks(&conditions) == 0);
	evthread_set_id_callback(thread_id);
	base = event_base_new();
	MUST(base != NULL);
	MUST(live_locks > 0);
	memset(&ran_on, 0, sizeof(ran_on));
	ev = event_new(base, -1, 0, on_active, &ran_on);
	MUST(ev != NULL);

	MUST(pthread_create(&other, NULL, activate, ev) == 0);
	MUST(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) == 0);
	pthread_join(other, NULL);

	MUST(pthread_equal(ran_on, pthread_self()));
	event_free(ev);
	event_base_free(base);
	return 0;
}
