/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timeouts of bufferevents.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <string.h>

#include "support/stream_case.h"

START_TEST(a_silent_peer_ends_reading)
{
	set_up(_i, 0);
	ck_assert_int_eq(bufferevent_set_timeouts(bev, MS(5), NULL), 0);

	ck_assert_str_eq(next_spelled(base), "<late ");

	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	put(ends[1], "hello");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");
	/* Two turns may take longer than the timeout. */
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}
END_TEST

START_TEST(a_peer_that_takes_nothing_ends_writing)
{
	set_up(_i, 0);
	fill(ends[0]);
	ck_assert_int_eq(bufferevent_set_timeouts(bev, NULL, MS(5)), 0);
	write_text(bev, "hello");

	ck_assert_str_eq(next_spelled(base), ">late ");

	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ);
	ck_assert_uint_eq(output_size(bev), 5);
	put(ends[1], "still");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}
END_TEST

/* In libevent enabling writing was enough to start the timeout. */
START_TEST(fault_a_write_timeout_without_data_pending)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, spell_event, word(""));
	bufferevent_set_timeouts(bev, NULL, MS(5));
	bufferevent_enable(bev, EV_WRITE);
	run_for_ms(base, 15);
	ck_assert_str_eq(spelled(), "");

	write_text(bev, "hello");
	run_for_ms(base, 15);

	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ | EV_WRITE);
	tear_down();
}
END_TEST

/* The event of a write that was timed must not be added by the one that is not. */
START_TEST(output_after_output_that_was_stuck_leaves_nothing_behind)
{
	set_up(_i, 0);
	bufferevent_set_timeouts(bev, NULL, MS(60000));
	fill(ends[0]);
	write_text(bev, "hello");
	turns(base, 2);
	ck_assert_int_ne(event_pending(&bev->ev_write, EV_WRITE | EV_TIMEOUT, NULL), 0);
	while (take(ends[1]) > 0)
		turns(base, 1);
	ck_assert_int_eq(event_pending(&bev->ev_write, EV_WRITE | EV_TIMEOUT, NULL), 0);

	write_text(bev, "again");
	turns(base, 2);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_int_eq(event_pending(&bev->ev_write, EV_WRITE | EV_TIMEOUT, NULL), 0);
	tear_down();
}
END_TEST

START_TEST(a_read_timeout_that_was_taken_back_while_disabled_does_not_return)
{
	set_up(_i, 0);
	bufferevent_set_timeouts(bev, MS(5), NULL);
	bufferevent_disable(bev, EV_READ);
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	put(ends[1], "hello");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r5 ");

	run_for_ms(base, 15);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}
END_TEST

START_TEST(a_timeout_that_is_set_while_output_is_stuck_counts)
{
	set_up(_i, 0);
	fill(ends[0]);
	write_text(bev, "hello");
	turns(base, 2);

	bufferevent_set_timeouts(bev, NULL, MS(5));

	ck_assert_str_eq(next_spelled(base), ">late ");
	tear_down();
}
END_TEST

START_TEST(a_timeout_that_is_taken_back_does_not_come)
{
	set_up(_i, 0);
	fill(ends[0]);
	bufferevent_set_timeouts(bev, MS(60), MS(60));
	write_text(bev, "hello");
	turns(base, 2);

	bufferevent_set_timeouts(bev, NULL, NULL);
	run_for_ms(base, 80);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}
END_TEST

START_TEST(reading_that_is_held_up_has_no_timeout)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, spell_event, word(""));
	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	bufferevent_set_timeouts(bev, MS(60), NULL);
	put(ends[1], "abcd");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r4 ");

	run_for_ms(base, 80);
	ck_assert_str_eq(spelled(), "");
	evbuffer_drain(bufferevent_get_input(bev), 4);

	ck_assert_str_eq(next_spelled(base), "<late ");
	tear_down();
}
END_TEST

START_TEST(reading_that_is_disabled_has_no_timeout)
{
	set_up(_i, 0);
	bufferevent_set_timeouts(bev, MS(5), NULL);
	bufferevent_disable(bev, EV_READ);
	run_for_ms(base, 15);
	ck_assert_str_eq(spelled(), "");

	bufferevent_enable(bev, EV_READ);

	ck_assert_str_eq(next_spelled(base), "<late ");
	tear_down();
}
END_TEST

/* In virtual time: a byte each 8 ms, and a timeout of 10 ms. */
static int bytes_left;

static void
put_a_byte(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (bytes_left-- > 0)
		put(ends[1], "x");
}

START_TEST(a_read_timeout_begins_anew_with_every_byte)
{
	struct event *ticker;

	set_up(_i, 0);
	if (backend_is_simulated(backend)) {
		bytes_left = 10;
		bufferevent_set_timeouts(bev, MS(10), NULL);
		ticker = event_new(base, -1, EV_PERSIST, put_a_byte, NULL);
		event_add(ticker, MS(8));
		run_for_ms(base, 85);
		ck_assert_str_eq(spelled(), "r1 r1 r1 r1 r1 r1 r1 r1 r1 r1 ");
		run_for_ms(base, 20);
		ck_assert_str_eq(spelled(), "<late ");
		event_free(ticker);
	}
	tear_down();
}
END_TEST

START_TEST(a_deferred_timeout_is_told_by_the_loop)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_set_timeouts(bev, MS(2), NULL);

	ck_assert_str_eq(next_spelled(base), "<late ");

	tear_down();
}
END_TEST

START_TEST(the_old_call_takes_seconds)
{
	set_up(_i, 0);
	bufferevent_settimeout(bev, 1, 0);

	if (backend_is_simulated(backend)) {
		run_for_ms(base, 990);
		ck_assert_str_eq(spelled(), "");
		run_for_ms(base, 20);
		ck_assert_str_eq(spelled(), "<late ");
	}
	bufferevent_settimeout(bev, 0, 0);
	bufferevent_enable(bev, EV_READ);
	run_for_ms(base, 5);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("api_bufferevent_timeouts");
	TCase *group = tcase_create("timeouts");

	tcase_add_test_everywhere(group, a_silent_peer_ends_reading);
	tcase_add_test_everywhere(group, a_peer_that_takes_nothing_ends_writing);
	tcase_add_test_everywhere(group, fault_a_write_timeout_without_data_pending);
	tcase_add_test_everywhere(group, output_after_output_that_was_stuck_leaves_nothing_behind);
	tcase_add_test_everywhere(
	    group, a_read_timeout_that_was_taken_back_while_disabled_does_not_return);
	tcase_add_test_everywhere(group, a_timeout_that_is_set_while_output_is_stuck_counts);
	tcase_add_test_everywhere(group, a_timeout_that_is_taken_back_does_not_come);
	tcase_add_test_everywhere(group, reading_that_is_held_up_has_no_timeout);
	tcase_add_test_everywhere(group, reading_that_is_disabled_has_no_timeout);
	tcase_add_test_everywhere(group, a_read_timeout_begins_anew_with_every_byte);
	tcase_add_test_everywhere(group, a_deferred_timeout_is_told_by_the_loop);
	tcase_add_test_everywhere(group, the_old_call_takes_seconds);
	suite_add_tcase(suite, group);
	return suite;
}
