/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners: very many connections with too few descriptors, and threads that enable, disable
 * and free them while connections come.
 *
 * LEVIN_STRESS_ACCEPTS=200000 in the environment makes the first that many;
 * LEVIN_STRESS_SECONDS=60 makes the others take that long.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <levin/post.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/suite.h"

/* Without libevent_pthreads there are no locks, and nothing to see. */
#ifndef EVTHREAD_USE_PTHREADS_IMPLEMENTED
#define evthread_use_pthreads() (-1)
#endif

static struct event_base *base;

static long
from_environment(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

static struct sockaddr_in
loopback(void)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static struct sockaddr_in
address_of(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size), 0);
	return address;
}

static struct evconnlistener *
listen_by(evconnlistener_cb callback, void *arg)
{
	struct sockaddr_in address = loopback();
	struct evconnlistener *listener = evconnlistener_new_bind(base, callback, arg,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE | LEV_OPT_REUSEABLE, 4096,
	    (struct sockaddr *)&address, sizeof(address));

	ck_assert_ptr_nonnull(listener);
	return listener;
}

/* ---- Many connections, few descriptors ---- */

enum { KEPT = 40, CLIENTS_AT_ONCE = 200 };

/* The descriptors of connections are kept until there are KEPT, which is more than can be. */
struct crowd {
	struct evconnlistener *listener;
	long wanted;
	long taken;
	long refused; /* calls of the error callback */
	int held[KEPT];
	int held_count;
};

static void
let_go(struct crowd *crowd)
{
	while (crowd->held_count > 0)
		evutil_closesocket(crowd->held[--crowd->held_count]);
}

static void
on_crowd(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	struct crowd *crowd = arg;

	(void)listener;
	(void)address;
	(void)size;
	/* The client waits for it: this is its connection, and no other. */
	ck_assert_int_eq(send(fd, "k", 1, MSG_NOSIGNAL), 1);
	crowd->held[crowd->held_count++] = fd;
	if (crowd->held_count == KEPT)
		let_go(crowd);
	if (++crowd->taken == crowd->wanted)
		event_base_loopbreak(base);
}

static void
on_full(struct evconnlistener *listener, void *arg)
{
	struct crowd *crowd = arg;

	ck_assert_int_eq(errno, EMFILE);
	crowd->refused++;
	let_go(crowd);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
}

