/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners, on the real kernel and on the simulated one.
 */
#include "base/platform.h"
#include "support/listener_kit.h"

#include <netinet/tcp.h>
#include <unistd.h>

/* ---- Connections ---- */

TEST_EVERYWHERE(accept_callback__gets_descriptor_and_address)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;
	struct sockaddr_in own;
	socklen_t size = sizeof(own);

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	connect_some(listener, 1);
	run_until(&accepted, 1);

	ck_assert_int_eq(accepted.address.ss_family, AF_INET);
	ck_assert_int_eq(accepted.address_size, sizeof(struct sockaddr_in));
	if (!backend_is_simulated(backend)) {
		ck_assert_int_eq(getsockname(clients[0], (struct sockaddr *)&own, &size), 0);
		ck_assert_mem_eq(&accepted.address, &own, size);
	}
	ck_assert_ptr_eq(evconnlistener_get_base(listener), base);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(accept_callback__at_most_64_connections_in_a_turn)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	connect_some(listener, 150);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK), 0);
	if (!backend_is_simulated(backend))
		ck_assert_int_eq(accepted.connections, 64);
	run_until(&accepted, 150);

	evconnlistener_free(listener);
	finish_test();
}

static const struct {
	unsigned flags;
	int expected;
} socket_flags[] = {
    {0, O_NONBLOCK},
    {LEV_OPT_LEAVE_SOCKETS_BLOCKING, 0},
    {LEV_OPT_CLOSE_ON_EXEC, O_NONBLOCK | FD_CLOEXEC},
    {LEV_OPT_LEAVE_SOCKETS_BLOCKING | LEV_OPT_CLOSE_ON_EXEC, FD_CLOEXEC},
};

TEST_ON_BACKENDS(evconnlistener_new_bind__flags_of_accepted_descriptors)
{
	start(_i);
	for (size_t i = 0; i < sizeof(socket_flags) / sizeof(socket_flags[0]); i++) {
		struct accepted accepted = {0};
		struct evconnlistener *listener =
		    listen_here(LEV_OPT_CLOSE_ON_FREE | socket_flags[i].flags, &accepted);
		int fd = evconnlistener_get_fd(listener);

		connect_some(listener, 1);
		run_until(&accepted, 1);
		ck_assert_int_eq(accepted.flags, socket_flags[i].expected);
		ck_assert_int_eq(fcntl(fd, F_GETFD),
		    socket_flags[i].flags & LEV_OPT_CLOSE_ON_EXEC ? FD_CLOEXEC : 0);
		ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
		evconnlistener_free(listener);
	}
	finish_test();
}

static int
option(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

TEST_IF(LVN_HAVE_LINUX, evconnlistener_new_bind__socket_options_follow_flags)
{
	struct sockaddr_in address = loopback();
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	struct evconnlistener *listener;

	base = event_base_new();
	for (unsigned flags = 0; flags <= LEV_OPT_BIND_IPV4_AND_IPV6 * 2 - 1; flags += 8) {
		const unsigned about_binding = LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT |
					       LEV_OPT_DEFERRED_ACCEPT | LEV_OPT_DISABLED;
		int fd;

		listener = evconnlistener_new_bind(base, on_connection, NULL,
		    (flags & about_binding) | LEV_OPT_CLOSE_ON_FREE, -1,
		    (struct sockaddr *)&address, sizeof(address));
		ck_assert_ptr_nonnull(listener);
		fd = evconnlistener_get_fd(listener);
		ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
		ck_assert_int_eq(
		    option(fd, SOL_SOCKET, SO_REUSEADDR), !!(flags & LEV_OPT_REUSEABLE));
		ck_assert_int_eq(
		    option(fd, SOL_SOCKET, SO_REUSEPORT), !!(flags & LEV_OPT_REUSEABLE_PORT));
		ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) != 0,
		    !!(flags & LEV_OPT_DEFERRED_ACCEPT));
		evconnlistener_free(listener);
	}
	listener = evconnlistener_new_bind(base, on_connection, NULL,
	    LEV_OPT_BIND_IPV6ONLY | LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&any,
	    sizeof(any));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(option(evconnlistener_get_fd(listener), IPPROTO_IPV6, IPV6_V6ONLY), 1);
	evconnlistener_free(listener);
	listener = evconnlistener_new_bind(base, on_connection, NULL,
	    LEV_OPT_BIND_IPV4_AND_IPV6 | LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&any,
	    sizeof(any));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(option(evconnlistener_get_fd(listener), IPPROTO_IPV6, IPV6_V6ONLY), 0);
	evconnlistener_free(listener);
	event_base_free(base);
}

/* ---- Failing constructors ---- */

static void
expect_no_listener(struct event_base *on, int backlog, int fd, int error)
{
	errno = 0;
	ck_assert_ptr_null(
	    evconnlistener_new(on, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, backlog, fd));
	ck_assert_int_eq(errno, error);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
}

/* Running out of memory is in tests/torture, a descriptor that cannot be watched below. */
TEST(evconnlistener_new__failure_leaves_descriptor_to_caller)
{
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	int ends[2];

	keep_log();
	base = event_base_new();
	ck_assert_int_eq(pipe(ends), 0);

	expect_no_listener(base, 5, ends[0], ENOTSOCK);
	expect_no_listener(base, -1, ends[0], ENOTSOCK);
	expect_no_listener(base, -1, datagrams, EOPNOTSUPP);
	expect_no_listener(NULL, 0, ends[0], EINVAL);

	ck_assert_int_eq(close(datagrams), 0);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	event_base_free(base);
}

