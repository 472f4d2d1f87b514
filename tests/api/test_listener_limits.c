/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners that cannot accept.
 */
#include "support/listener_kit.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- No descriptors left ---- */

static struct rlimit old_limit;

static void
exhaust_descriptors(void)
{
	struct levin_sim_options few = {.descriptor_limit = 1};
	struct rlimit none;
	int next;

	if (backend_is_simulated(backend)) {
		ck_assert_int_eq(levin_sim_set_options(simulation_under_test(), &few), 0);
		return;
	}
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
	none = old_limit;
	next = dup(STDERR_FILENO);
	ck_assert_int_eq(close(next), 0);
	none.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void
give_descriptors_back(void)
{
	if (backend_is_simulated(backend))
		ck_assert_int_eq(levin_sim_set_options(simulation_under_test(), NULL), 0);
	else
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
}

static void
wait_ms(int ms)
{
	ck_assert_int_eq(event_base_loopexit(base, MS(ms)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
}

/*
 * libevent tries again in each turn, as fast as it can.  Attempts are at 0, 10, 30, 70 and 150
 * milliseconds, later if the machine is busy.
 */
TEST_EVERYWHERE(accept__pauses_at_emfile)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;
	int turns;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 3);
	count_turns(base, &turns);
	exhaust_descriptors();
	wait_ms(200);

	ck_assert_int_ge(accepted.errors, 1);
	ck_assert_int_le(accepted.errors, 5);
	ck_assert_int_eq(accepted.error, EMFILE);
	/* In virtual time nothing else wakes the loop. */
	if (backend_is_simulated(backend))
		ck_assert_int_le(turns, 2 * accepted.errors + 1);
	ck_assert_int_eq(accepted.connections, 0);
	give_descriptors_back();
	run_until(&accepted, 3);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(accept__error_is_logged_without_error_callback)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;
	char line[200];

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	connect_some(listener, 1);
	keep_log();
	exhaust_descriptors();
	wait_ms(5);
	give_descriptors_back();

	snprintf(line, sizeof(line), "Error from accept() call: %s", strerror(EMFILE));
	ck_assert(was_logged(line));
	run_until(&accepted, 1);
	evconnlistener_free(listener);
	finish_test();
}

static void
make_room_and_enable(struct evconnlistener *listener, struct accepted *accepted)
{
	if (accepted->error != EMFILE)
		return;
	accepted->error = 0;
	give_descriptors_back();
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
}

TEST_EVERYWHERE(evconnlistener_enable__inside_error_callback_ends_pause)
{
	struct accepted accepted = {.then = make_room_and_enable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	run_until(&accepted, 1);

	ck_assert_int_eq(accepted.errors, 1);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(evconnlistener_disable__inside_error_callback)
{
	struct accepted accepted = {.then = disable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	ck_assert_int_eq(event_base_dispatch(base), 1);
	give_descriptors_back();

	ck_assert_int_eq(accepted.errors, 1);
	accepted.then = NULL;
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&accepted, 1);
	evconnlistener_free(listener);
	finish_test();
}

TEST_EVERYWHERE(evconnlistener_free__inside_error_callback_and_while_paused)
{
	struct accepted accepted = {.then = free_it};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	ck_assert_int_eq(event_base_dispatch(base), 1);
	give_descriptors_back();
	ck_assert_int_eq(accepted.errors, 1);

	accepted.then = NULL;
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	wait_ms(1);
	give_descriptors_back();
	ck_assert_int_eq(accepted.errors, 2);
	evconnlistener_free(listener);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	finish_test();
}

TEST_ON_BACKENDS(accept__pauses_after_shutdown_of_the_socket)
{
	struct accepted accepted = {0};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &accepted);
	evconnlistener_set_error_cb(listener, on_error);
	ck_assert_int_eq(shutdown(evconnlistener_get_fd(listener), SHUT_RDWR), 0);
	wait_ms(200);

	ck_assert_int_ge(accepted.errors, 1);
	ck_assert_int_le(accepted.errors, 5);
	ck_assert_int_eq(accepted.error, EINVAL);
	evconnlistener_free(listener);
	finish_test();
}

/* Five pauses of 10 milliseconds fit in, each after 64 turns.  libevent spins. */
TEST_ON_BACKENDS(accept__pauses_after_shutdown_of_a_unix_socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct accepted accepted = {0};
	struct evconnlistener *listener;
	int turns;

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/lvn-%ld", (long)getpid());
	start(_i);
	listener = evconnlistener_new_bind(base, on_connection, &accepted, LEV_OPT_CLOSE_ON_FREE,
	    -1, (struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(unlink(address.sun_path), 0);
	evconnlistener_set_error_cb(listener, on_error);
	ck_assert_int_eq(shutdown(evconnlistener_get_fd(listener), SHUT_RDWR), 0);
	count_turns(base, &turns);
	wait_ms(50);

	ck_assert_int_le(turns, 6 * 65);
	ck_assert_int_eq(accepted.errors, 0);
	evconnlistener_free(listener);
	finish_test();
}