/* In a process of its own: each connection must be answered with one byte. */
static int
be_the_crowd(struct sockaddr_in address, long count)
{
	struct pollfd open[CLIENTS_AT_ONCE];
	long begun = 0, answered = 0;
	char byte;

	for (int i = 0; i < CLIENTS_AT_ONCE; i++)
		open[i].fd = -1;
	while (answered < count) {
		for (int i = 0; i < CLIENTS_AT_ONCE && begun < count; i++) {
			if (open[i].fd >= 0)
				continue;
			open[i].fd = socket(AF_INET, SOCK_STREAM, 0);
			open[i].events = POLLIN;
			if (open[i].fd < 0 ||
			    connect(open[i].fd, (struct sockaddr *)&address, sizeof(address)) < 0)
				return 2;
			begun++;
		}
		if (poll(open, CLIENTS_AT_ONCE, 30000) <= 0)
			return 3;
		for (int i = 0; i < CLIENTS_AT_ONCE; i++) {
			struct linger at_once = {1, 0};

			if (open[i].fd < 0 || !open[i].revents)
				continue;
			if (read(open[i].fd, &byte, 1) != 1 || byte != 'k')
				return 4;
			/* No port is left in TIME_WAIT. */
			setsockopt(open[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			close(open[i].fd);
			open[i].fd = -1;
			answered++;
		}
	}
	return 0;
}

TEST_SECONDS(300);

TEST_RANGE(
    listener__no_connection_is_lost_at_the_limit_of_descriptors, 0, backends_under_test_count() / 4)
{
	struct crowd crowd = {.wanted = from_environment("LEVIN_STRESS_ACCEPTS", 5000)};
	struct rlimit limit;
	struct sockaddr_in address;
	pid_t child;
	int status, next;

	base = base_on(backend_under_test(_i * 4));
	crowd.listener = listen_by(on_crowd, &crowd);
	evconnlistener_set_error_cb(crowd.listener, on_full);
	address = address_of(crowd.listener);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(be_the_crowd(address, crowd.wanted));
	next = dup(STDERR_FILENO);
	ck_assert_int_eq(close(next), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next + KEPT / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);

	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(crowd.taken, crowd.wanted);
	ck_assert_int_ge(crowd.refused, crowd.wanted / KEPT - 1);
	let_go(&crowd);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	evconnlistener_free(crowd.listener);
	event_base_free(base);
}

/* ---- Threads ---- */

enum { ROUNDS = 300 };

static atomic_long taken;
static atomic_bool over;

static void
on_counted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	atomic_fetch_add(&taken, 1);
	evutil_closesocket(fd);
}

static bool
goes_on(long round, time_t end)
{
	return end ? time(NULL) < end : round < ROUNDS;
}

static time_t
end_of_run(void)
{
	long seconds = from_environment("LEVIN_STRESS_SECONDS", 0);

	return seconds ? time(NULL) + seconds : 0;
}

static void
connect_once(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct linger at_once = {1, 0};

	if (fd < 0)
		return;
	/* Refused where the listener has just been freed. */
	(void)!connect(fd, (const struct sockaddr *)address, sizeof(*address));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void *
keep_connecting(void *address)
{
	while (!atomic_load(&over))
		connect_once(address);
	return NULL;
}

static void *
switch_on_and_off(void *listener)
{
	time_t end = end_of_run();

	for (long round = 0; goes_on(round, end); round++) {
		evconnlistener_disable(listener);
		if (round % 3 == 0)
			evconnlistener_set_cb(listener, NULL, NULL);
		evconnlistener_enable(listener);
		evconnlistener_set_error_cb(listener, NULL);
		evconnlistener_set_cb(listener, on_counted, NULL);
	}
	atomic_store(&over, true);
	return NULL;
}

static void
end_loop(void *unused)
{
	(void)unused;
	event_base_loopbreak(base);
}

static void *
run_loop(void *unused)
{
	(void)unused;
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	return NULL;
}

TEST_ON_BACKENDS(evconnlistener_enable__and_disable_by_threads)
{
	const struct backend_under_test *backend = backend_under_test(_i);
	struct evconnlistener *listener;
	struct sockaddr_in address;
	pthread_t client, switcher, loop;
	long before;

	if (!backend->threads)
		return;
	base = base_on(backend);
	listener = listen_by(on_counted, NULL);
	address = address_of(listener);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, NULL), 0);
	ck_assert_int_eq(pthread_create(&client, NULL, keep_connecting, &address), 0);
	ck_assert_int_eq(pthread_create(&switcher, NULL, switch_on_and_off, listener), 0);
	pthread_join(switcher, NULL);
	pthread_join(client, NULL);
	/* It is enabled: whoever comes now is taken. */
	before = atomic_load(&taken);
	connect_once(&address);
	while (atomic_load(&taken) == before)
		sched_yield();
	evconnlistener_free(listener);
	ck_assert_int_eq(levin_post(base, end_loop, NULL), 0);
	pthread_join(loop, NULL);
	event_base_free(base);
}

TEST_ON_BACKENDS(evconnlistener_free__of_a_busy_listener_by_threads)
{
	const struct backend_under_test *backend = backend_under_test(_i);
	time_t end = end_of_run();
	pthread_t loop;

	if (!backend->threads)
		return;
	base = base_on(backend);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, NULL), 0);
	for (long round = 0; goes_on(round, end); round++) {
		struct evconnlistener *listener = listen_by(on_counted, NULL);
		struct sockaddr_in address = address_of(listener);
		long before = atomic_load(&taken);

		connect_once(&address);
		connect_once(&address);
		while (round % 2 && atomic_load(&taken) == before)
			sched_yield();
		evconnlistener_free(listener);
	}
	ck_assert_int_eq(levin_post(base, end_loop, NULL), 0);
	pthread_join(loop, NULL);
	event_base_free(base);
}
