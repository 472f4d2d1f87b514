/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners that cannot take those who come.
 */
#include "support/listener_kit.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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

/* libevent asks again and again, as fast as it can. */
START_TEST(no_spin_at_emfile)
{
	struct heard heard = {0};
	struct evconnlistener *listener;
	int turns = 0;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 3);
	count_turns(base, &turns);
	exhaust_descriptors();
	wait_ms(200);

	ck_assert_int_ge(heard.errors, 1);
	ck_assert_int_le(heard.errors, 6);
	ck_assert_int_eq(heard.error, EMFILE);
	ck_assert_int_le(turns, 20);
	ck_assert_int_eq(heard.connections, 0);
	give_descriptors_back();
	run_until(&heard, 3);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(without_an_error_callback_the_log_is_told)
{
	struct heard heard = {0};
	struct evconnlistener *listener;
	char line[200];

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	connect_some(listener, 1);
	keep_log();
	exhaust_descriptors();
	wait_ms(5);
	give_descriptors_back();

	snprintf(line, sizeof(line), "Error from accept() call: %s", strerror(EMFILE));
	ck_assert(was_logged(line));
	run_until(&heard, 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

static void
make_room_and_enable(struct evconnlistener *listener, struct heard *heard)
{
	if (heard->error != EMFILE)
		return;
	heard->error = 0;
	give_descriptors_back();
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
}

START_TEST(enabled_in_its_error_callback_it_does_not_pause)
{
	struct heard heard = {.then = make_room_and_enable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	run_until(&heard, 1);

	ck_assert_int_eq(heard.errors, 1);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(disabled_in_its_error_callback_it_stays_so)
{
	struct heard heard = {.then = disable};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	ck_assert_int_eq(event_base_dispatch(base), 1);
	give_descriptors_back();

	ck_assert_int_eq(heard.errors, 1);
	heard.then = NULL;
	ck_assert_int_eq(evconnlistener_enable(listener), 0);
	run_until(&heard, 1);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

START_TEST(it_may_be_freed_in_its_error_callback_and_while_it_pauses)
{
	struct heard heard = {.then = free_it};
	struct evconnlistener *listener;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	ck_assert_int_eq(event_base_dispatch(base), 1);
	give_descriptors_back();
	ck_assert_int_eq(heard.errors, 1);

	heard.then = NULL;
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	connect_some(listener, 1);
	exhaust_descriptors();
	wait_ms(1);
	give_descriptors_back();
	ck_assert_int_eq(heard.errors, 2);
	evconnlistener_free(listener);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	finish_test();
}
END_TEST

START_TEST(a_socket_that_listens_no_more_does_not_spin)
{
	struct heard heard = {0};
	struct evconnlistener *listener;
	int turns = 0;

	start(_i);
	listener = listen_here(LEV_OPT_CLOSE_ON_FREE, &heard);
	evconnlistener_set_error_cb(listener, on_error);
	ck_assert_int_eq(shutdown(evconnlistener_get_fd(listener), SHUT_RDWR), 0);
	count_turns(base, &turns);
	wait_ms(200);

	ck_assert_int_ge(heard.errors, 1);
	ck_assert_int_eq(heard.error, EINVAL);
	ck_assert_int_le(turns, 20);
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("listener_limits");
	TCase *group = tcase_create("no descriptors");

	tcase_add_test_everywhere(group, no_spin_at_emfile);
	tcase_add_test_everywhere(group, without_an_error_callback_the_log_is_told);
	tcase_add_test_everywhere(group, enabled_in_its_error_callback_it_does_not_pause);
	tcase_add_test_everywhere(group, disabled_in_its_error_callback_it_stays_so);
	tcase_add_test_everywhere(group, it_may_be_freed_in_its_error_callback_and_while_it_pauses);
	tcase_add_test_on_backends(group, a_socket_that_listens_no_more_does_not_spin);
	suite_add_tcase(suite, group);
	return suite;
}
