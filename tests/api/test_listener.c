/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners, on the real kernel and on the simulated one.
 */
#include "support/listener_kit.h"

#include <netinet/tcp.h>
#include <unistd.h>

/* ---- Connections ---- */

START_TEST(a_connection_is_handed_over_with_its_address)
{
	struct heard heard = {0};
	struct evconnlistener *listener;
	struct sockaddr_in own;
	socklen_t size = sizeof(own);

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	connect_some(listener, 1);
	run_until(&heard, 1);

	ck_assert_int_eq(heard.address.ss_family, AF_INET);
	ck_assert_int_eq(heard.address_size, sizeof(struct sockaddr_in));
	if (!backend_is_simulated(backend)) {
		ck_assert_int_eq(getsockname(clients[0], (struct sockaddr *)&own, &size), 0);
		ck_assert_mem_eq(&heard.address, &own, size);
	}
	ck_assert_ptr_eq(evconnlistener_get_base(listener), base);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(all_who_wait_are_taken_in_batches)
{
	struct heard heard = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	connect_some(listener, 150);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK), 0);
	if (!backend_is_simulated(backend))
		ck_assert_int_eq(heard.connections, 64);
	run_until(&heard, 150);

	evconnlistener_free(listener);
	finish_test();
}
END_TEST

static const struct {
	unsigned flags;
	int expected;
} socket_flags[] = {
    {0, O_NONBLOCK},
    {LEV_OPT_LEAVE_SOCKETS_BLOCKING, 0},
    {LEV_OPT_CLOSE_ON_EXEC, O_NONBLOCK | FD_CLOEXEC},
    {LEV_OPT_LEAVE_SOCKETS_BLOCKING | LEV_OPT_CLOSE_ON_EXEC, FD_CLOEXEC},
};

START_TEST(new_descriptors_are_as_the_flags_say)
{
	start(_i);
	for (size_t i = 0; i < sizeof(socket_flags) / sizeof(socket_flags[0]); i++) {
		struct heard heard = {0};
		struct evconnlistener *listener =
		    listen_here(LEV_OPT_CLOSE_ON_FREE | socket_flags[i].flags, &heard);
		int fd = evconnlistener_get_fd(listener);

		connect_some(listener, 1);
		run_until(&heard, 1);
		ck_assert_int_eq(heard.flags, socket_flags[i].expected);
		ck_assert_int_eq(fcntl(fd, F_GETFD),
		    socket_flags[i].flags & LEV_OPT_CLOSE_ON_EXEC ? FD_CLOEXEC : 0);
		ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
		evconnlistener_free(listener);
	}
	finish_test();
}
END_TEST

static int
option(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

START_TEST(the_socket_has_the_options_of_the_flags)
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
END_TEST

/* ---- Failing constructors ---- */

START_TEST(a_failed_constructor_leaves_the_descriptor_to_the_caller)
{
	int ends[2];

	base = event_base_new();
	ck_assert_int_eq(pipe(ends), 0);

	ck_assert_ptr_null(
	    evconnlistener_new(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, 5, ends[0]));
	ck_assert_int_eq(errno, ENOTSOCK);
	ck_assert_ptr_null(
	    evconnlistener_new(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, -1, ends[0]));
	ck_assert_int_eq(errno, ENOTSOCK);
	ck_assert_ptr_null(
	    evconnlistener_new(NULL, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, 0, ends[0]));
	ck_assert_int_eq(errno, EINVAL);

	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	event_base_free(base);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_watched_makes_no_listener)
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
END_TEST

START_TEST(wrong_addresses_make_no_listener)
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
	event_base_free(base);
}
END_TEST

START_TEST(without_close_on_free_the_socket_goes_on_listening)
{
	struct heard heard = {0};
	struct evconnlistener *listener;
	int fd;

	start(_i);
	listener = listen_here(0, &heard);
	fd = evconnlistener_get_fd(listener);
	evconnlistener_free(listener);

	listener = evconnlistener_new(base, on_connection, &heard, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	ck_assert_ptr_nonnull(listener);
	connect_some(listener, 1);
	run_until(&heard, 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

/* ---- Disabled, enabled, changed ---- */

START_TEST(a_disabled_listener_takes_nobody_until_enabled)
{
	struct heard heard = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_DISABLED, &heard);
	connect_some(listener, 2);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(heard.connections, 0);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&heard, 2);

	ck_assert_int_eq(evconnlistener_disable(listener), 0);
	ck_assert_int_eq(evconnlistener_disable(listener), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(disabled_in_its_callback_it_takes_no_other)
{
	struct heard heard = {.then = disable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &heard);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(heard.connections, 1);
	heard.then = NULL;
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&heard, 3);

	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(freed_in_its_callback_it_takes_no_other)
{
	struct heard heard = {.then = free_it};
	struct evconnlistener *listener;
	int fd;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &heard);
	fd = evconnlistener_get_fd(listener);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(heard.connections, 1);
	if (!backend_is_simulated(backend))
		ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	finish_test();
}
END_TEST

static void
take_callback_away(struct evconnlistener *listener, struct heard *heard)
{
	(void)heard;
	evconnlistener_set_cb(listener, NULL, NULL);
}

START_TEST(without_a_callback_nobody_is_taken)
{
	struct heard heard = {.then = take_callback_away};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	connect_some(listener, 3);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(heard.connections, 1);
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(heard.connections, 1);

	heard.then = NULL;
	evconnlistener_set_cb(listener, on_connection, &heard);
	run_until(&heard, 3);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

static struct heard other;

static void
change_callback(struct evconnlistener *listener, struct heard *heard)
{
	(void)heard;
	evconnlistener_set_cb(listener, on_connection, &other);
}

START_TEST(a_new_callback_serves_the_next_connection)
{
	struct heard heard = {.then = change_callback};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	connect_some(listener, 3);
	run_until(&other, 2);

	ck_assert_int_eq(heard.connections, 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(a_listener_may_be_freed_before_it_is_ever_run)
{
	struct heard heard = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &heard);
	connect_some(listener, 1);
	evconnlistener_free(listener);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(heard.connections, 0);
	evconnlistener_free(NULL);
	finish_test();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("listener");
	TCase *group = tcase_create("connections");

	tcase_add_test_everywhere(group, a_connection_is_handed_over_with_its_address);
	tcase_add_test_everywhere(group, all_who_wait_are_taken_in_batches);
	tcase_add_test_on_backends(group, new_descriptors_are_as_the_flags_say);
	tcase_add_test(group, the_socket_has_the_options_of_the_flags);
	suite_add_tcase(suite, group);

	group = tcase_create("constructors");
	tcase_add_test(group, a_failed_constructor_leaves_the_descriptor_to_the_caller);
	tcase_add_test_on_backends(group, a_descriptor_that_cannot_be_watched_makes_no_listener);
	tcase_add_test(group, wrong_addresses_make_no_listener);
	tcase_add_test_everywhere(group, without_close_on_free_the_socket_goes_on_listening);
	suite_add_tcase(suite, group);

	group = tcase_create("changes");
	tcase_add_test_everywhere(group, a_disabled_listener_takes_nobody_until_enabled);
	tcase_add_test_everywhere(group, disabled_in_its_callback_it_takes_no_other);
	tcase_add_test_everywhere(group, freed_in_its_callback_it_takes_no_other);
	tcase_add_test_everywhere(group, without_a_callback_nobody_is_taken);
	tcase_add_test_everywhere(group, a_new_callback_serves_the_next_connection);
	tcase_add_test_everywhere(group, a_listener_may_be_freed_before_it_is_ever_run);
	suite_add_tcase(suite, group);
	return suite;
}
