/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program with threads forks while they are inside of the library.  The child has none of
 * them, and uses objects of its own: no lock of the process may stay locked.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/loop_kit.h"

enum { THREADS = 3, FORKS = 100, ADDED_IN_CHILD = 200 };

static const struct backend_under_test *backend;
static struct event_base *shared_base;
static struct evbuffer *shared_buffer;
static atomic_bool stops;

static void
do_nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Every lock of the process, again and again. */
static void *
use_all(void *arg)
{
	int signo = arg ? SIGUSR1 : SIGUSR2;
	char byte;

	while (!atomic_load(&stops)) {
		struct event_base *own = event_base_new();
		struct event *on_signal = evsignal_new(own, signo, do_nothing, NULL);
		struct event *timer = evtimer_new(shared_base, do_nothing, NULL);

		for (int i = 0; i < 200; i++)
			event_free(evtimer_new(own, do_nothing, NULL));
		event_add(on_signal, NULL);
		event_add(timer, MS(1000));
		event_active(timer, EV_TIMEOUT, 1);
		evbuffer_add(shared_buffer, "0123456789", 10);
		evbuffer_drain(shared_buffer, 10);
		evutil_secure_rng_get_bytes(&byte, 1);
		event_free(timer);
		event_free(on_signal);
		event_base_free(own);
	}
	return NULL;
}

static struct evbuffer *child_buffer;
static struct event *child_event;

static void *
add_in_child(void *unused)
{
	for (int i = 0; i < ADDED_IN_CHILD; i++) {
		evbuffer_add(child_buffer, "x", 1);
		event_active(child_event, EV_TIMEOUT, 1);
	}
	return unused;
}

/* The thread sanitizer bears no thread in the child of a program with threads. */
static bool
start_in_child(pthread_t *thread)
{
	return backend->threads && !LVN_THREAD_SANITIZER &&
	       pthread_create(thread, NULL, add_in_child, NULL) == 0;
}

static void
use_new_objects(void)
{
	struct event_base *base = event_base_new();
	struct event *on_signal = evsignal_new(base, SIGUSR1, do_nothing, NULL);
	struct bufferevent *pair[2];
	pthread_t thread;
	bool has_thread;

	child_buffer = evbuffer_new();
	evbuffer_enable_locking(child_buffer, NULL);
	child_event = event_new(base, -1, EV_PERSIST, do_nothing, NULL);
	event_add(child_event, MS(100000));
	event_add(on_signal, NULL);
	has_thread = start_in_child(&thread);
	if (!has_thread)
		add_in_child(NULL);
	for (int i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	if (has_thread)
		pthread_join(thread, NULL);
	if (evbuffer_get_length(child_buffer) != ADDED_IN_CHILD)
		_exit(2);
	if (bufferevent_pair_new(base, BEV_OPT_THREADSAFE, pair) < 0)
		_exit(3);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	event_free(on_signal);
	event_free(child_event);
	evbuffer_free(child_buffer);
	event_base_free(base);
	_exit(0);
}

/* A child that hangs ends by itself. */
static int
status_of_child(void)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm((unsigned)suite_patience(10));
		use_new_objects();
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

/*
 * A sanitizer and an emulator have locks of their own, which may stay locked in the child.  A
 * child under ThreadSanitizer that hung waited in its calloc, called by event_add, for the mutex
 * of a size class that a thread of the parent held (SizeClassAllocator64::GetFromAllocator in
 * Semaphore::Wait).  A program without the library, whose threads call malloc and free while it
 * forks, hangs in the same place after some fifty forks.
 */
TEST_RANGE(fork__child_uses_new_objects_while_threads_hold_locks, 0,
    LVN_ADDRESS_SANITIZER || LVN_THREAD_SANITIZER || suite_is_emulated()
	? 0
	: backends_under_test_count())
{
	pthread_t threads[THREADS];

	backend = backend_under_test(_i);
	if (!backend->threads)
		return;
	shared_base = base_on(backend);
	shared_buffer = evbuffer_new();
	ck_assert_int_eq(evbuffer_enable_locking(shared_buffer, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use_all, (void *)(intptr_t)i);

	for (int i = 0; i < FORKS; i++)
		ck_assert_int_eq(status_of_child(), 0);

	atomic_store(&stops, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	evbuffer_free(shared_buffer);
	event_base_free(shared_base);
}

TEST_ON_BACKENDS(fork__child_uses_new_objects)
{
	backend = backend_under_test(_i);
	shared_base = base_on(backend);

	ck_assert_int_eq(status_of_child(), 0);

	event_base_free(shared_base);
}
