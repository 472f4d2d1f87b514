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

TEST_EVERYWHERE(bufferevent_set_timeouts__read_timeout_disables_reading)
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

TEST_EVERYWHERE(bufferevent_set_timeouts__write_timeout_disables_writing)
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

/* In libevent enabling writing was enough to start the timeout. */
TEST_EVERYWHERE(bufferevent_set_timeouts__no_write_timeout_without_output)
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

/* The event of a write that was timed must not be added by the one that is not. */
TEST_EVERYWHERE(bufferevent_set_timeouts__sent_output_leaves_no_timer)
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

TEST_EVERYWHERE(bufferevent_set_timeouts__none_while_disabled_stays_none)
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

TEST_EVERYWHERE(bufferevent_set_timeouts__while_output_waits)
{
	set_up(_i, 0);
	fill(ends[0]);
	write_text(bev, "hello");
	turns(base, 2);

	bufferevent_set_timeouts(bev, NULL, MS(5));

	ck_assert_str_eq(next_spelled(base), ">late ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_set_timeouts__null_removes_timeouts)
{
	set_up(_i, 0);
	fill(ends[0]);
	write_text(bev, "hello");
	turns(base, 2);
	bufferevent_set_timeouts(bev, MS(60), MS(60));

	bufferevent_set_timeouts(bev, NULL, NULL);
	run_for_ms(base, 80);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_set_timeouts__not_while_reading_is_suspended)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, spell_event, word(""));
	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	/* So long that the bytes are read before. */
	bufferevent_set_timeouts(bev, MS(600000), NULL);
	put(ends[1], "abcd");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r4 ");
	ck_assert_int_eq(event_pending(&bev->ev_read, EV_READ | EV_TIMEOUT, NULL), 0);

	bufferevent_set_timeouts(bev, MS(5), NULL);
	run_for_ms(base, 15);
	ck_assert_str_eq(spelled(), "");
	evbuffer_drain(bufferevent_get_input(bev), 4);

	ck_assert_str_eq(next_spelled(base), "<late ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_set_timeouts__not_while_reading_is_disabled)
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

TEST_EVERYWHERE(bufferevent_set_timeouts__each_byte_restarts_the_read_timeout)
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

TEST_EVERYWHERE(bufferevent_set_timeouts__deferred_is_reported_by_the_loop)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_set_timeouts(bev, MS(2), NULL);

	ck_assert_str_eq(next_spelled(base), "<late ");

	tear_down();
}

TEST_EVERYWHERE(bufferevent_settimeout__takes_seconds)
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

/* ---- The same for every kind, in virtual time ------------------------------------------------ */

static struct bufferevent *pair[2];
static long read_late_at, write_late_at;
static struct timeval started;

static long
ms_since_start(void)
{
	struct timeval now;

	event_gettime_monotonic(base, &now);
	return (now.tv_sec - started.tv_sec) * 1000 + (now.tv_usec - started.tv_usec) / 1000;
}

static void
note_late(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	(void)arg;
	ck_assert_int_ne(what & BEV_EVENT_TIMEOUT, 0);
	if (what & BEV_EVENT_READING)
		read_late_at = ms_since_start();
	else
		write_late_at = ms_since_start();
}

static void
start_clock(struct bufferevent *stream, const struct timeval *read, const struct timeval *write)
{
	bufferevent_setcb(stream, NULL, NULL, note_late, NULL);
	ck_assert_int_eq(bufferevent_set_timeouts(stream, read, write), 0);
	read_late_at = -1;
	write_late_at = -1;
	event_gettime_monotonic(base, &started);
}

/* 0: the socket, 1: one end of a pair, 2: a filter on the socket. */
static struct bufferevent *
stream_of_kind(int kind)
{
	if (kind == 1) {
		ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
		return pair[0];
	}
	if (kind == 2)
		return bufferevent_filter_new(bev, NULL, NULL, 0, NULL, NULL);
	return bev;
}

static void
free_kind(struct bufferevent *stream)
{
	for (int i = 0; i < 2; i++) {
		if (pair[i])
			bufferevent_free(pair[i]);
		if (pair[i] == stream)
			stream = bev;
		pair[i] = NULL;
	}
	if (stream != bev)
		bufferevent_free(stream);
}

TEST_IN_SIMULATION(bufferevent_disable__does_not_restart_the_other_timeout)
{
	for (int kind = 0; kind < 3; kind++) {
		struct bufferevent *stream;

		set_up(_i, 0);
		stream = stream_of_kind(kind);
		bufferevent_enable(stream, EV_READ | EV_WRITE);
		start_clock(stream, MS(150), MS(1000));
		run_for_ms(base, 80);

		bufferevent_disable(stream, EV_WRITE);
		bufferevent_enable(stream, EV_WRITE);
		run_for_ms(base, 200);

		ck_assert_int_eq(read_late_at, 150);
		ck_assert_int_eq(write_late_at, -1);
		free_kind(stream);
		tear_down();
	}
}

TEST_IN_SIMULATION(bufferevent_enable__restarts_the_timeout_of_its_direction)
{
	for (int kind = 0; kind < 3; kind++) {
		struct bufferevent *stream;

		set_up(_i, 0);
		fill(ends[0]);
		stream = stream_of_kind(kind);
		bufferevent_enable(stream, EV_READ | EV_WRITE);
		start_clock(stream, MS(150), MS(140));
		write_text(stream, "x");
		run_for_ms(base, 80);

		bufferevent_enable(stream, EV_READ);
		run_for_ms(base, 20);
		bufferevent_enable(stream, EV_WRITE);
		run_for_ms(base, 300);

		ck_assert_int_eq(read_late_at, 230);
		ck_assert_int_eq(write_late_at, 240);
		free_kind(stream);
		tear_down();
	}
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__without_a_descriptor)
{
	struct bufferevent *stream;

	set_up(_i, 0);
	stream = stream_on(base, -1, 0);
	start_clock(stream, MS(150), MS(100));
	write_text(stream, "x");
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	run_for_ms(base, 50);
	write_text(stream, "y");

	run_for_ms(base, 200);

	ck_assert_int_eq(read_late_at, 150);
	ck_assert_int_eq(write_late_at, 100);
	ck_assert_int_eq(bufferevent_get_enabled(stream), 0);
	bufferevent_free(stream);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_setfd__starts_timeouts_and_stops_those_without_a_descriptor)
{
	struct bufferevent *stream;

	set_up(_i, 0);
	bufferevent_free(bev);
	bev = NULL;
	stream = stream_on(base, -1, 0);
	start_clock(stream, MS(100), MS(100));
	write_text(stream, "x");
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	run_for_ms(base, 50);

	ck_assert_int_eq(bufferevent_setfd(stream, ends[0]), 0);
	run_for_ms(base, 200);

	ck_assert_int_eq(take(ends[1]), 1);
	ck_assert_int_eq(read_late_at, 150);
	ck_assert_int_eq(write_late_at, -1);
	bufferevent_free(stream);
	tear_down();
}

TEST_IN_SIMULATION(bufferevent_set_timeouts__of_a_filter_above_a_full_socket)
{
	struct bufferevent *lower, *stream;

	set_up(_i, 0);
	fill(ends[0]);
	lower = bufferevent_filter_new(bev, NULL, NULL, 0, NULL, NULL);
	stream = bufferevent_filter_new(lower, NULL, NULL, 0, NULL, NULL);
	start_clock(stream, NULL, MS(100));
	write_bytes(stream, 1000);
	ck_assert_uint_eq(output_size(stream), 0);
	bufferevent_enable(stream, EV_WRITE);

	run_for_ms(base, 300);

	ck_assert_int_eq(write_late_at, 100);
	bufferevent_free(stream);
	bufferevent_free(lower);
	tear_down();
}

/* A part of the output goes every now and then. */
TEST_IN_SIMULATION(bufferevent_set_timeouts__of_a_filter_begins_anew_with_progress_below)
{
	struct bufferevent *stream;
	long stuck_since;

	set_up(_i, 0);
	stream = bufferevent_filter_new(bev, NULL, NULL, 0, NULL, NULL);
	start_clock(stream, NULL, MS(100));
	bufferevent_enable(stream, EV_WRITE);
	fill(ends[0]);
	write_bytes(stream, 8000000);
	for (int i = 0; i < 5; i++) {
		run_for_ms(base, 60);
		take(ends[1]);
	}
	run_for_ms(base, 1);
	ck_assert_int_eq(write_late_at, -1);
	ck_assert_uint_gt(output_size(bev), 0);
	stuck_since = ms_since_start();

	run_for_ms(base, 300);

	ck_assert_int_ge(write_late_at, stuck_since + 90);
	ck_assert_int_le(write_late_at, stuck_since + 101);
	bufferevent_free(stream);
	tear_down();
}
