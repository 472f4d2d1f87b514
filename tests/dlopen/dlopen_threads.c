/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads load the libraries, use them, unload them in either order, and end: what runs at the
 * end of a thread, and the functions that one library gave another, must still be there.  The
 * next round loads and uses them again.
 *
 * usage: dlopen_threads core-first|pthreads-first|umbrella CORE PTHREADS UMBRELLA
 */
#include <dlfcn.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 100, THREADS = 4 };

static const char *core, *pthreads;
static bool closes_core_first;

/* What is used of the libraries. */
struct functions {
	int (*use_pthreads)(void);
	struct event_base *(*base_new)(void);
	void (*base_free)(struct event_base *);
	int (*base_once)(struct event_base *, evutil_socket_t, short,
	    void (*)(evutil_socket_t, short, void *), void *, const struct timeval *);
	int (*base_dispatch)(struct event_base *);
	struct event *(*ev_new)(struct event_base *, evutil_socket_t, short,
	    void (*)(evutil_socket_t, short, void *), void *);
	int (*ev_add)(struct event *, const struct timeval *);
	void (*ev_free)(struct event *);
	struct evbuffer *(*buffer_new)(void);
	int (*enable_locking)(struct evbuffer *, void *);
	int (*add)(struct evbuffer *, const void *, size_t);
	int (*drain)(struct evbuffer *, size_t);
	void (*buffer_free)(struct evbuffer *);
};

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "dlopen_threads: %s: %s\n", what, why ? why : "wrong");
	exit(1);
}

static void *
open_library(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		fail(path, dlerror());
	return library;
}

/* Stores the address of a function in a member of struct functions. */
static void
look_up(void *library, const char *name, void *member)
{
	void *address = dlsym(library, name);

	if (!address)
		fail(name, dlerror());
	memcpy(member, &address, sizeof(address));
}

static void
look_up_all(void *from_core, void *from_pthreads, struct functions *f)
{
	look_up(from_pthreads, "evthread_use_pthreads", &f->use_pthreads);
	look_up(from_core, "event_base_new", &f->base_new);
	look_up(from_core, "event_base_free", &f->base_free);
	look_up(from_core, "event_base_once", &f->base_once);
	look_up(from_core, "event_base_dispatch", &f->base_dispatch);
	look_up(from_core, "event_new", &f->ev_new);
	look_up(from_core, "event_add", &f->ev_add);
	look_up(from_core, "event_free", &f->ev_free);
	look_up(from_core, "evbuffer_new", &f->buffer_new);
	look_up(from_core, "evbuffer_enable_locking", &f->enable_locking);
	look_up(from_core, "evbuffer_add", &f->add);
	look_up(from_core, "evbuffer_drain", &f->drain);
	look_up(from_core, "evbuffer_free", &f->buffer_free);
}

static void
count(evutil_socket_t fd, short what, void *calls)
{
	(void)fd;
	(void)what;
	++*(int *)calls;
}

static void
use(const struct functions *f)
{
	static const char bytes[3000];
	struct event_base *base = f->base_new();
	struct event *on_signal = f->ev_new(base, SIGUSR1, EV_SIGNAL, count, NULL);
	struct evbuffer *buffer = f->buffer_new();
	int calls = 0;

	f->ev_add(on_signal, NULL);
	f->base_once(base, -1, EV_TIMEOUT, count, &calls, NULL);
	f->ev_free(on_signal);
	if (f->base_dispatch(base) != 1 || calls != 1)
		fail("event_base_dispatch", NULL);
	f->base_free(base);

	if (f->enable_locking(buffer, NULL) != 0 || f->add(buffer, bytes, sizeof(bytes)) != 0)
		fail("evbuffer_add", NULL);
	f->drain(buffer, 2000);
	f->buffer_free(buffer);
}

static void *
load_use_unload(void *unused)
{
	void *from_core = open_library(core), *from_pthreads = open_library(pthreads);
	struct functions functions;

	look_up_all(from_core, from_pthreads, &functions);
	use(&functions);
	dlclose(closes_core_first ? from_core : from_pthreads);
	dlclose(closes_core_first ? from_pthreads : from_core);
	return unused;
}

/* Threads are switched on by the first thread, before there are others. */
static void *
switch_on(void *unused)
{
	void *from_core = open_library(core), *from_pthreads = open_library(pthreads);
	struct functions functions;

	look_up_all(from_core, from_pthreads, &functions);
	if (functions.use_pthreads() != 0)
		fail("evthread_use_pthreads", NULL);
	use(&functions);
	dlclose(from_pthreads);
	dlclose(from_core);
	return unused;
}

static void
run_threads(int number, void *(*work)(void *))
{
	pthread_t threads[THREADS];

	for (int i = 0; i < number; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("pthread_create", NULL);
	for (int i = 0; i < number; i++)
		pthread_join(threads[i], NULL);
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: %s ORDER CORE PTHREADS UMBRELLA\n", argv[0]);
		return 2;
	}
	closes_core_first = strcmp(argv[1], "core-first") == 0;
	core = strcmp(argv[1], "umbrella") == 0 ? argv[4] : argv[2];
	pthreads = argv[3];
	run_threads(1, switch_on);
	for (int i = 0; i < ROUNDS; i++)
		run_threads(THREADS, load_use_unload);
	return 0;
}