TEST_ON_BACKENDS(evconnlistener_new__descriptor_cannot_be_watched)
{
	int fd = open("/dev/null", O_RDONLY);

	keep_log();
	start(_i);
	if (strcmp(event_base_get_method(base), "epoll") == 0) {
		ck_assert_ptr_null(
		    evconnlistener_new(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd));
		ck_assert_int_eq(errno, EPERM);
	}
	ck_assert_int_eq(close(fd), 0);
	finish_test();
}

TEST(evconnlistener_new_bind__failure_leaves_no_socket)
{
	struct sockaddr_in address = loopback();
	struct sockaddr *any = (struct sockaddr *)&address;

	base = event_base_new();
	ck_assert_ptr_null(
	    evconnlistener_new_bind(base, on_connection, NULL, 0, 0, any, sizeof(address)));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(evconnlistener_new_bind(base, on_connection, NULL, 0, -1, any, 4));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(evconnlistener_new_bind(base, on_connection, NULL, 0, -1, any, -1));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(evconnlistener_new_bind(base, on_connection, NULL, 0, -1, NULL, 0));
	ck_assert_int_eq(errno, EAFNOSUPPORT);
	ck_assert_ptr_null(evconnlistener_new_bind(
	    base, on_connection, NULL, LEV_OPT_BIND_IPV6ONLY, -1, any, sizeof(address)));
	ck_assert_int_eq(errno, ENOPROTOOPT);
	ck_assert_ptr_null(
	    evconnlistener_new_bind(NULL, on_connection, NULL, 0, -1, any, sizeof(address)));
	ck_assert_int_eq(errno, EINVAL);
	event_base_free(base);
}

TEST_EVERYWHERE(evconnlistener_free__without_close_on_free_socket_listens)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;
	int fd;

	start(_i);
	listener = listen_here(0, &accepted);
	fd = evconnlistener_get_fd(listener);
	evconnlistener_free(listener);

	listener = evconnlistener_new(base, on_connection, &accepted, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	ck_assert_ptr_nonnull(listener);
	connect_some(listener, 1);
	run_until(&accepted, 1);
	evconnlistener_free(listener);
	finish_test();
}

/* ---- Disabled, enabled, changed ---- */

TEST_EVERYWHERE(evconnlistener_enable__accepts_waiting_connections)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_DISABLED, &accepted);
	connect_some(listener, 2);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(accepted.connections, 0);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&accepted, 2);

	ck_assert_int_eq(evconnlistener_disable(listener), 0);
	ck_assert_int_eq(evconnlistener_disable(listener), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(evconnlistener_disable__inside_accept_callback)
{
	struct accepted accepted = {.then = disable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(accepted.connections, 1);
	accepted.then = NULL;
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&accepted, 3);

	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(evconnlistener_free__inside_accept_callback)
{
	struct accepted accepted = {.then = free_it};
	struct evconnlistener *listener;
	int fd;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	fd = evconnlistener_get_fd(listener);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(accepted.connections, 1);
	if (!backend_is_simulated(backend))
		ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	finish_test();
}

/* ---- Freeing other objects inside a callback ---- */

static struct evconnlistener *listeners[2];
static struct event *other_event;
static struct seen other_seen;

static void
free_all(struct evconnlistener *listener, struct accepted *accepted)
{
	(void)listener;
	accepted->then = NULL;
	evconnlistener_free(listeners[0]);
	event_free(other_event);
	evconnlistener_free(listeners[1]);
}

/*
 * Two listeners and an event are active in the same turn.  Whichever callback comes first
 * frees all three, and none of the others is called.
 */
TEST_EVERYWHERE(evconnlistener_free__other_objects_inside_accept_callback)
{
	struct accepted accepted = {.then = free_all};

	start(_i);
	listeners[0] = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	listeners[1] = evconnlistener_new(base, on_connection, &accepted, LEV_OPT_THREADSAFE, 0,
	    evconnlistener_get_fd(listeners[0]));
	connect_some(listeners[0], 2);
	other_event = event_new(base, -1, 0, see, &other_seen);
	ck_assert_int_eq(event_priority_set(other_event, 0), 0);
	ck_assert_int_eq(event_add(other_event, MS(0)), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	if (accepted.connections == 0)
		ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(accepted.connections, 1);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	finish_test();
}

static void
take_callback_away(struct evconnlistener *listener, struct accepted *accepted)
{
	(void)accepted;
	evconnlistener_set_cb(listener, NULL, NULL);
}

TEST_EVERYWHERE(evconnlistener_set_cb__null_accepts_nothing)
{
	struct accepted accepted = {.then = take_callback_away};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(accepted.connections, 1);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(accepted.connections, 1);

	accepted.then = NULL;
	evconnlistener_set_cb(listener, on_connection, &accepted);
	run_until(&accepted, 3);
	evconnlistener_free(listener);
	finish_test();
}

static struct accepted other;

static void
change_callback(struct evconnlistener *listener, struct accepted *accepted)
{
	(void)accepted;
	evconnlistener_set_cb(listener, on_connection, &other);
}

TEST_EVERYWHERE(evconnlistener_set_cb__inside_accept_callback)
{
	struct accepted accepted = {.then = change_callback};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	connect_some(listener, 3);
	run_until(&other, 2);

	ck_assert_int_eq(accepted.connections, 1);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(evconnlistener_free__before_the_loop_runs)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	connect_some(listener, 1);
	evconnlistener_free(listener);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(accepted.connections, 0);
	evconnlistener_free(NULL);
	finish_test();
}
