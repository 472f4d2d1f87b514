/* SPDX-License-Identifier: BSD-3-Clause */
/* Lock, condition and id callbacks of the program's own: what is asked of them, what is left. */
#include "kit.h"

#include <pthread.h>

static long locks, conditions, held, wrong, waits, wakes;

static void *
lock_new(unsigned type)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *lock = malloc(sizeof(*lock));

	if (type & ~(unsigned)EVTHREAD_LOCKTYPE_RECURSIVE)
		wrong++;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(lock, &attributes);
	locks++;
	return lock;
}

static void
lock_free(void *lock, unsigned type)
{
	(void)type;
	pthread_mutex_destroy(lock);
	free(lock);
	locks--;
}

static int
lock_take(unsigned mode, void *lock)
{
	int rc = mode & EVTHREAD_TRY ? pthread_mutex_trylock(lock) : pthread_mutex_lock(lock);

	if (mode & (EVTHREAD_READ | EVTHREAD_WRITE))
		wrong++;
	if (rc == 0)
		held++;
	return rc;
}

static int
lock_give(unsigned mode, void *lock)
{
	(void)mode;
	held--;
	return pthread_mutex_unlock(lock);
}

static void *
condition_new(unsigned type)
{
	pthread_cond_t *condition = malloc(sizeof(*condition));

	if (type)
		wrong++;
	pthread_cond_init(condition, NULL);
	conditions++;
	return condition;
}

static void
condition_free(void *condition)
{
	pthread_cond_destroy(condition);
	free(condition);
	conditions--;
}

static int
condition_signal(void *condition, int broadcast)
{
	wakes++;
	return broadcast ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);
}

static int
condition_wait(void *condition, void *lock, const struct timeval *timeout)
{
	waits++;
	if (timeout)
		wrong++;
	return pthread_cond_wait(condition, lock);
}

static unsigned long
own_id(void)
{
	return (unsigned long)pthread_self();
}

static struct evthread_lock_callbacks lock_callbacks = {EVTHREAD_LOCK_API_VERSION,
    EVTHREAD_LOCKTYPE_RECURSIVE, lock_new, lock_free, lock_take, lock_give};
static struct evthread_condition_callbacks condition_callbacks = {EVTHREAD_CONDITION_API_VERSION,
    condition_new, condition_free, condition_signal, condition_wait};

static void
note(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s, held %ld", (const char *)arg, bits(what), held);
}

static int
visit(const struct event_base *base, const struct event *ev, void *arg)
{
	(void)base;
	(void)arg;
	if (ev->ev_evcallback.evcb_flags &
	    0x10) /* EVLIST_INTERNAL: how many is the library's affair */
		return 0;
	say("visited, held %s", held ? "some" : "none");
	return 0;
}

int
main(void)
{
	struct evthread_lock_callbacks strange = lock_callbacks;
	struct event_config *config;
	struct event_base *base, *unlocked;
	struct event *reader, *timer, *signaled;
	int ends[2];

	strange.lock_api_version = 7;
	say("a strange version = %d", evthread_set_lock_callbacks(&strange));
	say("locks = %d", evthread_set_lock_callbacks(&lock_callbacks));
	say("the same again = %d", evthread_set_lock_callbacks(&lock_callbacks));
	say("conditions = %d", evthread_set_condition_callbacks(&condition_callbacks));
	evthread_set_id_callback(own_id);
	say("others = %d", evthread_set_lock_callbacks(&strange));
	base = kit_base();
	say("a base has locks: %d", locks > 0);
	config = event_config_new();
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	unlocked = event_base_new_with_config(config);
	event_config_free(config);
	say("not notifiable = %d", evthread_make_base_notifiable(unlocked));
	event_base_free(unlocked);
	kit_pipe(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, note, "reader");
	timer = evtimer_new(base, note, "timer");
	signaled = evsignal_new(base, SIGUSR1, note, "signal");
	event_add(reader, NULL);
	kit_add_ms(timer, 5);
	event_add(signaled, NULL);
	kit_put(ends[1], "x");
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_ONCE);
	kit_drain(ends[0]);
	event_base_foreach_event(base, visit, NULL);
	kit_loop(base, EVLOOP_ONCE);
	say("held between %ld", held);
	event_free(reader);
	event_free(timer);
	event_free(signaled);
	event_base_free(base);
	say("held %ld, wrong %ld, conditions %ld", held, wrong, conditions);
	libevent_global_shutdown();
	say("locks left %ld", locks);
	return 0;
}
