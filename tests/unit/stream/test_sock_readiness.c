/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/sock_io.h"

#include <event2/event.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static struct event_base *base;
static evutil_socket_t ends[2];
static struct bufferevent *bev;
static struct stream *stream;

static void
set_up(void)
{
	base = base_on(backend_under_test(0));
	open_pair(backend_under_test(0), ends);
	bev = spelling_stream(base, ends[0], 0, "");
	stream = lvn_stream_of(bev);
}

static void
tear_down(void)
{
	bufferevent_free(bev);
	event_base_free(base);
	close_pair(ends);
}

START_TEST(writing_is_armed_only_while_the_socket_takes_nothing)
{
	set_up();
	write_text(bev, "hello");
	ck_assert_int_eq(stream->flags, STREAM_READ_ARMED | STREAM_WRITE_QUEUED);
	turn(base);
	ck_assert_int_eq(stream->flags, STREAM_READ_ARMED);
	fill(ends[0]);
	write_text(bev, "hello");
	turn(base);
	ck_assert_int_eq(stream->flags, STREAM_READ_ARMED | STREAM_WRITE_ARMED);
	take(ends[1]);
	turn(base);

	ck_assert_int_eq(stream->flags, STREAM_READ_ARMED);
	tear_down();
}
END_TEST

/*
 * Another thread queues the output again while the loop, which was called for it, waits for the
 * lock: then the event is active when it is to be added.
 */
START_TEST(output_that_was_queued_twice_is_sent_when_there_is_room)
{
	set_up();
	fill(ends[0]);
	write_text(bev, "hello");
	stream->flags &= (uint16_t)~STREAM_WRITE_QUEUED;

	lvn_sock_io_settle_locked(stream);
	turns(base, 2);
	while (take(ends[1]) > 0)
		turn(base);

	ck_assert_uint_eq(output_size(bev), 0);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}
END_TEST

START_TEST(writing_that_is_asked_for_while_calling_is_armed_without_a_timeout)
{
	set_up();
	bufferevent_set_timeouts(bev, NULL, MS(1000));
	stream->handling++;
	bufferevent_enable(bev, EV_WRITE);
	stream->handling--;
	ck_assert_int_ne(stream->flags & STREAM_WRITE_IDLE, 0);
	ck_assert_int_eq(event_pending(&bev->ev_write, EV_TIMEOUT, NULL), 0);

	write_text(bev, "hello");

	ck_assert_int_eq(stream->flags & STREAM_WRITE_IDLE, 0);
	ck_assert_int_ne(event_pending(&bev->ev_write, EV_TIMEOUT, NULL), 0);
	turn(base);
	ck_assert_int_eq(take(ends[1]), 5);
	tear_down();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_sock_readiness");
	TCase *group = tcase_create("sock_readiness");

	tcase_add_test(group, writing_is_armed_only_while_the_socket_takes_nothing);
	tcase_add_test(group, output_that_was_queued_twice_is_sent_when_there_is_room);
	tcase_add_test(group, writing_that_is_asked_for_while_calling_is_armed_without_a_timeout);
	suite_add_tcase(suite, group);
	return suite;
}
