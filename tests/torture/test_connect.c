/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream connects to a name while every allocation and every system call fails once.  The first
 * address refuses and two others listen, so that there is a connection in the end.
 */
#include <arpa/inet.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "torture/torture.h"

struct visit {
	struct event_base *base;
	struct bufferevent *bev;
	int connections;
};

/* ---- The resolver ------------------------------------------------------------------------------- */

static struct {
	struct sockaddr_in addresses[3]; /* the first is closed */
	bool has_later_results;
	resolver_done_fn *done;
	void *arg;
	struct event *later;
} resolver;

static struct addrinfo *
list_of(int count)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;

	for (int i = 0; i < count; i++) {
		struct addrinfo *one;

		faults_pause();
		one = lvn_addrinfo_new((struct sockaddr *)&resolver.addresses[i],
		    sizeof(resolver.addresses[i]), &hints);
		faults_resume();
		EXPECT(one);
		list = lvn_addrinfo_join(list, one);
	}
	return list;
}

static void
give_later_results(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	resolver.done(0, list_of(3), false, resolver.arg);
}

static void *
start(void *base, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	(void)base;
	(void)node;
	(void)service;
	(void)hints;
	if (!resolver.has_later_results) {
		done(0, list_of(3), false, arg);
		return NULL;
	}
	resolver.done = done;
	resolver.arg = arg;
	done(0, list_of(2), true, arg);
	TRY(event_add(resolver.later, SPAN_MS(200)));
	return &resolver;
}

static void
cancel(void *request)
{
	(void)request;
	event_del(resolver.later);
	resolver.done(EVUTIL_EAI_CANCEL, NULL, false, resolver.arg);
}

static const struct resolver_hook hook = {start, cancel};

/* ---- The program -------------------------------------------------------------------------------- */

static int
connect_by_name(struct visit *visit)
{
	return bufferevent_socket_connect_hostname(
	    visit->bev, (struct evdns_base *)visit->base, AF_UNSPEC, "some.name", 80);
}

/* What fails when one of the addresses has accepted leaves no time for another one. */
static void
note_connection(struct bufferevent *bev, short what, void *arg)
{
	struct visit *visit = arg;

	if (what == BEV_EVENT_CONNECTED) {
		visit->connections++;
		return;
	}
	EXPECT(what == BEV_EVENT_ERROR);
	EXPECT(bufferevent_socket_get_dns_error(bev) == 0);
	torture_excuse("a connection");
	TRY(bufferevent_replacefd(bev, -1));
	TRY(connect_by_name(visit));
}

static int listeners[2];

static void
close_what_was_accepted(const struct configuration *configuration)
{
	int fd;

	faults_pause();
	/* What is in flight arrives. */
	if (backend_is_simulated(configuration->backend))
		levin_sim_spend(simulation_under_test(), 1000000000);
	for (int i = 0; i < 2; i++) {
		while ((fd = backend_is_simulated(configuration->backend)
				 ? levin_sim_accept(listeners[i])
				 : accept(listeners[i], NULL, NULL)) >= 0)
			evutil_closesocket(fd);
	}
	faults_resume();
}

static int way_of_streams;

static void
visit_name(const struct configuration *configuration)
{
	static const int options[] = {
	    0, BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS};
	struct visit visit = {.base = torture_base(configuration)};

	TRY_NEW(resolver.later, evtimer_new(visit.base, give_later_results, NULL));
	TRY_NEW(visit.bev, bufferevent_socket_new(
			       visit.base, -1, options[way_of_streams] | BEV_OPT_CLOSE_ON_FREE));
	bufferevent_setcb(visit.bev, NULL, NULL, note_connection, &visit);
	TRY(bufferevent_set_timeouts(visit.bev, NULL, SPAN_MS(1000000)));
	TRY(connect_by_name(&visit));
	torture_run(visit.base, &visit.connections, 1);
	EXPECT(visit.connections == 1);
	bufferevent_free(visit.bev);
	/* A stream with a lock awaits its lookup. */
	TRY(event_base_loop(visit.base, 0));
	event_free(resolver.later);
	event_base_free(visit.base);
	close_what_was_accepted(configuration);
}

/* ---- Addresses ---------------------------------------------------------------------------------- */

static int
listen_really(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address->sin_port = 0;
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, size), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static void
set_address(struct sockaddr_in *address, const char *host, in_port_t port)
{
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	ck_assert_int_eq(inet_pton(AF_INET, host, &address->sin_addr), 1);
}

TEST_RANGE(connect_attempts__every_failure_once, 0, 2 * backends_under_test_count())
{
	struct configuration configuration = {.backend = backend_under_test(_i / 2)};

	way_of_streams = _i % 2;
	for (int i = 0; i < 3; i++)
		set_address(&resolver.addresses[i], "127.0.0.1", 1);
	listeners[0] = listen_really(&resolver.addresses[1]);
	listeners[1] = listen_really(&resolver.addresses[2]);
	lvn_resolver_hook_set(&hook);

	torture(visit_name, &configuration);

	close(listeners[0]);
	close(listeners[1]);
}

/* The second address needs 300 ms, the second result of the lookup 200. */
TEST_RANGE(connect_attempts__every_failure_once_with_delays, 0,
    2 * (backends_and_sim_count() - backends_under_test_count()))
{
	struct configuration configuration = {
	    .backend = backend_under_test(backends_under_test_count() + _i / 2)};
	const struct levin_sim_link slow = {
	    .latency_min_ns = 300000000, .latency_max_ns = 300000000};
	struct levin_sim *sim;

	way_of_streams = _i % 2;
	backend_prepare_process(configuration.backend);
	faults_take_memory();
	sim = simulation_under_test();
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "192.0.2.2", &slow), 0);
	for (int i = 0; i < 3; i++) {
		const char *hosts[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};

		set_address(&resolver.addresses[i], hosts[i], 80);
	}
	listeners[0] = levin_sim_listener_at(sim, "192.0.2.2:80", 5);
	listeners[1] = levin_sim_listener_at(sim, "192.0.2.3:80", 5);
	resolver.has_later_results = true;
	lvn_resolver_hook_set(&hook);

	torture(visit_name, &configuration);
}
