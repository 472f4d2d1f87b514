/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams that connect to names while other threads resolve these, meddle with the streams and
 * free them.  Each that is left alone is called back once.
 */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/stress_kit.h"

enum { THREADS = 4, ROUNDS = 200 };

static const int options[] = {
    BEV_OPT_THREADSAFE,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static struct event_base *base;
static int stream_options;
static struct sockaddr_in open_address, closed_address;

/* ---- A resolver whose results the calling thread gives ------------------------------------------- */

/* One for each thread: the resolver and its request. */
struct lookup {
	resolver_done_fn *done;
	void *arg;
};

static void *
start(void *resolver, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	struct lookup *lookup = resolver;

	(void)node;
	(void)service;
	(void)hints;
	lookup->done = done;
	lookup->arg = arg;
	return lookup;
}

/* Streams with locks await their lookups. */
static void
cancel(void *request)
{
	ck_abort_msg("lookup %p is cancelled", request);
}

static const struct resolver_hook hook = {start, cancel};

static struct addrinfo *
append(struct addrinfo *list, const struct sockaddr_in *address)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *one =
	    lvn_addrinfo_new((const struct sockaddr *)address, sizeof(*address), &hints);

	ck_assert_ptr_nonnull(one);
	return lvn_addrinfo_join(list, one);
}

static void
resolve(struct lookup *lookup, bool more)
{
	struct addrinfo *list = append(append(NULL, &closed_address), &open_address);

	lookup->done(0, list, more, lookup->arg);
}

/* ---- Streams -------------------------------------------------------------------------------------- */

struct visitor {
	struct bufferevent *bev;
	atomic_int events;
	bool frees_inside;
};

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct visitor *visitor = arg;

	ck_assert_int_eq(what, BEV_EVENT_CONNECTED);
	if (visitor->frees_inside)
		bufferevent_free(bev);
	/* The last use of the visitor. */
	atomic_fetch_add(&visitor->events, 1);
}

static struct bufferevent *
connect_by_name(struct lookup *lookup, bufferevent_event_cb callback, void *arg)
{
	struct bufferevent *bev = stream_on(base, -1, BEV_OPT_CLOSE_ON_FREE | stream_options);

	bufferevent_setcb(bev, NULL, NULL, callback, arg);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     bev, (struct evdns_base *)lookup, AF_UNSPEC, "some.name", 80),
	    0);
	return bev;
}

static void
visit(struct lookup *lookup, long round)
{
	struct visitor visitor = {.frees_inside = round % 2};

	bufferevent_incref(visitor.bev = connect_by_name(lookup, on_event, &visitor));
	if (round % 3 != 0)
		resolve(lookup, true);
	resolve(lookup, false);
	if (round % 7 == 1)
		bufferevent_disable(visitor.bev, EV_READ | EV_WRITE);
	while (atomic_load(&visitor.events) == 0)
		sched_yield();
	if (!visitor.frees_inside)
		bufferevent_free(visitor.bev);
	bufferevent_decref(visitor.bev);
}

/* It may come too late to be prevented. */
static void
ignore_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	ck_assert_int_eq(what, BEV_EVENT_CONNECTED);
}

static void
break_off(struct lookup *lookup, long round)
{
	struct bufferevent *bev = connect_by_name(lookup, ignore_event, NULL);

	if (round % 3 != 0)
		resolve(lookup, true);
	if (round % 2)
		resolve(lookup, false);
	if (round % 4 == 0)
		sched_yield();
	if (round % 5 == 0)
		bufferevent_replacefd(bev, -1);
	if (round % 7 == 0)
		ck_assert_int_ge(bufferevent_getfd(bev), -1);
	bufferevent_free(bev);
	if (round % 2 == 0)
		resolve(lookup, false);
}

static void
work(void)
{
	struct lookup lookup;

	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		visit(&lookup, round);
		break_off(&lookup, round);
	}
}

/* ---- The server ----------------------------------------------------------------------------------- */

static void
close_it(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	evutil_closesocket(fd);
}

static struct evconnlistener *
listen_somewhere(void)
{
	struct sockaddr_in *address = &open_address;
	socklen_t size = sizeof(*address);
	struct evconnlistener *listener;

	*address = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	closed_address = *address;
	closed_address.sin_port = htons(1);
	listener = evconnlistener_new_bind(base, close_it, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, -1, (struct sockaddr *)address, (int)size);
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)address, &size), 0);
	return listener;
}

TEST_SECONDS(getenv("LEVIN_STRESS_SECONDS") ? 600 : 60);

TEST_RANGE(bufferevent_socket_connect_hostname__of_streams_in_all_threads, 0,
    stress_backends_count() * OPTIONS)
{
	const struct backend_under_test *backend = backend_under_test(_i / OPTIONS);
	struct evconnlistener *listener;

	if (!backend->threads)
		return;
	stream_options = options[_i % OPTIONS];
	base = base_on(backend);
	listener = listen_somewhere();
	lvn_resolver_hook_set(&hook);

	stress_run(base, THREADS, work);

	evconnlistener_free(listener);
	event_base_free(base);
}
